"""Proves what a person sees and can do where the computer runs on its battery."""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel
from pytestqt.qtbot import QtBot

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.domain.power import PowerSource
from tests.supply import Supply
from tests.ui.conftest import CALIBRATION, Desk, Open


@pytest.fixture
def supply(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> Supply:
    return Supply(monkeypatch, qtbot)


@pytest.fixture
def laptop(supply: Supply, open_desk: Open) -> Iterator[Desk]:
    """The window on a computer that runs on its battery."""
    desk = open_desk(model=False)
    supply.turn(desk.services.power, PowerSource.BATTERY)
    return desk


def said(desk: Desk) -> list[str]:
    return [label.text() for label in desk.window.findChildren(QLabel) if label.isVisible()]


def arrive(desk: Desk, folder: Path) -> int:
    """Add a model that nobody has hashed yet."""
    return desk.services.models.add(tiny_gguf.write(folder / "tiny.gguf")).id


def model(desk: Desk) -> ModelFile:
    return desk.services.models.find("Tiny Hermes")


def saving_box(desk: Desk) -> QCheckBox:
    desk.window.show_page("settings")
    desk.window.settings_page.show_page("devices")
    boxes = desk.window.settings_page.findChildren(QCheckBox)
    return next(box for box in boxes if box.text().startswith("On battery"))


def test_the_window_says_that_work_is_saved(laptop: Desk, supply: Supply) -> None:
    (shown,) = (label for label in laptop.window.findChildren(QLabel) if label.text() == "on battery")
    assert shown.isVisible() and "half the threads" in shown.toolTip()
    box = saving_box(laptop)
    assert box.isChecked() and "This computer runs on its battery." in said(laptop)
    assert "half the threads" in box.accessibleDescription()
    box.click()
    assert not shown.isVisible() and not laptop.services.preferences.value.save_on_battery
    box.click()
    assert shown.isVisible()
    words = {
        PowerSource.MAINS: "This computer runs on mains.",
        PowerSource.NO_BATTERY: "This computer has no battery.",
        PowerSource.UNKNOWN: "This computer does not say whether it runs on its battery.",
    }
    for source, sentence in words.items():
        supply.turn(laptop.services.power, source)
        assert sentence in said(laptop) and not shown.isVisible()


def test_figures_give_way_where_there_is_no_room_for_them(laptop: Desk, tmp_path: Path) -> None:
    laptop.load(tmp_path)
    laptop.meet()
    laptop.say("One two three.")
    laptop.window.show_page("settings")
    for width, shown in ((760, False), (1440, True), (760, False)):
        laptop.window.resize(width, 560)
        laptop.until(lambda shown=shown: any("prompt tokens" in text for text in said(laptop)) is shown)
        assert "on battery" in said(laptop) and any("tokens/s" in text for text in said(laptop))


def test_a_new_file_is_hashed_when_mains_is_back(laptop: Desk, supply: Supply, tmp_path: Path) -> None:
    laptop.window.show_page("models")
    arrive(laptop, tmp_path)
    laptop.until(lambda: "paused on battery" in said(laptop))
    supply.turn(laptop.services.power, PowerSource.MAINS)
    laptop.until(lambda: bool(model(laptop).sha256))
    assert "paused on battery" not in said(laptop)


@pytest.mark.parametrize("button", ["Go on now: Verifying", "Verify Tiny Hermes"])
def test_the_person_can_let_it_go_on(laptop: Desk, tmp_path: Path, button: str) -> None:
    arrive(laptop, tmp_path)
    laptop.window.show_page("models")  # it has been waiting since before the page was there
    laptop.until(lambda: "paused on battery" in said(laptop))
    laptop.click(button)
    laptop.until(lambda: bool(model(laptop).sha256))
    laptop.click("Verify Tiny Hermes")
    laptop.until(lambda: "paused on battery" not in said(laptop))


def test_the_machine_is_measured_by_itself_on_mains_alone(laptop: Desk, supply: Supply) -> None:
    speeds = laptop.services.speeds
    speeds.calibration = None
    speeds._command = [sys.executable, "-c", f"print({json.dumps(asdict(CALIBRATION))!r})"]
    laptop.window.show_page("models")
    assert not speeds.measuring
    supply.turn(laptop.services.power, PowerSource.MAINS)
    laptop.until(lambda: speeds.calibration == CALIBRATION)


def test_the_person_can_measure_on_battery(laptop: Desk) -> None:
    speeds = laptop.services.speeds
    speeds.calibration = None
    speeds._command = [sys.executable, "-c", f"print({json.dumps(asdict(CALIBRATION))!r})"]
    laptop.window.show_page("models")
    speeds.changed.emit()
    laptop.click("Measure how fast this machine is")
    laptop.until(lambda: speeds.calibration == CALIBRATION)
