"""Knows the person's personas: make, change, seed; not the card format, not import and not the gallery."""

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.paper import avatar_png
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.personas import card as cards
from hermes_desktop.personas import edit
from hermes_desktop.personas.shipped import ShippedCard, shipped
from hermes_desktop.storage import personas, pictures
from hermes_desktop.storage.database import Session

_OWN = "own"


class PersonasService(QObject):
    """Keep the personas; every change is a new version, nothing is overwritten."""

    changed = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._pictures: dict[str, bytes] = {}

    # ---- reading -----------------------------------------------------------------------------------

    def all(self) -> list[Persona]:
        """List the personas by name."""
        return self._store.read(personas.all)

    def get(self, persona_id: int) -> Persona:
        """Give the newest version; raises PERSONA_UNKNOWN."""
        return self._store.read(personas.get, persona_id)

    def get_version(self, version_id: int) -> Persona:
        """Give the version that a conversation was written with."""
        return self._store.read(personas.get_version, version_id)

    def find(self, name: str) -> Persona:
        """Give the persona with this id or name; raises PERSONA_UNKNOWN or NAME_AMBIGUOUS."""
        return self._store.read(personas.find, name)

    def find_deleted(self, name: str) -> Persona:
        """Give the persona in the bin with this id or name; raises PERSONA_NOT_DELETED or NAME_AMBIGUOUS."""
        return self._store.read(personas.find_deleted, name)

    def card(self, persona: Persona) -> str:
        """Give the card's JSON text as it came, with the edits since."""
        return self._store.read(personas.card, persona.version_id)

    def original(self, persona: Persona) -> tuple[bytes, str] | None:
        """Give the file that this version came as, and its format; nothing where it was written here."""
        return self._store.read(personas.original, persona.version_id)

    def origin(self, persona: Persona) -> tuple[bytes, str, str] | None:
        """Give the file that it once came as, its format, and the key of the avatar that came with it."""
        return self._store.read(personas.origin, persona.version_id)

    def picture(self, key: str) -> bytes:
        """Give the bytes of an avatar, nothing where there is none."""
        if key and key not in self._pictures:
            found = self._store.read(pictures.get, key)
            self._pictures[key] = found[0] if found else b""
        return self._pictures.get(key, b"")

    # ---- changing ----------------------------------------------------------------------------------

    def create(self, fields: PersonaFields, avatar: bytes | None = None) -> Persona:
        """Add a persona written here; raises PERSONA_NAMELESS or PICTURE_UNREADABLE."""
        persona = self._store.write(_create, _named(fields), _normal(avatar))
        self.changed.emit()
        return persona

    def update(self, persona_id: int, fields: PersonaFields, avatar: bytes | None = None) -> Persona:
        """Add a version; without a picture the old one stays."""
        persona = self._store.write(_update, persona_id, _named(fields), _normal(avatar))
        self.changed.emit()
        return persona

    def set_field(self, persona: Persona, field: str, text: str) -> Persona:
        """Change one field by its name in a card; raises FIELD_UNKNOWN and its like, or PERSONA_NAMELESS."""
        return self.update(persona.id, edit.changed(persona.fields, field, text))

    def set_book(self, persona_id: int, document: str) -> Persona:
        """Put another lorebook, JSON text, into the persona's card; raises PERSONA_UNKNOWN."""
        persona = self._store.write(_set_book, persona_id, document)
        self.changed.emit()
        return persona

    def delete(self, persona_id: int) -> None:
        """Put it into the bin; its conversations keep it."""
        self._store.write(personas.delete, persona_id)
        self.changed.emit()

    def restore(self, persona_id: int) -> None:
        """Take it out of the bin."""
        self._store.write(personas.restore, persona_id)
        self.changed.emit()

    def set_favourite(self, persona_id: int, favourite: bool) -> None:
        """Put it among the favourites, or take it out."""
        self._store.write(personas.set_favourite, persona_id, favourite)
        self.changed.emit()

    def note_import(self) -> None:
        """Take note that personas have come in from files."""
        self.changed.emit()

    def seed(self) -> None:
        """Add the shipped personas that were never seeded; those that were deleted stay deleted."""
        known = self._store.read(personas.shipped_names)
        fresh = [card for card in shipped() if card.name not in known]
        if fresh:
            self._store.write(_seed, fresh)
            self.changed.emit()


def _named(fields: PersonaFields) -> PersonaFields:
    if not fields.name.strip():
        raise KnownError(ErrorKind.PERSONA_NAMELESS)
    return fields


def _normal(avatar: bytes | None) -> bytes | None:
    return None if avatar is None else avatar_png(avatar, "avatar")


def _create(session: Session, fields: PersonaFields, avatar: bytes | None) -> Persona:
    key = pictures.put(session, avatar, "image/png") if avatar else ""
    return personas.add(session, fields, spec=_OWN, card=cards.new(fields), avatar=key)


def _update(session: Session, persona_id: int, fields: PersonaFields, avatar: bytes | None) -> Persona:
    key = pictures.put(session, avatar, "image/png") if avatar else None
    before = personas.get(session, persona_id)
    card = cards.patch(personas.card(session, before.version_id), fields, before.fields)
    return personas.update(session, persona_id, fields, card=card, avatar=key)


def _set_book(session: Session, persona_id: int, document: str) -> Persona:
    before = personas.get(session, persona_id)
    card, entries = cards.with_book(personas.card(session, before.version_id), json.loads(document))
    return personas.update(session, persona_id, before.fields, card=card, lore_entries=entries)


def _seed(session: Session, fresh: Sequence[ShippedCard]) -> None:
    for item in fresh:
        parsed = cards.parse(item.card, item.name)
        key = pictures.put(session, item.avatar, item.mime) if item.avatar else ""
        personas.add(
            session,
            parsed.fields,
            spec=parsed.spec,
            card=parsed.card,
            avatar=key,
            shipped=item.name,
            lore_entries=parsed.lore_entries,
        )
