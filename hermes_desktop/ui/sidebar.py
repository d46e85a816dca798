"""Knows the left pane: search, the list of conversations, the ways to the other pages; not what they hold."""

from datetime import datetime, time, timedelta

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QMenu, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.hits import HitsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.conversation import ConversationSummary
from hermes_desktop.domain.hit import Hit
from hermes_desktop.ui.conversation_list import ConversationListModel, Data
from hermes_desktop.ui.conversation_row import ConversationRow
from hermes_desktop.ui.keys import Keys
from hermes_desktop.ui.pieces import button, note
from hermes_desktop.ui.theme import Theme

WIDTH = 264  # pixels
_ME = 24  # pixels of my avatar
_PAUSE_MS = 150  # without a key, before messages are looked for
PAGES = ("personas", "models", "settings")


class ConversationView(QListView):
    """Let the rows be walked, renamed and deleted with the keyboard."""

    opened = Signal(QModelIndex)
    delete_asked = Signal(object)  # ConversationSummary
    left_upwards = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open on Enter, delete on Del, go to the search box above the first row."""
        summary = self.currentIndex().data(Data.SUMMARY)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        elif key == Qt.Key.Key_Delete and summary is not None:
            self.delete_asked.emit(summary)
        elif key == Qt.Key.Key_Up and self.currentIndex().row() <= 1:
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)


class Sidebar(QWidget):
    """Find, open, name and delete conversations, find messages; go to the other pages."""

    conversation_chosen = Signal(int)
    message_chosen = Signal(object)  # Hit
    match_asked = Signal(list, str)  # list[int] of conversations, what they are called
    new_requested = Signal()
    page_requested = Signal(str)

    def __init__(
        self,
        conversations: ConversationsService,
        hits: HitsService,
        personas: PersonasService,
        profiles: ProfilesService,
        chat: ChatService,
        notices: NoticesService,
        keys: Keys,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._conversations, self._hits = conversations, hits
        self._personas, self._profiles, self._theme = personas, profiles, theme
        self._chat = chat
        self._notices = notices
        self._keys = keys
        self.setFixedWidth(WIDTH)
        self.setProperty("role", "sidebar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = ConversationListModel(conversations, self)
        self._eager = False  # the first one is to be opened when it is found
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._search = self._make_search()
        self._new = button("", "accent")
        self._new.clicked.connect(self.new_requested)
        self._list = self._make_list(personas, theme)
        self._empty = note("")
        self._links: dict[str, QPushButton] = {"profiles": self._make_me()}
        self._build()
        self._name_keys()
        self._midnight = QTimer(self)
        self._midnight.setSingleShot(True)
        self._midnight.timeout.connect(self._on_midnight)
        self._wait_for_midnight()
        self._wire()
        self._show_me()
        self._on_reset()

    def _wire(self) -> None:
        self._pause.timeout.connect(self._ask)
        self._hits.found.connect(self._on_found)
        self._conversations.changed.connect(self._on_conversations_changed)
        self._keys.changed.connect(self._name_keys)
        self._chat.opened.connect(self._mark_open)
        self._chat.closed.connect(self._mark_open)
        self._model.modelReset.connect(self._on_reset)
        self._theme.changed.connect(self._list.viewport().update)
        self._profiles.changed.connect(self._show_me)

    def focus_search(self) -> None:
        """Give the search box the keyboard, with its text selected."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def look_for(self, words: str) -> None:
        """Put words into the search box, as somebody does who types them."""
        self._search.setText(words)

    @property
    def answered(self) -> bool:
        """Say whether what is shown is all that the words in the box have found."""
        return self._model.complete

    def set_page(self, name: str) -> None:
        """Mark the link of the page that is shown; any other name marks none."""
        for page, link in self._links.items():
            link.setChecked(page == name)

    # ---- building ----------------------------------------------------------------------------------

    def _make_search(self) -> QLineEdit:
        search = QLineEdit()
        search.setProperty("role", "search")
        search.setPlaceholderText(self.tr("Search conversations"))
        search.setAccessibleName(self.tr("Search conversations"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._on_query)
        search.returnPressed.connect(self._on_search_entered)
        search.installEventFilter(self)
        return search

    def _make_list(self, personas: PersonasService, theme: Theme) -> ConversationView:
        view = ConversationView()
        view.setAccessibleName(self.tr("Conversations"))
        view.setModel(self._model)
        view.setItemDelegate(ConversationRow(personas, theme, view))
        view.setProperty("role", "list")
        view.setFrameShape(QListView.Shape.NoFrame)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        view.setMouseTracking(True)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._on_menu)
        view.clicked.connect(self._open)
        view.opened.connect(self._open)
        view.delete_asked.connect(self._on_delete)
        view.left_upwards.connect(self.focus_search)
        return view

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 16, 12, 12)
        layout.setSpacing(12)
        for widget in (self._search, self._new, self._empty):
            layout.addWidget(widget)
        layout.addWidget(self._list, 1)
        layout.addWidget(self._links["profiles"])
        bottom = QHBoxLayout()
        names = (self.tr("Personas"), self.tr("Models"), self.tr("Settings"))
        for page, name in zip(PAGES, names, strict=True):
            link = button(name, "nav")
            link.setCheckable(True)
            link.clicked.connect(lambda _on, wanted=page: self._on_link(wanted))
            self._links[page] = link
            bottom.addWidget(link, 1)
        layout.addLayout(bottom)

    def _make_me(self) -> QPushButton:
        """Make the line that says who new conversations begin as, and leads to my profiles."""
        made = button("", "me", self.tr("My profiles"))
        made.setCheckable(True)
        made.setIconSize(QSize(_ME, _ME))
        made.clicked.connect(lambda: self._on_link("profiles"))
        return made

    def _show_me(self) -> None:
        listed = self._profiles.all()
        profile = self._profiles.current() if listed else None
        name = profile.name if profile else self.tr("You")
        picture = self._personas.picture(profile.avatar) if profile else b""
        made = self._links["profiles"]
        made.setIcon(QIcon(self._theme.avatar(name, picture, _ME)))
        shown = made.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, WIDTH - 80)
        made.setText(" " + shown.replace("&", "&&"))  # Qt leaves little room beside an icon
        made.setAccessibleDescription(self.tr("New conversations begin as {name}").replace("{name}", name))

    def _name_keys(self) -> None:
        self._search.setToolTip(self._keys.tooltip("search"))
        self._new.setText(self.tr("+ New conversation"))
        self._new.setAccessibleName(self.tr("New conversation"))
        self._new.setToolTip(self._keys.tooltip("new_conversation"))
        for page, link in self._links.items():
            link.setToolTip(self._keys.tooltip(page))

    # ---- the list ----------------------------------------------------------------------------------

    def _on_reset(self) -> None:
        self._mark_open()
        self._empty.setVisible(self._model.rowCount() == 0)
        nothing = self.tr("No conversation yet. Choose whom to talk with, and it will stand here.")
        unfound = self.tr("No title, no persona and no message holds “{query}”.")
        searched = unfound.replace("{query}", self._model.query) if self._model.complete else ""
        self._empty.setText(nothing if self._model.is_empty() else searched or self.tr("Searching…"))

    def _mark_open(self, *_anything: object) -> None:
        open_now = self._chat.conversation
        hit = self._list.currentIndex().data(Data.HIT)
        if hit is not None and open_now is not None and hit.conversation_id == open_now.id:
            return  # one goes from message to message
        row = self._model.row_of(open_now.id) if open_now else -1
        index = self._model.index(row) if row >= 0 else QModelIndex()
        if index.isValid():
            self._list.setCurrentIndex(index)
        else:
            self._list.clearSelection()

    def _open(self, index: QModelIndex) -> None:
        summary, hit = index.data(Data.SUMMARY), index.data(Data.HIT)
        if hit is not None:
            self.message_chosen.emit(hit)
        elif summary is not None:
            self.conversation_chosen.emit(summary.id)

    # ---- searching ---------------------------------------------------------------------------------

    def _on_query(self, text: str) -> None:
        self._eager = False
        self._model.set_query(text)
        if self._model.query:
            self._pause.start()
        else:
            self._pause.stop()
            self._hits.forget()
        self._on_reset()

    def _ask(self) -> None:
        self._pause.stop()
        self._hits.ask(self._model.query)

    def _on_found(self, query: str, hits: list[Hit]) -> None:
        if query != self._model.query:
            return
        self._model.set_hits(query, hits)
        self._on_reset()
        if self._eager:
            self._eager = False
            self._open(self._model.first())

    def _on_conversations_changed(self) -> None:
        if self._model.query:
            self._pause.start()

    def _on_search_entered(self) -> None:
        first = self._model.first()
        if first.data(Data.SUMMARY) is not None:
            self._open(first)
            self._search.clear()
        elif first.isValid():
            self._list.setCurrentIndex(first)
            self._open(first)
        elif not self._model.complete:
            self._eager = True
            self._ask()

    def _on_menu(self, where: QPoint) -> None:
        index = self._list.indexAt(where)
        summary = index.data(Data.SUMMARY)
        if summary is not None:
            menu = self.menu_of(index, summary)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self._list.viewport().mapToGlobal(where))

    def menu_of(self, index: QModelIndex, summary: ConversationSummary) -> QMenu:
        """Make the menu of one conversation."""
        menu = QMenu(self)
        rename = QAction(self.tr("Rename\tF2"), menu)
        rename.triggered.connect(lambda: self._list.edit(index))
        out = self.tr("Remove from favourites")
        favour = QAction(out if summary.favourite else self.tr("Add to favourites"), menu)
        favour.triggered.connect(lambda: self._conversations.set_favourite(summary.id, not summary.favourite))
        match = QAction(self.tr("Go on with another persona…"), menu)
        match.triggered.connect(
            lambda: self.match_asked.emit([summary.id], summary.title or summary.persona_name)
        )
        delete = QAction(self.tr("Delete\tDel"), menu)
        delete.triggered.connect(lambda: self._on_delete(summary))
        menu.addActions([rename, favour, match])
        menu.addSeparator()
        menu.addAction(delete)
        return menu

    def _on_delete(self, summary: ConversationSummary) -> None:
        self._conversations.delete(summary.id)
        said = self.tr("“{title}” was deleted.").replace("{title}", summary.title or summary.persona_name)
        undo = self.tr("Undo")
        self._notices.post(
            Notice(NoticeKind.INFO, said, action=undo, act=lambda: self._conversations.restore(summary.id))
        )

    # ---- the rest ----------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go from the search box down into the list; Esc empties the box first."""
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Down:
                self._enter_list()
                return True
            if event.key() == Qt.Key.Key_Escape and self._search.text():
                self._search.clear()
                return True
        return super().eventFilter(watched, event)

    def _enter_list(self) -> None:
        first = self._model.first()
        if first.isValid():
            self._list.setFocus()
            if not self._list.currentIndex().isValid():
                self._list.setCurrentIndex(first)

    def _on_link(self, page: str) -> None:
        self._links[page].setChecked(True)
        self.page_requested.emit(page)

    def _wait_for_midnight(self) -> None:
        now = datetime.now().astimezone()
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        self._midnight.start(int((tomorrow - now).total_seconds() * 1000) + 1000)

    def _on_midnight(self) -> None:
        self._model.regroup()
        self._wait_for_midnight()
