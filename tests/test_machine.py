"""What the machine says of itself: where its power comes from, by what a driver may answer."""

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from hermes_desktop.domain.power import PowerSource

# Taken when this module is read: in the tests the machine itself is on mains.
from hermes_desktop.machine import power_source


def supply(root: Path, name: str, kind: str, scope: str = "") -> None:
    folder = root / "sys/class/power_supply" / name
    folder.mkdir(parents=True)
    (folder / "type").write_text(f"{kind}\n")
    if scope:
        (folder / "scope").write_text(f"{scope}\n")


@pytest.fixture
def laptop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A computer of its own kind on a system that lists supplies as Linux does."""
    monkeypatch.setattr("sys.platform", "linux")
    supply(tmp_path, "AC", "Mains")
    supply(tmp_path, "BAT0", "Battery", "System")
    return tmp_path


def answering(monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: answer, raising=False)


@pytest.mark.parametrize(
    ("plugged", "source"),
    [(False, PowerSource.BATTERY), (True, PowerSource.MAINS), (None, PowerSource.MAINS)],
)
def test_only_a_plain_answer_means_battery(
    laptop: Path, monkeypatch: pytest.MonkeyPatch, plugged: bool | None, source: PowerSource
) -> None:
    answering(monkeypatch, SimpleNamespace(percent=50, power_plugged=plugged))
    assert power_source(laptop) is source


def test_a_computer_without_a_battery(laptop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, None)
    assert power_source(laptop) is PowerSource.NO_BATTERY
    assert power_source(tmp_path / "nothing") is PowerSource.NO_BATTERY
    monkeypatch.delattr(psutil, "sensors_battery", raising=False)
    assert power_source(laptop) is PowerSource.NO_BATTERY


def test_the_battery_of_a_mouse_feeds_no_computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, SimpleNamespace(percent=50, power_plugged=False))
    monkeypatch.setattr("sys.platform", "linux")
    supply(tmp_path, "hidpp_battery_0", "Battery", "Device")
    assert power_source(tmp_path) is PowerSource.NO_BATTERY
    monkeypatch.setattr("sys.platform", "darwin")  # there the driver lists the computer's own alone
    assert power_source(tmp_path) is PowerSource.BATTERY
