"""Knows which services there are; bootstrap makes them, the window and the command line use them."""

from dataclasses import dataclass

from hermes_desktop.app.archives import ArchivesService
from hermes_desktop.app.backups import BackupsService
from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.chats import ChatsService
from hermes_desktop.app.chronicle import ChronicleService
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.devices import DevicesService
from hermes_desktop.app.downloads import DownloadsService
from hermes_desktop.app.exports import ExportsService
from hermes_desktop.app.ghostwriter import GhostwriterService
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
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.recall import RecallService
from hermes_desktop.app.remote import Remote
from hermes_desktop.app.replay import ReplayService
from hermes_desktop.app.sandbox import SandboxService
from hermes_desktop.app.search import SearchService
from hermes_desktop.app.speeds import SpeedsService
from hermes_desktop.app.studio import StudioService
from hermes_desktop.app.token import TokenService
from hermes_desktop.app.transcripts import TranscriptsService
from hermes_desktop.paths import Folders


@dataclass(frozen=True, slots=True)
class Services:
    """One service a noun."""

    folders: Folders
    preferences: PreferencesService
    notices: NoticesService
    conversations: ConversationsService
    hits: HitsService
    personas: PersonasService
    lorebooks: LorebooksService
    studio: StudioService
    imports: ImportsService
    exports: ExportsService
    chats: ChatsService
    matching: MatchingService
    archives: ArchivesService
    profiles: ProfilesService
    models: ModelsService
    library: LibraryService
    model_pages: ModelPagesService
    speeds: SpeedsService
    devices: DevicesService
    lenders: Lenders
    remote: Remote
    downloads: DownloadsService
    search: SearchService
    tokens: TokenService
    ledger: Ledger
    chat: ChatService
    memories: MemoriesService
    chronicle: ChronicleService
    sandbox: SandboxService
    ghostwriter: GhostwriterService
    recall: RecallService
    replay: ReplayService
    power: PowerService
    backups: BackupsService
    transcripts: TranscriptsService
