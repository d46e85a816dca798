"""Knows the pages of the window, the ways between them, and which takes what is dropped; not the panes."""

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QWidget

from hermes_desktop.app import chat_signs
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.hit import Hit
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.chat.page import ChatPage
from hermes_desktop.ui.first_steps.page import FirstStepsPage
from hermes_desktop.ui.keys import Keys
from hermes_desktop.ui.lorebooks.page import LorebooksPage
from hermes_desktop.ui.models.page import ModelsPage
from hermes_desktop.ui.personas.choosing import PersonaChooser
from hermes_desktop.ui.personas.gallery import Gallery
from hermes_desktop.ui.personas.workshop import Workshop
from hermes_desktop.ui.profiles.page import ProfilesPage
from hermes_desktop.ui.settings.page import SettingsPage
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.transcripts.importing import ChatImportPage
from hermes_desktop.ui.transcripts.page import ExportPage

Page = TypeVar("Page", bound=QWidget)


class PagedWindow(QMainWindow):
    """Hold the pages, of which one is shown."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self._services, self._theme = services, theme
        self.keys = Keys(services.preferences, self)
        self.chat_page = ChatPage(services, self.keys, theme)
        self._page = "conversation"
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chat_page)

    def _on_page_shown(self, name: str) -> None:
        """Hear that another page is shown."""

    # The other pages are built when they are first wanted: a start waits for none of them.

    @cached_property
    def gallery(self) -> Gallery:
        """Give the page of the personas."""
        s = self._services
        gallery = Gallery(s.personas, s.studio, s.imports, s.exports, s.notices, self._theme)
        gallery.talk_requested.connect(self._on_talk)
        gallery.profiles_asked.connect(self._on_profiles)
        gallery.profile_of.connect(self._on_profile_of)
        workshop = Workshop(gallery, self._services, self._theme)
        workshop.conversation_made.connect(self.open_conversation)
        workshop.models_asked.connect(partial(self.show_page, "models"))
        gallery.lore_requested.connect(self._on_lore)
        gallery.book_requested.connect(self._on_book)
        gallery.lorebooks_requested.connect(self._on_lorebooks)
        gallery.version_requested.connect(self._on_version)
        s.chat.opened.connect(partial(self._show_version, gallery))
        s.chat.closed.connect(partial(self._show_version, gallery))
        s.chat.conversation_changed.connect(partial(self._show_version, gallery))
        self._show_version(gallery)
        return self._add_page(gallery)

    def _show_version(self, gallery: Gallery, *_anything: object) -> None:
        conversation = self._services.chat.conversation
        gallery.open_version = conversation.persona_version_id if conversation is not None else 0

    def _on_version(self, version: Persona) -> None:
        self._services.chat.move_to_version(version)
        self.show_page("conversation")

    @cached_property
    def profiles_page(self) -> ProfilesPage:
        """Give the page of my profiles."""
        s = self._services
        page = ProfilesPage(s.profiles, s.personas, s.notices, self._theme)
        page.files_chosen.connect(self.take_files)
        return self._add_page(page)

    @cached_property
    def lorebooks_page(self) -> LorebooksPage:
        """Give the page of the lorebooks."""
        page = LorebooksPage(self._services, self._theme)
        page.left.connect(partial(self.show_page, "personas"))
        page.persona_requested.connect(self._on_persona)
        page.persona_versions_requested.connect(self._on_persona_versions)
        page.files_wanted.connect(self._import_cards)
        page.wanted.connect(partial(self.show_page, "lorebooks"))
        return self._add_page(page)

    @cached_property
    def models_page(self) -> ModelsPage:
        """Give the page of the models."""
        return self._add_page(ModelsPage(self._services, self._theme))

    @cached_property
    def settings_page(self) -> SettingsPage:
        """Give the settings."""
        s = self._services
        page = SettingsPage(s, self.keys)
        page.profiles_asked.connect(partial(self.show_page, "profiles"))
        return self._add_page(page)

    @cached_property
    def first_steps(self) -> FirstStepsPage:
        """Give the three steps of the first start."""
        page = FirstStepsPage(self._services, self._theme)
        page.left.connect(partial(self.show_page, "conversation"))
        page.talk_requested.connect(self._on_talk)
        page.models_asked.connect(partial(self.show_page, "models"))
        page.files_wanted.connect(lambda path: self.models_page.add_files([path]))
        return self._add_page(page)

    @cached_property
    def chat_imports(self) -> ChatImportPage:
        """Give the page on which conversations come in."""
        s = self._services
        page = ChatImportPage(s.chats, s.matching, s.personas)
        page.left.connect(partial(self.show_page, "conversation"))
        page.match_asked.connect(self._on_match)
        page.match_decided.connect(lambda numbers, persona: self._match(numbers, persona, persona))
        page.conversation_requested.connect(self.open_conversation)
        page.persona_requested.connect(self._on_persona)
        page.lorebook_requested.connect(self._on_book)
        page.profiles_requested.connect(self._on_profiles)
        return self._add_page(page)

    @cached_property
    def export_page(self) -> ExportPage:
        """Give the page on which a conversation is exported."""
        page = ExportPage(self._services.transcripts, self._services.notices, self._theme)
        page.left.connect(partial(self.show_page, "conversation"))
        return self._add_page(page)

    def _add_page(self, page: Page) -> Page:
        self._stack.addWidget(page)
        return page

    def _page_of(self, name: str) -> QWidget:
        match name:
            case "personas":
                return self.gallery
            case "profiles":
                return self.profiles_page
            case "lorebooks":
                return self.lorebooks_page
            case "models":
                return self.models_page
            case "settings":
                return self.settings_page
            case "import_chats":
                return self.chat_imports
            case "export":
                return self.export_page
            case "first_steps":
                return self.first_steps
            case _:
                return self.chat_page

    # ---- showing -----------------------------------------------------------------------------------

    def show_page(self, name: str, *_anything: object) -> None:
        """Show one of the pages."""
        self._page = name
        self._stack.setCurrentWidget(self._page_of(name))
        self._on_page_shown(name)

    def open_conversation(self, conversation_id: int) -> None:
        """Open a conversation and show it."""
        self.chat_page.leave()
        self._services.chat.open(conversation_id)
        self.show_page("conversation")

    def open_message(self, hit: Hit) -> None:
        """Open a conversation where something was found."""
        self.open_conversation(hit.conversation_id)
        self.chat_page.show_message(hit)

    # ---- ways between them -------------------------------------------------------------------------

    def _on_talk(self, persona_id: int, greeting: int) -> None:
        self.chat_page.leave()
        self._services.chat.start(persona_id, greeting)

    def _on_match(self, conversation_ids: list[int], name: str, made: int = 0) -> None:
        """Ask who is to go on in conversations, which are called so; `made` is who was made for them."""
        title = self.tr("Go on with another persona")
        about = self.tr(
            "What was said in “{name}” stays as it is, with the names that stand there; "
            "from the next reply on the persona that you choose speaks. It can be taken back."
        ).replace("{name}", name)
        s = self._services
        whose = {s.conversations.get(number).persona_id for number in conversation_ids}
        present = whose.pop() if len(whose) == 1 else 0
        chooser = PersonaChooser(s.personas, self._theme, title, about, present, self)
        chooser.chosen.connect(lambda persona: self._match(conversation_ids, persona, made))
        chooser.open()

    def _match(self, conversation_ids: list[int], persona_id: int, made: int) -> None:
        try:
            self._services.matching.match(conversation_ids, persona_id, made)
        except KnownError as error:
            self._services.notices.post_error(error)

    def _on_profiles(self, profile_ids: Sequence[int]) -> None:
        """Show profiles that have come in: one in its form, several among the others."""
        self.show_page("profiles")
        if len(profile_ids) == 1:
            self.profiles_page.edit(profile_ids[0])
        else:
            self.profiles_page.show_cards()

    def _on_profile_of(self, persona: Persona, swap: bool) -> None:
        self._on_profiles((self._services.profiles.from_persona(persona, swap=swap).id,))

    def _on_edit_persona(self, persona_id: int) -> None:
        self.show_page("personas")
        self.gallery.edit(persona_id)

    def _on_export(self, first: int) -> None:
        """Export the conversation that is shown, from a message on, or share the persona that is."""
        conversation = self._services.chat.conversation
        if self._page == "personas":
            self.gallery.share_shown()
        elif conversation is not None:
            self.export_page.open(conversation, first)
            self.show_page("export")

    def _on_persona(self, persona_id: int) -> None:
        self.show_page("personas")
        self.gallery.show_persona(persona_id)

    def _on_persona_versions(self, persona_id: int) -> None:
        self.gallery.show_versions(persona_id)
        self.show_page("personas")

    def _on_lorebooks(self) -> None:
        self.lorebooks_page.show_shelf()
        self.show_page("lorebooks")

    def _on_book(self, book_id: int) -> None:
        self.lorebooks_page.edit(book_id)
        self.show_page("lorebooks")

    def _on_lore(self, persona_id: int) -> None:
        self.lorebooks_page.edit_of(persona_id)
        self.show_page("lorebooks")

    def _import_cards(self, files: list[Path]) -> None:
        self.show_page("personas")
        self.gallery.import_files(files)

    def _show_settings(self, part: str) -> None:
        self.show_page("settings")
        self.settings_page.show_page(part)

    # ---- dropping ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that one of the pages understands."""
        if _files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Give each file to its page."""
        self.take_files(_files(event))
        event.acceptProposedAction()

    def take_files(self, files: Sequence[Path]) -> None:
        """Give files that were dropped or named at the start to the pages that understand them."""
        models = [file for file in files if file.suffix.lower() == ".gguf"]
        others = [file for file in files if file.suffix.lower() != ".gguf"]
        chats = [file for file in others if self._page == "import_chats" or chat_signs.is_chat(file)]
        cards = [file for file in others if file not in chats]
        if models:
            self.show_page("models")
            self.models_page.add_files(models)
        if cards:
            self._import_cards(cards)
        if chats:
            self.show_page("import_chats")
            self.chat_imports.import_files(chats)


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
