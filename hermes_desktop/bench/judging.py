"""Knows how long it takes until a person hears that a model is too large for a machine, and what is not."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.app import offers
from hermes_desktop.bench import sizing
from hermes_desktop.domain.model_file import KvType

_SIZE = "70b"
_RAM = 24 * 1024**3  # bytes of a machine that is only pretended, so that the verdict is the same everywhere
_RUNS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """What it took to judge a file of 42 GB, in milliseconds."""

    alone_ms: float  # reading its header and reckoning, in a program that runs already
    command_ms: float  # the whole command, from the start of its process to its end


def judge(folder: Path) -> Judged:
    """Judge a model of 70B for a machine of 24 GB; raises RuntimeError where the verdict is another."""
    with sizing.shaped(folder, _SIZE) as file:
        alone = [_timed(lambda: _verdict(file)) for _ in range(_RUNS)]
        command = [_timed(lambda: _command(file, folder / "data")) for _ in range(_RUNS + 1)]
    return Judged(statistics.median(alone), statistics.median(command[1:]))  # the first warms the file cache


def _timed(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _verdict(file: Path) -> None:
    _, _, fit = offers.fit(str(file), offers.USUAL_CONTEXT, KvType.F16, ram=_RAM)
    other = offers.instead(fit, ram=_RAM)
    if fit.fits or other is None:
        raise RuntimeError(offers.advice(fit))


def _command(file: Path, data: Path) -> None:
    words = ("models", "fit", str(file), "--ram", str(_RAM), "--vram", "0", "--data-dir", str(data))
    command = [sys.executable, "-m", "hermes_desktop", *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    if "does not have free" not in ended.stdout or "would fit" not in ended.stdout:
        raise RuntimeError(ended.stdout)
