"""Knows the person's personas: make, change, seed; not the card format, not import and not the gallery."""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.lore_differences import BookChanges, between
from hermes_desktop.app.paper import avatar_png, mime_of, whole_picture
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import CardExtras, Persona, PersonaFields, PersonaSummary
from hermes_desktop.personas import card as cards
from hermes_desktop.personas import edit, lore_lint
from hermes_desktop.personas.lorebook import document_in
from hermes_desktop.personas.shipped import ShippedCard, shipped
from hermes_desktop.storage import persona_list, personas, pictures
from hermes_desktop.storage.database import Session

_OWN = "own"
_PICTURES_HELD = 32 * 1024 * 1024  # bytes


class PersonasService(QObject):
    """Keep the personas; every change is a new version, nothing is overwritten."""

    changed = Signal()

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._texts: dict[int, str] = {}  # what is looked through, by version

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
        if not key:
            return b""
        if key not in self._pictures:
            found = self._store.read(pictures.get, key)
            self._pictures[key] = found[0] if found else b""
            while sum(map(len, self._pictures.values())) > _PICTURES_HELD and len(self._pictures) > 1:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]

    def summaries(self) -> list[PersonaSummary]:
        """List the personas by name, as far as a list shows them."""
        return self._store.read(persona_list.summaries)

    def text(self, shown: PersonaSummary) -> str:
        """Give what can be looked for in a persona, in small letters."""
        return self._texts.get(shown.version_id, "")

    def read_texts(self, shown: Sequence[PersonaSummary]) -> None:
        """Read what `text` gives of these; a version never changes, so each is read once."""
        missing = [one.version_id for one in shown if one.version_id not in self._texts]
        if missing:
            read = self._store.read(persona_list.texts, missing)
            self._texts |= {version: said.casefold() for version, said in read.items()}

    def versions(self, persona_id: int) -> list[Persona]:
        """List every version, the newest first."""
        return self._store.read(personas.versions, persona_id)[::-1]

    def extras(self, persona: Persona) -> CardExtras:
        """Give what the card says that nobody can change here."""
        return cards.extras(self.card(persona))

    def constant_lore(self, persona: Persona) -> tuple[str, ...]:
        """List the entries of its book that stand in every prompt."""
        if not persona.lore_entries:
            return ()
        return tuple(lore_lint.constant_texts(lore_lint.book_of(json.loads(self.card(persona)))))

    def lore_changes(self, before: Persona, after: Persona) -> BookChanges:
        """Tell what differs between the own books of two versions."""
        if not (before.lore_entries or after.lore_entries):
            return BookChanges()
        one, other = (document_in(self.card(version)) for version in (before, after))
        return between(one or {}, other or {})

    def drafted(self, persona_id: int, fields: PersonaFields) -> Persona:
        """Give a persona as it would be with these fields; 0 is one that is not stored yet."""
        if persona_id:
            return replace(self.get(persona_id), fields=fields)
        return Persona(0, 0, 0, fields, _OWN, "", 0, "", favourite=False, deleted=False)

    # ---- changing ----------------------------------------------------------------------------------

    def create(self, fields: PersonaFields, avatar: bytes | None = None, *, whole: bool = False) -> Persona:
        """Add a persona written here; raises PERSONA_NAMELESS or PICTURE_UNREADABLE.

        `whole` keeps the picture's bytes as they are, and with them what moves in it.
        """
        persona = self._store.write(_create, _named(fields), _normal(avatar, whole))
        self.changed.emit()
        return persona

    def update(
        self, persona_id: int, fields: PersonaFields, avatar: bytes | None = None, *, whole: bool = False
    ) -> Persona:
        """Add a version; without a picture the old one stays, and b"" takes it away."""
        persona = self._store.write(_update, persona_id, _named(fields), _normal(avatar, whole))
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

    def go_back(self, persona: Persona) -> Persona:
        """Add a version that says what this one says."""
        fresh = self._store.write(personas.go_back, persona.id, persona.version_id)
        self.changed.emit()
        return fresh

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


def _normal(avatar: bytes | None, whole: bool) -> bytes | None:
    if not avatar:
        return avatar
    return whole_picture(avatar, "avatar") if whole else avatar_png(avatar, "avatar")


def _kept(session: Session, avatar: bytes | None) -> str | None:
    """Keep a picture and give its key: "" takes the present one away, None leaves it."""
    return pictures.put(session, avatar, mime_of(avatar)) if avatar else (None if avatar is None else "")


def _create(session: Session, fields: PersonaFields, avatar: bytes | None) -> Persona:
    key = _kept(session, avatar)
    return personas.add(session, fields, spec=_OWN, card=cards.new(fields), avatar=key or "")


def _update(session: Session, persona_id: int, fields: PersonaFields, avatar: bytes | None) -> Persona:
    key = _kept(session, avatar)
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
