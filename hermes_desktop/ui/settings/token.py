"""Knows how the access token is given and forgotten; it is never shown."""

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.token import TokenPlace, TokenService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.pieces import button, column, field, note


class TokenField(QWidget):
    """Give a token to the keyring, see where it is kept, forget it."""

    def __init__(self, tokens: TokenService) -> None:
        super().__init__()
        self._tokens = tokens
        self._text = QLineEdit()
        self._text.setEchoMode(QLineEdit.EchoMode.Password)
        self._text.setMaxLength(512)
        self._text.setPlaceholderText("hf_…")
        self._text.setAccessibleName(self.tr("Access token for gated models"))
        self._text.returnPressed.connect(self._on_keep)
        keep = button(self.tr("Keep"), "plain", self.tr("Keep the access token"))
        keep.setEnabled(False)
        keep.clicked.connect(self._on_keep)
        self._text.textChanged.connect(lambda text: keep.setEnabled(bool(text.strip())))
        self._forget = button(self.tr("Forget"), "plain", self.tr("Forget the access token"))
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
        explained = self.tr(
            "Some makers let only accounts in that have accepted their terms. The token is shown to the hub "
            "alone, and only where it refuses without one."
        )
        whole = field(self.tr("Access token for gated models"), control, explained)
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
        self._say(
            {
                TokenPlace.NONE: self.tr("There is none; most models need none."),
                TokenPlace.ENVIRONMENT: self.tr("The one in the variable HF_TOKEN is used."),
                TokenPlace.SESSION: self.tr(
                    "Kept until the app is closed: this computer has no keyring that takes it."
                ),
                TokenPlace.KEYRING: self.tr("Kept in the keyring of this computer."),
            }[place]
        )

    def _say(self, text: str, role: str = "note") -> None:
        self._said.setProperty("role", role)
        self._said.style().polish(self._said)
        self._said.setText(text)
