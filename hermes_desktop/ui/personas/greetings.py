"""Knows the part of the form that holds greetings: the first and its alternates, or those for groups."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from hermes_desktop.app.studio import Weights
from hermes_desktop.ui.flow import Flow
from hermes_desktop.ui.personas.macro_text import MacroText
from hermes_desktop.ui.personas.weighing import tokens_words, weight_label
from hermes_desktop.ui.pieces import button, column, note
from hermes_desktop.ui.theme import Theme

_LINES = 5


class GreetingRow(QWidget):
    """Edit one greeting."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self.edit = MacroText(theme, _LINES)
        self.edit.setPlainText(text)
        self.label = QLabel()
        self.label.setProperty("role", "field")
        self.label.setBuddy(self.edit)
        self.weight = weight_label()
        self.first = button(self.tr("Main"), "link")
        self.up = button("↑", "link")
        self.down = button("↓", "link")
        self.remove = button(self.tr("Remove"), "link")
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.label)
        top.addStretch(1)
        top.addWidget(self.weight)
        acts = Flow(spacing=2)
        for part in (self.first, self.up, self.down, self.remove):
            acts.addWidget(part)
        column(self, top, self.edit, acts, spacing=4)

    def name(self, text: str) -> None:
        """Say which greeting it is."""
        self.label.setText(text)
        self.edit.setAccessibleName(text)
        for made, said in (
            (self.first, self.tr("Make {name} the main one")),
            (self.up, self.tr("Move {name} up")),
            (self.down, self.tr("Move {name} down")),
            (self.remove, self.tr("Remove {name}")),
        ):
            made.setAccessibleName(said.replace("{name}", text))
            made.setToolTip(made.accessibleName())


class GreetingList(QWidget):
    """Edit any number of greetings; with `main` the first one always is there."""

    changed = Signal()
    row_added = Signal(object)  # GreetingRow

    def __init__(self, theme: Theme, *, main: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._main = main
        self._rows: list[GreetingRow] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        text = self.tr("+ Another greeting") if main else self.tr("+ A greeting for groups")
        name = self.tr("Add another greeting") if main else self.tr("Add a greeting for groups")
        add = button(text, "link", name)
        add.clicked.connect(self._on_add)
        said = (
            self.tr("The first thing it says. It sets tone and length more than anything else here.")
            if main
            else self.tr("Offered only where several personas talk.")
        )
        whole = column(self, self._column, note(said), spacing=6)
        whole.addWidget(add, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_greetings(("",) if main else ())

    def show_greetings(self, texts: Sequence[str]) -> None:
        """Show other greetings, the main one first."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for text in texts:
            self._append(text)
        self._rename()

    def texts(self) -> tuple[str, ...]:
        """Give what stands in the boxes, blank ones too."""
        return tuple(row.edit.toPlainText() for row in self._rows)

    def greetings(self) -> tuple[str, ...]:
        """Give the greetings; blank ones are left out, but for the main one."""
        texts = self.texts()
        kept = texts[:1] if self._main else ()
        return (*kept, *(text for text in texts[len(kept) :] if text.strip()))

    def show_weights(self, weights: Weights, field: str) -> None:
        """Show what each weighs; blank ones are not counted."""
        place = 0
        for number, row in enumerate(self._rows):
            blank = not row.edit.toPlainText().strip()
            row.weight.setText("" if blank else tokens_words(weights.of(field, place), weights.about))
            place += not blank or (self._main and number == 0)

    # ---- rows --------------------------------------------------------------------------------------

    @property
    def first(self) -> MacroText:
        """Give the box of the main greeting."""
        return self._rows[0].edit

    def rows(self) -> tuple[GreetingRow, ...]:
        """Give the boxes with what stands around them, the main one first."""
        return tuple(self._rows)

    def _append(self, text: str) -> GreetingRow:
        row = GreetingRow(self._theme, text)
        row.remove.clicked.connect(lambda: self._on_remove(row))
        row.first.clicked.connect(lambda: self._move(row, -self._rows.index(row)))
        row.up.clicked.connect(lambda: self._move(row, -1))
        row.down.clicked.connect(lambda: self._move(row, 1))
        row.edit.textChanged.connect(self.changed)
        self._rows.append(row)
        self._column.addWidget(row)
        self.row_added.emit(row)
        return row

    def _on_add(self) -> None:
        row = self._append("")
        self._rename()
        row.edit.setFocus()

    def _on_remove(self, row: GreetingRow) -> None:
        place = self._rows.index(row)
        self._rows.remove(row)
        row.hide()
        row.deleteLater()
        self._rename()
        if self._rows:
            self._rows[min(place, len(self._rows) - 1)].edit.setFocus()
        self.changed.emit()

    def _move(self, row: GreetingRow, by: int) -> None:
        place = self._rows.index(row) + by
        self._rows.remove(row)
        self._rows.insert(place, row)
        self._column.removeWidget(row)
        self._column.insertWidget(place, row)
        self._rename()
        row.edit.setFocus()
        self.changed.emit()

    def _rename(self) -> None:
        for number, row in enumerate(self._rows):
            row.name(self._called(number))
            row.first.setVisible(self._main and number > 0)
            row.up.setVisible(number > 0)
            row.down.setVisible(number < len(self._rows) - 1)
            row.remove.setVisible(number > 0 or not self._main)

    def _called(self, number: int) -> str:
        if not self._main:
            return self.tr("Greeting for groups {n}").replace("{n}", str(number + 1))
        other = self.tr("Alternate greeting {n}").replace("{n}", str(number))
        return other if number else self.tr("Greeting")
