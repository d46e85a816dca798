"""Knows what the machine offers a process, and how a process dies with its parent; nothing of models."""

import ctypes
import os
import signal
import sys
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = "500"  # of 1000: before the window, after what is hopeless


def free_memory() -> int:
    """Give the bytes that can be had without killing anything: free, reclaimable and swap."""
    return int(psutil.virtual_memory().available + psutil.swap_memory().free)


def cores() -> int:
    """Count the physical cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    return max(1, min(psutil.cpu_count(logical=False) or usable, usable))


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
