"""Knows where variables of macros are kept: from the message on that brought them, or everywhere."""

import json
from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from hermes_desktop.domain import variables as values
from hermes_desktop.domain.variables import Variables
from hermes_desktop.storage import tree
from hermes_desktop.storage.tables import CommonVariables, Message, MessageVariables

_ONLY = 1  # the id of the row for all


def known(session: Session, conversation_id: int, *, below: int | None = None) -> Variables:
    """Give the variables at the end of the current path, or above the message at a depth."""
    tip = tree.tip_of(session, tree.conversation_row(session, conversation_id))
    return Variables(_on_path(session, tip, tip.depth + 1 if below is None else below), everywhere(session))


def everywhere(session: Session) -> dict[str, str]:
    """Give the variables that every conversation knows."""
    found = session.get(CommonVariables, _ONLY)
    return unpacked(found.variables) if found is not None else {}


def note(session: Session, message_id: int, after: Variables) -> None:
    """Keep what holds from a message of the current path on; the same as before takes no room."""
    message = tree.row(session, message_id)
    before = known(session, message.conversation_id, below=message.depth)
    session.exec(delete(MessageVariables).where(col(MessageVariables.message_id) == message_id))
    if after.here != before.here:
        attach(session, message_id, after.here)
    if after.everywhere != before.everywhere:
        set_everywhere(session, after.everywhere)


def attach(session: Session, message_id: int, here: Mapping[str, str]) -> None:
    """Let variables hold from a message on that has none of its own yet."""
    session.add(MessageVariables(message_id=message_id, variables=packed(here)))
    session.flush()


def copy(session: Session, message_id: int, to_id: int) -> None:
    """Let what holds from one message on hold from another one on, too."""
    found = session.get(MessageVariables, message_id)
    if found is not None:
        attach(session, to_id, unpacked(found.variables))


def set_here(session: Session, conversation_id: int, here: Mapping[str, str]) -> None:
    """Change what holds at the end of the current path by hand."""
    tip = tree.tip_of(session, tree.conversation_row(session, conversation_id))
    session.merge(MessageVariables(message_id=tip.id, variables=packed(values.bounded(here))))
    session.flush()


def set_everywhere(session: Session, changed: Mapping[str, str]) -> None:
    """Put other variables in the place of those that every conversation knows."""
    session.merge(CommonVariables(id=_ONLY, variables=packed(values.bounded(changed))))
    session.flush()


def add_everywhere(session: Session, more: Mapping[str, str]) -> None:
    """Add variables for every conversation; those that are here stay as they are."""
    set_everywhere(session, {**more, **everywhere(session)})


def at_beginning(session: Session, root_id: int) -> dict[str, str]:
    """Give the variables that hold before the first message."""
    found = session.get(MessageVariables, root_id)
    return unpacked(found.variables) if found is not None else {}


def packed(here: Mapping[str, str]) -> str:
    """Write variables as JSON, whatever letters they hold."""
    return json.dumps(dict(here))


def unpacked(text: str) -> dict[str, str]:
    """Read variables as they are kept."""
    here: dict[str, str] = json.loads(text)
    return here


def _on_path(session: Session, tip: Message, below: int) -> dict[str, str]:
    for stretch in tree.stretches(session, tip):
        query = (
            select(MessageVariables.variables)
            .join(Message, col(Message.id) == col(MessageVariables.message_id))
            .where(
                Message.branch_id == stretch.branch_id,
                Message.depth >= stretch.low,
                Message.depth <= min(stretch.high, below - 1),
                col(Message.deleted_at).is_(None),
            )
            .order_by(col(Message.depth).desc())
        )
        if found := session.exec(query.limit(1)).first():
            return unpacked(found)
    return {}
