"""Knows what of a conversation is remembered for one prompt; not how it is worded, nor what has room."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.memory import Memory, MemoryKind, chapters
from hermes_desktop.domain.prompt import PromptTurn
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.memory import memory_turns
from hermes_desktop.prompting.recall import within
from hermes_desktop.storage import memories, messages, recall
from hermes_desktop.storage.database import Session

# A file may bring any number, of any length. No context has room for more than this.
_MOST = 1_000  # the newest of each kind
_LETTERS = 8_000  # of each
# What is recalled is read anew with every reply, so it has to be worth it.
_RECALLED = 4  # messages at most
_ROOM = 320  # tokens at most
_FLOOR = 0.6  # of the best one's score, at least
TELLING = 0.4  # as `recall.find` has it: most small talk brings nothing back
_HEADING = 32  # tokens of the late part that the heading of what is recalled takes
_LINE = 6  # tokens around a line of it
_ENOUGH = 160  # letters of the newest turn; one that is shorter is looked for with the turn before it


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
    held = memories.on_path(session, conversation_id)
    newest = _newest([one for one in held if below is None or one.depth < below])
    return memory_turns(newest, _pinned(session, newest), history, from_line=from_line)


def _newest(found: Sequence[Memory]) -> list[Memory]:
    """Choose of each kind by itself, so that many facts push no pin and no summary out."""
    facts = [one for one in found if one.kind is MemoryKind.FACT]
    kinds = (
        [one for one in facts if not one.depth],
        [one for one in facts if one.depth],
        chapters(found),
        [one for one in found if one.kind is MemoryKind.PIN],
    )
    return [replace(one, text=one.text[:_LETTERS]) for kind in kinds for one in kind[-_MOST:]]


def recalled_for(
    session: Session, conversation_id: int, history: Sequence[Message], room: int, but: Iterable[int]
) -> list[Message]:
    """Give single messages from behind the memory line that matter for the newest turn, in their order.

    `history` begins at the line; `but` are ids of messages that are remembered word for word anyway. `room`
    is in tokens, which are estimated, rather too high.
    """
    if not history or room <= _HEADING:
        return []
    said, below = _said(history), history[0].depth
    found = recall.find(session, conversation_id, said, below=below, telling=TELLING)
    known, newest = set(but), history[-1].text.strip()
    other = [each for each in found if each.message.id not in known and each.message.text.strip() != newest]
    return [each.message for each in worth_reading(other, room - _HEADING)]


def worth_reading(found: Sequence[Recalled], room: int) -> list[Recalled]:
    """Choose few of what was found, in the conversation's order: every reply reads them anew."""
    least = _FLOOR * max((each.score for each in found), default=0)
    best = [each for each in found if each.score >= least][:_RECALLED]
    return within(best, min(room, _ROOM), _tokens_of)


def _said(history: Sequence[Message]) -> str:
    newest = history[-1].text
    before = history[-2].text[-_ENOUGH:] if len(history) > 1 and len(newest) < _ENOUGH else ""
    return f"{newest}\n{before}"


def _tokens_of(message: Message) -> int:
    return estimated(message.text) + estimated(message.name) + _LINE


def _pinned(session: Session, found: Sequence[Memory]) -> list[Message]:
    ids = dict.fromkeys(one.message_id for one in found if one.kind is MemoryKind.PIN)
    return [message for message in messages.some(session, ids) if message.text.strip()]
