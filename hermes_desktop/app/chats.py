"""Knows how files become conversations, one by one and off the event loop; not how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import tavern_folder
from hermes_desktop.app.arriving import Arrived, Company, settle
from hermes_desktop.app.batches import Batches
from hermes_desktop.app.chat_words import note_words
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.imports import ImportsService
from hermes_desktop.app.paper import is_usable
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.sources import Source, bytes_of, expanded, name_of
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.personas import card as cards
from hermes_desktop.storage import personas
from hermes_desktop.transcripts import reader
from hermes_desktop.transcripts.draft import Draft
from hermes_desktop.transcripts.notes import Note, NoteKind


@dataclass(frozen=True, slots=True)
class Brought:
    """One conversation of a file."""

    conversation_id: int  # of a duplicate, the one that was there before
    title: str
    messages: int
    notes: tuple[str, ...] = ()
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class ChatReport:
    """What became of one file."""

    file: str
    ok: bool
    format: str = ""
    conversations: tuple[Brought, ...] = ()
    notes: tuple[str, ...] = ()  # what holds for all of them
    persona_id: int = 0  # of a card that lies beside the chats
    persona: str = ""
    error: str = ""

    @property
    def messages(self) -> int:
        """Count the messages that the file has."""
        return sum(each.messages for each in self.conversations)

    @property
    def duplicate(self) -> bool:
        """Say whether nothing of it was new."""
        return bool(self.conversations) and all(each.duplicate for each in self.conversations)


@dataclass(frozen=True, slots=True)
class _Card:
    """A character of a folder whose chats come, too."""

    file: Path
    known: dict[str, int]  # name of a file of a character: its persona


@dataclass(frozen=True, slots=True)
class _Chat:
    """A file with chats, and whose they are where its folder says so."""

    source: Source
    character: str = ""
    known: dict[str, int] = field(default_factory=dict)


_Item = _Card | _Chat | ChatReport


class ChatsService(Batches[_Item, ChatReport]):
    """Bring in chats: a bad one is reported, the others still come in, nothing is overwritten."""

    added = Signal()

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        preferences: PreferencesService,
        imports: ImportsService,
        personas: PersonasService,
        profiles: ProfilesService,
        conversations: ConversationsService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(tasks, parent)
        self._store, self._preferences, self._imports = store, preferences, imports
        self._personas, self._profiles, self._conversations = personas, profiles, conversations
        self._company = Company(0)

    def _expand(self, sources: Sequence[Source]) -> list[_Item]:
        found: list[_Item] = []
        for source in sources:
            if isinstance(source, Path) and tavern_folder.is_one(source):
                found += _items_of(tavern_folder.read(source))
            else:
                found += [
                    each if isinstance(each, ChatReport) else _Chat(each)
                    for each in expanded([source], _failed)
                ]
        return found

    def _prepare(self) -> None:
        self._company = Company(self._preferences.value.profile_id)
        self._store.write(personas.complete_digests, cards.digest)

    def _refused(self, item: _Item, error: KnownError) -> ChatReport:
        return item if isinstance(item, ChatReport) else _failed(_name(item), error)

    def _tell(self, reports: Sequence[ChatReport]) -> None:
        if any(report.persona_id or report.conversations for report in reports):
            self._personas.note_import()
            self._profiles.changed.emit()
            self._conversations.note_change()

    def _bring(self, item: _Item) -> ChatReport:
        if isinstance(item, ChatReport):
            return item
        if isinstance(item, _Card):
            return self._bring_card(item)
        try:
            return self._bring_chat(item)
        except KnownError as error:
            return _failed(_name(item), error)

    def _bring_card(self, item: _Card) -> ChatReport:
        report = self._imports.bring(item.file)
        if report.ok:
            item.known[item.file.stem] = report.persona_id
        return ChatReport(
            report.file,
            report.ok,
            format=report.format,
            notes=report.notes,
            persona_id=report.persona_id,
            persona=report.name,
            error=report.error,
        )

    def _bring_chat(self, item: _Chat) -> ChatReport:
        name, source = _name(item), item.source
        data = bytes_of(source, name, reader.FILE_LIMIT) if isinstance(source, Path) else source.data
        found = reader.read(data, name)
        persona_id = item.known.get(item.character, 0)
        if found.with_card and not persona_id:
            persona_id = self._imports.bring(source).persona_id
        brought = [self._settle(draft, persona_id) for draft in found.drafts]
        return ChatReport(name, ok=True, format=found.format, conversations=tuple(brought))

    def _settle(self, draft: Draft, persona_id: int) -> Brought:
        usable = tuple(picture for picture in draft.head.pictures if is_usable(picture.data))
        draft = replace(draft, head=replace(draft.head, pictures=usable))
        arrived: Arrived = self._store.write(settle, draft, self._company, persona_id)
        return Brought(
            arrived.conversation_id,
            arrived.title,
            arrived.messages,
            tuple(note_words(note) for note in arrived.notes),
            arrived.duplicate,
        )


def _items_of(folder: tavern_folder.TavernFolder) -> list[_Item]:
    known: dict[str, int] = {}
    found: list[_Item] = [_Card(file, known) for file in folder.cards]
    found += [_Chat(file, character, known) for file, character in folder.chats]
    left = ((NoteKind.WORLDS, folder.worlds), (NoteKind.USER_PERSONAS, folder.profiles))
    notes = tuple(note_words(Note(kind, str(count))) for kind, count in left if count)
    if notes:
        found.append(ChatReport(name_of(folder.place), ok=True, format="sillytavern", notes=notes))
    return found


def _name(item: _Card | _Chat) -> str:
    return name_of(item.file if isinstance(item, _Card) else item.source)


def _failed(name: str, error: KnownError) -> ChatReport:
    words = sentence(error)
    return ChatReport(name, ok=False, error=f"{words.text} {words.hint}")
