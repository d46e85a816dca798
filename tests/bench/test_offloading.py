"""Proves that only graphics cards are measured, and that a machine without one is told so."""

from dataclasses import replace

import pytest

from hermes_desktop.app import devices
from hermes_desktop.app.devices import Survey
from hermes_desktop.bench import figures, offloading
from hermes_desktop.bench.leaving import Left
from hermes_desktop.bench.offloading import Offloaded, Speed
from hermes_desktop.bench.sizing import Compared
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


def test_each_promise_of_a_card_is_judged() -> None:
    """The figures of one that keeps them, and of one that keeps none."""
    good = Offloaded(
        "3B 8,192 f16",
        0,
        Compared(3.03e9, 3.67e9),
        Compared(9e8, 9e8),
        1.4,
        Speed(14_714, 296),
        Left(99, 360, 1057, 6433, 0),
        Speed(3_067, 24),
    )
    figures_of_it = list(figures._on_cards(good))
    assert [figure.holds for figure in figures_of_it] == [True] * 5
    assert [round(figure.measured, 2) for figure in figures_of_it] == [0, 640, 0, 0.28, 0.08]
    bad = replace(
        good,
        layers_left=3,
        memory=Compared(2e9, 4e9),
        cache=Compared(9e8, 8e8),
        here=Speed(10, 10),
        left=Left(9, 9, 1, 1, 0),
    )
    assert not any(figure.holds for figure in figures._on_cards(bad))
    assert len(list(figures._on_cards(replace(good, processor=None)))) == 4
