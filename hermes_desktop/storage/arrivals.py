"""Knows how a whole conversation comes into the database; not what file it was in, nor who its people are."""

import array
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session, SQLModel, col, func, select

from hermes_desktop.domain.conversation import GenerationRecord, Role
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.domain.history import digest as digest_of
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.variables import bounded
from hermes_desktop.storage import (
    conversations,
    histories,
    originals,
    people,
    pictures,
    remembered,
    shelves,
    variables,
)
from hermes_desktop.storage.records import record_text
from hermes_desktop.storage.tables import (
    Branch,
    Conversation,
    Generation,
    Memory,
    Message,
    MessageExtra,
    MessageVariables,
)
from hermes_desktop.storage.text import checksum, cleaned
from hermes_desktop.storage.tree import recount

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is in a conversation, in the ids of this database."""

    persona_id: int
    persona_version_id: int
    profile_version_id: int
    personas: dict[int, int]  # key of a version: its id
    profiles: dict[int, int]


@dataclass(slots=True)
class _Place:
    """Where a message stands, and whether its run is taken up by a child already."""

    branch: int
    depth: int
    continued: bool = False


class _Ids:
    """Give ids that nobody has, in order; the transaction keeps others out."""

    def __init__(self, session: Session) -> None:
        self.message = self._last(session, Message) + 1
        self.branch = self._last(session, Branch) + 1

    @staticmethod
    def _last(session: Session, table: type[Message] | type[Branch]) -> int:
        return session.exec(select(func.max(table.id))).one() or 0


def add(session: Session, history: History, entries: Iterable[Entry], cast: Cast) -> int:
    """Add a conversation with all its messages; give its id.

    Parents have to come before their children, and keys have to count from 1 without a gap.
    """
    session.flush()
    root = _Ids(session).message
    row = _conversation(session, history, cast)
    children = {root: root + history.first} if history.first else {}
    connection = session.connection()
    for table, batch in _rows(session, history, entries, cast, row.id or 0, root, children):
        connection.execute(insert(table), batch)
    # Only now, when all are there: SQLite searches everything for each that is pointed at before it came.
    if children:
        connection.execute(_POINT, [{"id": at, "child": child} for at, child in children.items()])
    _settle(row, history, root)
    session.add(row)
    session.flush()
    session.expire_all()
    recount(session, row)
    return row.id or 0


_POINT = text("update message set active_child_id = :child where id = :id")


def _settle(row: Conversation, history: History, root: int) -> None:
    """Name the messages that a conversation points at."""

    def place(key: int) -> int | None:
        return root + key if key else None

    row.root_id, row.tip_id = root, root + history.tip
    row.memory_line_id, row.view_message_id = place(history.memory_line), place(history.view)


def _conversation(session: Session, history: History, cast: Cast) -> Conversation:
    row = Conversation(
        title=cleaned(history.title),
        persona_id=cast.persona_id,
        persona_version_id=cast.persona_version_id,
        profile_version_id=cast.profile_version_id,
        created_at=history.created_at,
        updated_at=history.updated_at,
        favourite=history.favourite,
        deleted_at=history.deleted_at,
        draft=cleaned(history.draft),
        view_offset=history.view_offset,
        authors_note=cleaned(history.authors_note),
        preset=cleaned(history.preset),
        prompt_order=history.prompt_order.value,
        note_depth=history.note_depth,
        extra=cleaned(history.extra),
        digest=history.digest,
    )
    session.add(row)
    session.flush()
    return row


_TABLES = (Branch, Message, Generation, MessageExtra, MessageVariables, Memory)  # in the order of their keys
_Batch = tuple[type[SQLModel], list[dict[str, Any]]]


def _rows(
    session: Session,
    history: History,
    entries: Iterable[Entry],
    cast: Cast,
    conversation_id: int,
    root: int,
    children: dict[int, int],
) -> Iterator[_Batch]:
    """Turn messages into rows, a thousand at a time; ids are the root's and those behind it.

    Which child of which is the active one is put into `children`.
    """
    ids = _Ids(session)
    places = {0: _Place(ids.branch, 0)}
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {table: [] for table in _TABLES}
    rows[Branch].append(_branch(ids.branch, conversation_id, None, 0))
    first = Entry(0, -1, Role.SYSTEM, "", "", history.began_at)
    rows[Message].append(_message(first, places[0], conversation_id, root) | {"parent_id": None})
    if history.variables:
        rows[MessageVariables].append(_variables(root, history.variables))
    for entry in entries:
        above = places[entry.parent]
        place = places[entry.key] = _Place(above.branch, above.depth + 1)
        if above.continued:
            place.branch = ids.branch = ids.branch + 1
            rows[Branch].append(_branch(place.branch, conversation_id, above.branch, place.depth))
        above.continued = True
        rows[Message].append(_message(entry, place, conversation_id, root))
        if entry.active_child:
            children[root + entry.key] = root + entry.active_child
        for table, row in _beside(entry, cast, root):
            rows[table].append(row)
        if len(rows[Message]) >= _BATCH:
            yield from _full(rows)
            rows = {table: [] for table in _TABLES}
    depths = {key: places[key].depth for one in history.memories for key in (one.first, one.message)}
    rows[Memory] += (remembered.row(one, depths, conversation_id, root) for one in history.memories)
    yield from _full(rows)


def _full(rows: Mapping[type[SQLModel], list[dict[str, Any]]]) -> Iterator[_Batch]:
    return ((table, batch) for table, batch in rows.items() if batch)


def _beside(entry: Entry, cast: Cast, root: int) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    """Give what is kept of a message in other tables."""
    if entry.record is not None:
        yield Generation, _generation(entry.key + root, entry.record, cast, root)
    if entry.extra:
        yield MessageExtra, {"message_id": entry.key + root, "extra": cleaned(entry.extra)}
    if entry.variables is not None:
        yield MessageVariables, _variables(entry.key + root, entry.variables)


def _variables(message_id: int, here: Mapping[str, str]) -> dict[str, Any]:
    return {"message_id": message_id, "variables": variables.packed(bounded(here))}


def _branch(number: int, conversation_id: int, parent: int | None, depth: int) -> dict[str, Any]:
    return {
        "id": number,
        "conversation_id": conversation_id,
        "parent_branch_id": parent,
        "start_depth": depth,
    }


def _message(entry: Entry, place: _Place, conversation_id: int, root: int) -> dict[str, Any]:
    said = cleaned(entry.text)
    return {
        "id": root + entry.key,
        "conversation_id": conversation_id,
        "branch_id": place.branch,
        "parent_id": root + entry.parent,
        "depth": place.depth,
        "role": entry.role.value,
        "name": cleaned(entry.name),
        "text": said,
        "checksum": checksum(said),
        "state": entry.state.value,
        "stop_reason": entry.stop_reason.value if entry.stop_reason else None,
        "created_at": entry.created_at,
        "active_child_id": None,
        "deleted_at": entry.deleted_at,
    }


def _generation(message_id: int, record: GenerationRecord, cast: Cast, root: int) -> dict[str, Any]:
    line = record.memory_line_id
    own = replace(
        record,
        persona_version_id=cast.personas.get(record.persona_version_id, 0),
        profile_version_id=cast.profiles.get(record.profile_version_id, 0),
        memory_line_id=root + line if line else None,
    )
    return {
        "message_id": message_id,
        "record": cleaned(record_text(own)),
        "tokens": array.array("i", record.tokens).tobytes(),
        "tokenizer_hash": cleaned(record.tokenizer_hash),
    }


# ---- what is here already -------------------------------------------------------------------------


def find_same(session: Session, digest: str, taken: Collection[int] = ()) -> int | None:
    """Give the conversation that a file with this digest became; those in the bin or taken do not count."""
    query = select(Conversation.id).where(
        Conversation.digest == digest, col(Conversation.digest) != "", col(Conversation.deleted_at).is_(None)
    )
    found = session.exec(query.order_by(col(Conversation.id)))
    return next((number for number in found if number not in taken), None)


_OF_SIZE = text(
    """
    select c.id from conversation c join branch b on b.conversation_id = c.id
    join message m on m.branch_id = b.id
    where c.created_at = :created and (c.deleted_at is null) = :live
    group by c.id having count(*) = :messages + 1
    """
)


def find_twin(
    session: Session, head: History, messages: int, digest: str, taken: Collection[int] = ()
) -> int | None:
    """Give the conversation that says just this now, began at this time, and is in the bin or not as well."""
    values = {"created": head.created_at, "messages": messages, "live": head.deleted_at is None}
    found = session.connection().execute(_OF_SIZE, values).all()
    for number in (number for (number,) in found if number not in taken):
        _head, _count, entries = histories.read(session, number, pictures=False)
        if digest_of(entries) == digest:
            return int(number)
    return None


# ---- as a value -----------------------------------------------------------------------------------


def dump(session: Session) -> str:
    """Write everything that the database says as text, whatever the numbers of its rows; tests compare it."""
    everybody, mine, books = people.personas_of(session), people.profiles_of(session), shelves.books(session)
    chats = conversations.ids(session)
    talks = [dump_one(session, number) for number in chats]
    personas = [_keyless(asdict(each)) for each in everybody.found]
    profiles = [_keyless(asdict(each)) for each in mine.found]
    shelf = [json.dumps(asdict(each), sort_keys=True) for each in books.found]
    said = [*talks, *personas, *profiles, *shelf]
    holders = {Scope.CHAT: chats, Scope.PROFILE: mine.ids, Scope.PERSONA: everybody.ids}
    called = {Scope.CHAT: talks, Scope.PROFILE: profiles, Scope.PERSONA: personas, Scope.GLOBAL: [""]}
    said += [
        # Their order counts, too: it is that in which books speak.
        f"{place} {tie.scope.value} {tie.active} {shelf[tie.book - 1]} {called[tie.scope][tie.holder - 1]}"
        for place, tie in enumerate(shelves.ties(session, books.ids, holders))
    ]
    said += [
        f"{personas[tie.persona - 1]} {profiles[tie.profile - 1]}"
        for tie in shelves.profile_ties(session, everybody.ids, mine.ids)
    ]
    said.append(json.dumps(variables.everywhere(session), sort_keys=True))
    said += [f"{picture.key} {picture.mime}" for picture in pictures.all(session)]
    said += [f"{key} {form}" for key, form, _data in originals.all(session)]
    return "\n".join(sorted(said))


def _keyless(person: dict[str, Any]) -> str:
    """Leave out what versions are called among others."""
    versions = [version | {"key": 0} for version in person["versions"]]
    return json.dumps(person | {"versions": versions}, sort_keys=True)


def dump_one(session: Session, conversation_id: int) -> str:
    """Write what one conversation says as text; how it came in is no part of that."""
    head, _count, entries = histories.read(session, conversation_id)
    plain = asdict(replace(head, pictures=(), digest=""))
    plain["pictures"] = [(picture.key, picture.mime) for picture in head.pictures]
    return json.dumps([plain, [asdict(entry) for entry in entries]], sort_keys=True)
