"""Knows how a person steers what is remembered of a conversation: pins, facts, summaries; no model helps."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import chapters
from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.storage import conversations, memories, messages
from hermes_desktop.storage.database import Session

FACT_LIMIT, WHO_LIMIT, SUMMARY_LIMIT = 500, 80, 8_000  # letters


class MemoriesService(QObject):
    """Change what is remembered. Every act can be taken back with the conversation's undo."""

    changed = Signal()  # in the open conversation

    def __init__(self, store: Store, chat: ChatService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._chat = chat
        self._known: tuple[Memory, ...] | None = None  # of the open conversation; None: not read yet
        for signal in (chat.opened, chat.closed, chat.path_changed):
            signal.connect(self.note_change)

    def of(self, conversation_id: int) -> list[Memory]:
        """List what holds on a conversation's path; raises CONVERSATION_UNKNOWN."""
        return self._store.read(memories.on_path, conversation_id)

    def here(self) -> tuple[Memory, ...]:
        """List what holds on the path that is open."""
        if self._chat.conversation is None:
            return ()
        if self._known is None:
            self._known = tuple(self.of(self._chat.conversation.id))
        return self._known

    def left(self) -> int:
        """Give the depth up to which the open path has left the context; 0 where all of it is read."""
        conversation = self._chat.conversation
        return 0 if conversation is None else self._store.read(chapters.left, conversation)

    def pin_of(self, message_id: int) -> Memory | None:
        """Give the pin of a message in the open conversation; None where it has none."""
        pins = (one for one in self.here() if one.kind is MemoryKind.PIN)
        return next((one for one in pins if one.message_id == message_id), None)

    def turns_of(self, *some: Memory) -> list[tuple[int, int]]:
        """Give the first and the last turn that each of some tells of, counted from 1; 0 for everywhere."""
        return self._store.read(_turns, some)

    def pinned(self) -> list[Message]:
        """List the messages that are pinned on the path that is open, in their order."""
        ids = [one.message_id for one in self.here() if one.kind is MemoryKind.PIN]
        return self._store.read(messages.some, ids) if ids else []

    def toggle_pin(self, message_id: int) -> bool:
        """Pin a message of the open conversation, or let it go; say whether it is pinned now."""
        pinned = self.pin_of(message_id)
        if pinned is None:
            self.pin(message_id)
        else:
            self.forget(pinned.id)
        return pinned is None

    def pin(self, message_id: int) -> Memory:
        """Let a message be repeated word for word once it has left; raises MESSAGE_UNKNOWN."""
        made = self._store.write(memories.pin, message_id)
        self._tell()
        return made

    def add_fact(self, conversation_id: int, text: str, who: str = "") -> Memory:
        """Let something hold in a whole conversation, whatever version of it is shown."""
        root = self._store.read(conversations.get, conversation_id).root_id
        said = text.strip()[:FACT_LIMIT]
        made = self._store.write(
            memories.add, MemoryKind.FACT, root, 0, said, who=who.strip()[:WHO_LIMIT], by_hand=True
        )
        self._tell()
        return made

    def rewrite(self, memory_id: int, text: str, who: str | None = None) -> Memory:
        """Let a summary or a fact say something else, of somebody else where `who` says so.

        Raises MEMORY_UNKNOWN.
        """
        said = text.strip()[:SUMMARY_LIMIT]
        whom = self._store.read(memories.get, memory_id).who if who is None else who.strip()[:WHO_LIMIT]
        made = self._store.write(memories.rewrite, memory_id, said, whom)
        self._tell()
        return made

    def forget(self, *memory_ids: int) -> list[Memory]:
        """Let go of some; what they told of stays in the conversation. Raises MEMORY_UNKNOWN."""
        known = [self._store.read(memories.get, number) for number in memory_ids]
        self._store.write(memories.remove, memory_ids)
        self._tell()
        return known

    def note_change(self, *_anything: object) -> None:
        """Hear that what holds may have changed."""
        self._known = None
        self.changed.emit()

    def _tell(self) -> None:
        self.note_change()
        self._chat.measure()


def _turns(session: Session, some: Sequence[Memory]) -> list[tuple[int, int]]:
    return [memories.positions(session, one) for one in some]
