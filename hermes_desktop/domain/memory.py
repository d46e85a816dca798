"""Knows what is remembered beside the messages of a conversation: pins, summaries, facts; not how."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class MemoryKind(StrEnum):
    """Say what it is that is remembered."""

    PIN = "pin"  # a message that is repeated word for word once it has left
    SUMMARY = "summary"  # what happened in a row of messages
    FACT = "fact"  # what holds for somebody, or for a place


@dataclass(frozen=True, slots=True)
class Memory:
    """One thing to remember. It holds on every path that leads through its message."""

    id: int
    kind: MemoryKind
    message_id: int  # the last one that it tells of; the empty root for what holds everywhere
    depth: int  # of this message; 0 for the root
    first_depth: int  # of the first message that it tells of
    created_at: int  # milliseconds since 1970, UTC
    text: str = ""  # of a summary or a fact; a pin repeats its message
    who: str = ""  # whom a fact is about; "" for nobody in particular
    by_hand: bool = False  # a person wrote it, so no model writes it anew


def chapters(memories: Iterable[Memory]) -> list[Memory]:
    """List the summaries that tell a story without telling anything twice, in their order.

    One that lies within another is left out; of two that tell the same, the newer one stays.
    """
    found = [memory for memory in memories if memory.kind is MemoryKind.SUMMARY]
    found.sort(key=lambda one: (one.first_depth, -one.depth, -one.id))
    kept: list[Memory] = []
    for one in found:
        if not kept or one.depth > kept[-1].depth:
            kept.append(one)
    return kept


def told_without_gap(memories: Iterable[Memory]) -> int:
    """Give the depth up to which summaries tell everything from the first message on; 0 for nothing."""
    reached = 0
    for one in chapters(memories):
        if one.first_depth > reached + 1:
            break
        reached = one.depth
    return reached
