"""Knows how what is remembered goes out of the database with a whole conversation, and comes in with one."""

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from hermes_desktop.domain.history import MemoryState
from hermes_desktop.storage import older
from hermes_desktop.storage.tables import Memory
from hermes_desktop.storage.text import cleaned

_Place = tuple[int, int]  # branch and depth
_ROWS = text(
    """
    select m.branch_id, max(min(k.first_depth, m.depth), 0), k.message_id, k.kind, k.who, k.text, k.by_hand,
           k.created_at, k.deleted_at, k.extra
    from memory k join message m on m.id = k.message_id
    where k.conversation_id = :conversation order by k.id
    """
)
_BRANCHES = text(
    "select id, parent_branch_id, start_depth from branch where conversation_id = :conversation order by id"
)
_AT = text(
    """
    select m.branch_id, m.depth, m.id from json_each(:places) p
    cross join message m
    on m.branch_id = json_extract(p.value, '$[0]') and m.depth = json_extract(p.value, '$[1]')
    """
)


def read(session: Session, conversation_id: int, keys: Mapping[int, int]) -> tuple[MemoryState, ...]:
    """Give all that was ever remembered of a conversation, in the order it was made."""
    if not older.has_table(session, "memory"):
        return ()
    connection, values = session.connection(), {"conversation": conversation_id}
    rows = connection.execute(_ROWS, values).all()
    if not rows:
        return ()
    ways = _held(connection.execute(_BRANCHES, values), {(branch, depth) for branch, depth, *_ in rows})
    places = json.dumps(sorted(set(ways.values())))
    at = {(branch, depth): number for branch, depth, number in connection.execute(_AT, {"places": places})}
    return tuple(
        MemoryState(
            kind=kind,
            first=keys.get(at[ways[branch, depth]], 0),
            message=keys.get(message, 0),
            who=who,
            text=said,
            by_hand=bool(by_hand),
            created_at=created,
            deleted_at=deleted,
            extra=extra,
        )
        for branch, depth, message, kind, who, said, by_hand, created, deleted, extra in rows
    )


def texts(session: Session, conversation_id: int) -> Iterator[str]:
    """Give the words of all that was ever remembered of a conversation."""
    if older.has_table(session, "memory"):
        query = select(Memory.who, Memory.text).where(Memory.conversation_id == conversation_id)
        for both in session.exec(query):
            yield from both


def _held(branches: Iterable[Any], wanted: Iterable[_Place]) -> dict[_Place, _Place]:
    """Say of depths on the way to a branch in which branch the message there stands.

    One walk through all branches answers for every depth, however long the ways are.
    """
    depths: dict[int, list[int]] = {}
    for branch, depth in wanted:
        depths.setdefault(branch, []).append(depth)
    below: dict[int | None, list[_Place]] = {}
    for number, parent, start in branches:
        below.setdefault(parent, []).append((number, start))
    found: dict[_Place, _Place] = {}
    way: list[int] = []
    starts: list[int] = []  # of the branches of the way; they only grow
    waiting = [(0, *each) for each in below[None]]
    while waiting:
        level, number, start = waiting.pop()
        way[level:], starts[level:] = [number], [start]
        for depth in depths.get(number, ()):
            found[number, depth] = way[bisect_right(starts, depth) - 1], depth
        waiting += ((level + 1, *each) for each in below.get(number, ()))
    return found


def row(one: MemoryState, depths: Mapping[int, int], conversation_id: int, root_id: int) -> dict[str, Any]:
    """Give the cells of something remembered; messages have the ids behind the root's, in their order."""
    last = depths[one.message]
    return {
        "conversation_id": conversation_id,
        "kind": cleaned(one.kind),
        "message_id": root_id + one.message,
        "first_depth": min(max(depths[one.first], min(last, 1)), last),  # on the way, and not the root
        "who": cleaned(one.who),
        "text": cleaned(one.text),
        "by_hand": one.by_hand,
        "created_at": one.created_at,
        "deleted_at": one.deleted_at,
        "extra": cleaned(one.extra),
    }
