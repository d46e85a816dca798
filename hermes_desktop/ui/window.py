"""Knows the window: which pane stands where and which key does what; its pages are `pages`' part."""

import base64
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QCloseEvent, QIcon, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from hermes_desktop import paths
from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.services import Services
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.preferences import TEXT_SIZES, Preferences
from hermes_desktop.ui.inspector.panel import Inspector
from hermes_desktop.ui.notices import NoticeStack
from hermes_desktop.ui.pages import PagedWindow
from hermes_desktop.ui.sidebar import Sidebar
from hermes_desktop.ui.status import StatusBar
from hermes_desktop.ui.taskbar import Taskbar
from hermes_desktop.ui.theme import Theme

Page = TypeVar("Page", bound=QWidget)
_SMALLEST = (760, 560)
_USUAL = (1440, 900)
_INSPECTOR_FROM = 1100  # pixels of width from which the inspector has room
_SIDEBAR_FROM = 880


class Window(PagedWindow):
    """Hold sidebar, pages and inspector."""

    def __init__(self, services: Services, theme: Theme) -> None:
        super().__init__(services, theme)
        self.setWindowTitle("Hermes Desktop")
        self.setWindowIcon(QIcon(str(paths.data_file("assets/icons/256.png"))))
        self.setMinimumSize(*_SMALLEST)
        self.setAcceptDrops(True)
        s = services
        people = (s.personas, s.profiles)
        self.sidebar = Sidebar(s.conversations, s.hits, *people, s.chat, s.notices, self.keys, theme)
        self.inspector = Inspector(s, theme)
        self._build()
        self._on_power_changed()
        self._notices = NoticeStack(s.notices, self._stack)
        self._taskbar = Taskbar(s.downloads, self)
        self._wire()
        self._restore()

    def _build(self) -> None:
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
                (
                    "new_conversation",
                    "search",
                    "find",
                    "",
                    "undo",
                    "redo",
                    "",
                    "match",
                    "import_chats",
                    "export",
                    "",
                    "quit",
                ),
            ),
            (self.tr("&Reply"), ("stop", "regenerate", "continue", "", "pin", "replay")),
            (
                self.tr("&View"),
                (
                    *("conversations", "personas", "lorebooks", "models", "profiles", "settings", ""),
                    *("sidebar", "inspector", ""),
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
        self.sidebar.message_chosen.connect(self.open_message)
        self.sidebar.match_asked.connect(self._on_match)
        self.sidebar.new_requested.connect(partial(self.show_page, "personas"))
        self.sidebar.page_requested.connect(self.show_page)
        self.inspector.persona_edit_requested.connect(self._on_edit_persona)
        self.inspector.lore_requested.connect(self._on_lore)
        self.inspector.book_requested.connect(self._on_book)
        self.inspector.lorebooks_requested.connect(self._on_lorebooks)
        self.chat_page.persona_asked.connect(partial(self.show_page, "personas"))
        for part in (self.chat_page, self.inspector):
            part.profiles_asked.connect(partial(self.show_page, "profiles"))
        self.chat_page.model_asked.connect(partial(self.show_page, "models"))
        self.chat_page.export_asked.connect(self._on_export)
        self.chat_page.server_asked.connect(partial(self._show_settings, "server"))
        self.inspector.message_requested.connect(self.chat_page.go_to)
        chat.opened.connect(partial(self.show_page, "conversation"))
        chat.budget_changed.connect(self._status.show_budget)
        self._services.models.state_changed.connect(self._show_network)
        self._services.remote.changed.connect(self._show_network)
        self._show_network()
        chat.statistics_changed.connect(self._status.show_statistics)
        chat.state_changed.connect(self._on_doing_changed)
        self._services.replay.state_changed.connect(self._on_doing_changed)
        self._services.conversations.deleted.connect(self._on_deleted)
        self._services.power.changed.connect(self._on_power_changed)
        for name, act in self._acts().items():
            self.keys.action(name).triggered.connect(act)
        for action in self.keys.actions():
            self.addAction(action)

    def _acts(self) -> dict[str, object]:
        chat = self._services.chat
        names = ("personas", "models", "profiles", "settings", "first_steps", "import_chats")
        pages = {name: partial(self.show_page, name) for name in names}
        return pages | {
            "new_conversation": partial(self.show_page, "personas"),
            "conversations": partial(self.show_page, "conversation"),
            "lorebooks": self._on_lorebooks,
            "search": self._on_search,
            "find": self.chat_page.open_find,
            "export": lambda: self._on_export(0),
            "match": self._on_match_here,
            "sidebar": lambda: self._toggle("show_sidebar"),
            "inspector": lambda: self._toggle("show_inspector"),
            "undo": chat.undo,
            "redo": chat.redo,
            "stop": self._on_stop,
            "pin": self.chat_page.pin,
            "replay": self._on_replay,
            "regenerate": lambda: chat.regenerate(),
            "continue": chat.continue_reply,
            "keys_list": self._on_keys,
            "zoom_in": lambda: self._zoom(1),
            "zoom_out": lambda: self._zoom(-1),
            "zoom_reset": lambda: self._services.preferences.update(text_size=Preferences().text_size),
            "quit": self.close,
        }

    # ---- telling -----------------------------------------------------------------------------------

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

    def _on_doing_changed(self, *_anything: object) -> None:
        chat, replay = self._services.chat, self._services.replay
        self.keys.action("stop").setEnabled(replay.busy or chat.state is not ChatState.IDLE)

    def _on_stop(self) -> None:
        self._services.replay.cancel()
        self._services.chat.stop()

    def _on_match_here(self) -> None:
        conversation, persona = self._services.chat.conversation, self._services.chat.persona
        if conversation is not None and persona is not None:
            self._on_match([conversation.id], conversation.title or persona.name)

    def _on_replay(self) -> None:
        conversation = self._services.chat.conversation
        if conversation is not None:
            self.chat_page.replay.start_last(conversation.id)

    def _on_page_shown(self, name: str) -> None:
        self.sidebar.set_page("personas" if name == "lorebooks" else name)
        self._fold()

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
