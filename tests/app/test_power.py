"""Proves that what the computer runs on is known, and that no driver can do harm."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop import machine
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.power import PowerSource
from hermes_desktop.paths import Folders

WAIT_MS = 15_000
Make = Callable[[Callable[[], PowerSource]], PowerService]


@pytest.fixture
def preferences(tmp_path: Path) -> PreferencesService:
    return PreferencesService(tmp_path / "preferences.json", NoticesService())


@pytest.fixture
def power(preferences: PreferencesService) -> Iterator[Make]:
    made: list[PowerService] = []

    def make(read: Callable[[], PowerSource]) -> PowerService:
        made.append(PowerService(preferences, read=read))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_work_is_saved_on_battery_where_the_person_wants_it(
    qtbot: QtBot, power: Make, preferences: PreferencesService
) -> None:
    source = PowerSource.BATTERY
    service = power(lambda: source)
    assert service.source is PowerSource.UNKNOWN and not service.saving and service.threads(8) == 0
    with qtbot.waitSignal(service.changed, timeout=WAIT_MS):
        service.start()
    assert service.source is PowerSource.BATTERY and service.saving
    assert [service.threads(loaded) for loaded in (1, 2, 3, 8)] == [1, 1, 1, 4]
    told: list[bool] = []
    service.changed.connect(lambda: told.append(service.saving))
    preferences.update(save_on_battery=False)
    preferences.update(text_size=18)
    preferences.update(save_on_battery=True)
    assert told == [False, True]
    source = PowerSource.MAINS
    with qtbot.waitSignal(service.changed, timeout=WAIT_MS):
        service.look()
    assert not service.saving and service.threads(8) == 0


def test_a_driver_that_fails_means_that_nothing_is_known(qtbot: QtBot, power: Make) -> None:
    answers: list[PowerSource | Exception] = [PowerSource.BATTERY, OSError("no such driver")]

    def read() -> PowerSource:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    service = power(read)
    for expected in (PowerSource.BATTERY, PowerSource.UNKNOWN):
        with qtbot.waitSignal(service.changed, timeout=WAIT_MS):
            service.look()
        assert service.source is expected
    assert not service.saving


def test_a_driver_that_hangs_is_not_waited_for(qtbot: QtBot, power: Make) -> None:
    free, asked = threading.Event(), threading.Semaphore(0)
    answers = [PowerSource.BATTERY]

    def read() -> PowerSource:
        asked.release()
        if not answers:
            free.wait()
        return answers.pop() if answers else PowerSource.MAINS

    service = power(read)
    with qtbot.waitSignal(service.changed, timeout=WAIT_MS):
        service.look()
    assert service.saving
    service._on_due()
    assert service.saving  # it may still answer
    service._on_due()
    assert service.source is PowerSource.UNKNOWN and not service.saving
    service.look()
    assert asked.acquire(timeout=15) and asked.acquire(timeout=15)
    assert not asked.acquire(blocking=False)  # one thread hangs, not one a look
    with qtbot.waitSignal(service.changed, timeout=WAIT_MS):
        free.set()
    assert service.source is PowerSource.MAINS


def test_the_program_ends_beside_a_driver_that_hangs(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, free = threading.Event(), threading.Event()

    def hang() -> PowerSource:
        asked.set()
        free.wait()
        return PowerSource.BATTERY

    monkeypatch.setattr(machine, "power_source", hang)
    program = build(Folders.of(tmp_path / "data"))
    assert asked.wait(15)
    program.close()
    free.set()
    qtbot.waitUntil(lambda: "power" not in {thread.name for thread in threading.enumerate()}, timeout=WAIT_MS)
    assert program.services.power.source is PowerSource.UNKNOWN  # a late answer is not heard
