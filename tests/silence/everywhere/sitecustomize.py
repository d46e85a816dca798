"""Python itself loads this in every process of the sitting, before anything of the app.

It writes down what the guard is asked to refuse; for the control it reaches out from the engine child.
"""

import contextlib
import ctypes
import os
import socket
import sys
import threading
import time
from typing import Any

PROCESS = "engine" if "--engine" in sys.orig_argv else "window"


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or event == "socket.__new__":
        return
    if getattr(arguments[0], "family", socket.AF_INET) != socket.AF_UNIX:
        with open(os.environ["SILENCE_LOG"], "a") as log:  # noqa: PTH123 - pathlib would delay every start
            log.write(f"{PROCESS} python {event}\n")


def _reach() -> None:
    """Look up a name as Python does, and open a socket as C does, once the guard stands."""
    while not getattr(sys.modules.get("hermes_desktop.guard"), "_installed", False):
        time.sleep(0.005)
    with contextlib.suppress(PermissionError):
        socket.getaddrinfo("example.org", 443)
    ctypes.CDLL(None).socket(socket.AF_INET, socket.SOCK_STREAM, 0)


if "SILENCE_LOG" in os.environ:
    sys.addaudithook(_note)
    if os.environ.get("SILENCE_REACH") and PROCESS == "engine":
        threading.Thread(target=_reach, daemon=True).start()
