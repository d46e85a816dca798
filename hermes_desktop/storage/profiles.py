"""Knows how my profiles, their versions and the personas they go with are kept; not their files."""

from collections.abc import Collection, Iterable

from sqlmodel import Session, col, func, select

from hermes_desktop.domain import persona as values
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change, write
from hermes_desktop.storage.names import called
from hermes_desktop.storage.tables import Persona, Profile, ProfileBinding, ProfileVersion
from hermes_desktop.storage.text import cleaned

DEFAULT_NAME = "You"


# ---- reading --------------------------------------------------------------------------------------


def all(session: Session, include_deleted: bool = False) -> list[values.Profile]:
    """List the newest versions, by name."""
    newest = select(func.max(ProfileVersion.id)).group_by(col(ProfileVersion.profile_id))
    query = (
        select(Profile, ProfileVersion)
        .join(ProfileVersion, col(ProfileVersion.profile_id) == Profile.id)
        .where(col(ProfileVersion.id).in_(newest))
    )
    if not include_deleted:
        query = query.where(col(Profile.deleted_at).is_(None))
    found = [_value(row, version) for row, version in session.exec(query)]
    return sorted(found, key=lambda profile: (profile.name.casefold(), profile.id))


def default(session: Session) -> values.Profile:
    """Give the first profile, making one where there is none."""
    known = sorted(all(session), key=lambda profile: profile.id)
    return known[0] if known else add(session, DEFAULT_NAME, "")


def get(session: Session, profile_id: int) -> values.Profile:
    """Give the newest version, also of a deleted profile; raises PROFILE_UNKNOWN."""
    return _value(_row(session, profile_id), _newest(session, profile_id))


def get_version(session: Session, version_id: int) -> values.Profile:
    """Give one version; raises PROFILE_UNKNOWN."""
    version = _version(session, version_id)
    return _value(_row(session, version.profile_id), version)


def find(session: Session, name: str) -> values.Profile:
    """Give the profile with this id or name; raises PROFILE_UNKNOWN or NAME_AMBIGUOUS."""
    return called(all(session), name, _names, ErrorKind.PROFILE_UNKNOWN)


def find_deleted(session: Session, name: str) -> values.Profile:
    """Give the profile in the bin with this id or name; raises PROFILE_NOT_DELETED or NAME_AMBIGUOUS."""
    deleted = [profile for profile in all(session, include_deleted=True) if profile.deleted]
    return called(deleted, name, _names, ErrorKind.PROFILE_NOT_DELETED)


def find_same(session: Session, name: str, description: str, avatar: str = "") -> values.Profile | None:
    """Give a live profile that says this, or once did; a picture must be the same, where there is one."""
    query = (
        select(ProfileVersion)
        .join(Profile, col(Profile.id) == ProfileVersion.profile_id)
        .where(
            ProfileVersion.name == cleaned(name),
            ProfileVersion.description == cleaned(description),
            col(Profile.deleted_at).is_(None),
        )
        .order_by(col(ProfileVersion.id))
    )
    same = (version for version in session.exec(query) if avatar in ("", version.avatar))
    found = next(same, None)
    return None if found is None else get(session, found.profile_id)


def original(session: Session, version_id: int) -> str:
    """Give the document that a version came as, "" where it was written here; raises PROFILE_UNKNOWN."""
    return _version(session, version_id).original


def avatar_called(session: Session, name: str) -> str:
    """Give the picture of whoever was called so last, "" where there is none."""
    query = select(ProfileVersion.avatar).where(ProfileVersion.name == name)
    return session.exec(query.order_by(col(ProfileVersion.id).desc()).limit(1)).first() or ""


# ---- changing -------------------------------------------------------------------------------------


def add(
    session: Session, name: str, description: str, avatar: str = "", original: str = ""
) -> values.Profile:
    """Add a profile with its first version."""
    row = Profile()
    session.add(row)
    session.flush()
    return _add_version(session, row, 1, name, description, avatar, original)


def update(
    session: Session, profile_id: int, name: str, description: str, avatar: str | None = None
) -> values.Profile:
    """Add a version where something is new; without a picture the old one stays."""
    row, old = _row(session, profile_id), _newest(session, profile_id)
    picture = old.avatar if avatar is None else avatar
    if (cleaned(name), cleaned(description), picture) == (old.name, old.description, old.avatar):
        return _value(row, old)
    return _add_version(session, row, old.number + 1, name, description, picture, old.original)


def delete(session: Session, profile_id: int) -> None:
    """Put it into the bin; conversations keep it. Raises PROFILE_UNKNOWN."""
    _mark(session, profile_id, now(), "delete profile")


def restore(session: Session, profile_id: int) -> None:
    """Take it out of the bin; raises PROFILE_UNKNOWN."""
    _mark(session, profile_id, None, "restore profile")


def _mark(session: Session, profile_id: int, at: int | None, act: str) -> None:
    row = _row(session, profile_id)
    write(session, None, act, [Change("profile", profile_id, "deleted_at", row.deleted_at, at)])
    row.deleted_at = at
    session.add(row)


# ---- which personas it goes with ------------------------------------------------------------------


def bound(session: Session, persona_id: int) -> values.Profile | None:
    """Give the live profile that conversations with a persona begin with, where one was named."""
    binding = session.get(ProfileBinding, persona_id)
    profile = get(session, binding.profile_id) if binding is not None else None
    return profile if profile is not None and not profile.deleted else None


def personas_of(session: Session, profile_id: int) -> tuple[int, ...]:
    """List the ids of the live personas whose new conversations begin with a profile."""
    query = (
        select(Persona.id)
        .join(ProfileBinding, col(ProfileBinding.persona_id) == Persona.id)
        .where(ProfileBinding.profile_id == profile_id, col(Persona.deleted_at).is_(None))
        .order_by(col(Persona.id))
    )
    return tuple(number for number in session.exec(query) if number is not None)


def bind(session: Session, profile_id: int, persona_ids: Collection[int]) -> None:
    """Let a profile go with these personas and no others; each persona has one at most."""
    _row(session, profile_id)
    before = personas_of(session, profile_id)
    _unbind(session, (number for number in before if number not in persona_ids))
    for number in persona_ids:
        session.merge(ProfileBinding(persona_id=number, profile_id=profile_id))
    session.flush()


def _unbind(session: Session, persona_ids: Iterable[int]) -> None:
    for number in persona_ids:
        session.delete(session.get_one(ProfileBinding, number))


# ---- rows -----------------------------------------------------------------------------------------


def _names(profile: values.Profile) -> tuple[str, ...]:
    return (profile.name,)


def _row(session: Session, profile_id: int) -> Profile:
    found = session.get(Profile, profile_id)
    if found is None:
        raise KnownError(ErrorKind.PROFILE_UNKNOWN, name=str(profile_id))
    return found


def _version(session: Session, version_id: int) -> ProfileVersion:
    found = session.get(ProfileVersion, version_id)
    if found is None:
        raise KnownError(ErrorKind.PROFILE_UNKNOWN, name=str(version_id))
    return found


def _newest(session: Session, profile_id: int) -> ProfileVersion:
    query = select(ProfileVersion).where(ProfileVersion.profile_id == profile_id)
    return session.exec(query.order_by(col(ProfileVersion.number).desc()).limit(1)).one()


def _add_version(
    session: Session, row: Profile, number: int, name: str, description: str, avatar: str, original: str
) -> values.Profile:
    assert row.id is not None
    version = ProfileVersion(
        profile_id=row.id,
        number=number,
        name=cleaned(name),
        description=cleaned(description),
        avatar=avatar,
        created_at=now(),
        original=original,
    )
    session.add(version)
    session.flush()
    return _value(row, version)


def _value(row: Profile, version: ProfileVersion) -> values.Profile:
    assert row.id is not None
    assert version.id is not None
    return values.Profile(
        id=row.id,
        version_id=version.id,
        name=version.name,
        description=version.description,
        avatar=version.avatar,
        version=version.number,
        deleted=row.deleted_at is not None,
    )
