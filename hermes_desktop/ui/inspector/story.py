"""Knows how the story so far is listed, chapter by chapter, and what a person can do with it."""

from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.chronicle import ChronicleService
from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.domain.memory import Memory, chapters
from hermes_desktop.ui.inspector.chapter import ChapterRow
from hermes_desktop.ui.inspector.shelf import Shelf
from hermes_desktop.ui.pieces import column, note


class StoryPanel(QWidget):
    """List the chapters; edit them, have them written anew, delete them."""

    def __init__(
        self,
        chat: ChatService,
        memories: MemoriesService,
        chronicle: ChronicleService,
        notices: NoticesService,
        ways: QWidget,
    ) -> None:
        """Take what stands under the chapters: how more is summed up."""
        super().__init__()
        self._chat, self._memories = chat, memories
        self._chronicle, self._notices = chronicle, notices
        self._none = note("")
        self._open = 0  # the conversation whose chapters are shown
        self._read: tuple[Memory, ...] = ()
        self._spans: list[tuple[Memory, tuple[int, int]]] = []
        self._rows: dict[tuple[int, int], ChapterRow] = {}  # by the depths that they tell of
        self._shelf = Shelf(self.tr("Story so far"), self._none, spacing=12)
        column(self, self._shelf, ways, spacing=12)
        memories.changed.connect(self.refresh)
        chat.conversation_changed.connect(self.refresh)  # the memory line may have moved
        for signal in (chronicle.changed, chat.state_changed):
            signal.connect(self._show_possible)
        self.refresh()

    def refresh(self, *_anything: object) -> None:
        """Show what is remembered now; a row in which somebody writes stays as it is."""
        conversation = self._chat.conversation
        now = conversation.id if conversation is not None else 0
        if now != self._open:
            self._leave(now)
        left = self._memories.left()
        before, self._rows = self._rows, {}
        for one, turns in self._told():
            key = one.first_depth, one.depth
            row = self._rows[key] = before.get(key) or self._make(one)
            row.show_chapter(one, turns_words(*turns), self._remark(one, left=one.first_depth <= left))
        kept = {key: row for key, row in before.items() if key not in self._rows and row.held}
        self._rows = dict(sorted((self._rows | kept).items()))
        self._shelf.put(list(self._rows.values()))
        self._none.setVisible(not self._rows)
        self._none.setText(self._nothing())
        self._show_possible()

    def _told(self) -> list[tuple[Memory, tuple[int, int]]]:
        """List the chapters with the numbers of their turns, which are read once a change."""
        here = self._memories.here()
        if here is not self._read:
            told = chapters(here)
            self._read, self._spans = here, list(zip(told, self._memories.turns_of(*told), strict=True))
        return self._spans

    def _leave(self, now: int) -> None:
        """Let go of the chapters of another conversation; what was written is kept there."""
        self._open = now
        rows, self._rows = list(self._rows.values()), {}
        self._shelf.put([])
        for row in rows:
            row.leave()

    def _make(self, memory: Memory) -> ChapterRow:
        row = ChapterRow(memory)
        row.rewritten.connect(self._on_rewritten)
        row.renewal_asked.connect(self._chronicle.renew)
        row.deleted.connect(self._on_deleted)
        return row

    def _nothing(self) -> str:
        conversation = self._chat.conversation
        if conversation is not None and conversation.memory_line_id is not None:
            return self.tr("Nothing is summed up yet of what has left the context.")
        return self.tr("Nothing has left the context yet. What leaves is summed up here.")

    def _remark(self, memory: Memory, *, left: bool) -> str:
        said = [self.tr("You wrote this.")] if memory.by_hand else []
        if not left:
            said.append(self.tr("Comes in when these turns leave."))
        return " ".join(said)

    def _show_possible(self, *_anything: object) -> None:
        possible = self._chronicle.possible
        for row in self._rows.values():
            row.let_renew(possible)

    # ---- acts --------------------------------------------------------------------------------------

    def _on_rewritten(self, memory: Memory, text: str, _who: str) -> None:
        self._memories.rewrite(memory.id, text)
        row = self._rows.get((memory.first_depth, memory.depth))
        if row is not None:
            row.take_keyboard()

    def _on_deleted(self, memory: Memory) -> None:
        self._memories.forget(memory.id)
        said, undo = self.tr("The summary was deleted."), self.tr("Undo")
        self._notices.post(Notice(NoticeKind.INFO, said, "", undo, self._chat.undo))


def turns_words(first: int, last: int) -> str:
    """Name turns by their numbers."""
    if first == last:
        return QCoreApplication.translate("Turns", "Turn {n}").replace("{n}", QLocale().toString(first))
    text = QCoreApplication.translate("Turns", "Turns {n} to {m}")
    return text.replace("{n}", QLocale().toString(first)).replace("{m}", QLocale().toString(last))
