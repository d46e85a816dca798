"""Knows what Qt and the engine need of the system, and how Debian and its like install that.

Only the standard library is used, since this runs before anything is installed.
"""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable

# Library that Qt opens, and the Debian package that holds it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
TOOLS = {"cc": "gcc", "c++": "g++"}


def install(say: Callable[[str], object]) -> None:
    """Install the libraries of Qt and the compiler, or say how; what is there is left alone."""
    if not sys.platform.startswith("linux"):
        return
    missing = [package for name, package in LIBRARIES.items() if not _loads(name)]
    missing += [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if not missing:
        return
    line = "apt-get install --yes --no-install-recommends " + " ".join(missing)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (as_root and not _may_sudo()):
        say(f"some system libraries are missing. If the window does not open, run: sudo {line}")
        return
    say("installing system libraries: " + " ".join(missing))
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "--quiet"], line.split()):
        ended = subprocess.run(
            as_root + command, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            say(f"that failed. Run it yourself: sudo {line}\n{ended.stderr.strip()[-500:]}")
            return


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _may_sudo() -> bool:
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
