"""Knows how the devices of this machine are shown in the settings; they are looked for when it is seen."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from hermes_desktop.app.devices import DevicesService, unused_words, words_of
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.device import rpc_address
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.ui.pieces import button, card, column, field, heading, note, words
from hermes_desktop.ui.settings.battery import BatteryPart


class DevicesPart(QWidget):
    """List what a model can lie on here, and what this build leaves idle."""

    def __init__(self, devices: DevicesService, preferences: PreferencesService, power: PowerService) -> None:
        super().__init__()
        self._devices, self._preferences = devices, preferences
        self._build = note("")
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self._shown: list[QWidget] = []
        self._frame = card()
        column(self._frame, self._rows, margin=16)
        self._again = button(self.tr("Look again"))
        self._again.clicked.connect(lambda: devices.look(again=True))
        said = note(self.tr("Layers of a model are put on graphics cards where this build can use them."))
        parts = (heading(self.tr("Devices")), said, self._frame, self._build)
        whole = column(self, *parts, spacing=14)
        whole.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(BatteryPart(power, preferences))
        self._add_lenders(whole)
        whole.addStretch(1)
        devices.changed.connect(self._refresh)
        self._refresh()

    def _add_lenders(self, whole: QVBoxLayout) -> None:
        self._hosts = QLineEdit(", ".join(self._preferences.value.rpc_hosts))
        self._hosts.setPlaceholderText("192.168.1.20:50052, studio.local:50052")
        self._hosts.editingFinished.connect(self._on_hosts)
        self._refused = _warning("")
        self._refused.hide()
        explained = self.tr(
            "A model is spread over them when it is loaded the next time; “hermes-desktop rpc-server” runs "
            "there. What is computed passes the network unprotected: name only computers in a network that "
            "you trust. Empty is none."
        )
        hosts = field(self.tr("Addresses of computers that lend their devices"), self._hosts, explained)
        for part in (heading(self.tr("Other computers")), hosts, self._refused):
            whole.addWidget(part)

    def _on_hosts(self) -> None:
        """Keep the addresses where all are good; otherwise say which one is not."""
        named = [part for part in self._hosts.text().replace(",", " ").split() if part]
        try:
            hosts = tuple(dict.fromkeys(rpc_address(part) for part in named))
        except KnownError as error:
            said = sentence(error)
            self._refused.setText(f"{said.text} {said.hint}")
            self._refused.show()
            return
        self._refused.hide()
        self._hosts.setText(", ".join(hosts))
        if hosts != self._preferences.value.rpc_hosts:
            self._preferences.update(rpc_hosts=hosts)
            self._devices.look(again=True)

    def showEvent(self, event: QShowEvent) -> None:
        """Look now that somebody wants to see it."""
        super().showEvent(event)
        self._devices.look()

    def _refresh(self) -> None:
        for row in self._shown:
            self._rows.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._shown = self._lines()
        for row in self._shown:
            self._rows.addWidget(row)
        found = self._devices.found
        self._build.setText(self.tr("Engine: {build}").replace("{build}", found.build if found else ""))
        self._build.setVisible(bool(found and found.build))
        self._again.setEnabled(not self._devices.looking)

    def _lines(self) -> list[QWidget]:
        found = self._devices.found
        if found is None:
            return [note(self.tr("Looking …"))]
        rows: list[QWidget] = []
        for device in found.devices:
            row = QWidget()
            column(row, words(device.name), note(words_of(device)), spacing=1)
            rows.append(row)
        rows += [words(unused_words(gpu)) for gpu in self._devices.unused]
        failures = map(sentence, found.failures)
        return rows + [_warning(f"{said.text} {said.hint}") for said in failures]


def _warning(text: str) -> QLabel:
    shown = note(text)
    shown.setProperty("role", "warning")
    return shown
