"""Knows how pins, summaries and facts become turns, and which messages these stand for; not what has room."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.memory import Memory, MemoryKind, chapters
from hermes_desktop.domain.prompt import Keep, PromptTurn
from hermes_desktop.prompting.segments import facts_turn, pinned_turn, summary_turn

_LETTERS = 480  # of the facts of one turn; where all of a stretch have no room, some of them do


@dataclass(frozen=True, slots=True)
class _Window:
    """The messages that a prompt may hold, and where they begin."""

    history: Sequence[Message]
    from_line: bool  # what came before them has left

    def first_of(self, memory: Memory) -> int:
        """Name the message with which that leaves what is told of; 0 where some of it has left already."""
        if self.from_line and self.history and memory.first_depth < self.history[0].depth:
            return 0
        told = (each.id for each in self.history if memory.first_depth <= each.depth <= memory.depth)
        return next(told, 0)


def memory_turns(
    memories: Sequence[Memory],
    pinned: Sequence[Message],
    history: Sequence[Message],
    *,
    from_line: bool = False,
) -> tuple[PromptTurn, ...]:
    """Make a turn of each chapter, of some facts of each stretch, and of each pinned message, in this order.

    With every turn goes the message that it stands for: where that is read itself, the turn is not needed.
    None is put together with another, so that what comes in leaves the others as they were. `history` is
    what the prompt is made of; with `from_line` it begins at the memory line.
    """
    window = _Window(history, from_line)
    facts = sorted((one for one in memories if one.kind is MemoryKind.FACT), key=_told_when)
    turns = [
        *((summary_turn(one.text), window.first_of(one)) for one in chapters(memories)),
        *((facts_turn(group), window.first_of(group[0])) for group in _grouped(facts)),
        *((pinned_turn([message]), message.id) for message in pinned),
    ]
    return tuple(
        replace(turn, keep=Keep.MEMORY, stands_for=message) for turn, message in turns if turn is not None
    )


def _grouped(facts: Iterable[Memory]) -> list[list[Memory]]:
    return [part for _, group in groupby(facts, _stretch) for part in _parts(group)]


def _parts(facts: Iterable[Memory]) -> Iterator[list[Memory]]:
    part: list[Memory] = []
    letters = 0
    for fact in facts:
        letters += len(fact.who) + len(fact.text)
        if part and letters > _LETTERS:
            yield part
            part, letters = [], len(fact.who) + len(fact.text)
        part.append(fact)
    yield part


def _stretch(memory: Memory) -> tuple[int, int]:
    return memory.first_depth, memory.depth


def _told_when(memory: Memory) -> tuple[bool, int, int, int]:
    """Order facts by where they come from; what holds everywhere stands last, and changes most."""
    return memory.depth == 0, *_stretch(memory), memory.id
