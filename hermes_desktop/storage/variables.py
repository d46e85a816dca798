"""Knows where variables of macros are kept: from the message on that brought them, or everywhere."""

import json
from collections.abc import Mapping

from sqlmodel import Session, col, delete, select

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.variables import Noted, Notes, Variables
from hermes_desktop.storage import older, tree
from hermes_desktop.storage.tables import CommonVariables, Message, MessageVariables

_ONLY = 1  # the id of the row for all


def known(session: Session, conversation_id: int, *, below: int | None = None) -> Variables:
    """Give the variables at the end of the current path, or above the message at a depth."""
    tip = tree.tip_of(session, tree.conversation_row(session, conversation_id))
    return Variables(_on_path(session, tip, tip.depth + 1 if below is None else below), everywhere(session))


def everywhere(session: Session) -> dict[str, str]:
    """Give the variables that every conversation knows."""
    if not older.has_table(session, "common_variables"):
        return {}
    found = session.get(CommonVariables, _ONLY)
    return unpacked(found.variables) if found is not None else {}


def note(session: Session, message_id: int, noted: Noted) -> None:
    """Keep what holds from a message of the current path on; the same as before takes no room."""
    message = tree.row(session, message_id)
    before = known(session, message.conversation_id, below=message.depth)
    session.exec(delete(MessageVariables).where(col(MessageVariables.message_id) == message_id))
    if noted.here != before.here:
        attach(session, message_id, noted.here)
    change_everywhere(session, noted.everywhere)


def attach(session: Session, message_id: int, here: Mapping[str, str]) -> None:
    """Let variables hold from a message on that has none of its own yet."""
    session.add(MessageVariables(message_id=message_id, variables=packed(here)))
    session.flush()


def copy(session: Session, message_id: int, to_id: int) -> None:
    """Let what holds from one message on hold from another one on, too."""
    found = session.get(MessageVariables, message_id)
    if found is not None:
        attach(session, to_id, unpacked(found.variables))


def put_here(session: Session, conversation_id: int, name: str, value: str) -> None:
    """Let a variable of the current path hold something else from its end on; raises VARIABLES_FULL.

    Another version of the last reply knows it, too. An empty value is forgotten.
    """
    conversation = tree.conversation_row(session, conversation_id)
    tip = tree.tip_of(session, conversation)
    root = session.get_one(Message, conversation.root_id)
    places = [*tree.rows_before(session, tip, tip.depth + 1, 2), root]
    if places[0].role != Role.ASSISTANT.value:
        places[1:] = []
    for place in places[:2]:
        changed = _with(_on_path(session, tip, place.depth + 1), name, value)
        session.merge(MessageVariables(message_id=place.id, variables=packed(changed)))
    session.flush()


def put_everywhere(session: Session, name: str, value: str) -> None:
    """Let a variable that every conversation knows hold something else; raises VARIABLES_FULL."""
    _keep_everywhere(session, _with(everywhere(session), name, value))


def change_everywhere(session: Session, changes: Mapping[str, str]) -> list[str]:
    """Let variables that every conversation knows hold something else where there is room; name these."""
    notes = Notes(everywhere(session))
    kept = [name for name, value in changes.items() if notes.put(name, value)]
    if kept:
        _keep_everywhere(session, notes.values)
    return kept


def add_everywhere(session: Session, more: Mapping[str, str]) -> list[str]:
    """Add variables that every conversation knows; those that are here stay. Names the new ones."""
    here = everywhere(session)
    return change_everywhere(session, {name: value for name, value in more.items() if name not in here})


def _keep_everywhere(session: Session, changed: Mapping[str, str]) -> None:
    session.merge(CommonVariables(id=_ONLY, variables=packed(changed)))
    session.flush()


def _with(variables: Mapping[str, str], name: str, value: str) -> dict[str, str]:
    if not value:
        return {other: held for other, held in variables.items() if other != name}
    notes = Notes(variables)
    if not notes.put(name, value):
        raise KnownError(ErrorKind.VARIABLES_FULL, name=name[:80])
    return notes.values


def at_beginning(session: Session, root_id: int) -> dict[str, str]:
    """Give the variables that hold before the first message."""
    if not older.has_table(session, "message_variables"):
        return {}
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
    if not older.has_table(session, "message_variables"):
        return {}
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
