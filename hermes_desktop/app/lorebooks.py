"""Knows the person's lorebooks: make, write, bind, delete; a persona's own one, too. Not how entries fire."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import saving
from hermes_desktop.app.lore_differences import BookChanges, between
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.store import Store
from hermes_desktop.containers import json_guard
from hermes_desktop.domain.conversation import Conversation
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding, Lorebook, LorebookForm, Manuscript, Speaking, holders_of
from hermes_desktop.personas import lore_edit, lore_writer
from hermes_desktop.personas.lorebook import document_in
from hermes_desktop.storage import lorebooks, personas, profiles
from hermes_desktop.storage.database import Session

_OWN = "own"


class LorebooksService(QObject):
    """Keep the lorebooks; every change is a new version, nothing is overwritten."""

    changed = Signal()

    def __init__(self, store: Store, personas: PersonasService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._personas = store, personas

    # ---- reading -----------------------------------------------------------------------------------

    def all(self) -> list[Lorebook]:
        """List the lorebooks that stand by themselves, by name."""
        return self._store.read(lorebooks.all)

    def get(self, book_id: int) -> Lorebook:
        """Give the newest version; raises LOREBOOK_UNKNOWN."""
        return self._store.read(lorebooks.get, book_id)

    def versions(self, book_id: int) -> list[Lorebook]:
        """List every version, the oldest first."""
        return self._store.read(lorebooks.versions, book_id)

    def changes(self, before: Lorebook, after: Lorebook) -> BookChanges:
        """Tell what differs between two versions of a book."""
        one, other = (json.loads(self.document(version)) for version in (before, after))
        return between(one, other, (before.name, after.name))

    def document(self, book: Lorebook) -> str:
        """Give the JSON text of this version."""
        return self._store.read(lorebooks.document, book.version_id)

    def original(self, book: Lorebook) -> tuple[bytes, str] | None:
        """Give the file that this version came as, and its format; nothing where it was written here."""
        return self._store.read(lorebooks.original, book.version_id)

    def written(self, book: Lorebook, form: LorebookForm) -> bytes:
        """Write this version as a file; one that nobody has changed leaves as it came."""
        came = self.original(book)
        if came is not None and came[1] == "json" and _is_of(json.loads(self.document(book)), form):
            return came[0]
        return lore_writer.WRITERS[form.value](json.loads(self.document(book))).encode("utf-8")

    def save_file(self, book: Lorebook, form: LorebookForm, file: Path) -> None:
        """Write this version into a file; raises what `saving.write` raises."""
        saving.write(file, self.written(book, form))

    def bindings(self, book_id: int) -> list[Binding]:
        """List where a book speaks or is silent."""
        return self._store.read(lorebooks.bindings, book_id)

    def within_reach(self, conversation: Conversation) -> list[Speaking]:
        """List the books that are bound to anything in a conversation, also those that are silent there."""
        return self._store.read(_within_reach, conversation)

    # ---- where they speak --------------------------------------------------------------------------

    def bind(self, binding: Binding) -> None:
        """Let a book speak somewhere, or be silent there; raises LOREBOOK_UNKNOWN."""
        self._store.write(lorebooks.bind, binding)
        self.changed.emit()

    def unbind(self, binding: Binding) -> None:
        """Let wider bindings decide again."""
        self._store.write(lorebooks.unbind, binding)
        self.changed.emit()

    def let_speak(self, conversation: Conversation, book_id: int, speaks: bool) -> None:
        """Let a book speak in one conversation or not; what it would do anyway is not written down."""
        here = Binding(book_id, Scope.CHAT, conversation.id, speaks)
        self._store.write(_let_speak, conversation, here)
        self.changed.emit()

    # ---- writing -----------------------------------------------------------------------------------

    def create(self, name: str) -> Lorebook:
        """Add an empty book."""
        document = json_guard.text_of(lore_edit.new_book(name))
        book = self._store.write(lorebooks.add, name, spec=_OWN, document=document, entries=0)
        self.changed.emit()
        return book

    def open(self, book_id: int) -> Manuscript:
        """Open a book for writing; raises LOREBOOK_UNKNOWN."""
        return self._store.read(_open, book_id)

    def open_of(self, persona_id: int) -> Manuscript:
        """Open a persona's own book for writing, an empty one where it has none; raises PERSONA_UNKNOWN."""
        return self._store.read(_open_of, persona_id)

    def save(self, manuscript: Manuscript) -> Manuscript:
        """Keep what was written as a new version, and open that; raises LOREBOOK_UNKNOWN or its like."""
        if manuscript.persona_id:
            document = self._store.read(_written_of, manuscript)
            self._personas.set_book(manuscript.persona_id, document)
            self.changed.emit()
            return self.open_of(manuscript.persona_id)
        self._store.write(_save, manuscript)
        self.changed.emit()
        return self.open(manuscript.book_id)

    def go_back(self, version: Lorebook) -> Lorebook:
        """Add a version that says what this one says; raises LOREBOOK_UNKNOWN."""
        fresh = self._store.write(lorebooks.go_back, version.id, version.version_id)
        self.changed.emit()
        return fresh

    def delete(self, book_id: int) -> None:
        """Put it into the bin; it speaks nowhere until it is restored."""
        self._store.write(lorebooks.delete, book_id)
        self.changed.emit()

    def restore(self, book_id: int) -> None:
        """Take it out of the bin; it speaks where it did."""
        self._store.write(lorebooks.restore, book_id)
        self.changed.emit()

    def note_import(self) -> None:
        """Take note that books have come in from files, or were bound to a card that did."""
        self.changed.emit()


def _is_of(document: dict[str, Any], form: LorebookForm) -> bool:
    if form is LorebookForm.V3:
        return document.get("spec") == "lorebook_v3"
    return lore_writer.is_world_info(document)


def _within_reach(session: Session, conversation: Conversation) -> list[Speaking]:
    profile = profiles.get_version(session, conversation.profile_version_id)
    holders = holders_of(conversation.id, profile.id, conversation.persona_id)
    return lorebooks.in_reach(session, holders)


def _let_speak(session: Session, conversation: Conversation, here: Binding) -> None:
    lorebooks.unbind(session, here)
    anyway = {one.book.id: one.active for one in _within_reach(session, conversation)}
    if anyway.get(here.book_id, False) is not here.active:
        lorebooks.bind(session, here)


def _open(session: Session, book_id: int) -> Manuscript:
    book = lorebooks.get(session, book_id)
    script = lore_edit.opened(json.loads(lorebooks.document(session, book.version_id)))
    fields = replace(script.fields, name=book.name)  # a book that has no name goes by that of its file
    return replace(script, fields=fields, book_id=book.id, version_id=book.version_id)


def _open_of(session: Session, persona_id: int) -> Manuscript:
    persona = personas.get(session, persona_id)
    script = lore_edit.opened(_own_book(session, persona.version_id))
    return replace(script, persona_id=persona_id, version_id=persona.version_id)


def _own_book(session: Session, version_id: int) -> dict[str, Any]:
    return document_in(personas.card(session, version_id)) or lore_edit.new_book("")


def _written_of(session: Session, manuscript: Manuscript) -> str:
    before = _own_book(session, manuscript.version_id)
    return json_guard.text_of(lore_edit.changed(before, manuscript))


def _save(session: Session, manuscript: Manuscript) -> None:
    before = json.loads(lorebooks.document(session, manuscript.version_id))
    name, written = manuscript.fields.name, manuscript
    if name == lorebooks.get(session, manuscript.book_id).name:  # the document may have none
        own = lore_edit.opened(before).fields.name
        written = replace(manuscript, fields=replace(manuscript.fields, name=own))
    document = json_guard.text_of(lore_edit.changed(before, written))
    entries = len(manuscript.entries)
    lorebooks.update(session, manuscript.book_id, name, document=document, entries=entries)
