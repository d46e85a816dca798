"""Knows the window: which pane stands where, which key does what, what may be dropped; no page's inside."""

import base64
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from hermes_desktop import paths
from hermes_desktop.app import chat_signs
from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.preferences import TEXT_SIZES, Preferences
from hermes_desktop.ui.chat.page import ChatPage
from hermes_desktop.ui.first_steps.page import FirstStepsPage
from hermes_desktop.ui.inspector.panel import Inspector
from hermes_desktop.ui.keys import Keys
from hermes_desktop.ui.models.page import ModelsPage
from hermes_desktop.ui.notices import NoticeStack
from hermes_desktop.ui.personas.gallery import Gallery
from hermes_desktop.ui.settings.page import SettingsPage
from hermes_desktop.ui.sidebar import Sidebar
from hermes_desktop.ui.status import StatusBar
from hermes_desktop.ui.taskbar import Taskbar
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.transcripts.importing import ChatImportPage

Page = TypeVar("Page", bound=QWidget)
_SMALLEST = (760, 560)
_USUAL = (1440, 900)
_INSPECTOR_FROM = 1100  # pixels of width from which the inspector has room
_SIDEBAR_FROM = 880


class Window(QMainWindow):
    """Hold sidebar, pages and inspector."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__()
        self._services, self._theme = services, theme
        self.setWindowTitle("Hermes Desktop")
        self.setWindowIcon(QIcon(str(paths.data_file("assets/icons/256.png"))))
        self.setMinimumSize(*_SMALLEST)
        self.setAcceptDrops(True)
        self.keys = Keys(services.preferences, self)
        s = services
        self.sidebar = Sidebar(s.conversations, s.personas, s.chat, s.notices, self.keys, theme)
        self.inspector = Inspector(s.chat, s.models, s.personas, s.preferences, s.notices, theme)
        self.chat_page = ChatPage(s, self.keys, theme)
        self._page = "conversation"
        self._build()
        self._on_power_changed()
        self._notices = NoticeStack(s.notices, self._stack)
        self._taskbar = Taskbar(s.downloads, self)
        self._wire()
        self._restore()

    # The other pages are built when they are first wanted: a start waits for none of them.

    @cached_property
    def gallery(self) -> Gallery:
        """Give the page of the personas."""
        gallery = Gallery(
            self._services.personas, self._services.imports, self._services.notices, self._theme
        )
        gallery.talk_requested.connect(self._on_talk)
        return self._add_page(gallery)

    @cached_property
    def chat_imports(self) -> ChatImportPage:
        """Give the page on which conversations come in."""
        page = ChatImportPage(self._services.chats)
        page.left.connect(partial(self.show_page, "conversation"))
        page.conversation_requested.connect(self.open_conversation)
        page.persona_requested.connect(self._on_show_persona)
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

    def _add_page(self, page: Page) -> Page:
        self._stack.addWidget(page)
        return page

    def _page_of(self, name: str) -> QWidget:
        match name:
            case "personas":
                return self.gallery
            case "models":
                return self.models_page
            case "import_chats":
                return self.chat_imports
            case "settings":
                return self.settings_page
            case "first_steps":
                return self.first_steps
            case _:
                return self.chat_page

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chat_page)
        self._status = StatusBar()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._stack, 1)
        column.addWidget(self._status)
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addWidget(middle, 1)
        row.addWidget(self.inspector)
        self.setCentralWidget(whole)
        self._build_menu()

    def _build_menu(self) -> None:
        for title, names in (
            (
                self.tr("&Conversation"),
                ("new_conversation", "search", "find", "", "undo", "redo", "", "import_chats", "", "quit"),
            ),
            (self.tr("&Reply"), ("stop", "regenerate", "continue")),
            (
                self.tr("&View"),
                (
                    *("conversations", "personas", "models", "settings", "", "sidebar", "inspector", ""),
                    *("zoom_in", "zoom_out", "zoom_reset"),
                ),
            ),
            (self.tr("&Help"), ("first_steps", "keys_list")),
        ):
            menu = QMenu(title, self)
            for name in names:
                if name:
                    menu.addAction(self.keys.action(name))
                else:
                    menu.addSeparator()
            self.menuBar().addMenu(menu)

    def _wire(self) -> None:
        chat = self._services.chat
        self.sidebar.conversation_chosen.connect(self.open_conversation)
        self.sidebar.new_requested.connect(partial(self.show_page, "personas"))
        self.sidebar.page_requested.connect(self.show_page)
        self.inspector.persona_edit_requested.connect(self._on_edit_persona)
        self.chat_page.persona_asked.connect(partial(self.show_page, "personas"))
        self.chat_page.model_asked.connect(partial(self.show_page, "models"))
        self.chat_page.server_asked.connect(partial(self._show_settings, "server"))
        chat.opened.connect(partial(self.show_page, "conversation"))
        chat.budget_changed.connect(self._status.show_budget)
        self._services.models.state_changed.connect(self._show_network)
        self._services.remote.changed.connect(self._show_network)
        self._show_network()
        chat.statistics_changed.connect(self._status.show_statistics)
        chat.state_changed.connect(self._on_chat_state)
        self._services.conversations.deleted.connect(self._on_deleted)
        self._services.power.changed.connect(self._on_power_changed)
        for name, act in self._acts().items():
            self.keys.action(name).triggered.connect(act)
        for action in self.keys.actions():
            self.addAction(action)

    def _acts(self) -> dict[str, object]:
        chat = self._services.chat
        names = ("personas", "models", "settings", "first_steps", "import_chats")
        pages = {name: partial(self.show_page, name) for name in names}
        return pages | {
            "new_conversation": partial(self.show_page, "personas"),
            "conversations": partial(self.show_page, "conversation"),
            "search": self._on_search,
            "find": self.chat_page.open_find,
            "sidebar": lambda: self._toggle("show_sidebar"),
            "inspector": lambda: self._toggle("show_inspector"),
            "undo": chat.undo,
            "redo": chat.redo,
            "stop": chat.stop,
            "regenerate": lambda: chat.regenerate(),
            "continue": chat.continue_reply,
            "keys_list": self._on_keys,
            "zoom_in": lambda: self._zoom(1),
            "zoom_out": lambda: self._zoom(-1),
            "zoom_reset": lambda: self._services.preferences.update(text_size=Preferences().text_size),
            "quit": self.close,
        }

    # ---- pages -------------------------------------------------------------------------------------

    def show_page(self, name: str, *_anything: object) -> None:
        """Show one of the pages."""
        self._page = name
        self._stack.setCurrentWidget(self._page_of(name))
        self.sidebar.set_page(name)
        self._fold()

    def open_conversation(self, conversation_id: int) -> None:
        """Open a conversation and show it."""
        self.chat_page.leave()
        self._services.chat.open(conversation_id)
        self.show_page("conversation")

    def come_forward(self) -> None:
        """Raise the window, as a second start of the program asks for."""
        if self.isMinimized():
            self.showNormal()
        self.show()
        self.raise_()
        self.activateWindow()

    def _show_network(self, *_anything: object) -> None:
        services = self._services
        lenders = services.lenders.named if services.models.borrows else ()
        self._status.show_network(services.remote.host, lenders)

    def _on_power_changed(self) -> None:
        self._status.show_saving(self._services.power.saving)

    def _on_talk(self, persona_id: int, greeting: int) -> None:
        self.chat_page.leave()
        self._services.chat.start(persona_id, greeting)

    def _on_show_persona(self, persona_id: int) -> None:
        self.show_page("personas")
        self.gallery.show_persona(persona_id)

    def _on_edit_persona(self, persona_id: int) -> None:
        self.show_page("personas")
        self.gallery.edit(persona_id)

    def _on_deleted(self, conversation_id: int) -> None:
        conversation = self._services.chat.conversation
        if conversation is not None and conversation.id == conversation_id:
            self._services.chat.close()

    def _on_search(self) -> None:
        self._services.preferences.update(show_sidebar=True)
        self._fold()
        self.sidebar.show()
        self.sidebar.focus_search()

    def _on_keys(self) -> None:
        self._show_settings("keys")

    def _show_settings(self, part: str) -> None:
        self.show_page("settings")
        self.settings_page.show_page(part)

    def _on_chat_state(self, state: ChatState) -> None:
        self.keys.action("stop").setEnabled(state is not ChatState.IDLE)

    # ---- panes -------------------------------------------------------------------------------------

    def _toggle(self, name: str) -> None:
        preferences = self._services.preferences
        preferences.update(**{name: not getattr(preferences.value, name)})
        self._fold(by_hand=True)

    def _fold(self, *, by_hand: bool = False) -> None:
        """Show the side panes that are wanted and have room; one asked for by hand has it."""
        wanted = self._services.preferences.value
        wide = self.width()
        talking = self._page == "conversation"
        self.sidebar.setVisible(wanted.show_sidebar and (by_hand or wide >= _SIDEBAR_FROM or not talking))
        self.inspector.setVisible(
            wanted.show_inspector
            and talking
            and (wide >= _INSPECTOR_FROM or (by_hand and wide >= _SIDEBAR_FROM))
        )
        self.keys.action("sidebar").setChecked(self.sidebar.isVisibleTo(self))
        self.keys.action("inspector").setChecked(self.inspector.isVisibleTo(self))

    def _zoom(self, step: int) -> None:
        preferences = self._services.preferences
        low, high = TEXT_SIZES
        preferences.update(text_size=min(max(preferences.value.text_size + step, low), high))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the panes that have no room."""
        super().resizeEvent(event)
        self._fold()
        self._notices.settle()

    # ---- coming and going --------------------------------------------------------------------------

    def _restore(self) -> None:
        preferences = self._services.preferences.value
        self.resize(*_USUAL)
        if preferences.window:
            self.restoreGeometry(QByteArray(base64.b64decode(preferences.window)))
        self.show_page("conversation")
        if preferences.last_conversation_id:
            try:
                last = self._services.conversations.get(preferences.last_conversation_id)
            except KnownError:
                return  # of another data folder, or gone
            if not last.deleted:
                self._services.chat.open(last.id)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep everything; a reply that is being written is kept as far as it came."""
        self.chat_page.leave()
        geometry = base64.b64encode(self.saveGeometry().data()).decode("ascii")
        self._services.preferences.update(window=geometry)
        self._services.chat.close()
        super().closeEvent(event)

    # ---- dropping ----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files that one of the pages understands."""
        if _files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Give each file to its page."""
        files = _files(event)
        models = [file for file in files if file.suffix.lower() == ".gguf"]
        others = [file for file in files if file.suffix.lower() != ".gguf"]
        chats = [file for file in others if self._page == "import_chats" or chat_signs.is_chat(file)]
        cards = [file for file in others if file not in chats]
        if models:
            self.show_page("models")
            self.models_page.add_files(models)
        if cards:
            self.show_page("personas")
            self.gallery.import_files(cards)
        if chats:
            self.show_page("import_chats")
            self.chat_imports.import_files(chats)
        event.acceptProposedAction()


def _files(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
