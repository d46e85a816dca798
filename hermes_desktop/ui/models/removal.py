"""Knows how it is asked whether a fetched model's file goes, too; the page acts."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from hermes_desktop.app.sentences import byte_size
from hermes_desktop.ui.pieces import button, column, note


class RemovalPanel(QFrame):
    """Ask in place: a file that is deleted cannot be brought back by undo, only by fetching it again."""

    chosen = Signal(bool)  # whether the file stays

    def __init__(self) -> None:
        super().__init__()
        self._said = note("")
        self._delete = button(self.tr("Delete the file"), "danger")
        keep = button(self.tr("Keep the file"), "plain", self.tr("Take it off the list, keep the file"))
        leave = button(self.tr("Leave it"), "link")
        self._delete.clicked.connect(lambda: self._choose(keep=False))
        keep.clicked.connect(lambda: self._choose(keep=True))
        leave.clicked.connect(self.hide)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._delete, keep, leave):
            acts.addWidget(made)
        acts.addStretch(1)
        column(self, self._said, acts, spacing=8)
        self.hide()

    def ask(self, name: str, size: int) -> None:
        """Show the question about a model of so many bytes."""
        said = self.tr(
            "Take {name} off the list. Its file was fetched by this app; deleted, it has to be fetched again."
        )
        self._said.setText(said.replace("{name}", name))
        self._delete.setText(self.tr("Delete, free {size}").replace("{size}", byte_size(size)))
        self._delete.setAccessibleName(self._delete.text())
        self.show()
        self._delete.setFocus()

    def _choose(self, *, keep: bool) -> None:
        self.hide()
        self.chosen.emit(keep)
