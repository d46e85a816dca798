"""Types commands as a script does: a process, its exit status, what it printed."""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hermes_desktop.bootstrap import build
from hermes_desktop.cli import conversations, memory, personas, profiles
from hermes_desktop.cli.arguments import parse
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.paths import Folders


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Types commands on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, stdin: str = "", display: bool = False) -> Ended:
        ended = subprocess.run(
            self.command(*words),
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment(display=display),
            timeout=90,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "hermes_desktop", *words]

    def environment(self, *, display: bool = False) -> dict[str, str]:
        environment = os.environ | {"HERMES_DESKTOP_DATA": str(self.folder), "PYTHONUNBUFFERED": "1"}
        for name in () if display else ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            environment.pop(name, None)
        return environment


_RUNS = {
    "personas": (personas.run, personas.WRITING),
    "profiles": (profiles.run, profiles.WRITING),
    "conversations": (conversations.run, conversations.WRITING),
    "memory": (memory.run, memory.WRITING),
}


class Typed:
    """Types commands on one data folder in this process: each opens the data anew, and no Python starts."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capture = folder, capture

    def __call__(self, *words: str) -> Ended:
        try:
            status = self._run(parse(words))
        except SystemExit as end:
            status = int(str(end.code))
        return Ended(status, *self._capture.readouterr())

    def _run(self, arguments: argparse.Namespace) -> int:
        run, writing = _RUNS[arguments.command]
        output = Output(as_json=arguments.json)
        try:
            program = build(Folders.of(self.folder), may_share=arguments.action not in writing)
            try:
                return run(program.services, output, arguments)
            finally:
                program.close()
        except KnownError as error:
            output.error(error)
            return 1


def one_sentence(ended: Ended, *parts: str) -> None:
    assert ended.status == 1 and ended.out == ""
    assert "Traceback" not in ended.err and len(ended.err.strip().splitlines()) == 1
    assert all(part in ended.err for part in parts), ended.err
