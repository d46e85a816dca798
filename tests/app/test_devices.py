"""Proves how devices are looked for: what is found, what crashes, what is remembered."""

import json
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop import graphics
from hermes_desktop.app import devices
from hermes_desktop.app.devices import DevicesService, survey, unused, unused_words, words_of
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.bench.lender import lender
from hermes_desktop.domain.device import Device, DeviceKind, Graphics
from hermes_desktop.domain.errors import ErrorKind

CARD = Device("CUDA0", "NVIDIA GeForce RTX 4070", DeviceKind.GPU, "CUDA", 6 * 10**9, 8 * 10**9)
GPU = Graphics("NVIDIA GeForce RTX 4070", "cuda", "550.54.15")
SAID = {
    "build": "b1",
    "devices": [
        {"name": CARD.name, "description": CARD.description, "kind": "gpu", "backend": "CUDA"}
        | {"free": CARD.free, "total": CARD.total}
    ],
}

CRASH = "import os, sys; sys.stderr.write('x\\nCUDA error: no\\n'); sys.stderr.flush(); os.abort()"


def running(code: str) -> list[str]:
    """A process that does what a driver might."""
    return [sys.executable, "-c", code]


def saying(fields: object) -> list[str]:
    return running(f"print({json.dumps(fields)!r})")


def test_this_machine_has_a_processor() -> None:
    found = survey()
    assert found.build.startswith("llama-cpp-python") and not found.failures
    (processor,) = [device for device in found.devices if device.kind is DeviceKind.CPU]
    assert 0 < processor.free <= processor.total
    assert processor.description in words_of(processor) and "processor" in words_of(processor)


def test_another_computer_lends_its_devices() -> None:
    with lender() as other:
        found = survey([other.address, "127.0.0.1:1"])
    (lent,) = [device for device in found.devices if device.kind is DeviceKind.RPC]
    assert (lent.name, lent.description) == ("RPC0", other.address) and lent.total > 0
    (failure,) = found.failures
    assert failure.kind is ErrorKind.RPC_UNREACHABLE and failure.values["address"] == "127.0.0.1:1"


@pytest.mark.parametrize(
    ("command", "detail"),
    [
        (running(CRASH), "CUDA error: no"),
        (running("import os; os._exit(7)"), "exit status 7"),
        (saying([]), "exit status 0"),
        (saying({"build": "b", "devices": [{"name": 5}]}), "exit status 0"),
        (saying({"error": "nonsense", "values": {}}), "exit status 0"),
        (saying(SAID | {"devices": SAID["devices"] * 65}), "too many"),  # type: ignore[operator]
    ],
)
def test_a_driver_that_crashes_is_said_and_nothing_else_happens(command: list[str], detail: str) -> None:
    found = survey(command=command)
    (failure,) = found.failures
    assert failure.kind is ErrorKind.DEVICES_SILENT and detail in str(failure.values["detail"])
    assert not found.devices


def test_a_driver_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "SECONDS", 0.5)
    (failure,) = survey(command=running("import time; time.sleep(60)")).failures
    assert failure.kind is ErrorKind.DEVICES_SILENT and "no answer" in str(failure.values["detail"])


def test_the_probe_names_its_own_errors() -> None:
    (failure,) = survey(command=saying({"error": "engine_missing", "values": {"detail": "gone"}})).failures
    assert failure.kind is ErrorKind.ENGINE_MISSING


def test_a_card_that_the_build_does_not_see_lies_idle() -> None:
    vulkan = Device("Vulkan0", "RTX", DeviceKind.GPU, "Vulkan", 1, 1)
    lent = Device("RPC0", "h:1", DeviceKind.RPC, "RPC", 1, 1)
    assert unused([CARD], [GPU]) == [] and unused([vulkan], [GPU]) == []
    assert unused([lent], [GPU]) == [GPU]
    assert "make run GPU=cuda" in unused_words(GPU) and GPU.description in unused_words(GPU)


# ---- the service ------------------------------------------------------------------------------------------


class Bench:
    """A service, and what its probe says or does."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.folder, self.qtbot = folder, qtbot
        self._notices = NoticesService()
        self._tasks = Tasks(self._notices)

    def service(self, command: list[str]) -> DevicesService:
        return DevicesService(self.folder, self._tasks, command=command)

    def look(self, service: DevicesService, *, again: bool = False) -> None:
        service.look(again=again)
        self.qtbot.waitUntil(lambda: not service.looking)


@pytest.fixture
def bench(tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(graphics, "built_in", lambda: [GPU])
    return Bench(tmp_path / "cache", qtbot)


def test_nothing_is_looked_for_before_somebody_wants_to_see_it(bench: Bench) -> None:
    service = bench.service(saying(SAID))
    assert service.found is None and not service.looking and service.report() == "" and service.unused == []
    bench.look(service)
    assert service.found is not None and service.found.devices == (CARD,)
    assert service.unused == [] and CARD.description in service.report()


def test_what_was_found_is_shown_at_once_the_next_time_and_then_brought_up_to_date(bench: Bench) -> None:
    bench.look(bench.service(saying(SAID)))
    later = bench.service(saying(SAID | {"devices": []}))
    later.look()
    assert later.found is not None and later.found.devices == (CARD,) and later.looking
    bench.qtbot.waitUntil(lambda: not later.looking)
    assert later.found.devices == () and later.unused == [GPU]


def test_with_another_driver_nothing_old_is_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.look(bench.service(saying(SAID)))
    monkeypatch.setattr(graphics, "built_in", lambda: [Graphics(GPU.description, "cuda", "560.1")])
    later = bench.service(saying(SAID))
    later.look()
    assert later.found is None
    bench.qtbot.waitUntil(lambda: not later.looking)


def test_a_driver_that_has_crashed_is_left_alone_until_somebody_asks(bench: Bench) -> None:
    bench.look(bench.service(running("import os; os.abort()")))
    later = bench.service(saying(SAID))
    bench.look(later)
    assert later.found is not None and later.found.failures[0].kind is ErrorKind.DEVICES_SILENT
    assert "could not be listed" in later.report()
    bench.look(later, again=True)
    assert later.found.devices == (CARD,) and not later.found.failures


@pytest.mark.parametrize("text", ["", "[]", "{", '{"key": 1}', " " * 70_000])
def test_a_damaged_memory_of_devices_is_passed_over(bench: Bench, text: str) -> None:
    bench.folder.mkdir()
    (bench.folder / devices.FILE).write_text(text)
    service = bench.service(saying(SAID))
    bench.look(service)
    assert service.found is not None and service.found.devices == (CARD,)
