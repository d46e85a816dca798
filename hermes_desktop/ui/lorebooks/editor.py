"""Knows the two panes in which a book is written: entries on the left, the chosen one on the right."""

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from hermes_desktop.domain.lorebook import Manuscript
from hermes_desktop.ui.lorebooks.book_form import BookForm
from hermes_desktop.ui.lorebooks.entry_form import EntryForm
from hermes_desktop.ui.lorebooks.entry_pane import EntryPane
from hermes_desktop.ui.lorebooks.places import PlacesPanel
from hermes_desktop.ui.lorebooks.trial import TrialPanel
from hermes_desktop.ui.pieces import MARGIN, Emptiness, button, column, note, title
from hermes_desktop.ui.theme import Theme

_BOTH_FROM = 680  # pixels of width from which both panes have room
_LEFT = 280
_WIDEST = 16_777_215  # Qt's own word for no bound


class Part(StrEnum):
    """Name what the right pane shows."""

    ENTRY = "entry"
    BOOK = "book"
    PLACES = "places"
    TRIAL = "trial"


class LoreEditor(QWidget):
    """Write a book. Leaving is free: the manuscript goes out with the signal."""

    saved = Signal(object)  # Manuscript
    left = Signal(object)  # Manuscript, as it stood
    versions_asked = Signal(object)  # Manuscript

    def __init__(
        self,
        theme: Theme,
        places: PlacesPanel,
        trial: Callable[[Callable[[], Manuscript]], TrialPanel],
    ) -> None:
        super().__init__()
        self.setProperty("role", "page")
        self._began = self._base = Manuscript()
        self._folded = False
        self._title = title("")
        self._said = note("")
        self._save = button(self.tr("Save"), "primary", self.tr("Save the lorebook"))
        self._discard = button(self.tr("Discard changes"), "link")
        self._ways = QWidget()
        self._pane = EntryPane(theme, self._ways)
        self._entry, self._book, self._places = EntryForm(), BookForm(), places
        self._trial = trial(lambda: self.manuscript)
        self._tabs = QTabBar()
        self._right = QStackedWidget()
        self._build()
        self._wire()

    # ---- what the page asks for --------------------------------------------------------------------

    def edit(self, manuscript: Manuscript, heading: str, part: Part = Part.ENTRY) -> None:
        """Show a book."""
        self._base = manuscript
        self._title.setText(heading)
        self._tabs.setTabVisible(list(Part).index(Part.PLACES), not manuscript.persona_id)
        if not manuscript.persona_id:
            self._places.show_book(manuscript.book_id)
        self.take_up(manuscript)
        self._began = self.manuscript
        self._tell()
        self.show_part(part)
        self._pane.focus_list()
        self._show_side(right=part is not Part.ENTRY)

    def take_up(self, manuscript: Manuscript) -> None:
        """Show what was left unsaved; what one began with stays what a change is measured by."""
        self._base = manuscript
        self._book.show_fields(manuscript.fields)
        self._pane.show_entries(manuscript.entries)
        self._tell()

    def note_saved(self, manuscript: Manuscript) -> None:
        """Go on from what is stored now, at the entry where one is."""
        place = self._pane.place
        self.take_up(manuscript)
        self._began = self.manuscript
        self._pane.choose(min(place, len(manuscript.entries) - 1))
        if not manuscript.persona_id:
            self._title.setText(manuscript.fields.name)
        self._tell()
        self._said.setText(self.tr("Saved."))

    def focus_name(self) -> None:
        """Give the book's name the keyboard."""
        self._book.focus_name()

    @property
    def manuscript(self) -> Manuscript:
        """Give the book as it is written now."""
        return replace(self._base, fields=self._book.fields, entries=self._pane.entries)

    def is_changed(self) -> bool:
        """Tell whether anything differs from what is stored."""
        now = self.manuscript
        return (now.fields, now.entries) != (self._began.fields, self._began.entries)

    def say(self, sentence: str) -> None:
        """Say beside the save button why nothing was saved."""
        self._said.setText(sentence)

    def show_part(self, part: Part) -> None:
        """Show the entry, the book, its places or the trial."""
        self._tabs.setCurrentIndex(list(Part).index(part))

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back; what was written is kept"))
        back.clicked.connect(lambda: self.left.emit(self.manuscript))
        versions = button(self.tr("Versions"), "link", self.tr("Versions of the lorebook"))
        versions.clicked.connect(lambda: self.versions_asked.emit(self.manuscript))
        ways = QHBoxLayout()
        ways.addWidget(back)
        ways.addStretch(1)
        ways.addWidget(versions)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._title)
        head.addWidget(self._said, 1)
        head.addWidget(self._discard)
        head.addWidget(self._save)
        panes = QHBoxLayout()
        panes.setSpacing(16)
        self._make_ways()
        self._right_pane = self._make_right()
        panes.addWidget(self._pane)
        panes.addWidget(self._right_pane, 1)
        layout = column(self, spacing=12)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        layout.addLayout(ways)
        layout.addLayout(head)
        layout.addLayout(panes, 1)

    def _make_ways(self) -> None:
        """Make the ways to the other parts, for where both panes are folded into one."""
        ways = QHBoxLayout(self._ways)
        ways.setContentsMargins(0, 0, 0, 0)
        for part, words in self._part_names().items():
            if part is not Part.ENTRY:
                made = button(words, "small")
                made.clicked.connect(lambda _on, wanted=part: self._go_to(wanted))
                ways.addWidget(made)
                if part is Part.PLACES:
                    self._way_to_places = made
        ways.addStretch(1)

    def _make_right(self) -> QWidget:
        self._tabs.setAccessibleName(self.tr("Parts of the lorebook"))
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(False)
        for words in self._part_names().values():
            self._tabs.addTab(words)
        first = button(self.tr("Add an entry"))
        first.clicked.connect(self._pane.add)
        nothing = Emptiness(
            self.tr("No entry"),
            self.tr("An entry is a text that comes into the prompt when one of its keys is said."),
            first,
        )
        self._entry_side = QStackedWidget()
        self._entry_side.addWidget(self._entry)
        self._entry_side.addWidget(nothing)
        for part in (self._entry_side, self._book, self._places, self._trial):
            self._right.addWidget(part)
        self._to_list = button(self.tr("‹ Entries"), "link", self.tr("Back to the list of entries"))
        self._to_list.clicked.connect(lambda: self._show_side(right=False))
        top = QHBoxLayout()
        top.addWidget(self._to_list)
        top.addWidget(self._tabs)
        top.addStretch(1)
        right = QWidget()
        layout = QVBoxLayout(right)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._right, 1)
        return right

    def _part_names(self) -> dict[Part, str]:
        return {
            Part.ENTRY: self.tr("Entry"),
            Part.BOOK: self.tr("Book"),
            Part.PLACES: self.tr("Where"),
            Part.TRIAL: self.tr("Try it"),
        }

    def _wire(self) -> None:
        self._save.clicked.connect(self._on_save)
        self._discard.clicked.connect(lambda: self.take_up(self._began))
        self._tabs.currentChanged.connect(self._on_tab)
        self._pane.chosen.connect(self._on_chosen)
        self._pane.opened.connect(lambda: self._go_to(Part.ENTRY))
        self._pane.added.connect(self._on_added)
        self._pane.switched.connect(self._entry.take_switch)
        self._pane.changed.connect(self._tell)
        self._entry.changed.connect(self._pane.put)
        self._book.changed.connect(self._tell)

    # ---- panes -------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the two panes into one where both have no room."""
        super().resizeEvent(event)
        folded = self.width() < _BOTH_FROM
        if folded is not self._folded:
            self._folded = folded
            self._show_side(right=False)

    def _show_side(self, *, right: bool) -> None:
        """Show both panes; where they are folded into one, that one, and give it the keyboard."""
        held = self.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else True
        self._pane.setVisible(not self._folded or not right)
        self._right_pane.setVisible(not self._folded or right)
        self._to_list.setVisible(self._folded)
        self._ways.setVisible(self._folded)
        self._way_to_places.setVisible(not self._base.persona_id)
        self._pane.setMinimumWidth(0 if self._folded else _LEFT)
        self._pane.setMaximumWidth(_WIDEST if self._folded else _LEFT)
        if self._folded and held:
            (self._tabs.setFocus if right else self._pane.focus_list)()

    def _go_to(self, part: Part) -> None:
        self.show_part(part)
        self._show_side(right=True)

    def _on_tab(self, at: int) -> None:
        self._right.setCurrentIndex(at)
        if list(Part)[at] is Part.TRIAL:
            self._trial.refresh()

    # ---- entries -----------------------------------------------------------------------------------

    def _on_chosen(self) -> None:
        self._entry_side.setCurrentIndex(0 if self._pane.place >= 0 else 1)
        if self._pane.place >= 0:
            self._entry.show_entry(self._pane.entry)

    def _on_added(self) -> None:
        self._go_to(Part.ENTRY)
        self._entry.focus_name()

    # ---- telling -----------------------------------------------------------------------------------

    def _tell(self) -> None:
        """Say whether anything is unsaved."""
        changed = self.is_changed()
        self._save.setEnabled(changed)
        self._discard.setVisible(changed)
        self._said.setText(self.tr("Not saved yet.") if changed else "")

    def _on_save(self) -> None:
        if not self._base.persona_id and not self._book.fields.name.strip():
            self._go_to(Part.BOOK)
            self._book.focus_name()
            self.say(self.tr("A lorebook needs a name."))
            return
        self.saved.emit(self.manuscript)
