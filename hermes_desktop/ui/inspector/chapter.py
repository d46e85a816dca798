"""Knows how one chapter of a story is shown, unfolded and edited; not which chapters there are."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.domain.memory import Memory
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.inspector.memory_editor import MemoryEditor
from hermes_desktop.ui.inspector.shelf import ShelfRow, breakable
from hermes_desktop.ui.pieces import button, note, words

_FOLDED, _UNFOLDED = "▸", "▾"
_LETTERS = 96  # of the first words: two to three lines


class ChapterRow(ShelfRow):
    """Show the first words of a chapter, or all of it with what can be done."""

    rewritten = Signal(object, str)  # Memory, text
    renewal_asked = Signal(object)  # Memory
    deleted = Signal(object)  # Memory

    def __init__(self) -> None:
        super().__init__()
        self._memory: Memory | None = None
        self._turns = ""
        self._editor: MemoryEditor | None = None
        self._fold = button("", "line")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._settle)
        self._said = words("")
        self._note = note("")
        self._note.setProperty("role", "small")
        self._acts = QWidget()
        acts = QHBoxLayout(self._acts)
        acts.setContentsMargins(0, 0, 0, 0)
        acts.setSpacing(16)
        self._edit = self._act(acts, self.tr("Edit"), self.edit)
        self._renew = self._act(acts, self.tr("Write anew"), lambda: self.renewal_asked.emit(self._memory))
        self._delete = self._act(acts, self.tr("Delete"), lambda: self.deleted.emit(self._memory))
        acts.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        for part in (self._fold, self._said, self._note, self._acts):
            self._layout.addWidget(part)
        self._layout.setAlignment(self._fold, Qt.AlignmentFlag.AlignLeft)
        self._settle()

    @property
    def held(self) -> bool:
        """Say whether somebody is writing in it."""
        return self._editor is not None

    @property
    def memory(self) -> Memory:
        """Give the chapter that is shown."""
        assert self._memory is not None  # a row is shown with one
        return self._memory

    def show_chapter(self, memory: Memory, turns: str, remark: str) -> None:
        """Show another text of the chapter, its turns, and what is to be known of it."""
        if not self.held:  # what is being edited stays the one that it was
            self._memory = memory
        self._turns = turns
        self._fold.setAccessibleName(self.tr("Summary: {turns}").replace("{turns}", turns))
        for each, said in (
            (self._edit, self.tr("Edit the summary: {turns}")),
            (self._renew, self.tr("Write the summary anew: {turns}")),
            (self._delete, self.tr("Delete the summary: {turns}")),
        ):
            each.setAccessibleName(said.replace("{turns}", turns))
        self._note.setText(remark)
        self._settle()

    def let_renew(self, possible: bool) -> None:
        """Offer to have it written anew, or not now."""
        self._renew.setEnabled(possible)
        self._renew.setToolTip(
            self.tr("Let the model read these turns and sum them up again; undo brings this text back.")
            if possible
            else self.tr("Not now: no model is chosen, or something else is being written.")
        )

    def edit(self) -> None:
        """Begin to edit the whole text in its place."""
        if self._editor is None:
            name = self.tr("Text of the summary: {turns}").replace("{turns}", self._turns)
            self._editor = MemoryEditor(self.memory, name)
            self._editor.saved.connect(self._on_saved)
            self._editor.closed.connect(self._on_closed)
            self._layout.insertWidget(self._layout.indexOf(self._note), self._editor)
            self._editor.show()  # now, so that it can take the keyboard
            self.enchain()
            self._settle()
        self._editor.begin()

    def leave(self) -> None:
        """Keep what was written: somebody goes away without saying what is to become of it."""
        if self._editor is not None and self._editor.changed:
            self._editor.save()

    def take_keyboard(self) -> None:
        """Stand on the row."""
        self._fold.setFocus()

    def _act(self, layout: QHBoxLayout, text: str, act: Callable[[], object]) -> QPushButton:
        made = button(text, "line")
        made.clicked.connect(act)
        layout.addWidget(made)
        return made

    def _on_saved(self, text: str, _who: str) -> None:
        self._drop_editor()
        self.rewritten.emit(self.memory, text)

    def _on_closed(self) -> None:
        self._drop_editor()
        self._edit.setFocus()

    def _drop_editor(self) -> None:
        gone, self._editor = self._editor, None
        if gone is not None:
            self._layout.removeWidget(gone)
            gone.hide()
            gone.deleteLater()  # its own button may be what has led here
        self._settle()

    def _settle(self, *_anything: object) -> None:
        unfolded = self._fold.isChecked()
        self._fold.setText(f"{_UNFOLDED if unfolded else _FOLDED} {self._turns}")
        text = self._memory.text if self._memory is not None else ""
        self._said.setText(breakable(text if unfolded else beginning(text, _LETTERS)))
        self._said.setVisible(not self.held)
        self._note.setVisible(bool(self._note.text()))
        self._acts.setVisible(unfolded and not self.held)
