"""Knows the settings' parts and how one gets from one to the other; each part is a module of its own."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QWidget

from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.services import Services
from hermes_desktop.ui.inspector.sampling import PresetEditor
from hermes_desktop.ui.keys import Keys
from hermes_desktop.ui.pieces import MARGIN, PAGE_WIDTH, Scroll, column, note, title
from hermes_desktop.ui.settings.about import About
from hermes_desktop.ui.settings.appearance import Appearance
from hermes_desktop.ui.settings.devices import DevicesPart
from hermes_desktop.ui.settings.general import General
from hermes_desktop.ui.settings.keys import KeysPart
from hermes_desktop.ui.settings.network import NetworkPart
from hermes_desktop.ui.settings.server import ServerPart


class SettingsPage(QWidget):
    """Show one part of the settings at a time; every change counts at once."""

    profiles_asked = Signal()

    def __init__(self, services: Services, keys: Keys, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        preferences, notices = services.preferences, services.notices
        self._names: list[str] = []
        self._tabs = QTabBar()
        self._tabs.setProperty("role", "many")  # so that all fit into the smallest window
        self._tabs.setAccessibleName(self.tr("Parts of the settings"))
        self._tabs.setDrawBase(False)
        self._tabs.setExpanding(False)
        self._stack = QStackedWidget()
        self._tabs.currentChanged.connect(self._stack.setCurrentIndex)
        self._build()
        general = General(preferences, services.backups)
        general.profiles_asked.connect(self.profiles_asked)
        self._add("general", self.tr("General"), general)
        self._add("appearance", self.tr("Look"), Appearance(preferences))
        self._add("sampling", self.tr("Sampling"), self._sampling(preferences, notices))
        self._add("keys", self.tr("Keys"), KeysPart(keys))
        devices = DevicesPart(services.devices, preferences, services.power)
        self._add("devices", self.tr("Devices"), devices)
        self._add("server", self.tr("Server"), self._server(services))
        self._add("network", self.tr("Network"), NetworkPart(preferences, services.ledger, services.tokens))
        self._add("about", self.tr("About"), About(services.models, services.devices, services.folders))

    def show_page(self, name: str) -> None:
        """Show a part: general, appearance, sampling, keys, devices, server, network or about."""
        self._tabs.setCurrentIndex(self._names.index(name))

    def _build(self) -> None:
        head = QWidget()
        head.setMaximumWidth(PAGE_WIDTH)
        column(head, title(self.tr("Settings")), self._tabs, spacing=8)
        middle = QHBoxLayout()
        middle.setContentsMargins(MARGIN, MARGIN, MARGIN, 0)
        middle.addStretch(1)
        middle.addWidget(head, 1000)
        middle.addStretch(1)
        column(self, middle, self._stack, spacing=0).setStretchFactor(self._stack, 1)

    def _add(self, name: str, text: str, part: QWidget) -> None:
        self._names.append(name)
        self._stack.addWidget(Scroll(part, width=PAGE_WIDTH))
        self._tabs.addTab(text)

    def _server(self, services: Services) -> QWidget:
        return ServerPart(services.remote, services.models, services.remote.known)

    def _sampling(self, preferences: PreferencesService, notices: NoticesService) -> QWidget:
        editor = PresetEditor(preferences, notices)
        editor.show_preset(preferences.value.preset)
        editor.chosen.connect(lambda name: preferences.update(preset=name))
        part = QWidget()
        said = note(self.tr("How the next word is drawn, where a conversation has no preset of its own."))
        column(part, said, editor, spacing=16).addStretch(1)
        return part
