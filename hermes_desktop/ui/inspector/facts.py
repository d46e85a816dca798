"""Knows how the facts of a conversation are listed, added, edited and let go of."""

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.memories import FACT_LIMIT, MemoriesService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.ui.beginnings import beginning
from hermes_desktop.ui.inspector.memory_editor import EditableRow, who_line
from hermes_desktop.ui.inspector.shelf import Shelf, breakable
from hermes_desktop.ui.pieces import button, column, note, words

_NAMED = 40  # letters of a fact that name it for readers of screens
_WHO_WIDTH = 84  # pixels
_DOTS = QSize(24, 20)


class FactRow(EditableRow):
    """Show one fact; its menu edits and deletes it."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        self._said = words("")
        self._verbs = QToolButton()
        self._verbs.setText("⋯")
        self._verbs.setProperty("role", "line")
        self._verbs.setFixedSize(_DOTS)
        self._verbs.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._verbs)
        menu.addAction(self.tr("Edit"), self.edit)
        menu.addAction(self.tr("Delete"), lambda: self.deleted.emit(self.memory))
        self._verbs.setMenu(menu)
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._said, 1)
        line.addWidget(self._verbs, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addWidget(self._line)
        self._settle()

    def show_fact(self, memory: Memory) -> None:
        """Show another fact."""
        self.note_memory(memory)
        self._settle()

    def take_keyboard(self) -> None:
        """Stand on the row."""
        self._verbs.setFocus()

    def _text_name(self) -> str:
        return self.tr("Text of the fact")

    def _settle(self) -> None:
        who, text = self.memory.who, self.memory.text
        said = f"{who}: {text}" if who else text
        self._said.setText(breakable(said))
        name = self.tr("Edit or delete “{fact}”").replace("{fact}", beginning(said, _NAMED))
        self._verbs.setAccessibleName(name)
        self._verbs.setToolTip(self.tr("Edit or delete"))
        self._line.setVisible(not self.held)


class FactsPanel(QWidget):
    """List what holds, and take in more."""

    def __init__(self, chat: ChatService, memories: MemoriesService, notices: NoticesService) -> None:
        super().__init__()
        self._chat, self._memories, self._notices = chat, memories, notices
        self._open = 0  # the conversation whose facts are shown
        self._rows: dict[int, FactRow] = {}
        self._none = note(self.tr("No facts yet. They are noted where turns are summed up, and by you."))
        self._shelf = Shelf(self.tr("Facts"), self._none)
        self._new = NewFact()
        self._new.added.connect(self._on_added)
        column(self, self._shelf, self._new, spacing=8)
        memories.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is remembered now; a row in which somebody writes stays as it is."""
        conversation = self._chat.conversation
        now = conversation.id if conversation is not None else 0
        if now != self._open:
            self._leave(now)
        facts = [one for one in self._memories.here() if one.kind is MemoryKind.FACT]
        facts.sort(key=lambda one: (one.depth == 0, one.depth, one.id))  # as in the prompt
        before, self._rows = self._rows, {}
        for one in facts:
            row = self._rows[one.id] = before.get(one.id) or self._make(one)
            row.show_fact(one)
        self._rows |= {key: row for key, row in before.items() if key not in self._rows and row.held}
        self._shelf.put(list(self._rows.values()))
        self._none.setVisible(not self._rows)

    def _leave(self, now: int) -> None:
        """Let go of the facts of another conversation; what was written is kept there."""
        self._open = now
        rows, self._rows = list(self._rows.values()), {}
        self._shelf.put([])
        self._new.clear()
        for row in rows:
            row.leave()

    def _make(self, memory: Memory) -> FactRow:
        row = FactRow(memory)
        row.rewritten.connect(self._on_rewritten)
        row.deleted.connect(self._on_deleted)
        return row

    def _on_added(self, text: str, who: str) -> None:
        if self._chat.conversation is not None:
            self._memories.add_fact(self._chat.conversation.id, text, who)

    def _on_rewritten(self, memory: Memory, text: str, who: str) -> None:
        made = self._memories.rewrite(memory.id, text, who)
        row = self._rows.get(made.id)
        if row is not None:
            row.take_keyboard()

    def _on_deleted(self, memory: Memory) -> None:
        self._memories.forget(memory.id)
        said, undo = self.tr("The fact was deleted."), self.tr("Undo")
        self._notices.post(Notice(NoticeKind.INFO, said, "", undo, self._chat.undo))


class NewFact(QWidget):
    """Write whom a fact is about, and the fact; Enter adds it."""

    added = Signal(str, str)  # text, who

    def __init__(self) -> None:
        super().__init__()
        self._who = who_line()
        self._who.setFixedWidth(_WHO_WIDTH)
        self._text = QLineEdit()
        self._text.setMaxLength(FACT_LIMIT)
        self._text.setPlaceholderText(self.tr("A fact to keep"))
        self._text.setAccessibleName(self.tr("A fact to keep in this conversation"))
        self._add = button(self.tr("Add"), "small", self.tr("Add the fact"))
        self._add.clicked.connect(self._on_add)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._who)
        line.addWidget(self._text, 1)
        line.addWidget(self._add)
        for each in (self._who, self._text):
            each.installEventFilter(self)
            each.returnPressed.connect(self._on_add)
        self._text.textChanged.connect(self._settle)
        self._settle()

    def clear(self) -> None:
        """Let nothing stand there."""
        self._who.clear()
        self._text.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave undo to the conversation where nothing was typed that could be taken back."""
        if (
            isinstance(watched, QLineEdit)
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Undo)
            and not watched.isUndoAvailable()
        ):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _on_add(self) -> None:
        text, who = self._text.text().strip(), self._who.text().strip()
        if text:
            self._text.setText("")  # with it goes what undo would bring; whom it is about stays for more
            self._text.setFocus()
            self.added.emit(text, who)
        else:
            self._text.setFocus()

    def _settle(self) -> None:
        self._add.setEnabled(bool(self._text.text().strip()))
