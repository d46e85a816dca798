"""Knows how a conversation is read: a window of its messages, paged while one scrolls; takes no decisions."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QMenu, QPushButton, QTextBrowser, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.ui.chat.finder import Finder
from hermes_desktop.ui.chat.grounds import Grounds
from hermes_desktop.ui.chat.look import Look
from hermes_desktop.ui.chat.place import Place
from hermes_desktop.ui.chat.stretch import Stretch
from hermes_desktop.ui.chat.turns import Turn, Turns, head_html
from hermes_desktop.ui.chat.verbs import SCHEME, fill_menu, resting_html, time_of, verbs_html
from hermes_desktop.ui.theme import Theme

_NEAR = 600  # pixels from an end at which the next page is fetched
_VIEW_MS = 400


class Transcript(QTextBrowser):
    """Show the open conversation. What a person wants done leaves as `asked`."""

    asked = Signal(str, int)  # verb, message id
    link_asked = Signal(str)

    def __init__(
        self,
        chat: ChatService,
        memories: MemoriesService,
        personas: PersonasService,
        preferences: PreferencesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "transcript")
        self.setAccessibleName(self.tr("Conversation"))
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setTabChangesFocus(True)
        self._chat, self._preferences, self._theme = chat, preferences, theme
        self._memories = memories
        self._turns = Turns(self.document())
        self._grounds = Grounds(self, self._turns, chat, memories, personas, theme)
        self._current: Turn | None = None  # under the pointer, or chosen by keyboard
        self._place = Place(self, self._turns)
        self.finder = Finder(self, self._turns, chat)
        self._stretch = Stretch(self._turns, chat, self._head, self._rest)
        self._jump = QPushButton(self.tr("Jump to latest ↓"), self)
        self._jump.setProperty("role", "jump")
        self._jump.setAccessibleName(self.tr("Jump to the latest message"))
        self._jump.clicked.connect(self.to_end)
        self._jump.hide()
        self._view = QTimer(self, singleShot=True, interval=_VIEW_MS)
        self._view.timeout.connect(self.save_view)
        self._look = Look(self, self._turns, self._grounds, preferences, theme)
        self._wire()

    def _wire(self) -> None:
        chat = self._chat
        chat.opened.connect(self._on_opened)
        chat.closed.connect(self._on_closed)
        chat.path_changed.connect(self._on_path_changed)
        chat.message_added.connect(self._on_added)
        chat.message_changed.connect(self._on_changed)
        chat.answer_grew.connect(self._on_grew)
        chat.conversation_changed.connect(self.viewport().update)
        self._memories.changed.connect(self._on_memories_changed)
        self._theme.changed.connect(self._on_look_changed)
        self._preferences.changed.connect(self._on_preferences)
        self.anchorClicked.connect(self._on_anchor)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    # ---- what is shown -----------------------------------------------------------------------------

    def _on_opened(self, *_anything: object) -> None:
        conversation = self._chat.conversation
        assert conversation is not None
        wanted = conversation.view_message_id
        with self._filling():
            if wanted is None:
                self._stretch.fill_end()
            else:
                self._stretch.fill_around(wanted)
        if wanted is None:
            self.to_end()
        else:
            self._go_to(wanted, conversation.view_offset)

    def _on_closed(self) -> None:
        self._current = None
        self._stretch.clear()

    def _on_path_changed(self) -> None:
        """Read the shown part again; the line under the reader stays where it is."""
        kept = self._place.kept
        with self._filling():
            self._stretch.fill_again()
        if kept is None:
            self.to_end()
        else:
            self._go_to(*kept)

    @contextmanager
    def _filling(self) -> Iterator[None]:
        """Write the document anew; what the scroll bar says meanwhile means nothing."""
        self._current = None
        with self._place.hold():
            self._look.set_margins()
            yield
            cursor = self.textCursor()
            cursor.movePosition(QTextCursor.MoveOperation.End)  # one looks for words from the latest on
            self.setTextCursor(cursor)

    def _head(self, message: Message) -> str:
        return head_html(message.name, time_of(message) if self._preferences.value.show_timestamps else "")

    def _on_added(self, message: Message) -> None:
        if not self._stretch.whole_end:
            self._on_opened_at_end()
            return
        if self._turns.find(message.id) is not None:
            return
        follow = self._place.follow or message.role is Role.USER
        before = self._turns.all[-1] if self._turns.all else None
        self._turns.append(message, self._head(message))
        if before is not None:
            self._rest(before)
        if follow:
            self.to_end()

    def _on_opened_at_end(self) -> None:
        with self._filling():
            self._stretch.fill_end()
        self.to_end()

    def _on_changed(self, message: Message) -> None:
        turn = self._turns.find(message.id)
        if turn is not None:
            self._turns.set_text(turn, message)
            self._rest(turn)
            self._place.again()

    def _on_grew(self, message_id: int, text: str) -> None:
        turn = self._turns.find(message_id)
        if turn is not None:
            self._turns.stream_text(turn, text)
            self._place.again()

    # ---- paging ------------------------------------------------------------------------------------

    def _on_scrolled(self, value: int) -> None:
        if self._place.held or not self._turns.all:
            return
        bar = self.verticalScrollBar()
        self._place.note(whole_end=self._stretch.whole_end)
        self._jump.setVisible(not self._place.follow)
        self._view.start()
        if value < _NEAR and not self._stretch.whole_start:
            self._load_before()
        elif value > bar.maximum() - _NEAR and not self._stretch.whole_end:
            self._load_after()

    def _load_before(self) -> None:
        bar = self.verticalScrollBar()
        height, value = self.document().size().height(), bar.value()
        with self._place.hold():
            self._stretch.load_before()
            bar.setValue(value + round(self.document().size().height() - height))
            self._stretch.trim_end()

    def _load_after(self) -> None:
        bar = self.verticalScrollBar()
        with self._place.hold():
            self._stretch.load_after()
            height, value = self.document().size().height(), bar.value()
            self._stretch.trim_start()
            bar.setValue(value - round(height - self.document().size().height()))

    # ---- the place ---------------------------------------------------------------------------------

    def to_end(self) -> None:
        """Go to the latest message and follow what comes."""
        if not self._stretch.whole_end:
            self._on_opened_at_end()
            return
        self._place.to_end()
        self._jump.hide()

    def _go_to(self, message_id: int, offset: int) -> None:
        if self._place.go_to(message_id, offset):
            self._jump.show()
        else:
            self.to_end()

    def save_view(self) -> None:
        """Keep the place where one reads."""
        self._view.stop()
        self._chat.set_view(*(self._place.kept or (None, 0)))

    # ---- verbs -------------------------------------------------------------------------------------

    def _rest(self, turn: Turn) -> None:
        pinned = self._is_pinned(turn)
        if turn is self._current:
            self._turns.set_verbs(turn, verbs_html(turn.message, last=self._is_last(turn), pinned=pinned))
        else:
            self._turns.set_verbs(turn, resting_html(turn.message, pinned=pinned))

    def _on_memories_changed(self) -> None:
        for turn in self._turns.all:
            self._rest(turn)
        self.viewport().update()  # the memory line tells of summaries

    def _is_pinned(self, turn: Turn) -> bool:
        return self._memories.pin_of(turn.message.id) is not None

    def _is_last(self, turn: Turn) -> bool:
        return self._stretch.whole_end and bool(self._turns.all) and turn is self._turns.all[-1]

    def _set_current(self, turn: Turn | None) -> None:
        if turn is self._current:
            return
        before, self._current = self._current, turn
        for changed in (before, turn):
            if changed is not None and changed in self._turns.all:
                self._rest(changed)

    def _turn_at(self, where: QPoint) -> Turn | None:
        return self._turns.at(where.y() + self.verticalScrollBar().value())

    @property
    def chosen(self) -> int:
        """Give the message that was walked to by keyboard; 0 for none."""
        return self._current.message.id if self.hasFocus() and self._current is not None else 0

    def _on_anchor(self, url: QUrl) -> None:
        name, _, number = url.path().partition("/")
        if url.scheme() != SCHEME:
            self.link_asked.emit(url.toString())
        elif name == "thought" and self._current is not None:
            self._toggle_thought(self._current, int(number))
        elif number.isdecimal():
            self.asked.emit(name, int(number))

    def _toggle_thought(self, turn: Turn, number: int) -> None:
        turn.open_thoughts = turn.open_thoughts ^ {number}
        self._turns.set_text(turn, turn.message)

    # ---- the look ----------------------------------------------------------------------------------

    def _on_look_changed(self) -> None:
        self._look.put_on()
        self._on_path_changed()

    def _on_preferences(self, *_anything: object) -> None:
        if self._look.is_outdated:
            self._on_look_changed()

    def go_near(self, message_id: int, *, at_end: bool) -> None:
        """Show a message with what lies around it, and stand in it."""
        with self._filling():
            self._stretch.fill_around(message_id)
        self._go_to(message_id, 0)
        turn = self._turns.find(message_id)
        assert turn is not None
        self.setTextCursor(turn.frame.lastCursorPosition() if at_end else turn.frame.firstCursorPosition())

    # ---- Qt ----------------------------------------------------------------------------------------

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing: no file, no address. Avatars are painted, not loaded."""
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint grounds under the text, avatars and the memory line beside it."""
        painter = QPainter(self.viewport())
        self._grounds.paint_under(painter, QRectF(event.rect()))
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        self._grounds.paint_over(painter, QRectF(event.rect()))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the column in the middle and the reader's line in its place."""
        with self._place.hold():
            super().resizeEvent(event)
            self._look.set_margins()
        place = self.rect()
        self._jump.adjustSize()
        self._jump.move((place.width() - self._jump.width()) // 2, place.height() - self._jump.height() - 12)
        self._place.again()

    def showEvent(self, event: QShowEvent) -> None:
        """Stay at the reader's place; Qt would go to the cursor when it is shown for the first time."""
        with self._place.hold():
            super().showEvent(event)
        self._place.again()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the verbs of the turn under the pointer."""
        super().mouseMoveEvent(event)
        if not event.buttons():
            self._set_current(self._turn_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the verbs."""
        super().leaveEvent(event)
        self._set_current(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the turns by Alt+Up and Alt+Down; Enter opens their menu."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and event.modifiers() & Qt.KeyboardModifier.AltModifier and self._turns.all:
            self._step(step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Menu) and self._current is not None:
            self.menu_of(self._current).popup(self.mapToGlobal(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def _step(self, step: int) -> None:
        turns = self._turns.all
        at = turns.index(self._current) + step if self._current in turns else len(turns) - 1
        turn = turns[min(max(at, 0), len(turns) - 1)]
        self._set_current(turn)
        self.setTextCursor(turn.frame.firstCursorPosition())
        self.ensureCursorVisible()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the verbs of the turn under the pointer."""
        turn = self._turn_at(event.pos())
        if turn is not None:
            self._set_current(turn)
            self.menu_of(turn).popup(event.globalPos())

    def menu_of(self, turn: Turn) -> QMenu:
        """Build the menu of a turn."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.textCursor().hasSelection():
            menu.addAction(self.tr("Copy selection"), self.copy)
        fill_menu(menu, turn.message, self.asked.emit, last=self._is_last(turn), pinned=self._is_pinned(turn))
        return menu
