"""Knows what the machine offers a process, and how a process dies with its parent; nothing of models."""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from hermes_desktop.domain.power import PowerSource

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = "500"  # of 1000: before the window, after what is hopeless


def free_memory(root: Path = Path("/")) -> int:
    """Give the bytes that this process can have without anything being killed: free, reclaimable and swap.

    Less where the process or its group (of a container, of a service) is limited.
    """
    free = int(psutil.virtual_memory().available + psutil.swap_memory().free)
    return max(0, min((free, *_limits(root))))


def _limits(root: Path) -> Iterator[int]:
    """Give what is left of each limit on Linux."""
    if not sys.platform.startswith("linux"):
        return
    process = psutil.Process()
    soft, _ = process.rlimit(psutil.RLIMIT_AS)
    if soft != psutil.RLIM_INFINITY:
        yield int(soft) - int(process.memory_info().vms)
    groups = (line[3:] for line in _text(root / "proc/self/cgroup").splitlines() if line.startswith("0::"))
    top = root / "sys/fs/cgroup"
    folder = top / next(groups, "/").strip("/")
    for place in (folder, *folder.parents):
        if not place.is_relative_to(top):
            return
        limit = _text(place / "memory.max").strip()
        if limit.isdigit():
            yield int(limit) - _used(place)


def _used(group: Path) -> int:
    """Give the bytes of a group of processes that nothing but the end of one would free."""
    lines = (line.split() for line in _text(group / "memory.stat").splitlines())
    told = {words[0]: words[1] for words in lines if len(words) == 2}
    return int(_text(group / "memory.current").strip() or 0) - int(told.get("inactive_file", 0))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def main_memory() -> tuple[int, int]:
    """Give the bytes of the main memory that are available, and all of them."""
    memory = psutil.virtual_memory()
    return int(memory.available), int(memory.total)


def private_memory(pid: int) -> int:
    """Give the bytes that a process would give back at its end; 0 where it has gone."""
    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss) - int(getattr(memory, "shared", 0))  # mapped files count as free already


def cores() -> int:
    """Count the physical cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


def power_source(root: Path = Path("/")) -> PowerSource:
    """Say what the computer runs on. What a driver does is its own: this may raise, and may wait for long."""
    sensors = getattr(psutil, "sensors_battery", None)  # not on every system
    if sensors is None or not _has_battery(root):
        return PowerSource.NO_BATTERY
    told = sensors()
    if told is None:
        return PowerSource.NO_BATTERY
    return PowerSource.BATTERY if told.power_plugged is False else PowerSource.MAINS


def _has_battery(root: Path) -> bool:
    """Say whether a battery feeds the computer itself: Linux also lists those of mice and headphones."""
    if not sys.platform.startswith("linux"):
        return True  # as far as we know
    kinds = root.glob("sys/class/power_supply/*/type")
    batteries = [kind.parent for kind in kinds if _text(kind).strip() == "Battery"]
    return any(_text(battery / "scope").strip() != "Device" for battery in batteries)


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies; elsewhere the end of stdin has to do."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def be_first_to_go() -> None:
    """Have the kernel pick this process, not the window, when memory runs out; needs no rights."""
    try:
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    except OSError:
        return
