"""Knows the line that says that replies leave this computer; the services know whether they do."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from hermes_desktop.app.remote import Remote
from hermes_desktop.ui.pieces import button


class Elsewhere(QWidget):
    """Name the server that plays, and offer to have a model on this computer play again."""

    settings_asked = Signal()

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setProperty("kind", "elsewhere")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._remote = remote
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        here = button(self.tr("Play on this computer"), "accent-link")
        here.clicked.connect(lambda: remote.turn(on=False))
        more = button(self.tr("Settings"), "link", self.tr("Settings of the server"))
        more.clicked.connect(self.settings_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 6, 24, 6)
        layout.setSpacing(16)
        layout.addWidget(self._words, 1)
        layout.addWidget(here)
        layout.addWidget(more)
        remote.changed.connect(self._show_state)
        self._show_state()

    def _show_state(self) -> None:
        host = self._remote.host
        self.setVisible(bool(host))
        self._words.setText(self.tr("Replies leave this computer: {host}").replace("{host}", host))
        self.setAccessibleName(self._words.text())
