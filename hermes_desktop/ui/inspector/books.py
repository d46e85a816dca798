"""Knows how one chooses which lorebooks speak in the open conversation; not where else they do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.lorebooks import LorebooksService
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Lorebook
from hermes_desktop.ui.pieces import button, caption, column, note

_BOOK = Qt.ItemDataRole.UserRole + 1
_SHOWN = 8  # rows; more are scrolled


class BooksHere(QWidget):
    """Tick the books that speak here; a tick counts at once."""

    lore_requested = Signal(int)  # persona id, whose own book is wanted
    book_requested = Signal(int)  # lorebook id
    lorebooks_requested = Signal()

    def __init__(self, chat: ChatService, lorebooks: LorebooksService) -> None:
        super().__init__()
        self._chat, self._lorebooks = chat, lorebooks
        self._own = button("", "link", self.tr("The persona’s own lorebook"))
        self._own.clicked.connect(self._on_own)
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Lorebooks that speak here"))
        self._list.setProperty("role", "ticks")
        self._list.setFrameShape(QListWidget.Shape.NoFrame)
        self._list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemChanged.connect(self._on_ticked)
        self._list.itemActivated.connect(lambda item: self.book_requested.emit(item.data(_BOOK)))
        self._none = note(self.tr("No lorebook stands by itself yet."))
        every = button(self.tr("All lorebooks"), "link")
        every.clicked.connect(self.lorebooks_requested)
        layout = column(self, caption(self.tr("Lorebooks here")), self._list, self._none, spacing=8)
        for link in (self._own, every):
            layout.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        chat.opened.connect(self._refresh)
        chat.closed.connect(self._refresh)
        chat.conversation_changed.connect(self._refresh)
        lorebooks.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        conversation, persona = self._chat.conversation, self._chat.persona
        self.setVisible(conversation is not None)
        if conversation is None or persona is None:
            return
        within = {one.book.id: one for one in self._lorebooks.within_reach(conversation)}
        self._list.blockSignals(True)
        self._list_books(self._lorebooks.all())
        for row in range(self._list.count()):
            item = self._list.item(row)
            reach = within.get(item.data(_BOOK))
            on = reach is not None and reach.active
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            item.setToolTip(self._why(reach.scope if reach is not None else None))
        self._list.blockSignals(False)
        rows = min(self._list.count(), _SHOWN)
        self._list.setFixedHeight(sum(self._list.sizeHintForRow(row) for row in range(rows)))
        self._list.setVisible(bool(rows))
        self._none.setVisible(not rows)
        name = self.tr("{name}’s own lorebook").replace("{name}", persona.fields.spoken_name)
        self._own.setText(name)
        self._own.setAccessibleName(name)
        self._own.setVisible(bool(persona.lore_entries))

    def _list_books(self, books: list[Lorebook]) -> None:
        """Make the rows; the same ones stay, since one of them may just have been ticked."""
        rows = [self._list.item(row) for row in range(self._list.count())]
        if [(item.data(_BOOK), item.text()) for item in rows] == [(book.id, book.name) for book in books]:
            return
        self._list.clear()
        for book in books:
            item = QListWidgetItem(book.name)
            item.setData(_BOOK, book.id)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            self._list.addItem(item)

    def _why(self, scope: Scope | None) -> str:
        said = {
            Scope.CHAT: self.tr("Chosen for this conversation"),
            Scope.PROFILE: self.tr("Because of who you are here"),
            Scope.PERSONA: self.tr("Because of the persona"),
            Scope.GLOBAL: self.tr("It speaks everywhere"),
        }
        return said[scope] if scope is not None else self.tr("It does not speak here")

    def _on_ticked(self, item: QListWidgetItem) -> None:
        conversation = self._chat.conversation
        if conversation is not None:
            speaks = item.checkState() is Qt.CheckState.Checked
            self._lorebooks.let_speak(conversation, item.data(_BOOK), speaks)

    def _on_own(self) -> None:
        if self._chat.persona is not None:
            self.lore_requested.emit(self._chat.persona.id)
