"""Knows how files become personas, one after the other and off the event loop; not how cards are read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject

from hermes_desktop.app.batches import Batches
from hermes_desktop.app.card_words import note_words
from hermes_desktop.app.paper import avatar_png
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.sources import Pasted as Pasted
from hermes_desktop.app.sources import Source as Source
from hermes_desktop.app.sources import bytes_of, expanded, name_of
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas import card as cards
from hermes_desktop.personas import reader
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.reader import Reading
from hermes_desktop.storage import originals, personas, pictures
from hermes_desktop.storage.database import Session


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file."""

    file: str
    ok: bool
    persona_id: int = 0  # of a duplicate, the persona that was there before
    name: str = ""
    format: str = ""
    spec: str = ""
    lore_entries: int = 0
    used: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    duplicate: bool = False
    error: str = ""


class ImportsService(Batches[Source | ImportReport, ImportReport]):
    """Bring in cards: a bad one is reported, the others still come in, nothing is overwritten."""

    def __init__(
        self, store: Store, tasks: Tasks, personas: PersonasService, parent: QObject | None = None
    ) -> None:
        super().__init__(tasks, parent)
        self._store, self._personas = store, personas

    def _expand(self, sources: Sequence[Source]) -> list[Source | ImportReport]:
        return list(expanded(sources, _failed))

    def _prepare(self) -> None:
        self._store.write(personas.complete_digests, cards.digest)

    def _refused(self, item: Source | ImportReport, error: KnownError) -> ImportReport:
        return item if isinstance(item, ImportReport) else _failed(name_of(item), error)

    def _bring(self, item: Source | ImportReport) -> ImportReport:
        return item if isinstance(item, ImportReport) else self.bring(item)

    def _tell(self, reports: Sequence[ImportReport]) -> None:
        if any(report.ok and not report.duplicate for report in reports):
            self._personas.note_import()

    # ---- one file ----------------------------------------------------------------------------------

    def bring(self, source: Source) -> ImportReport:
        """Bring in one file, in any thread; whoever calls it tells the personas."""
        name = name_of(source)
        try:
            data = source.data if isinstance(source, Pasted) else bytes_of(source, name, reader.FILE_LIMIT)
            reading = reader.read(data, name)
            digest = cards.digest(reading.card.card)
            same = self._store.write(personas.find_same, digest)
            if same is not None:
                note = Note(NoteKind.DUPLICATE, f"{same.name} ({same.id})")
                return replace(_report(name, reading, same, (note,)), duplicate=True)
            avatar, notes = _avatar(reading, name)
            persona = self._store.write(_add, reading, data, avatar, digest)
            return _report(name, reading, persona, notes)
        except KnownError as error:
            return _failed(name, error)


def _report(name: str, reading: Reading, persona: Persona, notes: tuple[Note, ...]) -> ImportReport:
    card = reading.card
    return ImportReport(
        name,
        ok=True,
        persona_id=persona.id,
        name=persona.name,
        format=reading.format,
        spec=card.spec,
        lore_entries=card.lore_entries,
        used=card.used,
        kept=card.kept,
        ignored=card.ignored,
        notes=tuple(note_words(note) for note in (*notes, *card.notes)),
    )


def _failed(name: str, error: KnownError) -> ImportReport:
    words = sentence(error)
    return ImportReport(name, ok=False, error=f"{words.text} {words.hint}")


def _avatar(reading: Reading, name: str) -> tuple[bytes, tuple[Note, ...]]:
    """Make the avatar; a picture that cannot be used costs the persona its picture and nothing else."""
    if not reading.picture:
        return b"", ()
    try:
        return avatar_png(reading.picture, name), ()
    except KnownError:
        return b"", (Note(NoteKind.PICTURE),)


def _add(session: Session, reading: Reading, data: bytes, avatar: bytes, digest: str) -> Persona:
    card = reading.card
    return personas.add(
        session,
        card.fields,
        spec=card.spec,
        card=card.card,
        avatar=pictures.put(session, avatar, "image/png") if avatar else "",
        lore_entries=card.lore_entries,
        file=originals.put(session, data, reading.format),
        digest=digest,
    )
