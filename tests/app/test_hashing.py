"""Proves that files are hashed behind everything else, that it waits on battery, and goes on where it was."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app.hashing import Hashing
from hermes_desktop.app.models import ModelsService
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.domain.power import PowerSource
from hermes_desktop.hub import fingerprint
from hermes_desktop.hub.fingerprint import Fingerprint
from hermes_desktop.paths import Folders
from tests.supply import Supply

WAIT_MS = 15_000
PIECE = 4096  # bytes


@dataclass
class Bench:
    """The hashing of a program, and what is heard of it."""

    program: Program
    qtbot: QtBot
    supply: Supply
    model: ModelFile
    digests: list[str] = field(default_factory=list)
    failures: list[KnownError] = field(default_factory=list)

    @property
    def hashing(self) -> Hashing:
        return self.models.hashing

    @property
    def models(self) -> ModelsService:
        return self.program.services.models

    def run_on(self, source: PowerSource) -> None:
        self.supply.turn(self.program.services.power, source)

    def start(self, *, asked: bool) -> None:
        self.hashing.start(
            self.model, lambda _, digest: self.digests.append(digest), self.failures.append, asked=asked
        )

    def wait(self) -> None:
        """Wait for the digest, which has to be the right one."""
        self.qtbot.waitUntil(lambda: bool(self.digests), timeout=WAIT_MS)
        assert self.digests == [hashlib.sha256(Path(self.model.path).read_bytes()).hexdigest()]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(fingerprint, "_CHUNK", PIECE)
    supply, program = Supply(monkeypatch, qtbot), build(Folders.of(tmp_path / "data"))
    model = program.services.models.register(tiny_gguf.write(tmp_path / "tiny.gguf"))
    yield Bench(program, qtbot, supply, model)
    program.close()


class Gate:
    """Stops the thread that hashes behind its first piece."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self.bytes = 0
        take = Fingerprint._take

        def gated(work: Fingerprint, chunk: bytes, *, apart: bool) -> None:
            take(work, chunk, apart=apart)
            self.bytes += len(chunk)
            self.reached.set()
            self.open.wait(15)

        monkeypatch.setattr(Fingerprint, "_take", gated)


def test_what_nobody_has_asked_for_waits_for_mains(bench: Bench) -> None:
    bench.run_on(PowerSource.BATTERY)
    with bench.qtbot.waitSignal(bench.hashing.paused):
        bench.start(asked=False)
    assert bench.hashing.fraction_paused(bench.model.id) == 0.0
    bench.run_on(PowerSource.MAINS)
    assert bench.hashing.fraction_paused(bench.model.id) is None
    bench.wait()


def test_what_the_person_asks_for_runs_on_battery(bench: Bench) -> None:
    bench.run_on(PowerSource.BATTERY)
    bench.start(asked=False)
    bench.start(asked=True)  # "go on now"
    bench.wait()
    assert bench.hashing.fraction_paused(bench.model.id) is None


def test_a_file_goes_on_where_it_was(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    bench.start(asked=False)
    assert gate.reached.wait(15)
    bench.run_on(PowerSource.BATTERY)
    with bench.qtbot.waitSignal(bench.hashing.paused, timeout=WAIT_MS):
        gate.open.set()
    size = bench.model.size
    fraction = bench.hashing.fraction_paused(bench.model.id)
    assert fraction == pytest.approx(PIECE / size) and not bench.digests
    bench.run_on(PowerSource.MAINS)
    bench.wait()
    assert gate.bytes == size  # nothing was read twice


def test_mains_that_is_back_at_once_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate(monkeypatch)
    bench.start(asked=False)
    assert gate.reached.wait(15)
    bench.run_on(PowerSource.BATTERY)
    bench.run_on(PowerSource.MAINS)
    gate.open.set()
    bench.wait()
    assert gate.bytes == bench.model.size


def test_one_that_was_begun_by_the_app_is_the_persons_once_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    bench.start(asked=False)
    assert gate.reached.wait(15)
    bench.start(asked=True)
    bench.run_on(PowerSource.BATTERY)
    gate.open.set()
    bench.wait()


def test_what_waits_can_be_cancelled(bench: Bench) -> None:
    bench.run_on(PowerSource.BATTERY)
    bench.start(asked=False)
    with bench.qtbot.waitSignal(bench.hashing.progressed) as told:
        bench.hashing.cancel(bench.model.id)
    assert told.args == [bench.model.id, 1.0]
    bench.run_on(PowerSource.MAINS)
    assert bench.hashing.fraction_paused(bench.model.id) is None
    bench.start(asked=False)  # a new one, and the only one that is heard of
    bench.wait()


def test_one_that_is_cancelled_while_it_runs_is_not_heard_of(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    bench.start(asked=True)
    assert gate.reached.wait(15)
    bench.hashing.cancel(bench.model.id)
    gate.open.set()
    bench.start(asked=True)
    bench.wait()


def test_a_file_that_has_gone_is_told(bench: Bench) -> None:
    bench.run_on(PowerSource.BATTERY)
    bench.start(asked=False)
    Path(bench.model.path).unlink()
    bench.run_on(PowerSource.MAINS)
    bench.qtbot.waitUntil(lambda: bool(bench.failures), timeout=WAIT_MS)
    assert [error.kind for error in bench.failures] == [ErrorKind.FILE_MISSING] and not bench.digests


def test_the_program_ends_while_a_file_waits(bench: Bench) -> None:
    bench.run_on(PowerSource.BATTERY)
    bench.start(asked=False)
    bench.hashing.close()
    bench.run_on(PowerSource.MAINS)
    assert bench.hashing.fraction_paused(bench.model.id) is None and not bench.digests
