"""Knows the list of entries beside the chosen one: found, added, copied, moved, deleted and taken back."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.domain.lore import Entry
from hermes_desktop.domain.lorebook import Written
from hermes_desktop.ui.lorebooks.entry_list import EntryListModel, EntryView
from hermes_desktop.ui.pieces import button, column, note
from hermes_desktop.ui.theme import Theme


class EntryPane(QWidget):
    """List the entries of a book and hold them as they are written; one is chosen, or none."""

    chosen = Signal()  # another one, which is at `place`, or none
    opened = Signal()  # the chosen one is to be written in
    added = Signal()  # a new one, which is chosen
    switched = Signal(object)  # Entry: the chosen one, in the list
    changed = Signal()  # what there is

    def __init__(self, theme: Theme, ways: QWidget) -> None:
        super().__init__()
        self._gone: list[tuple[int, Written]] = []
        self.place = -1  # of the chosen entry among all; -1 for none
        self._model = EntryListModel(self)
        self._view = EntryView(theme)
        self._view.setModel(self._model)
        self._search = QLineEdit()
        self._search.setProperty("role", "search")
        self._search.setPlaceholderText(self.tr("Search entries"))
        self._search.setAccessibleName(self.tr("Search entries"))
        self._search.setClearButtonEnabled(True)
        self._count = note("")
        self._undo = button(self.tr("Undo"), "link", self.tr("Take the deletion back"))
        line = QHBoxLayout()
        line.addWidget(self._count, 1)
        line.addWidget(self._undo)
        layout = column(self, ways, self._search, self._view, line, self._make_acts(), spacing=8)
        layout.setContentsMargins(0, 0, 0, 16)
        self._wire()

    # ---- what the editor asks for ------------------------------------------------------------------

    @property
    def entries(self) -> tuple[Written, ...]:
        """Give the entries as they are written now."""
        return self._model.entries

    @property
    def entry(self) -> Entry:
        """Give the chosen entry."""
        return self._model.entry(self.place)

    def show_entries(self, entries: Sequence[Written]) -> None:
        """List other entries and choose the first."""
        self._gone.clear()
        self._search.clear()
        self._model.show_entries(tuple(entries))
        self.choose(0 if entries else -1)
        self._tell()

    def choose(self, place: int) -> None:
        """Choose an entry; none where there is none."""
        self.place = place
        row = self._model.row_of(place) if place >= 0 else -1
        self._view.setCurrentIndex(self._model.index(row) if row >= 0 else self._view.rootIndex())
        self.chosen.emit()

    def put(self, entry: Entry) -> None:
        """Say what the chosen entry says now."""
        self._model.put(self.place, entry)
        self._tell()

    def add(self) -> None:
        """Add an empty entry at the end."""
        self._insert(len(self.entries), Written(Entry("")))
        self.added.emit()

    def focus_list(self) -> None:
        """Give the list the keyboard."""
        self._view.setFocus()

    # ---- building ----------------------------------------------------------------------------------

    def _make_acts(self) -> QHBoxLayout:
        acts = QHBoxLayout()
        acts.setSpacing(4)
        self._acts = []
        for words, name, act in (
            (self.tr("Add"), self.tr("Add an entry"), self.add),
            (self.tr("Copy"), self.tr("Copy the entry"), self._on_copy),
            (self.tr("Delete"), self.tr("Delete the entry"), self._on_delete),
            ("↑", self.tr("Move the entry up"), lambda: self._on_move(-1)),
            ("↓", self.tr("Move the entry down"), lambda: self._on_move(1)),
        ):
            made = button(words, "small", name)
            made.setToolTip(name)
            made.clicked.connect(lambda _on, wanted=act: wanted())
            acts.addWidget(made)
            self._acts.append(made)
        acts.addStretch(1)
        return acts

    def _wire(self) -> None:
        self._search.textChanged.connect(self._on_search)
        self._undo.clicked.connect(self._on_undo)
        self._view.opened.connect(self._on_opened)
        self._view.delete_asked.connect(self._on_delete)
        self._view.undo_asked.connect(self._on_undo)
        self._view.switch_asked.connect(self._on_switch)
        self._view.move_asked.connect(self._on_move)
        self._view.selectionModel().currentChanged.connect(lambda now, _before: self._on_current(now.row()))

    # ---- acting ------------------------------------------------------------------------------------

    def _on_current(self, row: int) -> None:
        if row >= 0 and self._model.place_of(row) != self.place:
            self.choose(self._model.place_of(row))

    def _on_opened(self, row: int) -> None:
        self.choose(self._model.place_of(row))
        self.opened.emit()

    def _on_search(self, query: str) -> None:
        self._model.set_query(query)
        self.choose(self._model.place_of(0) if self._model.rowCount() else -1)
        self._tell()

    def _on_switch(self, row: int) -> None:
        place = self._model.place_of(row)
        entry = self._model.entry(place)
        self._model.put(place, replace(entry, enabled=not entry.enabled))
        self.switched.emit(self._model.entry(place))
        self._tell()

    def _on_copy(self) -> None:
        if self.place >= 0:
            self._insert(self.place + 1, self._model.written(self.place))

    def _on_delete(self) -> None:
        if self.place < 0:
            return
        place = self.place
        self._gone.append((place, self._model.take(place)))
        row = min(max(self._model.rowCount() - 1, -1), self._row_near(place))
        self.choose(self._model.place_of(row) if row >= 0 else -1)
        self._tell()

    def _row_near(self, place: int) -> int:
        """Give the row of the next entry behind a place, or the last one."""
        rows = range(self._model.rowCount())
        return next((row for row in rows if self._model.place_of(row) >= place), len(rows) - 1)

    def _on_undo(self) -> None:
        if self._gone:
            place, written = self._gone.pop()
            self._insert(min(place, len(self.entries)), written)

    def _on_move(self, by: int) -> None:
        to = self.place + by
        if self.place >= 0 and 0 <= to < len(self.entries):
            self._model.move(self.place, to)
            self.choose(to)
            self._tell()

    def _insert(self, place: int, written: Written) -> None:
        self._model.insert(place, written)
        self.choose(place)
        self._tell()

    def _tell(self) -> None:
        """Say how many entries there are, or that one can be taken back."""
        every, shown = len(self.entries), self._model.rowCount()
        said = self.tr("{n} entries") if every == shown else self.tr("{m} of {n} entries")
        said = said.replace("{m}", f"{shown:,}").replace("{n}", f"{every:,}")
        self._count.setText(self.tr("Entry deleted.") if self._gone else said)
        self._undo.setVisible(bool(self._gone))
        for made in self._acts[1:]:
            made.setEnabled(self.place >= 0)
        self.changed.emit()
