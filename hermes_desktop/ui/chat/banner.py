"""Knows the quiet line that says who is playing while Hermes 3 is not there; the services know the rest."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import understudy_words
from hermes_desktop.ui.pieces import button


class Banner(QWidget):
    """Say that the Understudy plays, and offer Hermes 3. Once put away, it stays away."""

    hermes_asked = Signal()

    def __init__(self, models: ModelsService, preferences: PreferencesService) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._models, self._preferences = models, preferences
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        get = button(self.tr("Get Hermes 3"), "accent-link")
        get.clicked.connect(self.hermes_asked)
        away = button(self.tr("Not now"), "link", self.tr("Put this line away"))
        away.clicked.connect(lambda: preferences.update(offer_hermes=False))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 6, 24, 6)
        layout.setSpacing(16)
        layout.addWidget(self._words, 1)
        layout.addWidget(get)
        layout.addWidget(away)
        models.state_changed.connect(self._show_state)
        models.changed.connect(self._show_state)
        preferences.changed.connect(self._show_state)
        self._show_state()

    def _show_state(self, *_anything: object) -> None:
        playing = self._models.chosen
        wanted = self._preferences.value.offer_hermes and self._models.is_understudy(playing)
        self.setVisible(wanted)
        if playing is not None and wanted:
            self._words.setText(understudy_words(playing.size))
            self.setAccessibleName(self._words.text())
