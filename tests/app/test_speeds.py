"""Proves how the machine's speed is measured, kept and told; a stand-in measures."""

import json
import sys
import threading
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from hermes_desktop import machine
from hermes_desktop.app import speeds
from hermes_desktop.app.speeds import Measurement, answer_of, figure, keep, kept
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.speed import Calibration, Rate

FOUND = Calibration(machine.cores(), "build", 5, (Rate(4.5, 40e9), Rate(8.5, 20e9)))


def saying(text: str) -> list[str]:
    """A process that says one line."""
    return [sys.executable, "-c", f"print({text!r})"]


def test_a_measurement_is_what_the_process_says() -> None:
    assert Measurement(saying(json.dumps(asdict(FOUND)))).run() == FOUND


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ('{"error": "machine_busy", "values": {}}', ErrorKind.MACHINE_BUSY),
        ('{"error": "engine_missing", "values": {"detail": "no"}}', ErrorKind.ENGINE_MISSING),
        ('{"error": "nonsense", "values": {}}', ErrorKind.ENGINE_CRASHED),
        ("", ErrorKind.ENGINE_CRASHED),
        ("[]", ErrorKind.ENGINE_CRASHED),
        (json.dumps(asdict(replace(FOUND, rates=(Rate(4.5, 0.0),)))), ErrorKind.ENGINE_CRASHED),
    ],
)
def test_what_goes_wrong_is_a_known_error(said: str, kind: ErrorKind) -> None:
    with pytest.raises(KnownError) as caught:
        answer_of(said.encode())
    assert caught.value.kind is kind


def test_a_measurement_can_be_stopped() -> None:
    measurement = Measurement([sys.executable, "-c", "import time; time.sleep(600)"])
    ended: list[Calibration | None] = []
    thread = threading.Thread(target=lambda: ended.append(measurement.run()))
    thread.start()
    measurement.stop()
    thread.join(30)
    assert ended == [None]


def test_it_is_kept_for_this_machine_alone(tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    keep(tmp_path, FOUND)
    assert kept(tmp_path) == FOUND
    keep(tmp_path, replace(FOUND, cores=FOUND.cores + 1))
    assert kept(tmp_path) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"cores": "two"}', "[" * 100_000, '{"rates": [{}]}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / speeds.FILE).write_text(text)
    assert kept(tmp_path) is None


@pytest.mark.parametrize(("speed", "said"), [(0.02, "0.1"), (0.44, "0.4"), (1.6, "2"), (35.4, "35")])
def test_figures_are_as_precise_as_they_are_known(speed: float, said: str) -> None:
    assert figure(speed) == said
