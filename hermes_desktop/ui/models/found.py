"""Knows how models of other programs are shown; it adds none."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hermes_desktop.app.sentences import byte_size
from hermes_desktop.domain.model_file import FoundModel
from hermes_desktop.ui.pieces import button, column, heading, note, soft


class FoundPanel(QWidget):
    """List what other programs have; nothing is shown where there is nothing."""

    wanted = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[QWidget] = []
        self._card = QFrame()
        self._card.setProperty("role", "card")
        self._rows = QVBoxLayout(self._card)
        self._rows.setContentsMargins(16, 16, 16, 16)
        self._rows.setSpacing(14)
        head = heading(self.tr("Already on this computer"))
        said = note(
            self.tr(
                "They are not on the list yet. Those of other programs are used where they lie, not copied."
            )
        )
        column(self, head, said, self._card, spacing=12)
        self.hide()

    def show_found(self, found: Sequence[FoundModel]) -> None:
        """Show these and no others."""
        for row in self._shown:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._shown = [self._row(each) for each in found]
        for row in self._shown:
            self._rows.addWidget(row)
        self.setVisible(bool(found))

    def _row(self, found: FoundModel) -> QWidget:
        row = QWidget()
        top = QHBoxLayout()
        top.addWidget(soft(found.name))
        top.addStretch(1)
        use = button(self.tr("Use it"), "plain", self.tr("Use {name}").replace("{name}", found.name))
        use.clicked.connect(lambda: self.wanted.emit(found.path))
        top.addWidget(use)
        column(row, top, note(f"{found.program} · {byte_size(found.size)} · {found.path}"), spacing=3)
        return row
