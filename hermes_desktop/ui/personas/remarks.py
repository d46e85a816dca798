"""Knows how remarks on a persona's card are shown: a short list, nothing where there are none."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from hermes_desktop.ui.pieces import button, caption, column, empty, note

_FEW = 3  # shown before somebody asks for the rest


class Remarks(QWidget):
    """List what stands out in a card, the weightiest first; the rest unfolds."""

    def __init__(self) -> None:
        super().__init__()
        self._said: list[str] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(4)
        self._more = button(self.tr("Show all"), "link", self.tr("Show all remarks"))
        self._more.clicked.connect(self._show_all)
        whole = column(self, caption(self.tr("Worth a look")), self._list, spacing=6)
        whole.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_remarks(self, remarks: Sequence[str]) -> None:
        """Show these; the same ones again leave the list as it is."""
        self.setVisible(bool(remarks))
        if list(remarks) == self._said:
            return
        self._said = list(remarks)
        self._fill(self._said[:_FEW])
        rest = len(self._said) - _FEW
        self._more.setVisible(rest > 0)
        self._more.setText(self.tr("{n} more").replace("{n}", str(rest)))
        self._more.setAccessibleName(self.tr("Show {n} more remarks").replace("{n}", str(rest)))

    def _show_all(self) -> None:
        self._fill(self._said)
        self._more.hide()

    def _fill(self, remarks: Sequence[str]) -> None:
        empty(self._list)
        for remark in remarks:
            self._list.addWidget(note(remark))
