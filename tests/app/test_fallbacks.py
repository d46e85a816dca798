"""Proves what becomes of loads with too many layers on a device: stepped down, told, remembered."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.fallbacks import FILE
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.paths import Folders
from tests.app.loading import Loader

MEMORY = {"kind": "engine_memory", "values": {"needed": 9 * 10**9, "free": 4 * 10**9}}
LAYERS = 32


class Machine(Loader):
    """A program whose engine has one card with room for some layers."""

    def layers(self) -> int:
        assert self.models.loaded is not None
        (share,) = self.models.loaded.devices
        return share.layers if share.name == "Card" else 0


Start = Callable[..., Machine]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    programs: list[Program] = []

    def make(**load: Any) -> Machine:
        for program in programs:
            program.close()
        programs.clear()
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"load": {"layers": LAYERS} | load}), encoding="utf-8")
        engine = ("--engine", "scripted", "--script", str(script))
        programs.append(build(Folders.of(tmp_path / "data"), engine=engine))
        file = tmp_path / "tiny.gguf"
        return Machine(programs[-1], qtbot, file if file.exists() else tiny_gguf.write(file))

    yield make
    for program in programs:
        program.close()


@pytest.mark.parametrize("how", [{"fail": MEMORY}, {"act": "crash:SIGKILL"}, {"act": "exit:3"}])
@pytest.mark.parametrize(("room", "layers", "tries"), [(32, 32, 0), (27, 24, 1), (20, 16, 2), (5, 0, 3)])
def test_fewer_layers_are_tried_until_it_loads(
    start: Start, how: dict[str, Any], room: int, layers: int, tries: int
) -> None:
    machine = start(room=room, **how)
    assert machine.load() is ModelState.READY
    assert machine.layers() == layers
    assert all(notice.kind is NoticeKind.INFO for notice in machine.told)
    retries = [notice for notice in machine.told if "did not load" in notice.text]
    assert len(retries) == tries and all(notice.hint for notice in retries)
    if tries:
        assert f"Loaded with {layers} of {LAYERS}" in machine.told[-1].text
        assert ("processor" in retries[-1].text) == (layers == 0)


def test_what_worked_is_where_the_next_start_begins(start: Start) -> None:
    assert start(room=20, fail=MEMORY).load() is ModelState.READY
    machine = start(room=20, fail=MEMORY)
    assert machine.load() is ModelState.READY
    assert machine.layers() == 16 and not machine.told
    assert machine.load(LoadOptions(context=1024)) is ModelState.READY  # other options: another try
    assert machine.layers() == 16 and len(machine.told) == 3
    machine.program.services.devices.look(again=True)
    assert machine.load() is ModelState.READY
    assert len(machine.told) == 3


def test_what_worked_on_the_processor_alone_is_remembered_too(start: Start) -> None:
    assert start(room=0, act="exit:3").load() is ModelState.READY
    machine = start(room=0, act="exit:3")
    assert machine.load() is ModelState.READY and not machine.told


def test_where_nothing_loads_the_failure_is_told_with_an_offer(start: Start) -> None:
    machine = start(fail=MEMORY)
    assert machine.load() is ModelState.FAILED
    assert machine.models.error is not None and machine.models.error.kind is ErrorKind.ENGINE_MEMORY
    assert [notice.kind for notice in machine.told] == [NoticeKind.INFO] * 3 + [NoticeKind.ERROR]
    assert "memory" in machine.told[-1].text


def test_a_failure_that_layers_have_no_part_in_is_told_at_once(start: Start) -> None:
    machine = start(fail={"kind": "model_unsupported", "values": {"path": "m", "architecture": "x"}})
    assert machine.load() is ModelState.FAILED
    (notice,) = machine.told
    assert notice.kind is NoticeKind.ERROR
    machine = start(layers=0, fail=MEMORY)
    assert machine.load() is ModelState.FAILED
    assert [notice.kind for notice in machine.told] == [NoticeKind.ERROR]


@pytest.mark.parametrize("text", ["{", "[]", '{"layers": {"a": "b"}}', "x" * 300_000])
def test_a_memory_that_is_damaged_is_none(start: Start, text: str) -> None:
    machine = start(room=20, fail=MEMORY)
    file = machine.program.services.folders.cache / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert machine.load() is ModelState.READY and machine.layers() == 16


def test_another_model_that_is_asked_for_meanwhile_wins(start: Start, tmp_path: Path) -> None:
    machine = start(room=5, fail=MEMORY)
    other = machine.models.register(tiny_gguf.write(tmp_path / "other.gguf"))

    def choose_another(notice: Notice) -> None:
        if "24 are tried" in notice.text and machine.models.chosen != other:
            machine.models.load(other.id, LoadOptions(gpu_layers=0))

    machine.program.services.notices.posted.connect(choose_another)
    assert machine.load() is ModelState.READY
    assert machine.models.chosen == other and len(machine.told) == 1
