"""Knows how my profiles and their versions are kept."""

from sqlmodel import Session, col, func, select

from hermes_desktop.domain import persona as values
from hermes_desktop.storage.database import now
from hermes_desktop.storage.tables import Profile, ProfileVersion
from hermes_desktop.storage.text import cleaned

_DEFAULT_NAME = "You"


def all(session: Session) -> list[values.Profile]:
    """List the newest versions of the live profiles, by name."""
    newest = select(func.max(ProfileVersion.id)).group_by(col(ProfileVersion.profile_id))
    query = (
        select(ProfileVersion)
        .join(Profile, col(Profile.id) == ProfileVersion.profile_id)
        .where(col(ProfileVersion.id).in_(newest), col(Profile.deleted_at).is_(None))
    )
    return sorted((_value(v) for v in session.exec(query)), key=lambda p: (p.name.casefold(), p.id))


def default(session: Session) -> values.Profile:
    """Give the first profile, making one where there is none."""
    known = sorted(all(session), key=lambda profile: profile.id)
    return known[0] if known else add(session, _DEFAULT_NAME, "")


def get(session: Session, profile_id: int) -> values.Profile:
    """Give the newest version, also of a deleted profile."""
    return _value(_newest(session, profile_id))


def get_version(session: Session, version_id: int) -> values.Profile:
    """Give one version."""
    return _value(session.exec(select(ProfileVersion).where(ProfileVersion.id == version_id)).one())


def add(session: Session, name: str, description: str, avatar: str = "") -> values.Profile:
    """Add a profile with its first version."""
    row = Profile()
    session.add(row)
    session.flush()
    assert row.id is not None
    return _add_version(session, row.id, 1, name, description, avatar)


def update(
    session: Session, profile_id: int, name: str, description: str, avatar: str | None = None
) -> values.Profile:
    """Add a version; conversations keep theirs."""
    old = _newest(session, profile_id)
    picture = old.avatar if avatar is None else avatar
    return _add_version(session, profile_id, old.number + 1, name, description, picture)


def delete(session: Session, profile_id: int) -> None:
    """Take it from the list; conversations keep it."""
    row = session.get(Profile, profile_id)
    if row is not None:
        row.deleted_at = now()
        session.add(row)


def _newest(session: Session, profile_id: int) -> ProfileVersion:
    query = select(ProfileVersion).where(ProfileVersion.profile_id == profile_id)
    return session.exec(query.order_by(col(ProfileVersion.number).desc()).limit(1)).one()


def _add_version(
    session: Session, profile_id: int, number: int, name: str, description: str, avatar: str
) -> values.Profile:
    version = ProfileVersion(
        profile_id=profile_id,
        number=number,
        name=cleaned(name),
        description=cleaned(description),
        avatar=avatar,
        created_at=now(),
    )
    session.add(version)
    session.flush()
    return _value(version)


def _value(version: ProfileVersion) -> values.Profile:
    assert version.id is not None
    return values.Profile(version.profile_id, version.id, version.name, version.description, version.avatar)
