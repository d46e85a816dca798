"""Knows how conversations go over to another persona and come back; not who is asked, nor why."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from hermes_desktop.storage import journal, personas
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change
from hermes_desktop.storage.tables import Conversation, Persona
from hermes_desktop.storage.tree import conversation_row

_ACT = "match conversation"


@dataclass(frozen=True, slots=True)
class Before:
    """Whose a conversation was."""

    conversation_id: int
    persona_id: int
    persona_version_id: int


@dataclass(frozen=True, slots=True)
class Match:
    """What was done, whole enough to take it back."""

    persona_id: int
    persona_version_id: int
    before: tuple[Before, ...]  # of those that had another persona
    put_away: int = 0  # persona that went into the bin, since nobody needs it any more
    fetched: int = 0  # persona that came out of it


def match(session: Session, conversation_ids: Sequence[int], persona_id: int, made: int = 0) -> Match:
    """Let conversations go on with the newest version of a persona; what was said stays as it is.

    A persona that was `made` for them goes into the bin with the last of them, and comes out again where it
    is the one. Raises CONVERSATION_UNKNOWN or PERSONA_UNKNOWN.
    """
    persona = personas.get(session, persona_id)
    rows = [conversation_row(session, number) for number in dict.fromkeys(conversation_ids)]
    moved = [row for row in rows if row.persona_id != persona_id]
    leaving = any(row.persona_id == made for row in moved) and _is_shown(session, made)
    done = Match(
        persona_id,
        persona.version_id,
        tuple(Before(row.id or 0, row.persona_id, row.persona_version_id) for row in moved),
        put_away=made if leaving and _has(session, made) <= {row.id for row in moved} else 0,
        fetched=persona_id if persona.deleted and moved else 0,
    )
    marks = _marks(session, put_away=done.put_away, fetched=done.fetched)
    for row in moved:
        _move(session, row, persona_id, persona.version_id, marks)
    _mark(session, marks)
    return done


def take_back(session: Session, done: Match) -> tuple[Before, ...]:
    """Give conversations back to whom they had before, but those that have gone to somebody else since.

    Where nothing else was done in a conversation since, that is its undo, and can be done again there. Gives
    those that went back.
    """
    went: list[Before] = []
    for was in done.before:
        row = conversation_row(session, was.conversation_id)
        moved = _version_change(was.conversation_id, was.persona_version_id, done.persona_version_id)
        if row.persona_id != done.persona_id:
            continue
        went.append(was)
        if not journal.undo_made(session, was.conversation_id, moved):
            _move(session, row, was.persona_id, was.persona_version_id, ())
    spare = done.fetched and _is_shown(session, done.fetched) and not _has(session, done.fetched)
    back = done.put_away and not _is_shown(session, done.put_away) and _has(session, done.put_away)
    _mark(
        session,
        _marks(session, put_away=done.fetched if spare else 0, fetched=done.put_away if back else 0),
    )
    return tuple(went)


def _move(
    session: Session, row: Conversation, persona_id: int, version_id: int, marks: Sequence[Change]
) -> None:
    """Move one; its own undo takes that back, and what became of the personas."""
    number = row.id or 0
    changes = [
        Change("conversation", number, "persona_id", row.persona_id, persona_id),
        _version_change(number, row.persona_version_id, version_id),
    ]
    journal.write(session, number, _ACT, [*changes, *marks])
    row.persona_id, row.persona_version_id = persona_id, version_id
    session.add(row)
    session.flush()


def _version_change(conversation_id: int, before: int, after: int) -> Change:
    return Change("conversation", conversation_id, "persona_version_id", before, after)


def _has(session: Session, persona_id: int) -> set[int | None]:
    """Give the conversations that have a persona, those in the bin, too."""
    return set(session.exec(select(Conversation.id).where(Conversation.persona_id == persona_id)))


def _is_shown(session: Session, persona_id: int) -> bool:
    return _deleted_at(session, persona_id) is None


def _deleted_at(session: Session, persona_id: int) -> int | None:
    return session.exec(select(Persona.deleted_at).where(Persona.id == persona_id)).one()


def _marks(session: Session, *, put_away: int, fetched: int) -> list[Change]:
    wanted = [(put_away, now())] * bool(put_away) + [(fetched, None)] * bool(fetched)
    return [
        Change("persona", number, "deleted_at", _deleted_at(session, number), at) for number, at in wanted
    ]


def _mark(session: Session, marks: Sequence[Change]) -> None:
    for change in marks:
        row = session.get(Persona, change.id)
        assert row is not None
        row.deleted_at = change.after
        session.add(row)
    session.flush()
