"""A program that was started to load one model, and what it tells of that."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice
from hermes_desktop.bootstrap import Program
from hermes_desktop.domain.model_file import LoadOptions


class Loader:
    """Load a file, and hear what is told."""

    def __init__(self, program: Program, qtbot: QtBot, file: Path) -> None:
        self.program, self.qtbot = program, qtbot
        self.models = program.services.models
        self.model_id = self.models.register(file).id
        self.told: list[Notice] = []
        program.services.notices.release()
        program.services.notices.posted.connect(self.told.append)

    def load(self, options: LoadOptions | None = None) -> ModelState:
        self.told.clear()
        self.models.load(self.model_id, options)
        return self.settled()

    def settled(self) -> ModelState:
        self.qtbot.waitUntil(lambda: self.models.state is not ModelState.LOADING, timeout=60_000)
        return self.models.state
