"""A program for what is written beside the conversations, what it asks the engine, and waiting."""

import json
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import ENGINE, Program, build
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.engine import protocol
from hermes_desktop.paths import Folders

WAIT_MS = 30_000
Replies = list[dict[str, object]]


class Bench:
    """The services of a program on fresh data; its engine is real, or plays replies."""

    def __init__(
        self, folder: Path, qtbot: QtBot, replies: Replies | None = None, load: object = None
    ) -> None:
        engine = ENGINE
        if replies is not None:
            script = folder / "script.json"
            script.write_text(json.dumps({"replies": replies, "load": load or {}}), "utf-8")
            engine = ("--engine", "scripted", "--script", str(script))
        self.folder, self.qtbot = folder, qtbot
        self.program: Program = build(Folders.of(folder / "data"), engine=engine)
        self.services = self.program.services
        self.told: list[str] = []
        self.services.notices.release()
        self.services.notices.posted.connect(lambda notice: self.told.append(notice.text))
        self.services.preferences.update(load=LoadOptions(context=2048, threads=1, gpu_layers=0))
        self.asked: list[protocol.Generate] = []
        send = self.program.engine.send

        def listen(command: protocol.Command) -> None:
            if isinstance(command, protocol.Generate):
                self.asked.append(command)
            send(command)

        self.program.engine.send = listen  # type: ignore[method-assign]

    def add(self, says: list[str] | None = None) -> int:
        file = tiny_gguf.write(self.folder / "tiny.gguf", context=4096, says=says)
        return self.services.models.add(file).id

    def load(self, says: list[str] | None = None) -> None:
        self.load_id(self.add(says))

    def load_id(self, model_id: int) -> None:
        self.services.models.load(model_id)
        self.until(lambda: self.services.models.state is ModelState.READY)

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)
