"""Builds every object once, by hand; the only module that knows all classes. It decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from PySide6.QtCore import QObject

from hermes_desktop.app.archives import ArchivesService
from hermes_desktop.app.aside import AsidesService
from hermes_desktop.app.backups import BackupsService
from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.chats import ChatsService
from hermes_desktop.app.chronicle import ChronicleService
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.devices import DevicesService
from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.fallbacks import Fallbacks
from hermes_desktop.app.garbage import Garbage
from hermes_desktop.app.ghostwriter import GhostwriterService
from hermes_desktop.app.hashing import Hashing
from hermes_desktop.app.hits import HitsService
from hermes_desktop.app.imports import ImportsService
from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.lenders import Lenders
from hermes_desktop.app.library import LibraryService
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.matching import MatchingService
from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.app.model_page import ModelPagesService
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.pressure import PressureService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.recall import RecallService
from hermes_desktop.app.remote import Remote
from hermes_desktop.app.replay import ReplayService
from hermes_desktop.app.sandbox import SandboxService
from hermes_desktop.app.search import SearchService
from hermes_desktop.app.services import Services
from hermes_desktop.app.speeds import SpeedsService
from hermes_desktop.app.store import Store
from hermes_desktop.app.studio import StudioService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.token import TokenService
from hermes_desktop.app.transcripts import TranscriptsService
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders
from hermes_desktop.storage import messages
from hermes_desktop.storage.database import Database
from hermes_desktop.storage.lock import FolderLock
from hermes_desktop.storage.writer import Writer

ENGINE = ("--engine", "llama")
SETTINGS = "preferences.json"


@dataclass(slots=True)
class Program:
    """Everything that runs, and how to end it."""

    services: Services
    store: Store
    engine: EngineClient
    read_only: bool
    _tasks: Tasks
    _reader: Database
    _database: Database | None
    _writer: Writer | None
    _lock: FolderLock | None
    _garbage: Garbage
    _root: QObject

    def close(self) -> None:
        """Save what is open and end everything, in the order that loses nothing."""
        self.services.chat.close()
        self.services.downloads.close()
        self.services.library.close()
        self.services.search.cancel()
        self.services.hits.close()
        self.services.imports.cancel()
        self.services.transcripts.cancel()
        self.services.chats.cancel()
        self.services.replay.close()
        self.services.models.close()
        self.services.speeds.close()
        self.services.power.close()
        self.services.preferences.save_if_changed()
        self._tasks.close()
        if self._writer is not None:
            self._writer.close()
        self._reader.close()
        if self._database is not None:
            self._database.close()
        if self._lock is not None:
            self._lock.release()
        self._root.deleteLater()
        self._garbage.close()


def build(folders: Folders, *, engine: Sequence[str] = ENGINE, may_share: bool = False) -> Program:
    """Open the data folder and build the services.

    With `may_share` a folder that a window holds is opened for reading; otherwise that raises
    FOLDER_IN_USE. A folder that cannot be written is opened for reading and says so.
    """
    try:
        lock = FolderLock.acquire(folders.data)
    except KnownError as error:
        shared = error.kind is ErrorKind.FOLDER_IN_USE and may_share
        if not shared and error.kind is not ErrorKind.FOLDER_READ_ONLY:
            raise
        program = _assemble(folders, engine, None, None, None)
        if not shared:
            program.services.notices.post_error(error)
        return program
    try:
        database = Database.open(folders.data)
    except BaseException:
        lock.release()
        raise
    writer = Writer(database)
    program = _assemble(folders, engine, lock, database, writer)
    writer.submit(messages.mark_interrupted).result()
    program.services.personas.seed()
    program.services.models.seed()
    program.services.downloads.restore()
    return program


def asking(folders: Folders, root: QObject) -> SearchService:
    """Build what asks the hub, for commands that need no database and run beside an open window."""
    preferences = PreferencesService(folders.config / SETTINGS, NoticesService(root), root)
    ledger = Ledger(folders.ledger, root)
    return SearchService(preferences, ledger, TokenService(preferences, root), root)


def is_sealed(folders: Folders) -> bool:
    """Say whether the person wants no connection at all; for commands that need no database."""
    root = QObject()
    return PreferencesService(folders.config / SETTINGS, NoticesService(root), root).value.sealed


def _assemble(
    folders: Folders,
    engine_arguments: Sequence[str],
    lock: FolderLock | None,
    database: Database | None,
    writer: Writer | None,
) -> Program:
    reader = database.reader() if database else Database.open(folders.data, read_only=True)
    root, garbage = QObject(), Garbage()
    notices = NoticesService(root)
    tasks = Tasks(notices, root)
    preferences = PreferencesService(folders.config / SETTINGS, notices, root)
    power = PowerService(preferences, root)
    store = Store(reader, writer, tasks)
    engine = EngineClient(engine_arguments, root, lambda: not power.saving)
    ground = _Ground(folders, preferences, notices, power, store, engine, tasks, root)
    services = _services(ground)
    services.lorebooks.changed.connect(services.chat.measure)
    services.chat.grown.connect(services.conversations.note_change)
    services.matching.matched.connect(services.chat.reread)
    services.chat.persona_exchanged.connect(services.matching.note)
    engine.event_arrived.connect(services.remote.note_event)
    services.devices.doubted.connect(services.models.forget_tries)
    PressureService(engine, services.models, notices, root)
    power.start()
    return Program(
        services, store, engine, writer is None, tasks, reader, database, writer, lock, garbage, root
    )


class _Ground(NamedTuple):
    """What everything stands on."""

    folders: Folders
    preferences: PreferencesService
    notices: NoticesService
    power: PowerService
    store: Store
    engine: EngineClient
    tasks: Tasks
    root: QObject


def _services(ground: _Ground) -> Services:
    folders, preferences, notices, power, store, engine, tasks, root = ground
    personas, profiles, _conversations = listed = _lists(ground)
    (models, lenders, remote, ledger), (chat, asides, memories, chronicle) = _talk(ground)
    return Services(
        *(folders, preferences, notices, listed[-1]),
        hits=HitsService(store, tasks, notices, root),
        personas=personas,
        profiles=profiles,
        lorebooks=(lorebooks := LorebooksService(store, personas, root)),
        imports=(imports := ImportsService(store, tasks, personas, profiles, lorebooks, root)),
        exports=ExportsService(personas, profiles, tasks, root),
        chats=ChatsService(store, tasks, preferences, imports, *listed, lorebooks, root),
        matching=_matching(ground, listed, chat),
        archives=ArchivesService(store, preferences, *listed, lorebooks, root),
        studio=StudioService(store, engine, models, preferences, profiles, root),
        models=models,
        devices=(devices := _devices(folders, tasks, lenders, models, root)),
        library=(library := LibraryService(folders.models, store, models, tasks, preferences, notices, root)),
        tokens=(tokens := TokenService(preferences, root)),
        downloads=DownloadsService(library, models, preferences, notices, ledger, tokens, root),
        search=SearchService(preferences, ledger, tokens, root),
        model_pages=ModelPagesService(engine, tasks, preferences, devices, root),
        speeds=SpeedsService(folders.config, store, tasks, notices, lambda: asides.occupied, power, root),
        lenders=lenders,
        remote=remote,
        ledger=ledger,
        chat=chat,
        memories=memories,
        chronicle=chronicle,
        sandbox=SandboxService(store, asides, chat, personas, profiles, preferences, root),
        ghostwriter=GhostwriterService(asides, models, root),
        recall=RecallService(store, preferences, root),
        replay=_replay(ground, models, asides, lenders),
        power=power,
        backups=BackupsService(folders.database, folders.backups, tasks, root),
        transcripts=_transcripts(folders, preferences, tasks, root),
    )


_Lists = tuple[PersonasService, ProfilesService, ConversationsService]


def _lists(ground: _Ground) -> _Lists:
    store, root = ground.store, ground.root
    profiles = ProfilesService(store, ground.preferences, root)
    return PersonasService(store, root), profiles, ConversationsService(store, root)


_Play = tuple[ModelsService, Lenders, Remote, Ledger]
_Talk = tuple[ChatService, AsidesService, MemoriesService, ChronicleService]


def _talk(ground: _Ground) -> tuple[_Play, _Talk]:
    models, *_others = play = _play(ground)
    _folders, preferences, notices, power, store, engine, _tasks, root = ground
    chat = ChatService(store, engine, models, preferences, notices, power, root)
    asides = AsidesService(engine, models, chat, power, root)
    memories = MemoriesService(store, chat, root)
    chronicle = ChronicleService(store, chat, asides, models, memories, preferences, power, root)
    return play, (chat, asides, memories, chronicle)


def _matching(ground: _Ground, listed: _Lists, chat: ChatService) -> MatchingService:
    def replying() -> int:
        return chat.conversation.id if chat.busy and chat.conversation is not None else 0

    personas, _profiles, conversations = listed
    return MatchingService(ground.store, personas, conversations, ground.notices, replying, ground.root)


def _replay(ground: _Ground, models: ModelsService, asides: AsidesService, lenders: Lenders) -> ReplayService:
    # A child of its own: what it holds has nothing of earlier replies in it.
    engine = EngineClient(ground.engine.arguments, ground.root)
    return ReplayService(ground.store, engine, models, asides, lenders, ground.root)


def _play(ground: _Ground) -> _Play:
    preferences, tasks, notices, root = ground.preferences, ground.tasks, ground.notices, ground.root
    ledger = Ledger(ground.folders.ledger, root)
    lenders = Lenders(preferences, tasks, notices, ledger, root)
    remote = Remote(preferences, tasks, ledger, root)
    aids = (lenders, Fallbacks(ground.folders.cache), remote, Hashing(tasks, ground.power, root))
    models = ModelsService(ground.store, ground.engine, tasks, preferences, notices, *aids, root)
    return models, lenders, remote, ledger


def _devices(
    folders: Folders, tasks: Tasks, lenders: Lenders, models: ModelsService, root: QObject
) -> DevicesService:
    devices = DevicesService(folders.cache, tasks, lambda: lenders.idle(borrowed=models.borrows), root)
    devices.asked.connect(lenders.note_look)
    return devices


def _transcripts(
    folders: Folders, preferences: PreferencesService, tasks: Tasks, root: QObject
) -> TranscriptsService:
    return TranscriptsService(partial(Database.open, folders.data, read_only=True), preferences, tasks, root)
