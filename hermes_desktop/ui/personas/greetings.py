"""Knows the part of the form that holds the greeting and its alternates; not the rest of a persona."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.ui.pieces import button, column, note, text_box

_LINES = 5


class GreetingRow(QWidget):
    """Edit one greeting."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.edit: QPlainTextEdit = text_box(_LINES)
        self.edit.setPlainText(text)
        self.label = QLabel()
        self.label.setProperty("role", "field")
        self.label.setBuddy(self.edit)
        self.remove = button(self.tr("Remove"), "link")
        top = QHBoxLayout()
        top.addWidget(self.label, 1)
        top.addWidget(self.remove)
        column(self, top, self.edit, spacing=4)

    def name(self, text: str) -> None:
        """Say which greeting it is."""
        self.label.setText(text)
        self.edit.setAccessibleName(text)
        self.remove.setAccessibleName(self.tr("Remove {name}").replace("{name}", text))


class GreetingList(QWidget):
    """Edit the greeting and any number of alternates."""

    row_added = Signal(object)  # GreetingRow

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[GreetingRow] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        add = button(self.tr("+ Another greeting"), "link", self.tr("Add another greeting"))
        add.clicked.connect(self._on_add)
        said = note(self.tr("The first thing it says. It sets tone and length more than anything else here."))
        whole = column(self, self._column, said, spacing=6)
        whole.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_greetings(("",))

    def show_greetings(self, texts: Sequence[str]) -> None:
        """Show other greetings, the main one first."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for text in texts:
            self._append(text)
        self._rename()

    def greetings(self) -> tuple[str, ...]:
        """Give the greetings; blank alternates are left out."""
        first, *others = (row.edit.toPlainText() for row in self._rows)
        return (first, *(text for text in others if text.strip()))

    @property
    def first(self) -> QPlainTextEdit:
        """Give the box of the main greeting."""
        return self._rows[0].edit

    def rows(self) -> tuple[GreetingRow, ...]:
        """Give the boxes with what stands around them, the main one first."""
        return tuple(self._rows)

    def _append(self, text: str) -> GreetingRow:
        row = GreetingRow(text)
        row.remove.clicked.connect(lambda: self._on_remove(row))
        self._rows.append(row)
        self._column.addWidget(row)
        self.row_added.emit(row)
        return row

    def _on_add(self) -> None:
        row = self._append("")
        self._rename()
        row.edit.setFocus()

    def _on_remove(self, row: GreetingRow) -> None:
        self._rows.remove(row)
        row.hide()
        row.deleteLater()
        self._rename()
        self._rows[-1].edit.setFocus()

    def _rename(self) -> None:
        for number, row in enumerate(self._rows):
            other = self.tr("Alternate greeting {n}").replace("{n}", str(number))
            row.name(other if number else self.tr("Greeting"))
            row.remove.setVisible(number > 0)
