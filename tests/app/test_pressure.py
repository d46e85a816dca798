"""Proves that a load that leaves too little memory is told, once, with what takes less."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice, NoticeKind
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.containers import model_header
from hermes_desktop.domain.model_file import ALL_LAYERS, KvType, LoadOptions
from hermes_desktop.domain.setting import Setting, Space
from hermes_desktop.fitting import memory
from hermes_desktop.fitting.setting import setting
from hermes_desktop.hub import catalogue
from hermes_desktop.paths import Folders
from tests.app.loading import Loader

GIB = 1024**3
MODEL = catalogue.find("8b-q4_k_m").geometry
TIGHT = setting(MODEL, LoadOptions(context=32768, kv_type=KvType.F16), Space(95 * GIB // 10))
LEAST = setting(MODEL, LoadOptions(), Space(51 * GIB // 10))
CROWDED = setting(MODEL, LoadOptions(gpu_layers=ALL_LAYERS), Space(16 * GIB, (3 * GIB,)))
ROOMY = setting(MODEL, LoadOptions(), Space(16 * GIB))


class Desk(Loader):
    """A program that loads, and what it tells of a load that has worked."""

    def hear(self, options: LoadOptions | None = None) -> list[Notice]:
        assert self.load(options) is ModelState.READY
        return list(self.told)


Start = Callable[..., Desk]


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path) -> Iterator[Start]:
    programs: list[Program] = []

    def make(planned: Setting | None = None, context: int = 4096) -> Desk:
        script = tmp_path / "script.json"
        script.write_text(json.dumps({"load": {"planned": asdict(planned) if planned else None}}), "utf-8")
        scripted = ("--engine", "scripted", "--script", str(script))
        engine = scripted if planned is not None else ("--engine", "llama")
        programs.append(build(Folders.of(tmp_path / "data"), engine=engine))
        return Desk(programs[-1], qtbot, tiny_gguf.write(tmp_path / "tiny.gguf", context=context))

    yield make
    for program in programs:
        program.close()


def test_what_takes_less_is_one_click_away(start: Start) -> None:
    desk = start(TIGHT)
    (notice,) = desk.hear(TIGHT.options)
    assert notice.kind is NoticeKind.WARNING and notice.act is not None and notice.action == "Load it so"
    assert "9.5 GB of main memory; 10.2 GB was free" in notice.text and "90 %" in notice.text
    assert "32,768 tokens and a KV cache in q8_0" in notice.hint
    notice.act()
    assert desk.settled() is ModelState.READY
    assert desk.models.loaded is not None and desk.models.loaded.kv_type is KvType.Q8_0


def test_where_no_setting_takes_less_another_model_is_named(start: Start) -> None:
    (notice,) = start(LEAST).hear()
    assert notice.act is None and not notice.action
    assert "smaller quantisation" in notice.hint and "Hermes 3" in notice.hint


def test_too_many_layers_on_a_device_are_told_as_such(start: Start) -> None:
    (notice,) = start(CROWDED).hear()
    assert "put fewer on them" in notice.text
    assert "as many layers there as fit" in notice.hint and notice.act is not None


def test_nothing_is_told_where_there_is_room(start: Start) -> None:
    assert start(ROOMY).hear() == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how Linux limits a process")
def test_it_is_told_once_for_a_model_and_a_setting(start: Start, tmp_path: Path) -> None:
    trained = 64 * 1024 * 1024
    desk = start(context=trained)
    wanted = LoadOptions(context=300_000, kv_type=KvType.F16, threads=1)
    assert desk.hear(replace(wanted, context=512)) == []
    geometry = model_header.read_geometry(tmp_path / "tiny.gguf")
    need = memory.fit(geometry, wanted.context, KvType.F16, ram=0).total_ram
    child = psutil.Process(desk.program.engine.pid)
    limit = child.memory_info().vms + int(need / 0.95)
    child.rlimit(psutil.RLIMIT_AS, (limit, limit))
    (notice,) = desk.hear(wanted)
    assert "Tiny" in notice.text and "q8_0" in notice.hint
    assert desk.hear(wanted) == []
    assert len(desk.hear(replace(wanted, context=300_032))) == 1
