"""Nothing that was acknowledged is lost, whenever the process is killed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def _run(folder: Path, cycles: int, kind: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.storage.killing", str(folder), str(cycles), kind]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


@pytest.mark.timeout(300)
def test_200_kills_lose_nothing(tmp_path: Path) -> None:
    found = _run(tmp_path, 200, "honest")
    assert found["cycles"] == 200 and found["acknowledged"] >= 200
    assert (found["lost"], found["shortened"], found["damaged"]) == ([], [], 0)


def test_a_writer_that_acknowledges_too_early_is_found_out(tmp_path: Path) -> None:
    assert _run(tmp_path, 20, "hasty")["lost"]
