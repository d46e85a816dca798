"""Knows what comes back for a text, and about how the next prompt fills a context; loads no model."""

import dataclasses

from PySide6.QtCore import QObject

from hermes_desktop.app import chapters
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.prompts import PromptSource
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, GenerationRecord, Message
from hermes_desktop.domain.prompt import Budget, PromptTurn
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.prompting import recall as fitting
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.fit import fit
from hermes_desktop.storage import messages, recall

_MOST = 200  # messages that are called back at once
_AROUND = 4  # tokens that ChatML puts around a turn
_LOOKED_AT = 50  # last messages among which the last reply is


class RecallService(QObject):
    """Find what matters among the messages of a conversation's path."""

    def __init__(self, store: Store, preferences: PreferencesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._prompts = PromptSource(store, preferences)

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

    def line_position(self, conversation: Conversation) -> int | None:
        """Say where the first message of the path stands that is read itself; None where there is none."""
        left = self._store.read(chapters.left, conversation)
        first = self._store.read(messages.page, conversation.id, after=left, limit=1)
        return first[0].position if first else None

    def estimated(self, conversation: Conversation, context: int, reserve: int) -> Budget:
        """Estimate how the next prompt fills a context; raises PROMPT_TOO_LONG where it does not fit."""
        written = self._prompts.estimated(conversation, context)
        budget = fit(written.prompt, context, reserve, _turn_tokens).budget
        return dataclasses.replace(budget, about=True)


def _turn_tokens(turn: PromptTurn) -> int:
    return estimated(turn.text) + _AROUND


def turn_tokens(message: Message) -> int:
    """Say how many tokens a message counts as without a model."""
    return fitting.turn_tokens(message)
