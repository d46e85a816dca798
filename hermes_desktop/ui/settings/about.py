"""Knows what the program says about itself: version, where the data lies, whose work it stands on."""

from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QWidget

from hermes_desktop import __version__
from hermes_desktop.app.devices import DevicesService
from hermes_desktop.app.models import ModelsService
from hermes_desktop.paths import Folders
from hermes_desktop.ui.pieces import button, card, column, heading, note, words

# Distribution, licence as its own metadata names it.
_PARTS = (
    ("PySide6-Essentials", "LGPL-3.0"),
    ("llama-cpp-python", "MIT"),
    ("sqlmodel", "MIT"),
    ("huggingface-hub", "Apache-2.0"),
    ("Markdown", "BSD-3-Clause"),
    ("nh3", "MIT"),
    ("Pygments", "BSD-2-Clause"),
    ("Jinja2", "BSD-3-Clause"),
    ("platformdirs", "MIT"),
    ("psutil", "BSD-3-Clause"),
)


class About(QWidget):
    """Say what this is; everything here can be copied into a report."""

    def __init__(self, models: ModelsService, devices: DevicesService, folders: Folders) -> None:
        super().__init__()
        self._models, self._devices, self._folders = models, devices, folders
        self._engine = words("")
        copy = button(self.tr("Copy for a report"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report()))
        folder = button(self.tr("Open the data folder"))
        folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folders.data))))
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(copy)
        acts.addWidget(folder)
        acts.addStretch(1)
        column(
            self,
            heading(self.tr("Hermes Desktop {version}").replace("{version}", __version__)),
            words(
                self.tr(
                    "Persona chat on your own computer. Everything you write stays in the data folder; "
                    "the window opens no connection to any network."
                )
            ),
            words(self.tr("Data folder: {folder}").replace("{folder}", str(folders.data))),
            self._engine,
            acts,
            heading(self.tr("Stands on")),
            self._parts(),
            note(
                self.tr(
                    "Hermes 3 is by Nous Research. Its 8B, 70B and 405B models are built with Llama 3.1, and "
                    "its 3B model with Llama 3.2; Llama is licensed under Meta's community licences."
                )
            ),
            spacing=12,
        ).addStretch(1)
        models.state_changed.connect(self._show_engine)
        self._show_engine()

    def report(self) -> str:
        """Give what a bug report needs; nothing that was written in a conversation."""
        lines = [f"Hermes Desktop {__version__}", self._engine.text(), self._devices.report()]
        return "\n".join([*filter(None, lines), *(f"{name} {_version(name)}" for name, _ in _PARTS)])

    def _parts(self) -> QWidget:
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(16, 10, 16, 10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        for row, (name, licence) in enumerate(_PARTS):
            for place, text in enumerate((name, _version(name), licence)):
                grid.addWidget(QLabel(text), row, place)
        return frame

    def _show_engine(self, *_anything: object) -> None:
        loaded = self._models.loaded
        text = self.tr("Engine: llama-cpp-python {version}").replace(
            "{version}", _version("llama-cpp-python")
        )
        if loaded is not None:
            text += " · " + loaded.build
        self._engine.setText(text)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
