"""Throws millions of changed files at the readers of foreign files, and ends with 1 where one escapes.

Run as `python -m fuzz`; every target runs in a process of its own, as many at once as there are cores.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import atheris

RUNS = 10_000_000
# How many of the runs a target gets, in parts of a hundred.
SHARES = {
    **{"card": 26, "wrapped": 26, "whole": 4, "written": 6, "chat": 6},
    **{"book": 7, "lore": 6, "profile": 5, "macros": 7, "model": 7},
}
CONTROL, CONTROL_RUNS = "control", 20_000  # it has to escape
_SECONDS = 2  # that one file may take
_MEMORY_MB = 400  # of the process, of which 65 are the interpreter and what watches it
_LONGEST = 4096  # bytes of a file
_DONE = re.compile(r"number_of_executed_units:\s*(\d+)")
_TOLD = 3000  # letters of what a process said that escaped
_PEAK = re.compile(r"peak_rss_mb:\s*(\d+)")


@dataclass(frozen=True)
class Outcome:
    """What became of one target's runs."""

    name: str
    runs: int
    seconds: float
    peak_mb: int
    words: str  # the end of what was said, where it escaped


def main() -> int:
    """Run one target, or all of them and print what they came to."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of all targets together")
    parser.add_argument("--folder", type=Path, default=Path("build/fuzz"), help="where files are kept")
    parser.add_argument("--target", help="run this one alone, here")
    arguments = parser.parse_args()
    if arguments.target:
        _fuzz(arguments.target, arguments.runs, arguments.folder)
    if not _run(CONTROL, CONTROL_RUNS, arguments.folder).words:
        print("The control did not escape: these runs would find nothing.")
        return 1
    shares = {name: arguments.runs * share // 100 for name, share in SHARES.items()}
    began = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda name: _run(name, shares[name], arguments.folder), shares))
    return _tell(outcomes, time.monotonic() - began)


def _tell(outcomes: list[Outcome], seconds: float) -> int:
    for outcome in outcomes:
        print(
            f"{outcome.name:8} {outcome.runs:>10,} runs in {outcome.seconds:>5,.0f} s, "
            f"peak {outcome.peak_mb:,} MB{', ESCAPED' if outcome.words else ''}"
        )
        print(outcome.words, end="")
    escaped = [outcome.name for outcome in outcomes if outcome.words]
    said = f"escaped: {', '.join(escaped)}" if escaped else "nothing escaped"
    print(f"{sum(outcome.runs for outcome in outcomes):,} runs in {seconds:,.0f} s; {said}")
    return 1 if escaped else 0


def _run(name: str, runs: int, folder: Path) -> Outcome:
    command = [sys.executable, "-m", "fuzz", "--target", name, "--runs", str(runs), "--folder", str(folder)]
    began = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    said = ended.stdout + ended.stderr
    done, peak = _DONE.search(said), _PEAK.search(said)
    return Outcome(
        name,
        int(done[1]) if done else 0,
        time.monotonic() - began,
        int(peak[1]) if peak else 0,
        "" if ended.returncode == 0 and done else said[-_TOLD:],
    )


def _fuzz(name: str, runs: int, folder: Path) -> None:
    """Run one target and leave the process: that is how libFuzzer ends."""
    with atheris.instrument_imports(include=["hermes_desktop"]):
        from fuzz import seeds, targets
    seeds.write(folder / "seeds" / name, name)
    grown = folder / "grown" / name
    found = folder / "found"
    for needed in (grown, found):
        needed.mkdir(parents=True, exist_ok=True)
    options = {
        "runs": runs,
        "max_len": _LONGEST,
        "timeout": _SECONDS,
        "rss_limit_mb": _MEMORY_MB,
        "artifact_prefix": f"{found}/{name}-",
        "print_final_stats": 1,
        "verbosity": 0,
    }
    arguments = [f"-{option}={value}" for option, value in options.items()]
    atheris.Setup([sys.argv[0], *arguments, str(grown), str(folder / "seeds" / name)], targets.TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
