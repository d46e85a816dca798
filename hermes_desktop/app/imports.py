"""Knows how files become personas, lorebooks and profiles, in their order and off the event loop."""

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject

from hermes_desktop.app.arriving import named_book
from hermes_desktop.app.batches import Batches, Steps
from hermes_desktop.app.card_words import listed, note_words
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.paper import avatar_png
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profile_files import Brought, bring_in
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.sources import Pasted as Pasted
from hermes_desktop.app.sources import Source as Source
from hermes_desktop.app.sources import bytes_of, expanded, name_of
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.tavern_folder import Neighbours
from hermes_desktop.containers import json_guard
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding, Lorebook
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas import book_reader, reader
from hermes_desktop.personas import card as cards
from hermes_desktop.personas.book_reader import BookReading
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.reader import Reading
from hermes_desktop.storage import lorebooks, originals, personas, pictures
from hermes_desktop.storage.database import Session

_AT_ONCE = 2  # files that are read while one is kept
_HEAVY = 16 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one file."""

    file: str
    ok: bool
    persona_id: int = 0  # of a duplicate, the persona that was there before; 0 for a lorebook
    lorebook_id: int = 0  # of a lorebook that stands by itself
    name: str = ""
    format: str = ""
    spec: str = ""
    lore_entries: int = 0
    used: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    duplicate: bool = False
    bound: bool = False  # a lorebook that was here already speaks for the persona
    error: str = ""
    profile_ids: tuple[int, ...] = ()  # of a file that says who I am


class ImportsService(Batches[Source | ImportReport, ImportReport]):
    """Bring in cards and lorebooks: a bad one is reported, others still come in, nothing is overwritten."""

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        personas: PersonasService,
        profiles: ProfilesService,
        lorebooks: LorebooksService,
        parent: QObject | None = None,
    ) -> None:
        steps = Steps(self._expand, self._prepare, self._refused, self._brought, self._tell)
        super().__init__(tasks, steps, parent)
        self._store, self._personas = store, personas
        self._profiles, self._lorebooks = profiles, lorebooks

    def _expand(self, sources: Sequence[Source]) -> list[Source | ImportReport]:
        return list(expanded(sources, _failed))

    def _prepare(self) -> None:
        self._store.write(personas.complete_digests, cards.digest)

    def _refused(self, item: Source | ImportReport, error: KnownError) -> ImportReport:
        return item if isinstance(item, ImportReport) else _failed(name_of(item), error)

    def _bring(self, item: Source | ImportReport) -> ImportReport:
        return item if isinstance(item, ImportReport) else self.bring(item)

    def _tell(self, reports: Sequence[ImportReport]) -> None:
        fresh = [report for report in reports if report.ok and not report.duplicate]
        if any(report.lorebook_id or report.bound for report in fresh):
            self._lorebooks.note_import()
        if any(report.persona_id for report in fresh):
            self._personas.note_import()
        if any(report.profile_ids for report in fresh):
            self._profiles.note_import()

    # ---- many files --------------------------------------------------------------------------------

    def _brought(self, items: Sequence[Source | ImportReport]) -> Generator[ImportReport, None, None]:
        """Read the next files while one is kept: most of the time goes into their pictures.

        They are kept in their order, and what is heavy is held in memory alone.
        """
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="import") as pool:
            waiting: deque[Future[_Read | ImportReport]] = deque()
            try:
                for item in items:
                    while waiting and (len(waiting) > _AT_ONCE or _is_heavy(item)):
                        yield self._keep(waiting.popleft().result())
                    waiting.append(pool.submit(self._read, item))
                    if _is_heavy(item):
                        yield self._keep(waiting.popleft().result())
                while waiting:
                    yield self._keep(waiting.popleft().result())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    # ---- one file ----------------------------------------------------------------------------------

    def bring(self, source: Source, beside: Neighbours | None = None) -> ImportReport:
        """Bring in one file, in any thread; whoever calls it tells those who keep what came.

        Worlds, characters and pictures of the same folder are joined to it, as far as it names them.
        """
        return self._keep(self._read(source), beside)

    def _read(self, source: Source | ImportReport) -> "_Read | ImportReport":
        """Read a file and make ready what is to be kept of it; nothing is kept yet."""
        if isinstance(source, ImportReport):
            return source
        name = name_of(source)
        try:
            data = source.data if isinstance(source, Pasted) else bytes_of(source, name, reader.FILE_LIMIT)
            reading = _reading(data, name)
            if not isinstance(reading, Reading):
                return _Read(name, data, reading)
            digest = cards.digest(reading.card.card)
            same = self._store.write(personas.find_same, digest)
            if same is not None:
                return _report_of_same(name, reading, same)
            return _Read(name, data, reading, digest, *_avatar(reading, name))
        except KnownError as error:
            return _failed(name, error)

    def _keep(self, read: "_Read | ImportReport", beside: Neighbours | None = None) -> ImportReport:
        if isinstance(read, ImportReport):
            return read
        try:
            if isinstance(read.reading, BookReading):
                return self._import_book(read.name, read.reading, read.data)
            if read.reading is None:
                brought = bring_in(self._store, read.data, read.name, beside or Neighbours())
                return _report_of_profiles(read.name, brought)
            return self._import_card(read, read.reading, beside or Neighbours())
        except KnownError as error:
            return _failed(read.name, error)

    def _import_card(self, read: "_Read", reading: Reading, beside: Neighbours) -> ImportReport:
        persona, world = self._store.write(_add, read, reading, beside)
        if world is None:
            return _report_of_same(read.name, reading, persona)
        report = _report(read.name, reading, persona, (*read.notes, *world))
        return replace(report, bound=any(note.kind is NoteKind.WORLD_BOUND for note in world))

    def _import_book(self, name: str, reading: BookReading, data: bytes) -> ImportReport:
        same = self._store.write(lorebooks.find_same, reading.digest)
        if same is not None:
            note = Note(NoteKind.DUPLICATE_BOOK, f"{same.name} ({same.id})")
            return replace(_book_report(name, reading, same, (note,)), duplicate=True)
        return _book_report(name, reading, self._store.write(_add_book, reading, data), reading.notes)


@dataclass(frozen=True, slots=True)
class _Read:
    """What a file holds, and what was made of it."""

    name: str
    data: bytes
    reading: Reading | BookReading | None  # None where it says who I am
    digest: str = ""  # of a card
    avatar: bytes = b""
    notes: tuple[Note, ...] = ()


def _is_heavy(item: Source | ImportReport) -> bool:
    try:
        return isinstance(item, Path) and item.stat().st_size > _HEAVY
    except OSError:  # told when it is read
        return False


def _reading(data: bytes, name: str) -> Reading | BookReading | None:
    """Read a card, or a lorebook where the file holds one; None where it says who I am."""
    try:
        return reader.read(data, name)
    except KnownError as error:
        if error.kind is ErrorKind.CARD_PROFILE:
            return None
        book = book_reader.read(data, name) if error.kind is ErrorKind.CARD_LOREBOOK else None
        if book is None:
            raise
        return book


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


def _report_of_same(name: str, reading: Reading, same: Persona) -> ImportReport:
    note = Note(NoteKind.DUPLICATE, f"{same.name} ({same.id})")
    return replace(_report(name, reading, same, (note,)), duplicate=True)


def _report_of_profiles(name: str, brought: Brought) -> ImportReport:
    """Report a file that says who I am: one line, however many profiles it holds."""
    said = (
        (NoteKind.PROFILES, [profile.name for profile in brought.added]),
        (NoteKind.PROFILES_KNOWN, [profile.name for profile in brought.known]),
        (NoteKind.PROFILES_BLIND, brought.blind),
    )
    everyone = (*brought.added, *brought.known)
    return ImportReport(
        name,
        ok=True,
        name=listed([profile.name for profile in everyone]),
        format=brought.format,
        notes=tuple(note_words(Note(kind, listed(names))) for kind, names in said if names),
        duplicate=not brought.added,
        bound=brought.bound,
        profile_ids=tuple(profile.id for profile in everyone),
    )


def _book_report(name: str, reading: BookReading, book: Lorebook, notes: tuple[Note, ...]) -> ImportReport:
    return ImportReport(
        name,
        ok=True,
        lorebook_id=book.id,
        name=book.name,
        format=reading.format,
        spec=reading.spec,
        lore_entries=reading.entries,
        used=reading.used,
        kept=reading.kept,
        notes=tuple(note_words(note) for note in notes),
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


def _add(
    session: Session, read: _Read, reading: Reading, beside: Neighbours
) -> tuple[Persona, tuple[Note, ...] | None]:
    """Add a persona, and say what became of its world; None with the one that is the same."""
    card = reading.card
    same = personas.find_same(session, read.digest)
    if same is not None:  # it came in since this one was read
        return same, None
    persona = personas.add(
        session,
        card.fields,
        spec=card.spec,
        card=card.card,
        avatar=pictures.put(session, read.avatar, "image/png") if read.avatar else "",
        lore_entries=card.lore_entries,
        file=originals.put(session, read.data, reading.format),
        digest=read.digest,
    )
    return persona, _bind_world(session, persona, cards.world_of(card.card), beside)


def _bind_world(session: Session, persona: Persona, world: str, beside: Neighbours) -> tuple[Note, ...]:
    """Let the lorebook that a card names speak for it, where there is one of that name."""
    if not world:
        return ()
    found = named_book(session, world, beside.books)
    if found is None:
        return (Note(NoteKind.WORLD_MISSING, world),)
    lorebooks.bind(session, Binding(found.id, Scope.PERSONA, persona.id))
    return (Note(NoteKind.WORLD_BOUND, found.name),)


def _add_book(session: Session, reading: BookReading, data: bytes) -> Lorebook:
    return lorebooks.add(
        session,
        reading.name,
        spec=reading.spec,
        document=json_guard.text_of(reading.document),
        entries=reading.entries,
        file=originals.put(session, data, reading.format),
        digest=reading.digest,
    )
