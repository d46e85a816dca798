"""Knows how files become conversations, one by one and off the event loop; not how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import card_words, tavern_choices, tavern_folder
from hermes_desktop.app.arriving import Arrived, Company, settle
from hermes_desktop.app.batches import Batches, Steps, one_by_one
from hermes_desktop.app.chat_words import note_words
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.imports import ImportsService
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.app.paper import is_usable
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.sources import Source, bytes_of, expanded, name_of
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.app.tavern_choices import Choices
from hermes_desktop.app.tavern_folder import Group, Neighbours, group_of
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.personas import card as cards
from hermes_desktop.storage import personas
from hermes_desktop.transcripts import reader
from hermes_desktop.transcripts.draft import Draft, titled


@dataclass(frozen=True, slots=True)
class Brought:
    """One conversation of a file."""

    conversation_id: int  # of a duplicate, the one that was there before
    title: str
    messages: int
    notes: tuple[str, ...] = ()
    duplicate: bool = False
    persona_id: int = 0
    persona: str = ""
    persona_made: bool = False  # from what its chats say, since none was here, or since
    persona_shared: bool = False  # several here are called so


@dataclass(frozen=True, slots=True)
class ChatReport:
    """What became of one file."""

    file: str
    ok: bool
    format: str = ""
    conversations: tuple[Brought, ...] = ()
    notes: tuple[str, ...] = ()  # what holds for all of them
    persona_id: int = 0  # of a card that lies beside the chats
    lorebook_id: int = 0  # of a lorebook that does
    profile_ids: tuple[int, ...] = ()  # of settings that do
    chosen_profile: int = 0  # who one was there, where one is nobody here yet
    name: str = ""  # of what lies beside the chats
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
class _Other:
    """A character, a lorebook or the user's personas of a folder whose chats come, too."""

    file: Path
    beside: Neighbours


@dataclass(frozen=True, slots=True)
class _Settings(_Other):
    """What a user had switched on, and who that is."""

    choices: Choices
    names_profiles: bool


@dataclass(frozen=True, slots=True)
class _Chat:
    """A file with chats, and whose they are where its folder says so."""

    source: Source
    character: str = ""
    beside: Neighbours = field(default_factory=Neighbours)
    group: Group | None = None


_Item = _Other | _Chat | ChatReport


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
        lorebooks: LorebooksService,
        parent: QObject | None = None,
    ) -> None:
        steps = Steps(self._expand, self._prepare, self._refused, one_by_one(self._bring), self._tell)
        super().__init__(tasks, steps, parent)
        self._store, self._preferences, self._imports = store, preferences, imports
        self._personas, self._profiles, self._conversations = personas, profiles, conversations
        self._lorebooks = lorebooks
        self._company, self._was, self._matched = Company(0), 0, 0

    def run_for(self, sources: Sequence[Source], persona_id: int) -> list[ChatReport]:
        """Bring in files here and now; chats whose persona no file and no folder knows are this one's."""
        self._matched = persona_id
        try:
            return self.run(sources)
        finally:
            self._matched = 0

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
        self._was = self._preferences.value.profile_id
        self._company = Company(self._was)
        self._store.write(personas.complete_digests, cards.digest)

    def _refused(self, item: _Item, error: KnownError) -> ChatReport:
        return item if isinstance(item, ChatReport) else _failed(_name(item), error)

    def _tell(self, reports: Sequence[ChatReport]) -> None:
        if any(report.ok for report in reports):
            for report in reports:
                self._choose(report.chosen_profile)
            self._lorebooks.note_import()
            self._personas.note_import()
            self._profiles.changed.emit()
            self._conversations.note_change()

    def _choose(self, profile_id: int) -> None:
        if profile_id and self._preferences.value.profile_id == self._was:
            self._profiles.choose(profile_id)

    def _bring(self, item: _Item) -> ChatReport:
        if isinstance(item, ChatReport):
            return item
        if isinstance(item, _Settings):
            return self._bring_settings(item)
        if isinstance(item, _Other):
            return self._bring_other(item)
        try:
            return self._bring_chat(item)
        except KnownError as error:
            return _failed(_name(item), error)

    def _bring_other(self, item: _Other) -> ChatReport:
        report, name = self._imports.bring(item.file, item.beside), item.file.stem
        if report.persona_id:
            item.beside.personas[name] = report.persona_id
        if report.lorebook_id:
            item.beside.books[name.strip().casefold()] = report.lorebook_id
            item.beside.fresh.update(() if report.duplicate else (report.lorebook_id,))
        return ChatReport(
            report.file,
            report.ok,
            format=report.format,
            notes=report.notes,
            persona_id=report.persona_id,
            lorebook_id=report.lorebook_id,
            profile_ids=report.profile_ids,
            name=report.name,
            error=report.error,
        )

    def _bring_settings(self, item: _Settings) -> ChatReport:
        """Bring in who one is, then take over what was switched on."""
        report = ChatReport(_name(item), ok=True, format="sillytavern")
        if item.names_profiles:
            report = self._bring_other(item)
        if not report.ok:
            return report
        taken = self._store.write(tavern_choices.take, item.choices, item.beside, self._company.profile_id)
        if taken.profile_id:  # whoever is nobody else in the chats that follow is this one
            self._company = replace(self._company, profile_id=taken.profile_id)
        notes = (*report.notes, *(card_words.note_words(note) for note in taken.notes))
        return replace(report, notes=notes, chosen_profile=taken.profile_id)

    def _bring_chat(self, item: _Chat) -> ChatReport:
        name, source = _name(item), item.source
        data = bytes_of(source, name, reader.FILE_LIMIT) if isinstance(source, Path) else source.data
        found = reader.read(data, name)
        persona_id = item.beside.personas.get(item.character, 0)
        if found.with_card and not persona_id:
            persona_id = self._imports.bring(source).persona_id
        members = _members(item)
        if not members:
            persona_id = persona_id or self._matched
        company = replace(
            self._company, books=item.beside.books, profiles=item.beside.profiles, members=members
        )
        drafts = [_titled(draft, item) for draft in found.drafts]
        brought = [self._settle(draft, company, persona_id) for draft in drafts]
        return ChatReport(name, ok=True, format=found.format, conversations=tuple(brought))

    def _settle(self, draft: Draft, company: Company, persona_id: int) -> Brought:
        usable = tuple(picture for picture in draft.head.pictures if is_usable(picture.data))
        draft = replace(draft, head=replace(draft.head, pictures=usable))
        arrived: Arrived = self._store.write(settle, draft, company, persona_id)
        return Brought(
            arrived.conversation_id,
            arrived.title,
            arrived.messages,
            tuple(note_words(note) for note in arrived.notes),
            arrived.duplicate,
            arrived.persona_id,
            arrived.persona,
            arrived.persona_made,
            arrived.persona_shared,
        )


def _items_of(folder: tavern_folder.TavernFolder) -> list[_Item]:
    """List what a folder holds, that which is named before that which names it."""
    beside = Neighbours(folder.place)
    found: list[_Item] = [_Other(file, beside) for file in (*folder.worlds, *folder.cards)]
    for file in folder.settings:
        settings = tavern_folder.settings_of(file)
        choices, named = tavern_choices.read(settings), tavern_folder.names_profiles(settings)
        if choices or named:
            found.append(_Settings(file, beside, choices, named))
    groups = {chat: group for group in map(group_of, folder.groups) for chat in group.chats}
    return found + [
        _Chat(file, character, beside, None if character else groups.get(file.stem))
        for file, character in folder.chats
    ]


def _members(item: _Chat) -> frozenset[int]:
    """Give the personas that talk in a chat of a group, as far as they have come in."""
    found = (item.beside.personas.get(member, 0) for member in (item.group.members if item.group else ()))
    return frozenset(filter(None, found))


def _titled(draft: Draft, item: _Chat) -> Draft:
    """Call a chat of a group by its name, and one of several by its own behind it."""
    group = item.group
    if group is None or not group.name:
        return draft
    own = draft.head.title if len(group.chats) > 1 else ""
    return replace(draft, head=replace(draft.head, title=titled(f"{group.name} {own}")))


def _name(item: _Other | _Chat) -> str:
    return name_of(item.file if isinstance(item, _Other) else item.source)


def _failed(name: str, error: KnownError) -> ChatReport:
    words = sentence(error)
    return ChatReport(name, ok=False, error=f"{words.text} {words.hint}")
