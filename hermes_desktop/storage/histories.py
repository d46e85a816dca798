"""Knows how a conversation is read as a whole, message after message, in little memory; not where it goes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from hermes_desktop.domain.conversation import GenerationRecord, MessageState, PromptOrder, Role, StopReason
from hermes_desktop.domain.history import Entry, History, PersonaHistory, PictureBytes, ProfileHistory
from hermes_desktop.storage import older, people, remembered, variables
from hermes_desktop.storage.records import unpacked_record
from hermes_desktop.storage.tables import Conversation, Message, Picture
from hermes_desktop.storage.tree import conversation_row

_BATCH = 500
# Parents before children, versions in the order they were made: that is what depth and id give.
_KEYS = text(
    """
    select m.id from branch b join message m on m.branch_id = b.id
    where b.conversation_id = :conversation and m.parent_id is not null order by m.depth, m.id
    """
)
_USED = text(
    """
    select distinct json_extract(g.record, :path) from branch b
    join message m on m.branch_id = b.id join generation g on g.message_id = m.id
    where b.conversation_id = :conversation
    """
)
_ROWS = """
    select m.id, m.parent_id, m.role, m.name, m.text, m.created_at, m.state, m.stop_reason, m.active_child_id,
           m.deleted_at, g.record, g.tokens, g.tokenizer_hash, e.extra, {noted}
    from message m
    left join generation g on g.message_id = m.id
    left join message_extra e on e.message_id = m.id
    {join}
    where m.id in ({ids})
"""
_NOTED = {"noted": "v.variables", "join": "left join message_variables v on v.message_id = m.id"}


@dataclass(frozen=True, slots=True)
class _Keys:
    """What the ids of rows are called in the history."""

    messages: dict[int, int]
    personas: dict[int, int]
    profiles: dict[int, int]


def read(
    session: Session, conversation_id: int, *, pictures: bool = True
) -> tuple[History, int, Iterator[Entry]]:
    """Give a conversation, the number of its messages, and the messages; raises CONVERSATION_UNKNOWN.

    The messages are read while they are asked for, so the session has to stay open until then.
    """
    row = conversation_row(session, conversation_id)
    ids = [number for (number,) in session.connection().execute(_KEYS, {"conversation": conversation_id})]
    messages = {number: key for key, number in enumerate(ids, 1)}
    personas = people.personas_of(session, _used(session, row, "persona_version_id"))
    profiles = people.profiles_of(session, _used(session, row, "profile_version_id"))
    keys = _Keys(messages, personas.keys, profiles.keys)
    head = _head(session, row, keys)
    head = replace(head, personas=personas.found, profiles=profiles.found)
    if pictures:
        head = replace(head, pictures=_pictures(session, personas.found, profiles.found))
    return head, len(ids), _entries(session, ids, keys)


def _used(session: Session, row: Conversation, name: str) -> set[int]:
    """List the versions that a conversation and the records of its replies name."""
    values = {"conversation": row.id, "path": "$." + name}
    found = {number for (number,) in session.connection().execute(_USED, values)}
    return found | {getattr(row, name)}


def _head(session: Session, row: Conversation, keys: _Keys) -> History:
    root = session.get(Message, row.root_id)
    assert root is not None  # a conversation is made with its root
    known = keys.messages
    return History(
        title=row.title,
        created_at=row.created_at,
        updated_at=row.updated_at,
        began_at=root.created_at,
        persona=keys.personas[row.persona_version_id],
        profile=keys.profiles[row.profile_version_id],
        first=known.get(root.active_child_id or 0, 0),
        tip=known.get(row.tip_id or 0, 0),
        memory_line=known.get(row.memory_line_id or 0, 0),
        view=known.get(row.view_message_id or 0, 0),
        view_offset=row.view_offset,
        favourite=row.favourite,
        deleted_at=row.deleted_at,
        draft=row.draft,
        authors_note=row.authors_note,
        note_depth=row.note_depth,
        prompt_order=PromptOrder(row.prompt_order),
        preset=row.preset,
        extra=row.extra,
        variables=variables.at_beginning(session, row.root_id or 0),
        digest=row.digest,
        memories=remembered.read(session, row.id or 0, known),
    )


def _pictures(
    session: Session, personas: tuple[PersonaHistory, ...], profiles: tuple[ProfileHistory, ...]
) -> tuple[PictureBytes, ...]:
    wanted = {state.avatar for persona in personas for state in persona.versions}
    wanted |= {state.avatar for profile in profiles for state in profile.versions}
    found = (session.get(Picture, key) for key in sorted(wanted) if key)
    return tuple(PictureBytes(row.key, row.mime, row.data) for row in found if row is not None)


def _entries(session: Session, ids: list[int], keys: _Keys) -> Iterator[Entry]:
    connection = session.connection()
    noted = _NOTED if older.has_table(session, "message_variables") else {"noted": "null", "join": ""}
    for start in range(0, len(ids), _BATCH):
        part = ids[start : start + _BATCH]
        # Numbers from the database itself; a statement with names for them is slower to prepare.
        rows = connection.exec_driver_sql(_ROWS.format(ids=",".join(map(str, part)), **noted))
        found = {row[0]: row for row in rows}
        for number in part:
            yield _entry(tuple(found[number]), keys)


def _entry(row: tuple[object, ...], keys: _Keys) -> Entry:
    number, parent, role, name, said, at, state, stop, child, deleted, *made_of, extra, noted = row
    record, tokens, tokenizer = made_of
    known = keys.messages
    made: GenerationRecord | None = None
    if record is not None:
        blob = bytes(tokens)  # type: ignore[call-overload]  # columns of SQL have no types
        made = unpacked_record(str(record), blob, str(tokenizer), partial(_keyed, keys))
    written = MessageState(str(state))
    return Entry(
        key=known[number],  # type: ignore[index]
        parent=known.get(parent, 0),  # type: ignore[call-overload]
        role=Role(str(role)),
        name=str(name),
        text=str(said),
        created_at=int(at),  # type: ignore[call-overload]
        # Nobody goes on writing in a copy.
        state=MessageState.INTERRUPTED if written is MessageState.RUNNING else written,
        stop_reason=StopReason(str(stop)) if stop else None,
        active_child=known.get(child, 0),  # type: ignore[call-overload]
        deleted_at=deleted,  # type: ignore[arg-type]
        record=made,
        extra=str(extra or ""),
        variables=variables.unpacked(str(noted)) if noted else None,
    )


def _keyed(keys: _Keys, record: dict[str, Any]) -> dict[str, Any]:
    line = record["memory_line_id"]
    return {
        "persona_version_id": keys.personas.get(record["persona_version_id"], 0),
        "profile_version_id": keys.profiles.get(record["profile_version_id"], 0),
        "memory_line_id": None if line is None else keys.messages.get(line, 0),
    }
