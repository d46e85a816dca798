"""Knows which part of a conversation is to be summed up next, and of what; not when, and not by whom."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hermes_desktop.domain.conversation import Conversation, Message, Role
from hermes_desktop.domain.memory import Memory, MemoryKind, chapters
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.prompting import tasks
from hermes_desktop.prompting.estimate import clipped, estimated
from hermes_desktop.prompting.noting import Noted
from hermes_desktop.storage import memories, messages
from hermes_desktop.storage.database import Session

TOKENS = 1600  # estimated, of the messages of one chapter
_AROUND = 6  # tokens of a line's name and end
ANEW = 2 * TOKENS  # of messages that are read again for a summary that is written anew
_ASKING = 120  # tokens of what is asked, and around it
_SURE = 0.85  # of the room, since it is estimated
_BEFORE = 4  # a part of the room is for what came before
_PAGE = 80  # messages read at once
_MOST = 80  # messages of one chapter


@dataclass(frozen=True, slots=True)
class Part:
    """Messages of the path that no summary tells of yet, and the summary of what came before them."""

    messages: tuple[Message, ...]
    before: str = ""

    @property
    def first_depth(self) -> int:
        """Give the depth of the first message."""
        return self.messages[0].depth

    @property
    def last(self) -> Message:
        """Give the message that it ends with."""
        return self.messages[-1]


def left(session: Session, conversation: Conversation) -> int:
    """Give the depth behind which the memory line stands; 0 where it is on another path."""
    line = conversation.memory_line_id
    if line is None:
        return 0
    depth = messages.get(session, line).depth
    found = messages.page(session, conversation.id, after=depth - 1, limit=1)
    return depth - 1 if found and found[0].id == line else 0


def next_part(
    session: Session,
    conversation_id: int,
    *,
    upto: int,
    earliest: int = 1,
    tokens: int = TOKENS,
    forgotten: bool = False,
) -> Part | None:
    """Find the first messages of the path from a depth on, and not beyond another, that are not told of.

    With `forgotten` those do not count either whose summary was let go.
    """
    held = told = chapters(memories.on_path(session, conversation_id))
    if forgotten:
        told = chapters([*held, *memories.on_path(session, conversation_id, forgotten=True)])
    at = earliest
    while at <= upto:
        at = _behind(told, at)
        page = messages.page(session, conversation_id, after=at - 1, limit=_PAGE)
        # What is told of further on ends the part; what was taken away in between is stepped over.
        limit = min([upto, *(one.first_depth - 1 for one in told if one.first_depth > at)])
        found = [each for each in page if each.depth <= limit]
        if any(each.text.strip() for each in found):
            return Part(_whole(found, tokens), _before(held, at))
        at = limit + 1
    return None


def part_of(session: Session, memory: Memory, conversation_id: int) -> Part | None:
    """Give the messages that a summary tells of, not all where they are far too many; None: none is left."""
    found: list[Message] = []
    after = memory.first_depth - 1
    while page := messages.page(session, conversation_id, after=after, limit=_PAGE):
        found += [each for each in page if each.depth <= memory.depth]
        after = page[-1].depth
        if after >= memory.depth:
            break
        if tokens_of(found) > ANEW:
            found.append(messages.get(session, memory.message_id))
            break
    told = chapters(memories.on_path(session, conversation_id))
    return Part(tuple(found), _before(told, memory.first_depth)) if found else None


def too_long(told: Sequence[Memory], room: int) -> list[Memory]:
    """Choose summaries that are to become one, since all together take more than `room`: half of them.

    They follow each other, and nobody wrote one by hand. Fewer than two: there are none.
    """
    if sum(map(taken, told)) <= room:
        return []
    runs: list[list[Memory]] = [[]]
    for one in told:
        if one.by_hand or (runs[-1] and one.first_depth > runs[-1][-1].depth + 1):
            runs.append([])
        if not one.by_hand:
            runs[-1].append(one)
    run = next((each for each in runs if len(each) > 1), [])
    return run[: max(2, (len(run) + 1) // 2)]


def inner(session: Session, memory: Memory, conversation_id: int) -> list[Memory]:
    """List the summaries that a wider one was made of."""
    return chapters(
        one
        for one in memories.on_path(session, conversation_id)
        if one.kind is MemoryKind.SUMMARY
        and one.id != memory.id
        and memory.first_depth <= one.first_depth <= one.depth <= memory.depth
    )


def taken(memory: Memory) -> int:
    """Estimate the tokens that a summary takes in a prompt."""
    return estimated(memory.text) + 2 * _AROUND


def tokens_of(part: Sequence[Message]) -> int:
    """Estimate the tokens of messages, with the names before them."""
    return sum(estimated(each.text) + _AROUND for each in part)


def keep_facts(session: Session, part: Part, found: Sequence[Noted]) -> None:
    """Keep what is told of a part and not known yet on its path."""
    known = {
        _plain(one.who, one.text)
        for one in memories.on_path(session, part.last.conversation_id)
        if one.kind is MemoryKind.FACT
    }
    for fact in found:
        if _plain(fact.who, fact.text) not in known:
            kind, last = MemoryKind.FACT, part.last.id
            memories.add(session, kind, last, part.first_depth, fact.text, who=fact.who)


def _plain(who: str, text: str) -> tuple[str, str]:
    return who.casefold(), text.casefold().rstrip(".")


# ---- what is asked: no text is so long that it finds no room -----------------------------------------


def room_of(context: int, answer: int) -> int:
    """Give the tokens that a context has for what is to be summed up, beside the answer."""
    return int(_SURE * (context - min(answer, context // 2) - _ASKING))


def at_once(room: int) -> int:
    """Give the tokens of a chapter's messages where there is so much room."""
    return min(TOKENS, room - room // _BEFORE)


def summary_of(part: Part, room: int) -> Prompt:
    """Ask for a summary of a part."""
    before = clipped(part.before, room // _BEFORE)
    return tasks.summarise(_clipped(part.messages, room - estimated(before)), before)


def facts_of(part: Part, room: int) -> Prompt:
    """Ask for the facts of a part."""
    return tasks.note_facts(_clipped(part.messages, room))


def condensed(told: Sequence[Memory], room: int) -> Prompt:
    """Ask for one summary in the place of several."""
    return tasks.condense([clipped(one.text, room // len(told) - _AROUND) for one in told])


def _clipped(said: Sequence[Message], room: int) -> list[Message]:
    if tokens_of(said) <= room:
        return list(said)
    return [replace(each, text=clipped(each.text, room // len(said) - _AROUND)) for each in said]


def _before(told: Sequence[Memory], depth: int) -> str:
    return next((one.text for one in reversed(told) if one.depth < depth), "")


def _behind(told: Sequence[Memory], at: int) -> int:
    """Step over what is told of."""
    for one in told:
        if one.first_depth <= at <= one.depth:
            at = one.depth + 1
    return at


def _whole(found: Sequence[Message], tokens: int) -> tuple[Message, ...]:
    """Cut to what may be read at once, behind an answer where there is one: at least one message stays."""
    kept: list[Message] = []
    for each in found[:_MOST]:
        if kept and tokens_of([*kept, each]) > tokens:
            break
        kept.append(each)
    if len(kept) < len(found):
        answers = [place for place, each in enumerate(kept, 1) if each.role is Role.ASSISTANT]
        kept = kept[: answers[-1]] if answers else kept
    return tuple(kept)
