"""Proves that the measurement runs on the real engine in a process of its own and answers with one line."""

import json
import os
import subprocess
import sys
from pathlib import Path

from hermes_desktop import machine
from hermes_desktop.app.speeds import answer_of

# Patient in one thing: the machine of a test is busy, and that is no reason not to measure.
PATIENT = "import sys; from hermes_desktop.engine import probe; probe.SECONDS = 0.2; probe._OURS = {ours};"


def run(ours: float, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    words = PATIENT.format(ours=ours) + "sys.exit(probe.main())"
    environment = os.environ | {"TMPDIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", words], capture_output=True, timeout=90, check=False, env=environment
    )


def test_two_formats_are_timed_and_nothing_is_left_behind(tmp_path: Path) -> None:
    ended = run(0.0, tmp_path)
    assert ended.returncode == 0, ended.stderr
    found = answer_of(ended.stdout)
    assert [rate.bits for rate in found.rates] == [4.5, 8.5]
    assert found.cores == machine.cores() and "llama.cpp" in found.build
    assert list(tmp_path.iterdir()) == []


def test_a_machine_that_others_use_is_not_measured(tmp_path: Path) -> None:
    ended = run(1e9, tmp_path)  # no token is ever that much ours
    assert ended.returncode == 1
    assert json.loads(ended.stdout) == {"error": "machine_busy", "values": {}}
