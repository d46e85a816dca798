"""Knows what of a conversation is remembered for one prompt; not how it is worded, nor what has room."""

from collections.abc import Sequence

from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.domain.prompt import PromptTurn
from hermes_desktop.prompting.memory import memory_turns
from hermes_desktop.storage import memories, messages
from hermes_desktop.storage.database import Session

_PINS = 200  # the newest ones are looked at; no context has room for more


def turns_for(
    session: Session,
    conversation_id: int,
    history: Sequence[Message],
    *,
    from_line: bool,
    below: int | None = None,
) -> tuple[PromptTurn, ...]:
    """Give the turns that may stand for messages of the path, of those above a depth.

    `history` is what the prompt is made of; with `from_line` it begins at the memory line.
    """
    found = [one for one in memories.on_path(session, conversation_id) if below is None or one.depth < below]
    return memory_turns(found, _pinned(session, found), history, from_line=from_line)


def _pinned(session: Session, found: Sequence[Memory]) -> list[Message]:
    ids = [one.message_id for one in found if one.kind is MemoryKind.PIN]
    return [message for message in messages.some(session, ids[-_PINS:]) if message.text.strip()]
