"""Knows how pins, summaries and facts are kept, and which hold on a path; not what a prompt makes of them."""

from collections.abc import Iterable

from sqlalchemy import text as statement
from sqlmodel import Session, select

from hermes_desktop.domain import memory as values
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.storage import journal, older, tree
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change
from hermes_desktop.storage.tables import Memory, Message
from hermes_desktop.storage.text import cleaned

_KINDS = {kind.value: kind for kind in MemoryKind}
# Every prompt asks for them, so no rows are made of what may be many.
_HELD = statement(
    """
    select m.branch_id, m.deleted_at, k.id, k.kind, k.message_id, m.depth, k.first_depth, k.created_at,
           k.text, k.who, k.by_hand
    from memory k join message m on m.id = k.message_id
    where k.conversation_id = :conversation and (k.deleted_at is not null) = :forgotten order by m.depth, k.id
    """
)


def on_path(session: Session, conversation_id: int, *, forgotten: bool = False) -> list[values.Memory]:
    """List what holds on the current path, or did, by the end of what it tells of, the older first."""
    if not older.has_table(session, "memory"):
        return []
    tip = tree.tip_of(session, tree.conversation_row(session, conversation_id))
    last = {each.branch_id: each.high for each in tree.stretches(session, tip)}
    found = session.connection().execute(_HELD, {"conversation": conversation_id, "forgotten": forgotten})
    return [
        values.Memory(number, _KINDS[kind], message, depth, first, made, said, who, bool(by_hand))
        for branch, deleted, number, kind, message, depth, first, made, said, who, by_hand in found
        if depth <= last.get(branch, -1)
        and kind in _KINDS  # what a newer version brought is only kept
        and (depth or kind == MemoryKind.FACT)  # nothing else holds everywhere, whatever a file says
        # A deleted message is in no prompt, also not word for word.
        and (deleted is None or kind != MemoryKind.PIN)
    ]


def get(session: Session, memory_id: int) -> values.Memory:
    """Give one, also one that was taken away; raises MEMORY_UNKNOWN."""
    row = _row(session, memory_id)
    return _value(row, session.get_one(Message, row.message_id).depth)


def positions(session: Session, memory: values.Memory) -> tuple[int, int]:
    """Say where what it tells of begins and ends on its path, counted from 1; twice 0 for everywhere."""
    if not memory.depth:
        return 0, 0
    last = tree.row(session, memory.message_id)
    first, behind = (
        depth - tree.deleted_below(session, last, depth) for depth in (memory.first_depth, memory.depth + 1)
    )
    return first, max(behind - 1, first)


def pin(session: Session, message_id: int) -> values.Memory:
    """Let a message be repeated word for word; one that is pinned stays so. Raises MESSAGE_UNKNOWN."""
    message = tree.row(session, message_id)
    known = select(Memory).where(Memory.message_id == message_id, Memory.kind == MemoryKind.PIN.value)
    row = session.exec(known).first()
    if row is None:
        row = _new(session, message, MemoryKind.PIN, message.depth)
        _journal(session, row, "pin", Change("memory", row.id or 0, "deleted_at", now(), None))
    elif row.deleted_at is not None:
        change = Change("memory", row.id or 0, "deleted_at", row.deleted_at, None)
        row.deleted_at = None
        session.add(row)
        _journal(session, row, "pin", change)
    return _value(row, message.depth)


def add(
    session: Session,
    kind: MemoryKind,
    message_id: int,
    first_depth: int,
    text: str,
    *,
    who: str = "",
    by_hand: bool = False,
) -> values.Memory:
    """Keep a summary or a fact that ends with a message, or with the root; `undo` takes back what I wrote."""
    message = session.get(Message, message_id)
    if message is None:
        raise KnownError(ErrorKind.MESSAGE_UNKNOWN, message=message_id)
    first = min(max(first_depth, min(message.depth, 1)), message.depth)
    row = _new(session, message, kind, first, text=text, who=who, by_hand=by_hand)
    if by_hand:
        _journal(session, row, "remember", Change("memory", row.id or 0, "deleted_at", now(), None))
    return _value(row, message.depth)


def rewrite(
    session: Session, memory_id: int, text: str, who: str = "", *, by_hand: bool = True
) -> values.Memory:
    """Let a summary or a fact say something else; `undo` brings back what it said. Raises MEMORY_UNKNOWN."""
    old = _row(session, memory_id)
    # What a person is still writing is kept, what a model wrote meanwhile is not.
    if old.kind == MemoryKind.PIN or (old.deleted_at is not None and not by_hand):
        raise KnownError(ErrorKind.MEMORY_UNKNOWN, number=memory_id)
    message = session.get_one(Message, old.message_id)
    kind = MemoryKind(old.kind)
    fresh = _new(session, message, kind, old.first_depth, text=text, who=who, by_hand=by_hand)
    away = _taken(session, old)
    _journal(session, fresh, "remember", away, Change("memory", fresh.id or 0, "deleted_at", now(), None))
    return _value(fresh, message.depth)


def remove(session: Session, memory_ids: Iterable[int]) -> None:
    """Forget some of one conversation; `undo` brings them back together. Raises MEMORY_UNKNOWN."""
    rows = [row for row in (_row(session, number) for number in memory_ids) if row.deleted_at is None]
    if rows:
        changes = [_taken(session, row) for row in rows]
        _journal(session, rows[0], "forget", *changes)


def copy(session: Session, message_id: int, to_id: int) -> None:
    """Let what ends with one message end with another one, too: a version of it, or the root of a branch."""
    session.flush()
    session.connection().execute(_COPY, {"old": message_id, "new": to_id})


_COPY = statement(
    """
    insert into memory (conversation_id, kind, message_id, first_depth, who, text, by_hand, created_at, extra)
    select m.conversation_id, k.kind, m.id, k.first_depth, k.who, k.text, k.by_hand, k.created_at, k.extra
    from memory k join message m on m.id = :new
    where k.message_id = :old and k.deleted_at is null order by k.id
    """
)


def _new(
    session: Session,
    message: Message,
    kind: MemoryKind,
    first_depth: int,
    *,
    text: str = "",
    who: str = "",
    by_hand: bool = False,
) -> Memory:
    row = Memory(
        conversation_id=message.conversation_id,
        kind=kind.value,
        message_id=message.id or 0,
        first_depth=first_depth,
        who=cleaned(who),
        text=cleaned(text),
        by_hand=by_hand,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    return row


def _taken(session: Session, row: Memory) -> Change:
    before, row.deleted_at = row.deleted_at, now()
    session.add(row)
    return Change("memory", row.id or 0, "deleted_at", before, row.deleted_at)


def _journal(session: Session, row: Memory, act: str, *changes: Change) -> None:
    session.flush()
    journal.write(session, row.conversation_id, act, list(changes))


def _row(session: Session, memory_id: int) -> Memory:
    found = session.get(Memory, memory_id)
    if found is None or found.kind not in _KINDS:
        raise KnownError(ErrorKind.MEMORY_UNKNOWN, number=memory_id)
    return found


def _value(row: Memory, depth: int) -> values.Memory:
    return values.Memory(
        id=row.id or 0,
        kind=MemoryKind(row.kind),
        message_id=row.message_id,
        depth=depth,
        first_depth=row.first_depth,
        created_at=row.created_at,
        text=row.text,
        who=row.who,
        by_hand=row.by_hand,
    )
