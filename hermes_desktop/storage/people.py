"""Knows how personas and profiles are read as wholes and come back as such; not what a card means."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Generic, TypeVar

from sqlmodel import Session, col, func, select

from hermes_desktop.domain.history import (
    PersonaHistory,
    PersonaState,
    ProfileHistory,
    ProfileState,
)
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage.personas import unpacked_fields
from hermes_desktop.storage.tables import Conversation, Persona, PersonaVersion, Profile, ProfileVersion
from hermes_desktop.storage.text import cleaned

T = TypeVar("T")
V = TypeVar("V", PersonaVersion, ProfileVersion)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """People with their versions, and what the ids of the versions are called there."""

    found: tuple[T, ...]
    keys: dict[int, int]
    ids: tuple[int, ...] = ()  # of those found, in their order


@dataclass(frozen=True, slots=True)
class Settled:
    """Where a persona or a profile is kept now."""

    id: int
    versions: dict[int, int]  # key of a version: its id
    added: bool


# ---- reading --------------------------------------------------------------------------------------


def personas_of(session: Session, version_ids: Collection[int] | None = None) -> Found[PersonaHistory]:
    """Give personas with these versions, or with all; ids that are not there are passed over."""
    order = col(PersonaVersion.persona_id), col(PersonaVersion.number)
    rows, keys = _wanted(session.exec(select(PersonaVersion).order_by(*order)).all(), version_ids)
    found = {}
    for persona_id, versions in groupby(rows, lambda row: row.persona_id):
        persona = session.get_one(Persona, persona_id)
        states = tuple(_persona_state(row, keys) for row in versions)
        found[persona_id] = PersonaHistory(states, persona.shipped, persona.favourite, persona.deleted_at)
    return Found(tuple(found.values()), keys, tuple(found))


def profiles_of(session: Session, version_ids: Collection[int] | None = None) -> Found[ProfileHistory]:
    """Give profiles with these versions, or with all; ids that are not there are passed over."""
    order = col(ProfileVersion.profile_id), col(ProfileVersion.number)
    rows, keys = _wanted(session.exec(select(ProfileVersion).order_by(*order)).all(), version_ids)
    found = {}
    for profile_id, versions in groupby(rows, lambda row: row.profile_id):
        states = tuple(_profile_state(row, keys) for row in versions)
        found[profile_id] = ProfileHistory(states, session.get_one(Profile, profile_id).deleted_at)
    return Found(tuple(found.values()), keys, tuple(found))


def _wanted(rows: Sequence[V], version_ids: Collection[int] | None) -> tuple[list[V], dict[int, int]]:
    """Pick versions, and number them from 1 in their order."""
    wanted = [row for row in rows if version_ids is None or row.id in version_ids]
    return wanted, {row.id: key for key, row in enumerate(wanted, 1) if row.id is not None}


def _persona_state(row: PersonaVersion, keys: dict[int, int]) -> PersonaState:
    return PersonaState(
        key=keys[row.id or 0],
        number=row.number,
        fields=unpacked_fields(row.fields),
        spec=row.spec,
        card=row.card,
        avatar=row.avatar,
        lore_entries=row.lore_entries,
        created_at=row.created_at,
        file=row.file,
    )


def _profile_state(row: ProfileVersion, keys: dict[int, int]) -> ProfileState:
    return ProfileState(
        keys[row.id or 0],
        row.number,
        row.name,
        row.description,
        row.avatar,
        row.created_at,
        row.original,
    )


# ---- coming back ----------------------------------------------------------------------------------


def settle_persona(
    session: Session, whole: PersonaHistory, *, all_versions: bool = False, taken: Collection[int] = ()
) -> Settled:
    """Find the persona that has all of these versions, or add one; those that are taken are not meant.

    Where they are all that there ever were, one that knows only the first of them gets the others; and one
    that nobody has used yet becomes what it was: shipped personas are there before anything comes back.
    """
    said = [_said(state) for state in whole.versions]
    for persona_id in _persona_candidates(session, whole, taken):
        known = _persona_versions(session, persona_id)
        texts = [_kept(row) for row in known]
        numbers = [row.number for row in known] == [state.number for state in whole.versions[: len(known)]]
        if all_versions and numbers and texts == said[: len(texts)]:
            _adopt(session, persona_id, whole, known)
            known = _persona_versions(session, persona_id)
            texts = [_kept(row) for row in known]
        if set(said) <= set(texts):
            ids = {text: row.id or 0 for text, row in zip(texts, known, strict=True)}
            keys = {s.key: ids[text] for s, text in zip(whole.versions, said, strict=True)}
            return Settled(persona_id, keys, added=False)
    row = Persona(shipped=cleaned(whole.shipped), favourite=whole.favourite, deleted_at=whole.deleted_at)
    session.add(row)
    session.flush()
    assert row.id is not None
    return Settled(row.id, _add_persona_versions(session, row.id, whole.versions), added=True)


def _persona_candidates(session: Session, whole: PersonaHistory, taken: Collection[int]) -> list[int]:
    """List who may be meant; of twins first the one that is in the bin, or is not, as this one."""
    names = {cleaned(state.fields.name) for state in whole.versions}
    query = (
        select(Persona)
        .join(PersonaVersion, col(PersonaVersion.persona_id) == Persona.id)
        .where(col(PersonaVersion.name).in_(names))
        .distinct()
    )
    return ordered(((row.id or 0, row.deleted_at) for row in session.exec(query)), whole.deleted_at, taken)


def ordered(
    rows: Iterable[tuple[int, int | None]], deleted_at: int | None, taken: Collection[int]
) -> list[int]:
    """Give ids that are free, at first those that are in the bin, or are not, as what is looked for."""
    free = [((deleted is None) != (deleted_at is None), number) for number, deleted in rows]
    return [number for _other, number in sorted(free) if number not in taken]


def _persona_versions(session: Session, persona_id: int) -> Sequence[PersonaVersion]:
    query = select(PersonaVersion).where(PersonaVersion.persona_id == persona_id)
    return session.exec(query.order_by(col(PersonaVersion.number))).all()


def _said(state: PersonaState) -> tuple[str, str, str, str]:
    return _packed(state.fields), cleaned(state.spec), cleaned(state.card), state.avatar


def _kept(row: PersonaVersion) -> tuple[str, str, str, str]:
    # Unpacked first: versions of earlier days lack fields that came later.
    return _packed(unpacked_fields(row.fields)), row.spec, row.card, row.avatar


def _packed(fields: PersonaFields) -> str:
    return cleaned(json.dumps(asdict(fields), ensure_ascii=False))


def _adopt(session: Session, persona_id: int, whole: PersonaHistory, known: Sequence[PersonaVersion]) -> None:
    used = session.exec(
        select(func.count()).select_from(Conversation).where(Conversation.persona_id == persona_id)
    ).one()
    row = session.get(Persona, persona_id)
    assert row is not None
    if not used and not row.favourite and row.deleted_at is None:
        row.favourite, row.deleted_at = whole.favourite, whole.deleted_at
        session.add(row)
        for version, state in zip(known, whole.versions, strict=False):
            version.created_at, version.file = state.created_at, state.file
            session.add(version)
    _add_persona_versions(session, persona_id, whole.versions[len(known) :])


def _add_persona_versions(
    session: Session, persona_id: int, states: Sequence[PersonaState]
) -> dict[int, int]:
    made = {}
    for state in states:
        version = PersonaVersion(
            persona_id=persona_id,
            number=state.number,
            name=cleaned(state.fields.name),
            fields=_packed(state.fields),
            spec=cleaned(state.spec),
            card=cleaned(state.card),
            avatar=state.avatar,
            lore_entries=state.lore_entries,
            created_at=state.created_at,
            file=state.file,
        )
        session.add(version)
        session.flush()
        made[state.key] = version.id or 0
    return made


def settle_profile(session: Session, whole: ProfileHistory, *, taken: Collection[int] = ()) -> Settled:
    """Find the profile that has all of these versions, or add one; those that are taken are not meant."""
    candidates = _profile_candidates(session, whole, taken)
    # Files of earlier days do not say what a profile came as.
    vague = not any(state.original for state in whole.versions)
    for exact in (True, False) if vague else (True,):
        said = [_words(state)[: 4 if exact else 3] for state in whole.versions]
        for profile_id in candidates:
            rows = session.exec(select(ProfileVersion).where(ProfileVersion.profile_id == profile_id)).all()
            ids = {_words(row)[: 4 if exact else 3]: row.id or 0 for row in rows}
            if set(said) <= set(ids):
                keys = {s.key: ids[text] for s, text in zip(whole.versions, said, strict=True)}
                return Settled(profile_id, keys, added=False)
    return _added_profile(session, whole)


def _words(said: ProfileState | ProfileVersion) -> tuple[str, ...]:
    return cleaned(said.name), cleaned(said.description), said.avatar, cleaned(said.original)


def _profile_candidates(session: Session, whole: ProfileHistory, taken: Collection[int]) -> list[int]:
    query = (
        select(Profile)
        .join(ProfileVersion, col(ProfileVersion.profile_id) == Profile.id)
        .where(ProfileVersion.name == cleaned(whole.versions[0].name))
        .distinct()
    )
    return ordered(((row.id or 0, row.deleted_at) for row in session.exec(query)), whole.deleted_at, taken)


def _added_profile(session: Session, whole: ProfileHistory) -> Settled:
    profile = Profile(deleted_at=whole.deleted_at)
    session.add(profile)
    session.flush()
    made = {}
    for state in whole.versions:
        version = ProfileVersion(
            profile_id=profile.id or 0,
            number=state.number,
            name=cleaned(state.name),
            description=cleaned(state.description),
            avatar=state.avatar,
            created_at=state.created_at,
            original=cleaned(state.original),
        )
        session.add(version)
        session.flush()
        made[state.key] = version.id or 0
    return Settled(profile.id or 0, made, added=True)
