"""Knows how everything becomes one archive and comes back from it; not how the archive is made."""

import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from hermes_desktop.app.arriving import Company, put_pictures, settle
from hermes_desktop.app.chat_forms import WRITER, written_whole
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.paper import is_usable
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.store import Store
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.sampling import Preset, clamped
from hermes_desktop.engine.wire import BadFrameError, build
from hermes_desktop.storage import conversations, histories, originals, people, pictures
from hermes_desktop.storage.database import Session
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
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._preferences = store, preferences
        self._personas, self._profiles, self._conversations = personas, profiles, conversations

    # ---- out ---------------------------------------------------------------------------------------

    def export(self, file: Path, told: Told = _on) -> ArchiveReport:
        """Write everything, in any thread; raises ARCHIVE_TOO_LARGE or FILE_UNWRITABLE."""
        own = [asdict(preset) for preset in self._preferences.value.presets]
        with self._store.apart() as session:
            everybody, mine = people.personas_of(session), people.profiles_of(session)
            numbers = conversations.ids(session)
            parts = _parts(session, everybody.found, mine.found, own, numbers, told)
            try:
                written_whole(file, lambda target: collection.write(target, parts))
            except collection.TooLargeError as error:
                raise KnownError(ErrorKind.ARCHIVE_TOO_LARGE, path=str(file)) from error
        return ArchiveReport(len(everybody.found), len(mine.found), len(numbers), len(own))

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
            personas = sum(
                self._store.write(people.settle_persona, each, all_versions=True).added
                for each in opened.personas()
            )
            profiles = sum(self._store.write(people.settle_profile, each).added for each in opened.profiles())
            came, known, failed = self._conversations_of(opened, told)
            presets = self._presets(opened)
        return ArchiveReport(personas, profiles, came, presets, known, tuple(failed))

    def note_import(self) -> None:
        """Tell others that something came back; in the event loop."""
        self._personas.note_import()
        self._profiles.changed.emit()
        self._conversations.note_change()

    def _conversations_of(self, opened: Collection, told: Told) -> tuple[int, int, list[str]]:
        came = known = 0
        failed = []
        names = opened.conversations()
        for number, name in enumerate(names):
            if not told(number, len(names)):
                break
            try:
                draft = opened.conversation(name)
            except (DamagedError, TooMuchError, TooManyError):
                failed.append(name)
                continue
            arrived = self._store.write(settle, draft, Company(0))
            known += arrived.duplicate
            came += not arrived.duplicate
        return came, known, failed

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


def _parts(
    session: Session, everybody: Any, mine: Any, own: list[dict[str, Any]], numbers: list[int], told: Told
) -> Iterator[Part]:
    yield collection.manifest(WRITER)
    yield collection.people(everybody, mine)
    yield collection.presets(own)
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
