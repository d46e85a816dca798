"""Proves that a whole sitting at the program opens no connection and looks up no name.

Two witnesses look on, in the window's process and in the engine child: the guard, which sees what Python does
(`everywhere` writes down what it is asked), and a library before the C library, which sees what Qt and
llama.cpp do. The sitting takes place where there is no network.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
SOURCE = HERE / "witness.c"
SCREENS = ["first step 1", "first step 2", "first step 3", "find", "search"]
SCREENS += ["personas", "lorebooks", "models", "profiles", "settings", "conversation", "inspector"]
SCREENS += ["persona form", "prompt", "versions"]
LOOKING_ON = {"window watched 0", "engine watched 0"}

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("gcc") is None,
    reason="the second witness is a preloaded library of Linux, built by gcc",
)


@dataclass
class Ended:
    """What the sitting told of itself, and what the witnesses saw."""

    told: dict[str, Any]
    calls: set[str]  # process and call


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("witness") / "witness.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True, timeout=60)
    return library


def sat(witness: Path, folder: Path, *, reaching: bool = False) -> Ended:
    log = folder / "calls.log"
    environment = os.environ | {
        "LD_PRELOAD": str(witness),
        "SILENCE_LOG": str(log),
        "SILENCE_REACH": "1" if reaching else "",
        "PYTHONPATH": os.pathsep.join([str(HERE / "everywhere"), *sys.path]),
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(folder),
    }
    command = [sys.executable, "-m", "tests.silence.session", str(folder / "data")]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=110, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert told["error"] == "" and told["seen"] == SCREENS and "Robin" in told["reply"]
    calls = set(log.read_text().splitlines())
    assert calls >= LOOKING_ON
    return Ended(told, calls - LOOKING_ON)


def test_a_whole_sitting_is_silent(witness: Path, tmp_path: Path) -> None:
    ended = sat(witness, tmp_path)
    assert ended.told["refused"] == [] and "refused" not in ended.told["engine"]
    assert ended.calls == set()
    if os.access("/proc/self/ns/net", os.R_OK) and os.geteuid() == 0:
        assert ended.told["alone"], "a privileged process can leave the network"


def test_the_witnesses_see_what_is_not_silent(witness: Path, tmp_path: Path) -> None:
    """The control: what Python tries is refused and seen, what Qt and C do is seen, in both processes."""
    ended = sat(witness, tmp_path, reaching=True)
    assert len(ended.told["refused"]) == 1 and "refused: socket.getaddrinfo" in ended.told["engine"]
    assert ended.calls == {
        *("window socket 2", "window python socket.connect"),  # of Python, which got no further
        "window connect 2",  # of Qt
        "engine python socket.getaddrinfo",
        "engine socket 2",
    }
