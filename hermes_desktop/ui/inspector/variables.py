"""Knows how the variables of the open conversation are shown and changed; not what macros do with them."""

from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QHeaderView,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from hermes_desktop.app.chat import ChatService
from hermes_desktop.ui.pieces import caption, column, note, tip

_SHOWN = 8  # rows; more are scrolled
_NAME, _VALUE = 0, 1  # columns


class _Row(NamedTuple):
    """A variable as it is listed."""

    name: str
    everywhere: bool
    value: str


class VariablesHere(QWidget):
    """List what macros have noted; a value that is changed counts from the next reply on."""

    def __init__(self, chat: ChatService) -> None:
        super().__init__()
        self._chat = chat
        self._rows: list[_Row] = []
        self._table = self._make_table()
        about = note(
            self.tr("Noted by the persona’s macros. Change a value with F2; an empty one is forgotten.")
        )
        column(self, caption(self.tr("Variables")), self._table, about, spacing=8)
        chat.opened.connect(self._refresh)
        chat.closed.connect(self._refresh)
        chat.conversation_changed.connect(self._refresh)
        self._refresh()

    def _make_table(self) -> QTableWidget:
        table = QTableWidget(0, 2)
        # What stands at its edges is hidden, but a reader of screens may come upon it.
        edges = (table.verticalHeader(), table.horizontalHeader(), *table.findChildren(QAbstractButton))
        for part in (table, *edges):
            part.setAccessibleName(self.tr("Variables of this conversation"))
        table.setProperty("role", "ticks")
        table.setFrameShape(QTableWidget.Shape.NoFrame)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setWordWrap(False)
        table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.verticalHeader().hide()
        table.horizontalHeader().hide()
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        # Later: the row may go, and must not while its editor is being closed.
        table.cellChanged.connect(self._on_changed, Qt.ConnectionType.QueuedConnection)
        return table

    def _refresh(self, *_anything: object) -> None:
        known = self._chat.variables()
        rows = [_Row(name, False, value) for name, value in sorted(known.here.items())]
        rows += [_Row(name, True, value) for name, value in sorted(known.everywhere.items())]
        self.setVisible(bool(rows))
        self._table.blockSignals(True)
        if [row[:2] for row in rows] != [row[:2] for row in self._rows]:
            self._table.setRowCount(len(rows))
            for number, row in enumerate(rows):
                self._make_row(number, row)
        for number, row in enumerate(rows):
            held = self._cell(number)
            if held.text() != row.value:  # otherwise left alone: somebody may be writing in it
                held.setText(row.value)
            held.setToolTip(tip(row.value))
        self._table.blockSignals(False)
        self._rows = rows
        shown = range(min(len(rows), _SHOWN))
        self._table.setFixedHeight(sum(self._table.rowHeight(number) for number in shown))

    def _cell(self, number: int) -> QTableWidgetItem:
        held = self._table.item(number, _VALUE)
        assert held is not None  # every row has both
        return held

    def _make_row(self, number: int, row: _Row) -> None:
        said = self.tr("{name} (everywhere)").replace("{name}", row.name) if row.everywhere else row.name
        called = QTableWidgetItem(said)
        called.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        called.setToolTip(self.tr("Every conversation knows it") if row.everywhere else tip(row.name))
        self._table.setItem(number, _NAME, called)
        self._table.setItem(number, _VALUE, QTableWidgetItem(row.value))

    def _on_changed(self, number: int, column: int) -> None:
        if column != _VALUE or number >= len(self._rows):
            return
        held, row = self._cell(number), self._rows[number]
        if held.text() != row.value:
            self._chat.set_variable(row.name, held.text(), everywhere=row.everywhere)
        self._refresh()
