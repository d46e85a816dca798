"""Proves what the settings say of devices, and that nothing is looked for before somebody sees it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from hermes_desktop import graphics
from hermes_desktop.app import devices
from hermes_desktop.app.devices import Survey
from hermes_desktop.bench.lender import lender
from hermes_desktop.domain.device import Device, DeviceKind, Graphics
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import DeviceShare
from tests.ui.conftest import Desk

CARD = Device("Vulkan0", "Intel Arc A770", DeviceKind.GPU, "Vulkan", 6 * 10**9, 16 * 10**9)


def _texts(desk: Desk) -> list[str]:
    return [label.text() for label in desk.window.settings_page.findChildren(QLabel) if label.isVisible()]


def _open(desk: Desk) -> None:
    desk.window.show_page("settings")
    desk.window.settings_page.show_page("devices")


def test_this_machine_is_looked_at_when_the_page_is_seen(desk: Desk) -> None:
    service = desk.services.devices
    assert service.found is None and not service.looking
    _open(desk)
    desk.until(lambda: not service.looking)
    assert any("processor" in text and "free" in text for text in _texts(desk))
    assert any("llama-cpp-python" in text for text in _texts(desk))


def test_what_lies_idle_and_what_went_wrong_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = KnownError(ErrorKind.DEVICES_SILENT, detail="CUDA error")
    monkeypatch.setattr(devices, "survey", lambda *_: Survey("b", (), (failed,)))
    monkeypatch.setattr(graphics, "built_in", lambda: [Graphics("NVIDIA RTX 4070", "cuda", "")])
    _open(desk)
    desk.until(
        lambda: any("CUDA error" in text for text in _texts(desk))
    )  # new rows are shown a little later
    said = "\n".join(_texts(desk))
    assert "NVIDIA RTX 4070" in said and "make run GPU=cuda" in said
    monkeypatch.setattr(devices, "survey", lambda *_: Survey("b", (CARD,)))
    buttons = desk.window.settings_page.findChildren(QPushButton)
    next(each for each in buttons if each.text() == "Look again").click()
    desk.until(lambda: any("Vulkan0" in text for text in _texts(desk)))
    said = "\n".join(_texts(desk))
    assert "Intel Arc A770" in said and "CUDA error" not in said


def _hosts(desk: Desk) -> QLineEdit:
    boxes = desk.window.settings_page.findChildren(QLineEdit)
    return next(box for box in boxes if "lend" in box.accessibleName())


def test_other_computers_are_named_and_listed(desk: Desk) -> None:
    _open(desk)
    desk.until(lambda: not desk.services.devices.looking)
    with lender() as other:
        _hosts(desk).setText(f"{other.address} {other.address}")
        _hosts(desk).editingFinished.emit()
        assert desk.services.preferences.value.rpc_hosts == (other.address,)
        desk.until(lambda: any(other.address in text and "another computer" in text for text in _texts(desk)))
        desk.until(lambda: not desk.services.devices.looking)
        noted = [(entry.hosts, entry.outcome) for entry in desk.services.ledger.all()]
        assert noted and set(noted) == {((other.address,), "done")}
    _hosts(desk).setText(f"{other.address}, no:address")
    _hosts(desk).editingFinished.emit()
    assert any("no:address" in text for text in _texts(desk))
    assert desk.services.preferences.value.rpc_hosts == (other.address,)
    _hosts(desk).setText("")
    _hosts(desk).editingFinished.emit()
    assert desk.services.preferences.value.rpc_hosts == ()
    desk.until(lambda: not desk.services.devices.looking)


def test_the_window_says_when_the_work_leaves_this_computer(desk: Desk, tmp_path: Path) -> None:
    def status() -> list[str]:
        return [label.text() for label in desk.window.findChildren(QLabel) if label.text().startswith("●")]

    assert status() == ["● offline"]
    loaded = desk.services.models
    desk.services.lenders.instead = ("studio:50052",)
    desk.load(tmp_path)
    assert status() == ["● offline"]  # the script has put nothing there
    assert loaded.loaded is not None
    loaded.loaded = replace(loaded.loaded, devices=(DeviceShare("RPC0", 5),))
    loaded.state_changed.emit(loaded.state)
    assert status() == ["● computed on studio:50052, too"]
