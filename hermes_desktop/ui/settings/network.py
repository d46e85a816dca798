"""Knows the settings of the network and the list of what was opened; nothing here opens anything."""

from PySide6.QtCore import QDateTime, QLocale
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.app.token import TokenPlace, TokenService
from hermes_desktop.domain.connection import Connection
from hermes_desktop.ui.pieces import card, column, field, heading, note, words
from hermes_desktop.ui.settings.token import TokenField, TokenWords

_SHOWN = 50
_KILO = 1000  # bytes


class NetworkPart(QWidget):
    """Seal the app, name a mirror, limit the rate; see every connection."""

    def __init__(self, preferences: PreferencesService, ledger: Ledger, tokens: TokenService) -> None:
        super().__init__()
        self._preferences, self._ledger = preferences, ledger
        sealed = QCheckBox(self.tr("Sealed: open no connection at all"))
        sealed.setChecked(preferences.value.sealed)
        sealed.toggled.connect(lambda on: preferences.update(sealed=on))
        self._mirror = QLineEdit(preferences.value.hub_endpoint)
        self._mirror.setPlaceholderText("https://huggingface.co")
        self._mirror.editingFinished.connect(self._on_mirror)
        self._proxy = QLineEdit(preferences.value.proxy)
        self._proxy.setPlaceholderText("http://proxy:8080")
        self._proxy.editingFinished.connect(self._on_proxy)
        self._rate = self._make_rate()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self._shown: list[QWidget] = []
        self._none = note(self.tr("Nothing has been opened yet."))
        frame = card()
        column(frame, self._none, self._rows, margin=12, spacing=4)
        said = note(
            self.tr(
                "Only a search of the hub and the download of a model open a connection, in a process of "
                "their own, and the engine where you have named computers that lend devices or let a server "
                "play; every other part of the app is kept from it. Sealed, these are refused, too."
            )
        )
        explained = self.tr("A mirror of the hub; empty is the hub itself.")
        mirror = field(self.tr("Address of the hub"), self._mirror, explained)
        through = self.tr("Everything is fetched through it; empty takes what HTTPS_PROXY says.")
        proxy = field(self.tr("Proxy"), self._proxy, through)
        rate = field(self.tr("Rate of downloads (kB/s)"), self._rate)
        token = TokenField(tokens, self._token_words())
        parts = (heading(self.tr("Network")), said, sealed, mirror, proxy, rate, token)
        column(self, *parts, heading(self.tr("What was opened")), frame, spacing=14).addStretch(1)
        ledger.changed.connect(self._refresh)
        self._refresh()

    def _make_rate(self) -> QSpinBox:
        rate = QSpinBox()
        rate.setRange(0, 10_000_000)
        rate.setSingleStep(500)
        rate.setSpecialValueText(self.tr("as fast as it comes"))
        rate.setValue(self._preferences.value.download_rate // _KILO)
        rate.valueChanged.connect(lambda value: self._preferences.update(download_rate=value * _KILO))
        return rate

    def _token_words(self) -> TokenWords:
        return TokenWords(
            label=self.tr("Access token for gated models"),
            placeholder="hf_…",
            explanation=self.tr(
                "Some makers let only accounts in that have accepted their terms. The token is shown to the "
                "hub alone, and only where it refuses without one."
            ),
            keep=self.tr("Keep the access token"),
            forget=self.tr("Forget the access token"),
            places={
                TokenPlace.NONE: self.tr("There is none; most models need none."),
                TokenPlace.ENVIRONMENT: self.tr("The one in the variable HF_TOKEN is used."),
            },
        )

    def _on_mirror(self) -> None:
        self._mirror.setText(_address(self._mirror.text(), "https"))
        self._preferences.update(hub_endpoint=self._mirror.text())

    def _on_proxy(self) -> None:
        self._proxy.setText(_address(self._proxy.text(), "http"))
        self._preferences.update(proxy=self._proxy.text())

    def _refresh(self) -> None:
        for row in self._shown:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._shown = [self._row(entry) for entry in self._ledger.all()[:_SHOWN]]
        for row in self._shown:
            self._rows.addWidget(row)
        self._none.setVisible(not self._shown)

    def _row(self, entry: Connection) -> QWidget:
        row = QWidget()
        when = QLocale().toString(QDateTime.fromMSecsSinceEpoch(entry.at), QLocale.FormatType.ShortFormat)
        came = byte_size(entry.received)
        where = ", ".join(entry.hosts) or self.tr("nobody answered")
        column(
            row, words(f"{when} · {entry.asked_by}"), note(f"{where} · {came} · {entry.outcome}"), spacing=1
        )
        return row


def _address(text: str, scheme: str) -> str:
    """Tidy an address; one without a scheme gets the usual one."""
    tidy = text.strip().rstrip("/")
    return tidy if not tidy or tidy.startswith(("https://", "http://")) else f"{scheme}://{tidy}"
