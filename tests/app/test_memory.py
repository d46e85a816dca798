"""Proves what becomes of loads that are too large: a sentence, a setting that works, a living program."""

import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop import machine
from hermes_desktop.app import smaller
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.notices import Notice
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.setting import Space
from hermes_desktop.fitting.setting import less
from hermes_desktop.paths import Folders

MIB = 1024 * 1024
LEFT = 700 * MIB  # of address space, for a model that wants gigabytes
TRAINED = 64 * 1024 * 1024  # tokens
# Eight whose cache is too large, which is seen beforehand, and twelve for which llama.cpp itself gets no
# memory any more: the scores of all pairs, without flash attention.
CACHES = product((4_000_000, 16_000_000), (KvType.F16, KvType.Q4_0), (True,), (True, False))
SCORES = product(range(300_000, 900_000, 100_000), (KvType.F16,), (False,), (True, False))
LOADS = [*CACHES, *SCORES]


class Limited:
    """A program whose engine may have only so much memory."""

    def __init__(self, program: Program, qtbot: QtBot, model_id: int) -> None:
        self.models, self.qtbot, self.model_id = program.services.models, qtbot, model_id
        self.engine = program.engine
        self.told: list[Notice] = []
        program.services.notices.posted.connect(self.told.append)
        program.services.notices.release()

    def load(self, options: LoadOptions) -> ModelState:
        self.models.load(self.model_id, options)
        return self.settled()

    def settled(self) -> ModelState:
        self.qtbot.waitUntil(lambda: self.models.state is not ModelState.LOADING, timeout=60_000)
        return self.models.state

    def limit(self) -> None:
        """Leave the engine little more than it has now."""
        child = psutil.Process(self.engine.pid)
        room = child.memory_info().vms + LEFT
        child.rlimit(psutil.RLIMIT_AS, (room, room))


def _is_cache(error: KnownError, context: int, kv_type: KvType) -> bool:
    """Say whether it was the cache for which there was no room: 512 bytes a token in 16 bits."""
    bytes_a_token = {KvType.F16: 512, KvType.Q4_0: 144}[kv_type]
    return error.values["needed"] == pytest.approx(context * bytes_a_token, rel=0.01)


@pytest.fixture
def limited(qtbot: QtBot, tmp_path: Path) -> Iterator[Limited]:
    program = build(Folders.of(tmp_path / "data"))
    file = tiny_gguf.write(tmp_path / "tiny.gguf", context=TRAINED)
    yield Limited(program, qtbot, program.services.models.register(file).id)
    program.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how Linux limits a process")
def test_every_load_that_is_too_large_ends_in_a_sentence_and_an_offer(limited: Limited) -> None:
    beforehand = 0
    for context, kv_type, flash, mmap in LOADS:
        assert limited.load(LoadOptions(context=512, threads=1)) is ModelState.READY
        limited.limit()
        limited.told.clear()
        options = LoadOptions(context, kv_type, flash_attention=flash, mmap=mmap, threads=1)
        assert limited.load(options) is ModelState.FAILED, options
        (notice,) = limited.told
        assert "memory" in notice.text and notice.act is not None and "it fits" in notice.hint, notice
        assert limited.models.error is not None
        beforehand += _is_cache(limited.models.error, context, kv_type)
        notice.act()
        assert limited.settled() is ModelState.READY, notice
        loaded = limited.models.loaded
        assert loaded is not None
        assert (loaded.context < context) or (loaded.kv_type, loaded.flash_attention) != (kv_type, flash)
        limited.models.unload()
    assert (beforehand, len(LOADS)) == (8, 20)


def test_nothing_is_offered_where_nothing_fits(tmp_path: Path) -> None:
    file = tiny_gguf.write(tmp_path / "tiny.gguf", context=TRAINED)
    assert smaller.options_for(file, LoadOptions(context=8192), 10 * MIB) is None
    told = smaller.notice(KnownError(ErrorKind.ENGINE_MEMORY, needed=5, free=4), None)
    assert not told.action and "smaller" in told.hint and "4 bytes" in told.hint


def test_what_is_offered_is_the_longest_context_that_fits(tmp_path: Path) -> None:
    geometry = model_header.read_geometry(tiny_gguf.write(tmp_path / "tiny.gguf", context=TRAINED))
    wanted = LoadOptions(context=1_048_576)
    plenty = less(geometry, wanted, Space(10**12))
    assert plenty is not None and (plenty.context, plenty.kv_type) == (1_048_576, KvType.Q8_0)
    found = less(geometry, wanted, Space(500 * MIB))
    assert found is not None and 1024 <= found.context < 1_048_576


def test_what_is_offered_for_an_automatic_choice_is_below_the_usual(tmp_path: Path) -> None:
    file = tiny_gguf.write(tmp_path / "tiny.gguf", context=TRAINED)
    found = smaller.options_for(file, LoadOptions(), 10**12)
    assert found is not None and (found.context, found.kv_type) == (8192, KvType.Q8_0)


def test_the_limit_of_a_group_of_processes_counts(tmp_path: Path) -> None:
    free = machine.free_memory(tmp_path)
    assert free > 300 * MIB
    group = tmp_path / "sys/fs/cgroup/user.slice/app.scope"
    group.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("1:name=x:/y\n0::/user.slice/app.scope\n")
    (group / "memory.max").write_text("max\n")
    assert machine.free_memory(tmp_path) > 300 * MIB
    for name, text in {
        "max": 400 * MIB,
        "current": 250 * MIB,
        "stat": f"anon 5\ninactive_file {50 * MIB}",
    }.items():
        (group.parent / f"memory.{name}").write_text(f"{text}\n")
    assert machine.free_memory(tmp_path) == 200 * MIB
    (group.parent / "memory.current").write_text(f"{900 * MIB}\n")
    assert machine.free_memory(tmp_path) == 0
