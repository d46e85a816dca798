"""Knows how acts are taken back and done again: by the cells they changed, before and after."""

import json
from dataclasses import astuple, dataclass
from time import time_ns

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from hermes_desktop.storage.tables import Journal

# Only these cells are ever written from the journal; their names never come from outside.
_CELLS = {
    ("message", "deleted_at"),
    ("message", "active_child_id"),
    ("conversation", "tip_id"),
    ("conversation", "persona_id"),
    ("conversation", "persona_version_id"),
    ("conversation", "deleted_at"),
    ("persona", "deleted_at"),
    ("profile", "deleted_at"),
    ("lorebook", "deleted_at"),
    ("memory", "deleted_at"),
}
# Where one is may have changed since; what is deleted is always taken back.
_CONDITIONAL = {"active_child_id", "tip_id"}


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of one row."""

    table: str
    id: int
    column: str
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back or done again."""

    act: str
    conversation_id: int | None
    parents: tuple[int, ...] = ()  # messages that may have another active child now


def write(session: Session, conversation_id: int | None, act: str, changes: list[Change]) -> None:
    """Remember an act. What had been taken back before can not be done again after it."""
    session.exec(
        delete(Journal).where(
            col(Journal.conversation_id).is_(conversation_id), col(Journal.undone).is_(True)
        )
    )
    session.add(
        Journal(
            conversation_id=conversation_id,
            act=act,
            changes=json.dumps([astuple(change) for change in changes]),
            created_at=time_ns() // 1_000_000,
        )
    )


def undo(session: Session, conversation_id: int | None) -> Undone | None:
    """Take the last act back; None where there is none. Without a conversation: acts on lists."""
    return _step(session, conversation_id, forward=False)


def undo_made(session: Session, conversation_id: int, change: Change) -> bool:
    """Take the last act of a conversation back where it made this change; say whether it did."""
    query = select(Journal).where(
        col(Journal.conversation_id) == conversation_id, col(Journal.undone).is_(False)
    )
    entry = session.exec(query.order_by(col(Journal.id).desc()).limit(1)).first()
    if entry is None or list(astuple(change)) not in json.loads(entry.changes):
        return False
    undo(session, conversation_id)
    return True


def redo(session: Session, conversation_id: int | None) -> Undone | None:
    """Do the act again that was taken back last; None where there is none."""
    return _step(session, conversation_id, forward=True)


def _step(session: Session, conversation_id: int | None, *, forward: bool) -> Undone | None:
    order = col(Journal.id).asc() if forward else col(Journal.id).desc()
    entry = session.exec(
        select(Journal)
        .where(col(Journal.conversation_id).is_(conversation_id), col(Journal.undone).is_(forward))
        .order_by(order)
        .limit(1)
    ).first()
    if entry is None:
        return None
    changes = [Change(*item) for item in json.loads(entry.changes)]
    for change in changes:
        cells = (change.before, change.after) if forward else (change.after, change.before)
        # An act in a conversation puts no persona away that another one has by now.
        needed = change.table == "persona" and conversation_id is not None
        _set(session, change, *cells, unless_needed=needed)
    entry.undone = not forward
    session.add(entry)
    session.flush()
    session.expire_all()  # the cells were changed behind the rows' backs
    parents = tuple(change.id for change in changes if change.column == "active_child_id")
    return Undone(entry.act, conversation_id, parents)


def _set(
    session: Session, change: Change, expected: int | None, value: int | None, *, unless_needed: bool
) -> None:
    if (change.table, change.column) not in _CELLS:
        raise ValueError(f"{change.table}.{change.column} is not journaled")
    values = {"value": value, "id": change.id}
    condition = ""
    if change.column in _CONDITIONAL:
        condition = f" and {change.column} is :expected"
        values["expected"] = expected
    elif unless_needed and value is not None:
        condition = " and not exists (select 1 from conversation where persona_id = :id)"
    session.connection().execute(
        text(f"update {change.table} set {change.column} = :value where id = :id{condition}"), values
    )
