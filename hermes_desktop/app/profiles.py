"""Knows who I am in conversations: my profiles, which one is used where; not how they are shown."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import profile_files
from hermes_desktop.app.paper import avatar_png
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona, Profile, ProfileForm
from hermes_desktop.personas.swap import swapped
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.storage import pictures, profiles
from hermes_desktop.storage.database import Session

FIELDS = ("name", "description")  # that can be set by their name


class ProfilesService(QObject):
    """Keep the person's profiles; every change is a new version, and conversations keep theirs."""

    changed = Signal()

    def __init__(self, store: Store, preferences: PreferencesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._preferences = preferences

    # ---- reading -----------------------------------------------------------------------------------

    def all(self) -> list[Profile]:
        """List the profiles by name."""
        return self._store.read(profiles.all)

    def get(self, profile_id: int) -> Profile:
        """Give the newest version, also of a deleted one; raises PROFILE_UNKNOWN."""
        return self._store.read(profiles.get, profile_id)

    def find(self, name: str) -> Profile:
        """Give the profile with this id or name; raises PROFILE_UNKNOWN or NAME_AMBIGUOUS."""
        return self._store.read(profiles.find, name)

    def find_deleted(self, name: str) -> Profile:
        """Give the profile in the bin with this id or name; raises PROFILE_NOT_DELETED or NAME_AMBIGUOUS."""
        return self._store.read(profiles.find_deleted, name)

    def current(self) -> Profile:
        """Give the profile that new conversations get where a persona has none of its own."""
        listed = sorted(self.all(), key=lambda profile: profile.id)
        wanted = [profile for profile in listed if profile.id == self._preferences.value.profile_id]
        return next(iter(wanted or listed), None) or self._store.write(profiles.default)

    def bound(self, persona_id: int) -> Profile | None:
        """Give the profile that conversations with a persona begin with, where one was named."""
        return self._store.read(profiles.bound, persona_id)

    def personas_of(self, profile_id: int) -> tuple[int, ...]:
        """List the personas whose conversations begin with a profile."""
        return self._store.read(profiles.personas_of, profile_id)

    def weight(self, text: str) -> int:
        """Estimate how many tokens a description takes in every prompt."""
        return estimated(text)

    # ---- changing ----------------------------------------------------------------------------------

    def choose(self, profile_id: int) -> None:
        """Use a profile for new conversations."""
        self._preferences.update(profile_id=profile_id)
        self.changed.emit()

    def create(self, name: str, description: str, avatar: bytes | None = None) -> Profile:
        """Add a profile; raises PICTURE_UNREADABLE."""
        made = self._store.write(_create, self._named(name), description, _normal(avatar) or b"")
        self.changed.emit()
        return made

    def update(self, profile_id: int, name: str, description: str, avatar: bytes | None = None) -> Profile:
        """Add a version; without a picture the old one stays, an empty one takes it away."""
        made = self._store.write(_update, profile_id, self._named(name), description, _normal(avatar))
        self.changed.emit()
        return made

    def set_field(self, profile: Profile, field: str, text: str) -> Profile:
        """Change the name or the description; raises PROFILE_FIELD."""
        if field not in FIELDS:
            raise KnownError(ErrorKind.PROFILE_FIELD, field=field, known=", ".join(FIELDS))
        name = text if field == "name" else profile.name
        return self.update(profile.id, name, profile.description if field == "name" else text)

    def duplicate(self, profile_id: int) -> Profile:
        """Add a profile that says the same under another name."""
        old = self.get(profile_id)
        name = self.tr("{name} (copy)").replace("{name}", old.name)
        made = self._store.write(_copy, old, name)
        self.changed.emit()
        return made

    def from_persona(self, persona: Persona, *, swap: bool) -> Profile:
        """Add a profile of what a persona is; with `swap` {{user}} and {{char}} trade places."""
        parts = (persona.fields.description, persona.fields.personality)
        text = "\n\n".join(part.strip() for part in parts if part.strip())
        description = swapped(text) if swap else text
        name = persona.fields.spoken_name
        made = self._store.write(profiles.add, name, description, persona.avatar)
        self.changed.emit()
        return made

    def bind(self, profile_id: int, persona_ids: Collection[int]) -> None:
        """Begin conversations with these personas, and no others, with a profile."""
        self._store.write(profiles.bind, profile_id, persona_ids)
        self.changed.emit()

    def delete(self, profile_id: int) -> None:
        """Put a profile into the bin; conversations keep it."""
        self._store.write(profiles.delete, profile_id)
        self.changed.emit()

    def restore(self, profile_id: int) -> None:
        """Take it out of the bin, with what it was used for."""
        self._store.write(profiles.restore, profile_id)
        self.changed.emit()

    def note_import(self) -> None:
        """Take note that profiles have come in from files."""
        self.changed.emit()

    # ---- files -------------------------------------------------------------------------------------

    def written(self, chosen: Sequence[Profile], form: ProfileForm) -> bytes:
        """Write profiles as a file of a form; raises PROFILE_ONE."""
        return profile_files.written(self._store, chosen, form, self.current().id)

    def file_name(self, chosen: Sequence[Profile], form: ProfileForm) -> Path:
        """Suggest a name for the file of some profiles."""
        return Path(profile_files.file_name(chosen, form))

    def export(self, chosen: Sequence[Profile], form: ProfileForm, file: Path) -> None:
        """Write profiles into a file; raises PROFILE_ONE, FOLDER_READ_ONLY or DISK_FULL."""
        profile_files.save(file, self.written(chosen, form))

    def _named(self, name: str) -> str:
        return name.strip() or self.tr("You")


def _normal(avatar: bytes | None) -> bytes | None:
    return avatar_png(avatar, "avatar") if avatar else avatar


def _create(session: Session, name: str, description: str, avatar: bytes) -> Profile:
    return profiles.add(session, name, description, _key(session, avatar))


def _update(session: Session, profile_id: int, name: str, description: str, avatar: bytes | None) -> Profile:
    key = None if avatar is None else _key(session, avatar)
    return profiles.update(session, profile_id, name, description, key)


def _copy(session: Session, old: Profile, name: str) -> Profile:
    original = profiles.original(session, old.version_id)
    return profiles.add(session, name, old.description, old.avatar, original)


def _key(session: Session, avatar: bytes) -> str:
    return pictures.put(session, avatar, "image/png") if avatar else ""
