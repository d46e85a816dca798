"""Knows how the open conversation's persona, my profile and the author's note are shown; not how kept."""

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.conversation import Conversation
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.inspector.order import PromptOrderChoice
from hermes_desktop.ui.personas.about import AboutPersona
from hermes_desktop.ui.pieces import Fold, Scroll, button, caption, card, column, heading, note, words
from hermes_desktop.ui.profiles.here import Me, MyCard
from hermes_desktop.ui.theme import Theme

_SAVE_AFTER_MS = 800
_AVATAR = 56  # pixels
_NOTE_LINES = 6


class PersonaTab(Scroll):
    """Show who speaks, in the version the conversation was written with."""

    edit_requested = Signal(int)
    profiles_asked = Signal()

    def __init__(
        self, chat: ChatService, personas: PersonasService, profiles: ProfilesService, theme: Theme
    ) -> None:
        inside = QWidget()
        super().__init__(inside, margin=18)
        self._chat = chat
        self._personas = personas
        self._theme = theme
        self._missing = note(self.tr("Open a conversation to see who speaks in it."))
        self._whole = QWidget()
        self._avatar = QLabel()
        self._name = heading("")
        self._version = note("")
        self._newer = self._make_newer()
        self._me = MyCard(Me(chat, profiles, personas, theme))
        self._me.asked.connect(self.profiles_asked)
        self._texts = AboutPersona()
        self._edit = button(self.tr("Edit persona"))
        self._edit.clicked.connect(self._on_edit)
        self._note = self._make_note()
        self._order = PromptOrderChoice(chat)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self._save_note)
        self._build(inside)
        chat.opened.connect(self._on_opened)
        chat.closed.connect(self._refresh)
        chat.conversation_changed.connect(self._refresh)
        personas.changed.connect(self._refresh)
        theme.changed.connect(self._refresh)
        self._on_opened(chat.conversation)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addStretch(1)
        names.addWidget(self._name)
        names.addWidget(self._version)
        names.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._avatar)
        head.addLayout(names, 1)
        label = caption(self.tr("Author’s note"))
        label.setBuddy(self._note)
        about = note(
            self.tr("Stands near the end of every prompt of this conversation: tone, direction, a fact.")
        )
        noted = (label, self._note, about, Fold(self.tr("Where it stands"), self._order))
        column(self._whole, head, self._newer, self._me, *noted, self._texts, self._edit, spacing=12)
        column(inside, self._missing, self._whole).addStretch(1)

    def _make_newer(self) -> QWidget:
        frame = card()
        said = words(self.tr("The persona was changed since. This conversation stays as it was written."))
        self._move = button(self.tr("Go on with the new version"))
        self._move.clicked.connect(self._on_move)
        column(frame, said, self._move, margin=12)
        return frame

    def _make_note(self) -> QPlainTextEdit:
        edit = QPlainTextEdit()
        edit.setAccessibleName(self.tr("Author’s note"))
        edit.setPlaceholderText(self.tr("Keep the mood tense; the storm is coming closer."))
        edit.setTabChangesFocus(True)
        edit.setFixedHeight(edit.fontMetrics().lineSpacing() * _NOTE_LINES + 16)
        edit.textChanged.connect(lambda: self._timer.start())
        edit.installEventFilter(self)
        return edit

    # ---- showing -----------------------------------------------------------------------------------

    def _on_opened(self, conversation: Conversation | None) -> None:
        self._note.blockSignals(True)
        self._note.setPlainText(conversation.authors_note if conversation else "")
        self._note.blockSignals(False)
        self._timer.stop()
        self._refresh()

    def _refresh(self, *_anything: object) -> None:
        persona = self._chat.persona
        self._missing.setVisible(persona is None)
        self._whole.setVisible(persona is not None)
        if persona is None:
            return
        picture = self._theme.avatar(persona.name, self._personas.picture(persona.avatar), _AVATAR)
        self._avatar.setPixmap(picture)
        self._avatar.setAccessibleName(persona.name)
        self._name.setText(persona.fields.spoken_name)
        newest = self._newest(persona)
        said = self.tr("Version {n} of {m}") if newest > 1 else self.tr("Version {n}")
        self._version.setText(said.replace("{n}", str(persona.version)).replace("{m}", str(newest)))
        self._newer.setVisible(newest > persona.version)
        profile = self._chat.profile
        self._texts.show_fields(persona.fields, profile.name if profile else self.tr("you"))

    def _newest(self, persona: Persona) -> int:
        try:
            return self._personas.get(persona.id).version
        except KnownError:  # deleted meanwhile; the conversation keeps it
            return persona.version

    # ---- acting ------------------------------------------------------------------------------------

    def _on_edit(self) -> None:
        if self._chat.persona is not None:
            self.edit_requested.emit(self._chat.persona.id)

    def _on_move(self) -> None:
        self._chat.move_to_newest_persona()
        self._refresh()

    def _save_note(self) -> None:
        self._timer.stop()
        now = self._chat.conversation
        if now is not None and now.authors_note != self._note.toPlainText():
            self._chat.set_authors_note(self._note.toPlainText())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the note as soon as it is left, so that nothing waits when the conversation goes."""
        leaving = event.type() in (QEvent.Type.FocusOut, QEvent.Type.Hide)
        # The scroll area filters events before the note is made.
        if leaving and isinstance(watched, QPlainTextEdit) and watched is self._note:
            self._save_note()
        return super().eventFilter(watched, event)
