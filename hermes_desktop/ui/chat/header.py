"""Knows the line over a conversation: who with whom, which title, which model; services know the rest."""

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QWidget

from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.sentences import byte_size, understudy_words
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.ui.pieces import tip
from hermes_desktop.ui.profiles.here import Me, MyPill
from hermes_desktop.ui.theme import Theme

_AVATAR = 28
_NAMES_FROM = 800  # pixels of width from which my name has room


class Header(QWidget):
    """Show the persona, let the title be changed, name the model and its device."""

    model_asked = Signal()
    profiles_asked = Signal()

    def __init__(
        self,
        chat: ChatService,
        models: ModelsService,
        personas: PersonasService,
        profiles: ProfilesService,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "header")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(52)
        self._chat, self._models, self._personas, self._theme = chat, models, personas, theme
        self._avatar = QLabel()
        self._name = QLabel()
        self._name.setProperty("role", "heading")
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._title = QLineEdit()
        self._title.setAccessibleName(self.tr("Title of the conversation"))
        self._title.setPlaceholderText(self.tr("Untitled"))
        self._title.setMaximumWidth(320)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title.editingFinished.connect(self._on_title)
        self._me = MyPill(Me(chat, profiles, personas, theme))
        self._me.asked.connect(self.profiles_asked)
        self._model = self._make_model()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 0, 24, 0)
        layout.setSpacing(12)
        for widget in (self._avatar, self._name):
            layout.addWidget(widget)
        layout.addWidget(self._title, 100)
        layout.addStretch(1)
        layout.addWidget(self._me)
        layout.addWidget(self._model)
        self._wire()
        self._show_model()

    def _make_model(self) -> QPushButton:
        made = QPushButton()
        made.setProperty("role", "pill")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.clicked.connect(self.model_asked)
        return made

    def _wire(self) -> None:
        chat, models = self._chat, self._models
        chat.opened.connect(self._show_people)
        chat.conversation_changed.connect(self._show_people)
        self._theme.changed.connect(self._show_people)
        models.state_changed.connect(self._show_model)
        models.changed.connect(self._show_model)
        models.load_progressed.connect(self._on_load_progressed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what has no room."""
        super().resizeEvent(event)
        self._me.set_short(self.width() < _NAMES_FROM)

    def _show_people(self, *_anything: object) -> None:
        persona, conversation = self._chat.persona, self._chat.conversation
        if persona is None or conversation is None:
            return
        picture = self._personas.picture(persona.avatar)
        self._avatar.setPixmap(self._theme.avatar(persona.name, picture, _AVATAR))
        self._name.setText(persona.name)
        if not self._title.hasFocus():
            self._title.setText(conversation.title)
            self._title.setCursorPosition(0)

    def _on_title(self) -> None:
        conversation = self._chat.conversation
        if conversation is not None and self._title.text().strip() != conversation.title:
            self._chat.set_title(self._title.text())

    def _show_model(self, *_anything: object) -> None:
        loaded, chosen, state = self._models.loaded, self._models.chosen, self._models.state
        if state is ModelState.READY and loaded is not None and self._models.is_understudy(chosen):
            self._set_model(self.tr("{model} · not Hermes 3").replace("{model}", loaded.name))
            self._model.setToolTip(f"{understudy_words(loaded.size)}\n{self._figures(loaded)}")
        elif state is ModelState.READY and loaded is not None and loaded.served is not None:
            self._set_model(f"{loaded.name.rpartition('/')[2]} · {loaded.served.host}")
            self._model.setToolTip(tip(self._served_figures(loaded)))
        elif state is ModelState.READY and loaded is not None:
            device = ", ".join(f"{share.layers}/{loaded.layers} {share.name}" for share in loaded.devices)
            self._set_model(" · ".join(filter(None, (loaded.name, loaded.quantisation, device))))
            self._model.setToolTip(self._figures(loaded))
        elif not self._models.name:
            self._set_model(self.tr("No model"))
        elif state is ModelState.LOADING:
            self._on_load_progressed(0.0)
        elif chosen is None:
            self._set_model(self.tr("{model} · not connected").replace("{model}", self._models.name))
        elif state is ModelState.FAILED:
            self._set_model(self.tr("{model} · not loaded").replace("{model}", chosen.name))
        else:
            self._set_model(self.tr("{model} · asleep").replace("{model}", chosen.name))

    def _served_figures(self, loaded: LoadedModel) -> str:
        text = self.tr("{model}, context of {context} tokens. A server plays: replies leave this computer.")
        return text.replace("{model}", loaded.name).replace("{context}", QLocale().toString(loaded.context))

    def _figures(self, loaded: LoadedModel) -> str:
        words = self.tr("{size}, context of {context} tokens, KV cache {kv}")
        words = words.replace("{size}", byte_size(loaded.size)).replace("{kv}", loaded.kv_type.value)
        return words.replace("{context}", QLocale().toString(loaded.context))

    def _on_load_progressed(self, fraction: float) -> None:
        if self._models.state is not ModelState.LOADING:
            return
        here = self._models.chosen is not None
        text = self.tr("{model} · loading {part} %") if here else self.tr("{model} · connecting")
        text = text.replace("{part}", f"{fraction * 100:.0f}")
        self._set_model(text.replace("{model}", self._models.name))

    def _set_model(self, text: str) -> None:
        self._model.setText(text)
        self._model.setToolTip("")
        self._model.setAccessibleName(self.tr("Model: {model}").replace("{model}", text))
