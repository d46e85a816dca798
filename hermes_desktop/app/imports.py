"""Knows how files become personas, lorebooks and profiles, one by one and off the event loop."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.card_words import note_words
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.paper import avatar_png
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profile_files import Brought, bring_in
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
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

FILES_LIMIT = 5000  # of one folder
_NAMES_SHOWN = 12  # of the profiles of one file


@dataclass(frozen=True, slots=True)
class Pasted:
    """Bytes that come without a file."""

    name: str
    data: bytes


Source = Path | Pasted


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


@dataclass(slots=True, eq=False)
class _Job:
    sources: tuple[Source, ...]
    cancelled: bool = False  # read by the thread that imports
    reports: list[ImportReport] = field(default_factory=list)


class ImportsService(QObject):
    """Bring in cards and lorebooks: a bad one is reported, others still come in, nothing is overwritten."""

    progressed = Signal(int, int)  # files done, all files
    ended = Signal(list)  # list[ImportReport] of what was started

    _moved = Signal(object, object, int)  # _Job, ImportReport, all files
    _left = Signal(object)  # _Job: its thread has ended, also where a bug has ended it

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        personas: PersonasService,
        profiles: ProfilesService,
        lorebooks: LorebooksService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._tasks = store, tasks
        self._personas, self._profiles, self._lorebooks = personas, profiles, lorebooks
        self._jobs: list[_Job] = []  # the first one runs
        self._moved.connect(self._on_moved)
        self._left.connect(self._on_left)

    @property
    def busy(self) -> bool:
        """Say whether files are being brought in."""
        return bool(self._jobs)

    def run(self, sources: Sequence[Source]) -> list[ImportReport]:
        """Bring in files and folders here and now."""
        job = _Job(tuple(sources))
        self._work(job, lambda report, _total: job.reports.append(report))
        self._tell(job)
        return job.reports

    def start(self, sources: Sequence[Source]) -> None:
        """Bring in files and folders, off the event loop; what is started meanwhile waits."""
        self._jobs.append(_Job(tuple(sources)))
        if len(self._jobs) == 1:
            self._next()

    def cancel(self) -> None:
        """Stop after the file that is being read; what has come in stays."""
        for job in self._jobs:
            job.cancelled = True

    # ---- one after the other -----------------------------------------------------------------------

    def _next(self) -> None:
        job = self._jobs[0]
        self.progressed.emit(0, 0)
        self._tasks.run(partial(self._work_aside, job))

    def _work_aside(self, job: _Job) -> None:
        try:
            self._work(job, partial(self._moved.emit, job))
        finally:
            self._left.emit(job)

    def _work(self, job: _Job, said: Callable[[ImportReport, int], object]) -> None:
        """Do all of a job; runs in any thread, since it reads and writes through the storage's own."""
        sources = list(_expanded(job.sources))
        try:
            self._store.write(personas.complete_digests, cards.digest)
        except KnownError as error:  # nothing can be written here
            for source in sources:
                said(_failed(_name(source), error), len(sources))
            return
        for source in sources:
            if job.cancelled:
                return
            said(source if isinstance(source, ImportReport) else self._import(source), len(sources))

    def _on_moved(self, job: _Job, report: ImportReport, total: int) -> None:
        job.reports.append(report)
        self.progressed.emit(len(job.reports), total)

    def _on_left(self, job: _Job) -> None:
        self._jobs.remove(job)
        self._tell(job)
        self.ended.emit(job.reports)
        if self._jobs:
            self._next()

    def _tell(self, job: _Job) -> None:
        fresh = [report for report in job.reports if report.ok and not report.duplicate]
        if any(report.lorebook_id or report.bound for report in fresh):
            self._lorebooks.note_import()
        if any(report.persona_id for report in fresh):
            self._personas.note_import()
        if any(report.profile_ids for report in fresh):
            self._profiles.note_import()

    # ---- one file ----------------------------------------------------------------------------------

    def _import(self, source: Source) -> ImportReport:
        name = _name(source)
        try:
            data = source.data if isinstance(source, Pasted) else bytes_of(source, name)
            return self._import_data(data, name)
        except KnownError as error:
            return _failed(name, error)

    def _import_data(self, data: bytes, name: str) -> ImportReport:
        try:
            reading = _reading(data, name)
        except KnownError as error:
            if error.kind is ErrorKind.CARD_PROFILE:
                return _report_of_profiles(name, bring_in(self._store, data, name))
            raise
        if isinstance(reading, BookReading):
            return self._import_book(name, reading, data)
        digest = cards.digest(reading.card.card)
        same = self._store.write(personas.find_same, digest)
        if same is not None:
            note = Note(NoteKind.DUPLICATE, f"{same.name} ({same.id})")
            return replace(_report(name, reading, same, (note,)), duplicate=True)
        avatar, notes = _avatar(reading, name)
        persona, world = self._store.write(_add, reading, data, avatar, digest)
        report = _report(name, reading, persona, (*notes, *world))
        return replace(report, bound=any(note.kind is NoteKind.WORLD_BOUND for note in world))

    def _import_book(self, name: str, reading: BookReading, data: bytes) -> ImportReport:
        same = self._store.write(lorebooks.find_same, reading.digest)
        if same is not None:
            note = Note(NoteKind.DUPLICATE_BOOK, f"{same.name} ({same.id})")
            return replace(_book_report(name, reading, same, (note,)), duplicate=True)
        return _book_report(name, reading, self._store.write(_add_book, reading, data), reading.notes)


def _reading(data: bytes, name: str) -> Reading | BookReading:
    """Read a card, or a lorebook where the file holds one."""
    try:
        return reader.read(data, name)
    except KnownError as error:
        book = book_reader.read(data, name) if error.kind is ErrorKind.CARD_LOREBOOK else None
        if book is None:
            raise
        return book


def _name(source: Source | ImportReport) -> str:
    if isinstance(source, ImportReport):
        return source.file
    if isinstance(source, Pasted):
        return source.name
    # Names of files may hold bytes that are no letters; nothing could print or keep them.
    return os.fsencode(source).decode("utf-8", "replace")


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
        name=_listed([profile.name for profile in everyone]),
        format=brought.format,
        notes=tuple(note_words(Note(kind, _listed(names))) for kind, names in said if names),
        duplicate=not brought.added,
        profile_ids=tuple(profile.id for profile in everyone),
    )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" + {more}" if more > 0 else "")


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
    session: Session, reading: Reading, data: bytes, avatar: bytes, digest: str
) -> tuple[Persona, tuple[Note, ...]]:
    card = reading.card
    persona = personas.add(
        session,
        card.fields,
        spec=card.spec,
        card=card.card,
        avatar=pictures.put(session, avatar, "image/png") if avatar else "",
        lore_entries=card.lore_entries,
        file=originals.put(session, data, reading.format),
        digest=digest,
    )
    return persona, _bind_world(session, persona, cards.world_of(card.card))


def _bind_world(session: Session, persona: Persona, world: str) -> tuple[Note, ...]:
    """Let the lorebook that a card names speak for it, where there is one of that name."""
    if not world:
        return ()
    found = lorebooks.find_named(session, world)
    if not found:
        return (Note(NoteKind.WORLD_MISSING, world),)
    lorebooks.bind(session, Binding(found[0].id, Scope.PERSONA, persona.id))
    return (Note(NoteKind.WORLD_BOUND, found[0].name),)


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


# ---- files ----------------------------------------------------------------------------------------


def _expanded(sources: Sequence[Source]) -> Iterator[Source | ImportReport]:
    """Put the files of a folder in its place, or the report of why that cannot be."""
    for source in sources:
        if isinstance(source, Path) and source.is_dir():
            try:
                yield from _files_in(source)
            except KnownError as error:
                yield _failed(_name(source), error)
        else:
            yield source


def _files_in(folder: Path) -> list[Path]:
    """List what is in a folder and below, without hidden files and without following links."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += (Path(place, name) for name in sorted(names) if not name.startswith("."))
        if len(found) > FILES_LIMIT:
            raise KnownError(ErrorKind.FOLDER_FULL, path=_name(folder), most=FILES_LIMIT)
    if not found:
        raise KnownError(ErrorKind.FOLDER_EMPTY, path=_name(folder))
    return found


def bytes_of(file: Path, name: str) -> bytes:
    """Read a card's file, called `name` in errors; raises FILE_MISSING, FILE_UNREADABLE or FILE_TOO_LARGE."""
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):  # to open a pipe would wait for somebody to write
            raise KnownError(ErrorKind.FILE_UNREADABLE, path=name, reason="it is no ordinary file")
        if about.st_size > reader.FILE_LIMIT:
            raise KnownError(ErrorKind.FILE_TOO_LARGE, path=name, limit=reader.FILE_LIMIT)
        return file.read_bytes()
    except FileNotFoundError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=name, reason=reason) from error
