"""Knows the page of the open conversation: header, transcript, composer; and what is there without one."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from hermes_desktop.app.chat import ChatState
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.app.services import Services
from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.hit import Hit
from hermes_desktop.ui.chat.banner import Banner
from hermes_desktop.ui.chat.composer import Composer
from hermes_desktop.ui.chat.editor import MessageEditor
from hermes_desktop.ui.chat.elsewhere import Elsewhere
from hermes_desktop.ui.chat.find import FindBar
from hermes_desktop.ui.chat.header import Header
from hermes_desktop.ui.chat.look import COLUMN
from hermes_desktop.ui.chat.replaying import ReplayBar
from hermes_desktop.ui.chat.transcript import Transcript
from hermes_desktop.ui.keys import Keys
from hermes_desktop.ui.theme import Theme

_SAFE_SCHEMES = ("http", "https", "mailto")


class ChatPage(QWidget):
    """Talk in the open conversation."""

    persona_asked = Signal()  # the next step is to choose a persona
    profiles_asked = Signal()  # who I am is to be changed
    model_asked = Signal()  # the next step is to choose a model
    export_asked = Signal(int)  # the messages from this position on are to be exported
    server_asked = Signal()  # the settings of the server that plays are wanted

    def __init__(self, services: Services, keys: Keys, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services, self._chat = services, services.chat
        self._header = Header(services.chat, services.models, services.personas, services.profiles, theme)
        self._banner = Banner(services.models, services.preferences)
        self._elsewhere = Elsewhere(services.remote)
        self._find = FindBar()
        self.transcript = Transcript(
            services.chat, services.memories, services.personas, services.preferences, theme
        )
        self.composer = Composer(keys)
        self._editor = MessageEditor(keys, self)
        self._progress = _Progress()
        self.replay = ReplayBar(services.replay, services.notices)
        self._empty = _Empty()
        self._stack = QStackedWidget()
        self._build()
        self._wire()
        self._show_state()

    def _build(self) -> None:
        talk = QWidget()
        inner = QVBoxLayout(talk)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for widget in (self._header, self._banner, self._elsewhere, self._find):
            inner.addWidget(widget)
        inner.addWidget(self.transcript, 1)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(24, 4, 24, 12)
        self._foot.setSpacing(4)
        self._foot.addWidget(self.replay)
        self._foot.addWidget(self._progress)
        self._foot.addWidget(self._editor)
        self._foot.addWidget(self.composer)
        inner.addLayout(self._foot)
        self._stack.addWidget(talk)
        self._stack.addWidget(self._empty)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)

    def _wire(self) -> None:
        chat, models, composer = self._chat, self._services.models, self.composer
        chat.opened.connect(self._on_opened)
        chat.conversation_changed.connect(self._show_name)
        chat.closed.connect(self._show_state)
        chat.state_changed.connect(self._on_state)
        chat.reading_progressed.connect(self._progress.show_reading)
        chat.message_added.connect(self._on_added)
        models.state_changed.connect(self._show_state)
        models.changed.connect(self._show_state)
        models.load_progressed.connect(self._progress.show_loading)
        composer.sent.connect(chat.send)
        composer.stopped.connect(chat.stop)
        composer.draft_changed.connect(chat.set_draft)
        composer.edit_last_asked.connect(self._edit_last)
        composer.version_asked.connect(self._walk_versions)
        self.transcript.asked.connect(self._act)
        self.transcript.link_asked.connect(self._offer_link)
        self._editor.saved.connect(chat.edit)
        self._editor.closed.connect(self._on_editor_closed)
        self._find.asked.connect(self._on_find)
        self._find.closed.connect(self.composer.edit.setFocus)
        self._header.model_asked.connect(self.model_asked)
        self._header.profiles_asked.connect(self.profiles_asked)
        self._banner.hermes_asked.connect(self.model_asked)
        self._elsewhere.settings_asked.connect(self.server_asked)
        self._empty.asked.connect(self._on_next_step)

    # ---- state -------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Keep draft and place, before the window or the conversation is left."""
        self.composer.save_draft()
        self.transcript.save_view()

    def open_find(self) -> None:
        """Look for words in the conversation."""
        if self._chat.conversation is not None:
            self._find.open_bar()

    def show_message(self, hit: Hit) -> None:
        """Go to a message that was found, also on another version, and select what was looked for."""
        self.go_to(hit.message_id, [hit.excerpt.text[low:high] for low, high in hit.excerpt.marks])

    def go_to(self, message_id: int, words: Sequence[str] = ()) -> None:
        """Go to a message of the open conversation; select the first of the words that is there."""
        if self._chat.reveal(message_id):
            self.transcript.finder.show(message_id, list(words))
        self.composer.edit.setFocus()

    def pin(self) -> None:
        """Pin the message that was walked to by keyboard, else the last one; or let it go."""
        last = self._chat.last()
        if last is not None:
            self._services.memories.toggle_pin(self.transcript.chosen or last.id)

    def _on_opened(self, *_anything: object) -> None:
        conversation = self._chat.conversation
        assert conversation is not None
        self._editor.close_editor()
        self.composer.set_text(conversation.draft)
        self._show_name()
        self._show_state()
        self.composer.edit.setFocus()

    def _show_name(self, *_anything: object) -> None:
        persona = self._chat.persona
        self.composer.set_name(persona.fields.spoken_name if persona else "")

    def _show_state(self, *_anything: object) -> None:
        if self._chat.conversation is not None:
            self._stack.setCurrentIndex(0)
            return
        self._stack.setCurrentIndex(1)
        no_model = self._services.models.state is ModelState.NONE and not self._services.models.all()
        self._empty.show_step(model=no_model)

    def _on_state(self, state: ChatState) -> None:
        self.composer.set_writing(state is not ChatState.IDLE)
        self._progress.setVisible(state in (ChatState.WAITING, ChatState.READING))
        if state is ChatState.WAITING:
            self._progress.show_loading(0.0)
        elif state is ChatState.READING:
            self._progress.show_reading(0, 0)

    def _on_added(self, message: Message) -> None:
        if message.role is Role.USER:
            self.composer.note_saved()

    def _on_next_step(self, model: bool) -> None:
        (self.model_asked if model else self.persona_asked).emit()

    # ---- acts --------------------------------------------------------------------------------------

    def _act(self, verb: str, message_id: int) -> None:
        chat = self._chat
        acts: dict[str, Callable[[], None]] = {
            "copy": lambda: self._copy(message_id),
            "edit": lambda: self._edit(message_id),
            "regenerate": lambda: chat.regenerate(message_id),
            "continue": chat.continue_reply,
            "branch": lambda: chat.branch(message_id),
            "pin": lambda: self._pin(message_id),
            "delete": lambda: self._delete(message_id),
            "export": lambda: self.export_asked.emit(chat.message(message_id).position),
            "replay": lambda: self.replay.start(message_id),
            "back": lambda: chat.switch_version(message_id, -1),
            "forward": lambda: chat.switch_version(message_id, 1),
        }
        if verb in acts:
            acts[verb]()

    def _copy(self, message_id: int) -> None:
        QGuiApplication.clipboard().setText(self._chat.message(message_id).text)

    def _pin(self, message_id: int) -> None:
        self._services.memories.toggle_pin(message_id)

    def _delete(self, message_id: int) -> None:
        self._chat.delete(message_id)
        self._services.notices.post(
            Notice(NoticeKind.INFO, self.tr("The message was deleted."), "", self.tr("Undo"), self._chat.undo)
        )

    def _edit(self, message_id: int) -> None:
        message = self._chat.message(message_id)
        last = self._chat.last()
        self._editor.open_editor(message, has_following=last is not None and last.id != message.id)
        self.composer.hide()

    def _edit_last(self) -> None:
        mine = [message for message in self._chat.page(limit=20) if message.role is Role.USER]
        if mine:
            self._edit(mine[-1].id)

    def _walk_versions(self, step: int) -> None:
        last = self._chat.last()
        if last is None or last.role is not Role.ASSISTANT:
            return
        if step > 0 and last.version == last.versions:
            self._chat.regenerate(last.id)
        else:
            self._chat.switch_version(last.id, step)

    def _on_editor_closed(self) -> None:
        self.composer.show()
        self.composer.edit.setFocus()

    def _on_find(self, words: str, backwards: bool) -> None:
        self._find.show_found(self.transcript.finder.find(words, backwards=backwards))

    def _offer_link(self, address: str) -> None:
        url = QUrl(address, QUrl.ParsingMode.StrictMode)
        if url.scheme() in _SAFE_SCHEMES:
            shown = url.toString(QUrl.ComponentFormattingOption.FullyEncoded)
            self._services.notices.post(
                Notice(
                    NoticeKind.INFO,
                    self.tr("This link leads out of the app, to your browser:"),
                    shown,
                    self.tr("Open"),
                    partial(_open, url),
                )
            )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the composer as wide as the column."""
        super().resizeEvent(event)
        side = max((self.width() - COLUMN) // 2, 24)
        self._foot.setContentsMargins(side, 4, side, 12)


def _open(url: QUrl) -> None:
    QDesktopServices.openUrl(url)


class _Progress(QWidget):
    """Say what a reply is waiting for, and how far that is."""

    def __init__(self) -> None:
        super().__init__()
        self._words = QLabel()
        self._words.setProperty("role", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.setSpacing(4)
        layout.addWidget(self._words)
        layout.addWidget(self._bar)
        self.hide()

    def show_loading(self, fraction: float) -> None:
        """Show how far the model is loaded."""
        self._show(self.tr("Loading the model…"), round(fraction * 1000), 1000)

    def show_reading(self, done: int, total: int) -> None:
        """Show how much of the prompt has been read."""
        words = self.tr("Reading {done} of {total} tokens…")
        known = words.replace("{done}", f"{done:,}").replace("{total}", f"{total:,}")
        self._show(known if total else self.tr("Reading…"), done, total)

    def _show(self, words: str, value: int, top: int) -> None:
        self._words.setText(words)
        self._bar.setAccessibleName(words)
        self._bar.setRange(0, top)
        self._bar.setValue(value)


class _Empty(QWidget):
    """Name the one next step."""

    asked = Signal(bool)  # True: a model is what is missing

    def __init__(self) -> None:
        super().__init__()
        self._model = False
        self._title = QLabel()
        self._title.setProperty("role", "title")
        self._words = QLabel()
        self._words.setProperty("role", "note")
        self._words.setWordWrap(True)
        self._words.setFixedSize(
            420, 3 * self._words.fontMetrics().lineSpacing()
        )  # Qt would give it one line
        self._button = QPushButton()
        self._button.setProperty("role", "primary")
        self._button.clicked.connect(lambda: self.asked.emit(self._model))
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for widget in (self._title, self._words, self._button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    def show_step(self, *, model: bool) -> None:
        """Show the step that is missing."""
        self._model = model
        if model:
            self._title.setText(self.tr("A model comes first"))
            self._words.setText(
                self.tr("Personas are played by a model that runs on this computer. Choose a GGUF file.")
            )
            self._button.setText(self.tr("Choose a model…"))
        else:
            self._title.setText(self.tr("Whom would you like to meet?"))
            self._words.setText(
                self.tr("Choose a persona to begin a conversation. Nothing leaves this computer.")
            )
            self._button.setText(self.tr("Choose a persona"))
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._button.setAccessibleName(self._button.text())
