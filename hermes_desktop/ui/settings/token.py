"""Knows how a secret is given and forgotten; it is never shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.token import TokenPlace, TokenService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.pieces import button, column, field, note


@dataclass(frozen=True, slots=True)
class TokenWords:
    """What a person reads of one secret."""

    label: str
    placeholder: str
    explanation: str
    keep: str  # what the button does, for screen readers
    forget: str
    places: Mapping[TokenPlace, str]  # where it is, or that there is none


class TokenField(QWidget):
    """Give a secret to the keyring, see where it is kept, forget it."""

    def __init__(self, tokens: TokenService, told: TokenWords) -> None:
        super().__init__()
        self._tokens, self._told = tokens, told
        self._text = QLineEdit()
        self._text.setEchoMode(QLineEdit.EchoMode.Password)
        self._text.setMaxLength(512)
        self._text.setPlaceholderText(told.placeholder)
        self._text.setAccessibleName(told.label)
        self._text.returnPressed.connect(self._on_keep)
        keep = button(self.tr("Keep"), "plain", told.keep)
        keep.setEnabled(False)
        keep.clicked.connect(self._on_keep)
        self._text.textChanged.connect(lambda text: keep.setEnabled(bool(text.strip())))
        self._forget = button(self.tr("Forget"), "plain", told.forget)
        self._forget.clicked.connect(self._on_forget)
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._text, 1)
        line.addWidget(keep)
        line.addWidget(self._forget)
        control = QWidget()
        control.setLayout(line)
        control.setFocusProxy(self._text)
        self._said = note("")
        whole = field(told.label, control, told.explanation)
        column(self, whole, self._said, spacing=6)
        tokens.changed.connect(self._refresh)
        self._refresh()

    def _on_keep(self) -> None:
        try:
            self._tokens.keep(self._text.text())
        except KnownError as error:
            words = sentence(error)
            self._say(f"{words.text} {words.hint}", "warning")
            return
        self._text.clear()

    def _on_forget(self) -> None:
        self._text.clear()
        self._tokens.forget()

    def _refresh(self) -> None:
        place = self._tokens.place
        self._forget.setVisible(place in (TokenPlace.KEYRING, TokenPlace.SESSION))
        if self._tokens.busy:
            self._say(self.tr("Asking the keyring of this computer…"))
            return
        kept: dict[TokenPlace, str] = {
            TokenPlace.SESSION: self.tr(
                "Kept until the app is closed: this computer has no keyring that takes it."
            ),
            TokenPlace.KEYRING: self.tr("Kept in the keyring of this computer."),
        }
        self._say((kept | dict(self._told.places))[place])

    def _say(self, text: str, role: str = "note") -> None:
        self._said.setProperty("role", role)
        self._said.style().polish(self._said)
        self._said.setText(text)
