"""Knows how everything becomes one archive and comes back from it; not how the archive is made."""

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from hermes_desktop.app.arriving import Company, put_pictures, settle
from hermes_desktop.app.chat_forms import WRITER, written_whole
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.paper import is_usable
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.store import Store
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import BookHistory, PersonaHistory, ProfileHistory
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.sampling import Preset, clamped
from hermes_desktop.engine.wire import BadFrameError, build
from hermes_desktop.storage import conversations, histories, originals, people, pictures, shelves, variables
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.people import Found, Settled
from hermes_desktop.transcripts import collection, native_writer
from hermes_desktop.transcripts.collection import Collection, Part
from hermes_desktop.transcripts.draft import TooManyError


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What was in an archive, or came from it."""

    personas: int
    profiles: int
    conversations: int
    presets: int
    known: int = 0  # conversations that were here already
    failed: tuple[str, ...] = ()  # files in it that could not be used
    lorebooks: int = 0


@dataclass(frozen=True, slots=True)
class _All:
    """What goes into an archive."""

    personas: Found[PersonaHistory]
    profiles: Found[ProfileHistory]
    books: Found[BookHistory]
    conversations: list[int]
    presets: list[dict[str, Any]]


@dataclass(slots=True)
class _Chats:
    """What has become of the conversations of an archive."""

    came: int = 0
    known: int = 0
    failed: list[str] = field(default_factory=list)
    ids: dict[int, int] = field(default_factory=dict)  # number in the archive: id here


Told = Callable[[int, int], bool]  # conversations done, all of them; says whether to go on


def _on(_done: int, _total: int) -> bool:
    return True


class ArchivesService(QObject):
    """Write everything into one file, and bring it back; nothing that is here is overwritten."""

    def __init__(
        self,
        store: Store,
        preferences: PreferencesService,
        personas: PersonasService,
        profiles: ProfilesService,
        conversations: ConversationsService,
        lorebooks: LorebooksService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._preferences = store, preferences
        self._personas, self._profiles, self._conversations = personas, profiles, conversations
        self._lorebooks = lorebooks

    # ---- out ---------------------------------------------------------------------------------------

    def export(self, file: Path, told: Told = _on) -> ArchiveReport:
        """Write everything, in any thread; raises ARCHIVE_TOO_LARGE or FILE_UNWRITABLE."""
        own = [asdict(preset) for preset in self._preferences.value.presets]
        with self._store.apart() as session:
            all_of = _All(
                people.personas_of(session),
                people.profiles_of(session),
                shelves.books(session),
                conversations.ids(session),
                own,
            )
            parts = _parts(session, all_of, told)
            try:
                written_whole(file, lambda target: collection.write(target, parts))
            except collection.TooLargeError as error:
                raise KnownError(ErrorKind.ARCHIVE_TOO_LARGE, path=str(file)) from error
        who, mine, books = all_of.personas.found, all_of.profiles.found, all_of.books.found
        chats = len(all_of.conversations)
        return ArchiveReport(len(who), len(mine), chats, len(own), lorebooks=len(books))

    # ---- in ----------------------------------------------------------------------------------------

    def bring(self, file: Path, told: Told = _on) -> ArchiveReport:
        """Bring everything back, in any thread; raises ARCHIVE_UNKNOWN, CHAT_DAMAGED or CHAT_TOO_MUCH."""
        with _known(file), _mapped(file) as data:
            opened = Collection(data)
            if not opened.is_one:
                raise KnownError(ErrorKind.ARCHIVE_UNKNOWN, path=str(file))
            for picture in opened.pictures():
                if is_usable(picture.data):
                    self._store.write(put_pictures, (picture,))
            for card in opened.cards():
                self._store.write(originals.put, card.data, card.format)
            whole = partial(people.settle_persona, all_versions=True)
            personas, persona_ids = self._settled(whole, opened.personas())
            profiles, profile_ids = self._settled(people.settle_profile, opened.profiles())
            books, book_ids = self._settled(shelves.settle_book, opened.lorebooks())
            self._store.write(shelves.tie_profiles, opened.profile_ties(), persona_ids, profile_ids)
            chats = self._conversations_of(opened, told)
            holders = {Scope.CHAT: chats.ids, Scope.PROFILE: profile_ids, Scope.PERSONA: persona_ids}
            self._store.write(shelves.tie_books, opened.ties(), book_ids, holders)
            self._store.write(variables.add_everywhere, opened.variables())
            presets = self._presets(opened)
        return ArchiveReport(personas, profiles, chats.came, presets, chats.known, tuple(chats.failed), books)

    def _settled(
        self, settle_one: Callable[..., Settled], found: Sequence[object]
    ) -> tuple[int, dict[int, int]]:
        """Bring some of a kind; give how many are new, and which id each has here, by its number from 1."""
        ids: dict[int, int] = {}
        added = 0
        for number, each in enumerate(found, 1):
            # Twins are several there, so they are several here.
            settled = self._store.write(settle_one, each, taken=ids.values())
            ids[number] = settled.id
            added += settled.added
        return added, ids

    def note_import(self) -> None:
        """Tell others that something came back; in the event loop."""
        self._personas.note_import()
        self._profiles.changed.emit()
        self._lorebooks.note_import()
        self._conversations.note_change()

    def _conversations_of(self, opened: Collection, told: Told) -> "_Chats":
        chats = _Chats()
        names = opened.conversations()
        for number, name in enumerate(names):
            if not told(number, len(names)):
                break
            try:
                draft = opened.conversation(name)
            except (DamagedError, TooMuchError, TooManyError):
                chats.failed.append(name)
                continue
            # Twins are two there, so they are two here.
            arrived = self._store.write(settle, draft, Company(0), taken=chats.ids.values())
            chats.known += arrived.duplicate
            chats.came += not arrived.duplicate
            chats.ids[opened.number(name)] = arrived.conversation_id
        return chats

    def _presets(self, opened: Collection) -> int:
        value = self._preferences.value
        names = {preset.name for preset in value.presets}
        found = [preset for each in opened.presets() if (preset := _preset(each)) is not None]
        fresh = [preset for preset in found if preset.name not in names]
        if fresh:
            self._preferences.update(presets=(*value.presets, *fresh))
        return len(fresh)


def _preset(said: dict[str, Any]) -> Preset | None:
    try:
        found: Preset = build(Preset, said)
    except BadFrameError:
        return None
    return replace(found, sampling=clamped(found.sampling), shipped=False)


def _parts(session: Session, all_of: _All, told: Told) -> Iterator[Part]:
    who, mine, books, numbers = all_of.personas, all_of.profiles, all_of.books, all_of.conversations
    holders = {Scope.CHAT: numbers, Scope.PROFILE: mine.ids, Scope.PERSONA: who.ids}
    yield collection.manifest(WRITER)
    yield collection.people(who.found, mine.found, shelves.profile_ties(session, who.ids, mine.ids))
    yield collection.lorebooks(books.found, shelves.ties(session, books.ids, holders))
    yield collection.presets(all_of.presets)
    yield collection.variables(variables.everywhere(session))
    for picture in pictures.all(session):
        yield collection.picture(picture)
    for key, form, data in originals.all(session):
        yield collection.card(key, form, data)
    for place, number in enumerate(numbers):
        told(place, len(numbers))
        head, _count, entries = histories.read(session, number, pictures=False)
        yield collection.conversation(place + 1, native_writer.write(head, entries, WRITER))


@contextmanager
def _known(file: Path) -> Iterator[None]:
    try:
        yield
    except DamagedError as error:
        raise KnownError(ErrorKind.CHAT_DAMAGED, path=str(file), reason=str(error)) from error
    except TooMuchError as error:
        raise KnownError(ErrorKind.CHAT_TOO_MUCH, path=str(file), reason=str(error)) from error


@contextmanager
def _mapped(file: Path) -> Iterator["bytes | mmap.mmap"]:
    """Look at a file without reading all of it; raises FILE_MISSING or FILE_UNREADABLE."""
    try:
        with file.open("rb") as opened:
            if file.stat().st_size == 0:
                yield b""
                return
            with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
                yield data
    except FileNotFoundError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=str(file)) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(file), reason=reason) from error
