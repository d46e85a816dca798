"""Knows how old messages are called back for what is said now, and what fits; not how they are found."""

from PySide6.QtCore import QObject

from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import GenerationRecord, Message
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.prompting import recall as fitting
from hermes_desktop.storage import memories, messages, recall

_MOST = 200  # messages that are called back at once
_LOOKED_AT = 50  # last messages among which the last reply is


class RecallService(QObject):
    """Find what matters among the messages of a conversation's path."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    def recall(self, conversation_id: int, query: str, budget: int) -> list[Recalled]:
        """Fill so many tokens, the best first, and give them in the order of the conversation."""
        found = self._store.read(recall.find, conversation_id, query, limit=_MOST, floor=0.0)
        return fitting.within(found, budget)

    def last_record(self, conversation_id: int) -> GenerationRecord | None:
        """Say how the last reply came to be that has a record; None where none has."""
        for message in reversed(self._store.read(messages.page, conversation_id, limit=_LOOKED_AT)):
            record = self._store.read(messages.record, message.id)
            if record is not None:
                return record
        return None

    # ---- what is kept ------------------------------------------------------------------------------

    def on_path(self, conversation_id: int) -> list[Memory]:
        """List what is remembered on the current path."""
        return self._store.read(memories.on_path, conversation_id)

    def position(self, message_id: int) -> int:
        """Say where a message stands on its path, from 1; 0 for the root, which holds everywhere."""
        try:
            return self._store.read(messages.get, message_id).position
        except KnownError:
            return 0

    def pin(self, message_id: int) -> Memory:
        """Repeat a message word for word once it has left; raises MESSAGE_UNKNOWN."""
        return self._store.write(memories.pin, message_id)

    def add(self, root_id: int, text: str, who: str) -> Memory:
        """Keep a fact that holds everywhere in a conversation."""
        return self._store.write(memories.add, MemoryKind.FACT, root_id, 0, text, who=who, by_hand=True)

    def rewrite(self, memory_id: int, text: str) -> Memory:
        """Let a summary or a fact say something else; raises MEMORY_UNKNOWN."""
        who = self._store.read(memories.get, memory_id).who
        return self._store.write(memories.rewrite, memory_id, text, who)

    def forget(self, memory_id: int) -> Memory:
        """Forget one; raises MEMORY_UNKNOWN."""
        known = self._store.read(memories.get, memory_id)
        self._store.write(memories.remove, [memory_id])
        return known


def turn_tokens(message: Message) -> int:
    """Say how many tokens a message counts as without a model."""
    return fitting.turn_tokens(message)
