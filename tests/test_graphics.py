"""Proves that the GPUs of a machine are recognised, with or without a driver, in a made-up /sys."""

import sys
from pathlib import Path

import pytest

from hermes_desktop import graphics
from hermes_desktop.domain.device import Graphics


def _card(root: Path, slot: str, vendor: str, device: str, kind: str = "0x030000", **more: str) -> None:
    folder = root / "sys/bus/pci/devices" / slot
    folder.mkdir(parents=True)
    for name, text in {"vendor": vendor, "device": device, "class": kind, **more}.items():
        (folder / name).write_text(text + "\n")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how Linux tells it")
def test_cards_are_named_with_the_build_that_uses_them(tmp_path: Path) -> None:
    _card(tmp_path, "0000:01:00.0", "0x10de", "0x2786")
    _card(tmp_path, "0000:02:00.0", "0x1002", "0x744c", kind="0x038000", product_name="Radeon RX 7900 XTX")
    _card(tmp_path, "0000:03:00.0", "0x8086", "0x56a0")
    _card(tmp_path, "0000:04:00.0", "0x10de", "0x22bc", kind="0x040300")  # its sound
    _card(tmp_path, "0000:05:00.0", "0x1af4", "0x1050")  # of a virtual machine
    _card(tmp_path, "0000:06:00.0", "0x8086", "0x56a0", kind="what")
    driver = tmp_path / "proc/driver/nvidia"
    (driver / "gpus/0000:01:00.0").mkdir(parents=True)
    (driver / "gpus/0000:01:00.0/information").write_text("Model: \t NVIDIA GeForce RTX 4070\nIRQ: 9\n")
    (driver / "version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar 5\n")
    assert graphics.built_in(tmp_path) == [
        Graphics("NVIDIA GeForce RTX 4070", "cuda", "550.54.15"),
        Graphics("AMD Radeon RX 7900 XTX", "hip", ""),
        Graphics("Intel GPU [8086:56a0]", "vulkan", ""),
    ]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how Linux tells it")
def test_a_card_without_a_driver_is_named_by_its_numbers(tmp_path: Path) -> None:
    assert graphics.built_in(tmp_path) == []
    _card(tmp_path, "0000:01:00.0", "0x10de", "0x2786")
    assert graphics.built_in(tmp_path) == [Graphics("NVIDIA GPU [10de:2786]", "cuda", "")]


@pytest.mark.parametrize(
    ("name", "build"),
    [("NVIDIA RTX A2000", "cuda"), ("AMD Radeon(TM) 780M", "hip"), ("Intel(R) Arc(TM) A770", "vulkan")],
)
def test_a_name_tells_the_build(name: str, build: str) -> None:
    found = graphics.named(name)
    assert found is not None and (found.description, found.build) == (name, build)


def test_an_adapter_that_no_build_uses_is_passed_over() -> None:
    assert graphics.named("Microsoft Basic Display Adapter") is None
