"""Knows the list of conversations; not what is said in them."""

from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import chat_forms
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, ConversationSummary, GenerationRecord, Message
from hermes_desktop.storage import conversations, messages


class ConversationsService(QObject):
    """List, name, favour and delete conversations."""

    changed = Signal()
    deleted = Signal(int)
    restored = Signal(int)

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    def summaries(self) -> list[ConversationSummary]:
        """List the conversations, newest first."""
        return self._store.read(conversations.summaries)

    def get(self, conversation_id: int) -> Conversation:
        """Give one conversation; raises CONVERSATION_UNKNOWN."""
        return self._store.read(conversations.get, conversation_id)

    def find(self, name: str) -> Conversation:
        """Give the conversation with this id or title; raises CONVERSATION_UNKNOWN or NAME_AMBIGUOUS."""
        return self._store.read(conversations.find, name)

    def find_deleted(self, name: str) -> Conversation:
        """Give one from the bin by id or title; raises CONVERSATION_NOT_DELETED or NAME_AMBIGUOUS."""
        return self._store.read(conversations.find_deleted, name)

    def path(self, conversation_id: int) -> list[Message]:
        """Read every message of the current path."""
        return self._store.read(messages.path, conversation_id)

    def reply(self, message_id: int) -> tuple[Message, GenerationRecord | None]:
        """Give a message and how it came to be."""
        message = self._store.read(messages.get, message_id)
        return message, self._store.read(messages.record, message_id)

    def export(self, conversation_id: int, form: str, target: BinaryIO) -> None:
        """Write it in one of the FORMS of `chat_forms`; raises FORMAT_UNKNOWN."""
        chat_forms.export(self._store, conversation_id, form, target)

    def export_to(self, conversation_id: int, form: str, file: Path) -> None:
        """Write it into a file, whole or not at all; raises FORMAT_UNKNOWN or FILE_UNWRITABLE."""
        chat_forms.export_to(self._store, conversation_id, form, file)

    def rename(self, conversation_id: int, title: str) -> None:
        """Give it another title."""
        self._store.write(conversations.rename, conversation_id, title.strip())
        self.changed.emit()

    def set_favourite(self, conversation_id: int, favourite: bool) -> None:
        """Put it among the favourites, or take it out."""
        self._store.write(conversations.set_favourite, conversation_id, favourite)
        self.changed.emit()

    def delete(self, conversation_id: int) -> None:
        """Put it into the bin; `restore` takes it back."""
        self._store.write(conversations.delete, conversation_id)
        self.deleted.emit(conversation_id)
        self.changed.emit()

    def restore(self, conversation_id: int) -> None:
        """Take it out of the bin."""
        self._store.write(conversations.restore, conversation_id)
        self.restored.emit(conversation_id)
        self.changed.emit()

    def note_change(self) -> None:
        """Tell the list that a conversation has grown or was added."""
        self.changed.emit()
