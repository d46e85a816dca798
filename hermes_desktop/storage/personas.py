"""Knows how personas and their versions are kept; not what a card means."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlmodel import Session, col, func, select

from hermes_desktop.domain import persona as values
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import originals
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change, write
from hermes_desktop.storage.names import called
from hermes_desktop.storage.tables import Persona, PersonaVersion
from hermes_desktop.storage.text import cleaned


def all(session: Session, include_deleted: bool = False) -> list[values.Persona]:
    """List the newest versions, by name."""
    newest = select(func.max(PersonaVersion.id)).group_by(col(PersonaVersion.persona_id))
    query = (
        select(Persona, PersonaVersion)
        .join(PersonaVersion, col(PersonaVersion.persona_id) == Persona.id)
        .where(col(PersonaVersion.id).in_(newest))
    )
    if not include_deleted:
        query = query.where(col(Persona.deleted_at).is_(None))
    found = [_value(row, version) for row, version in session.exec(query)]
    return sorted(found, key=lambda persona: (persona.name.casefold(), persona.id))


def get(session: Session, persona_id: int) -> values.Persona:
    """Give the newest version, also of a deleted persona; raises PERSONA_UNKNOWN."""
    row = _row(session, persona_id)
    return _value(row, _newest(session, persona_id))


def get_version(session: Session, version_id: int) -> values.Persona:
    """Give one version; raises PERSONA_UNKNOWN."""
    version = session.get(PersonaVersion, version_id)
    if version is None:
        raise KnownError(ErrorKind.PERSONA_UNKNOWN, name=str(version_id))
    return _value(_row(session, version.persona_id), version)


def versions(session: Session, persona_id: int) -> list[values.Persona]:
    """List every version, the oldest first."""
    row = _row(session, persona_id)
    query = select(PersonaVersion).where(PersonaVersion.persona_id == persona_id)
    return [_value(row, version) for version in session.exec(query.order_by(col(PersonaVersion.number)))]


def find(session: Session, name: str) -> values.Persona:
    """Give the persona with this id or name; raises PERSONA_UNKNOWN or NAME_AMBIGUOUS."""
    return called(all(session), name, _names, ErrorKind.PERSONA_UNKNOWN)


def find_deleted(session: Session, name: str) -> values.Persona:
    """Give the persona in the bin with this id or name; raises PERSONA_NOT_DELETED or NAME_AMBIGUOUS."""
    deleted = [persona for persona in all(session, include_deleted=True) if persona.deleted]
    return called(deleted, name, _names, ErrorKind.PERSONA_NOT_DELETED)


def _names(persona: values.Persona) -> tuple[str, ...]:
    return persona.name, persona.fields.nickname


def faces(session: Session) -> dict[str, str]:
    """Give the picture of whoever had a name or nickname last, by the names."""
    nickname = col(PersonaVersion.fields).op("->>")("$.nickname")
    query = select(PersonaVersion.name, nickname, PersonaVersion.avatar).order_by(col(PersonaVersion.id))
    found: dict[str, str] = {}
    for name, other, avatar in session.exec(query):
        found |= dict.fromkeys(filter(None, (name, other)), avatar)
    return found


def card(session: Session, version_id: int) -> str:
    """Give a version's whole card as JSON text."""
    version = session.get(PersonaVersion, version_id)
    if version is None:
        raise KnownError(ErrorKind.PERSONA_UNKNOWN, name=str(version_id))
    return version.card


def find_same(session: Session, digest: str) -> values.Persona | None:
    """Give a persona that has, or once had, the card with this digest; those in the bin do not count."""
    query = (
        select(PersonaVersion.persona_id)
        .join(Persona, col(Persona.id) == PersonaVersion.persona_id)
        .where(PersonaVersion.digest == digest, col(Persona.deleted_at).is_(None))
        .order_by(col(PersonaVersion.persona_id))
    )
    found = session.exec(query).first()
    return None if found is None else get(session, found)


def complete_digests(session: Session, reckon: Callable[[str], str]) -> None:
    """Reckon the digest of every card that has none yet."""
    for version in session.exec(select(PersonaVersion).where(PersonaVersion.digest == "")).all():
        version.digest = reckon(version.card)
        session.add(version)


def original(session: Session, version_id: int) -> tuple[bytes, str] | None:
    """Give the file that a version came as, and its format; nothing where it was written or changed here."""
    version = session.get(PersonaVersion, version_id)
    return originals.get(session, version.file) if version is not None else None


def origin(session: Session, version_id: int) -> tuple[bytes, str, str] | None:
    """Give the file that a persona once came as, its format and avatar; nothing where there was none."""
    version = session.get(PersonaVersion, version_id)
    if version is None:
        return None
    query = (
        select(PersonaVersion)
        .where(PersonaVersion.persona_id == version.persona_id, PersonaVersion.number <= version.number)
        .where(PersonaVersion.file != "")
        .order_by(col(PersonaVersion.number).desc())
    )
    came = session.exec(query).first()
    found = originals.get(session, came.file) if came is not None else None
    return (*found, came.avatar) if came is not None and found is not None else None


def shipped_names(session: Session) -> set[str]:
    """Give the names of the shipped cards that were ever seeded, deleted ones too."""
    return set(session.exec(select(Persona.shipped).where(Persona.shipped != "")))


def add(
    session: Session,
    fields: PersonaFields,
    *,
    spec: str,
    card: str,
    avatar: str = "",
    shipped: str = "",
    lore_entries: int = 0,
    file: str = "",
    digest: str = "",
) -> values.Persona:
    """Add a persona with its first version."""
    row = Persona(shipped=shipped)
    session.add(row)
    session.flush()
    assert row.id is not None
    version = _version(row.id, 1, fields, spec, card, avatar, lore_entries)
    version.file, version.digest = file, digest
    session.add(version)
    session.flush()
    return _value(row, version)


def update(
    session: Session,
    persona_id: int,
    fields: PersonaFields,
    *,
    card: str,
    avatar: str | None = None,
    lore_entries: int | None = None,
) -> values.Persona:
    """Add a version; without a picture, or a count of lore entries, the old one stays."""
    row, old = _row(session, persona_id), _newest(session, persona_id)
    picture = old.avatar if avatar is None else avatar
    lore = old.lore_entries if lore_entries is None else lore_entries
    version = _version(persona_id, old.number + 1, fields, old.spec, card, picture, lore)
    if (version.card, picture) == (old.card, old.avatar):  # saved without a change
        version.file = old.file
    session.add(version)
    session.flush()
    return _value(row, version)


def go_back(session: Session, persona_id: int, version_id: int) -> values.Persona:
    """Add a version that says what an earlier one said; raises PERSONA_UNKNOWN."""
    row, old = _row(session, persona_id), session.get(PersonaVersion, version_id)
    if old is None or old.persona_id != persona_id:
        raise KnownError(ErrorKind.PERSONA_UNKNOWN, name=str(version_id))
    fresh = PersonaVersion(
        **old.model_dump(exclude={"id", "number", "created_at"}),
        number=_newest(session, persona_id).number + 1,
        created_at=now(),
    )
    session.add(fresh)
    session.flush()
    return _value(row, fresh)


def delete(session: Session, persona_id: int) -> None:
    """Put it into the bin."""
    _mark(session, persona_id, now(), "delete persona")


def restore(session: Session, persona_id: int) -> None:
    """Take it out of the bin."""
    _mark(session, persona_id, None, "restore persona")


def set_favourite(session: Session, persona_id: int, favourite: bool) -> None:
    """Put it among the favourites, or take it out."""
    row = _row(session, persona_id)
    row.favourite = favourite
    session.add(row)


def _mark(session: Session, persona_id: int, at: int | None, act: str) -> None:
    row = _row(session, persona_id)
    write(session, None, act, [Change("persona", persona_id, "deleted_at", row.deleted_at, at)])
    row.deleted_at = at
    session.add(row)


def _row(session: Session, persona_id: int) -> Persona:
    found = session.get(Persona, persona_id)
    if found is None:
        raise KnownError(ErrorKind.PERSONA_UNKNOWN, name=str(persona_id))
    return found


def _newest(session: Session, persona_id: int) -> PersonaVersion:
    query = select(PersonaVersion).where(PersonaVersion.persona_id == persona_id)
    return session.exec(query.order_by(col(PersonaVersion.number).desc()).limit(1)).one()


def _version(
    persona_id: int, number: int, fields: PersonaFields, spec: str, card: str, avatar: str, lore_entries: int
) -> PersonaVersion:
    return PersonaVersion(
        persona_id=persona_id,
        number=number,
        name=cleaned(fields.name),
        fields=cleaned(json.dumps(asdict(fields), ensure_ascii=False)),
        spec=spec,
        card=cleaned(card),
        avatar=avatar,
        lore_entries=lore_entries,
        created_at=now(),
    )


def _value(row: Persona, version: PersonaVersion) -> values.Persona:
    assert row.id is not None
    assert version.id is not None
    return values.Persona(
        id=row.id,
        version_id=version.id,
        version=version.number,
        fields=unpacked_fields(version.fields),
        spec=version.spec,
        avatar=version.avatar,
        lore_entries=version.lore_entries,
        shipped=row.shipped,
        favourite=row.favourite,
        deleted=row.deleted_at is not None,
        created_at=version.created_at,
    )


def unpacked_fields(text: str) -> PersonaFields:
    """Read what `version` wrote, field by field; older versions lack fields that came later."""
    kept: dict[str, Any] = json.loads(text)
    kept |= {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
    kept["note_role"] = Role(kept.get("note_role", Role.SYSTEM))
    return PersonaFields(**kept)
