"""Knows how one chapter of a story is shown, unfolded and edited; not which chapters there are."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from hermes_desktop.domain.memory import Memory
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.inspector.memory_editor import EditableRow
from hermes_desktop.ui.inspector.shelf import breakable
from hermes_desktop.ui.pieces import button, note, words

_FOLDED, _UNFOLDED = "▸", "▾"
_LETTERS = 96  # of the first words: two to three lines


class ChapterRow(EditableRow):
    """Show the first words of a chapter, or all of it with what can be done."""

    renewal_asked = Signal(object)  # Memory

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._turns = ""
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
        self._renew = self._act(acts, self.tr("Write anew"), lambda: self.renewal_asked.emit(self.memory))
        self._delete = self._act(acts, self.tr("Delete"), lambda: self.deleted.emit(self.memory))
        acts.addStretch(1)
        for part in (self._fold, self._said, self._note, self._acts):
            self._layout.addWidget(part)
        self._layout.setAlignment(self._fold, Qt.AlignmentFlag.AlignLeft)
        self._settle()

    def show_chapter(self, memory: Memory, turns: str, remark: str) -> None:
        """Show another text of the chapter, its turns, and what is to be known of it."""
        self.note_memory(memory)
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

    def take_keyboard(self) -> None:
        """Stand on the row."""
        self._fold.setFocus()

    def _act(self, layout: QHBoxLayout, text: str, act: Callable[[], object]) -> QPushButton:
        made = button(text, "line")
        made.clicked.connect(act)
        layout.addWidget(made)
        return made

    def _text_name(self) -> str:
        return self.tr("Text of the summary: {turns}").replace("{turns}", self._turns)

    def _settle(self, *_anything: object) -> None:
        unfolded = self._fold.isChecked()
        self._fold.setText(f"{_UNFOLDED if unfolded else _FOLDED} {self._turns}")
        text = self.memory.text
        self._said.setText(breakable(text if unfolded else beginning(text, _LETTERS)))
        self._said.setVisible(not self.held)
        self._note.setVisible(bool(self._note.text()))
        self._acts.setVisible(unfolded and not self.held)
