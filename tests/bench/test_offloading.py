"""Proves that only graphics cards are measured, and that a machine without one is told so."""

import pytest

from hermes_desktop.app import devices
from hermes_desktop.app.devices import Survey
from hermes_desktop.bench import offloading
from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.errors import ErrorKind, KnownError

CPU = Device("CPU", "A processor", DeviceKind.CPU, "CPU", 8, 16)
CARD = Device("CUDA0", "A card", DeviceKind.GPU, "CUDA", 70, 80)
LENT = Device("RPC0", "192.168.1.20:50052", DeviceKind.RPC, "RPC", 7, 8)


def test_cards_are_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "survey", lambda: Survey("a build", (CPU, LENT, CARD)))
    assert offloading.cards() == [CARD]
    monkeypatch.setattr(devices, "survey", lambda: Survey("a build", (CPU,)))
    with pytest.raises(KnownError) as caught:
        offloading.cards()
    assert caught.value.kind is ErrorKind.DEVICE_UNKNOWN and caught.value.values["known"] == "CPU"
