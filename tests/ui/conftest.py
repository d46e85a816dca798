"""The whole window on fresh data, with a scripted engine behind it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from hermes_desktop import machine
from hermes_desktop.app import speeds
from hermes_desktop.app.services import Services
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.conversation import Message
from hermes_desktop.domain.speed import Calibration, Rate
from hermes_desktop.paths import Folders
from hermes_desktop.ui import application
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.window import Window

WAIT_MS = 15_000
A_DIALOG = pytest.mark.qt_log_ignore("propagateSizeHints")  # a box on the offscreen platform
CALIBRATION = Calibration(machine.cores(), "a build", 1_750_000_000_000, (Rate(4.5, 40e9), Rate(8.5, 20e9)))
SLOW = 0.05  # seconds between pieces, so that a test can act while a reply comes


@dataclass
class Desk:
    """A person's view: the window, and a few ways to use it."""

    program: Program
    window: Window
    qtbot: QtBot

    @property
    def services(self) -> Services:
        return self.program.services

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def load(self, folder: Path) -> None:
        model = self.services.models.add(tiny_gguf.write(folder / "tiny.gguf", context=8192))
        self.services.models.load(model.id)
        self.until(lambda: self.services.models.loaded is not None)

    def meet(self, name: str = "Hobbs") -> None:
        self.services.chat.start(self.services.personas.find(name).id)

    def type(self, text: str) -> None:
        self.qtbot.keyClicks(self.window.chat_page.composer.edit, text)

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window.chat_page.composer.edit, key, modifier)

    def say(self, text: str) -> None:
        """Write a message, send it with Enter and wait for the end of the reply."""
        count = len(self.path())
        self.type(text)
        self.press(Qt.Key.Key_Return)
        self.until(lambda: len(self.path()) >= count + 2)
        self.rest()

    def rest(self) -> None:
        self.until(lambda: not self.services.chat.busy)

    def path(self) -> list[Message]:
        return self.services.chat.page(limit=500)

    def shown(self) -> str:
        return self.window.chat_page.transcript.toPlainText()

    def click(self, name: str, inside: QWidget | None = None) -> None:
        """Press the button with this accessible name, as a person who sees it would."""
        buttons = (inside or self.window).findChildren(QPushButton)
        found = [each for each in buttons if each.accessibleName() == name and each.isVisible()]
        assert found, f"no button {name!r}; there are {[each.accessibleName() for each in buttons]}"
        self.qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def notices(self) -> list[str]:
        return [card.notice.text for card in self.window._notices.cards()]


Open = Callable[..., Desk]


@pytest.fixture
def open_desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Open the window; `replies` is the script, `model=False` leaves the engine empty."""
    opened: list[Desk] = []

    def close(desk: Desk) -> None:
        opened.remove(desk)
        desk.window.close()
        desk.program.close()
        desk.window.deleteLater()

    def make(
        replies: list[dict[str, object]] | None = None, *, model: bool = True, folder: str = "data"
    ) -> Desk:
        while opened:
            close(opened[0])
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"replies": replies or []}), "utf-8")
        application.make()
        folders = Folders.of(tmp_path / folder)
        speeds.keep(folders.config, CALIBRATION)  # so that the page of models measures nothing
        program = build(folders, engine=("--engine", "scripted", "--script", str(script)))
        theme = Theme(program.services.preferences)
        window = Window(program.services, theme)
        theme.dress()
        window.show()
        program.services.notices.release()
        desk = Desk(program, window, qtbot)
        opened.append(desk)
        if model:
            desk.load(tmp_path)
        return desk

    yield make
    for desk in list(opened):
        close(desk)


@pytest.fixture
def desk(open_desk: Open) -> Desk:
    """The window with a model that echoes."""
    return open_desk()
