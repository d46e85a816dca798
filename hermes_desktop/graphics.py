"""Knows which GPUs are built into this machine, as the system says; not which of them an engine uses."""

import ctypes
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hermes_desktop.domain.device import Graphics

# PCI numbers of the makers, and the build of the engine that uses their chips best.
_MAKERS = {0x10DE: ("NVIDIA", "cuda"), 0x1002: ("AMD", "hip"), 0x8086: ("Intel", "vulkan")}
_DISPLAY = 0x03  # class of PCI devices that draw or compute
_FILE_LIMIT = 64 * 1024  # bytes
_MODEL = re.compile(r"^Model:\s*(.+)$", re.MULTILINE)
_VERSION = re.compile(r"\b(\d+\.\d+(?:\.\d+)*)\b")


def built_in(root: Path = Path("/")) -> list[Graphics]:
    """List the GPUs of this machine; nothing is loaded for it, and no driver is asked."""
    if sys.platform == "darwin":
        return [Graphics("Apple GPU", "metal", "")] if platform.machine() == "arm64" else []
    if sys.platform == "win32":
        return [found for name in _windows_names() if (found := named(name)) is not None]
    return list(_linux(root))


def named(name: str) -> Graphics | None:
    """Recognise a GPU by the name that its driver gives it; None where no build would use it."""
    words = {"NVIDIA": "cuda", "Radeon": "hip", "AMD": "hip", "Intel": "vulkan"}
    found = (build for word, build in words.items() if word.casefold() in name.casefold())
    build = next(found, None)
    return Graphics(name, build, "") if build is not None else None


def _linux(root: Path) -> Iterator[Graphics]:
    for folder in sorted((root / "sys/bus/pci/devices").glob("*")):
        if _number(folder / "class") >> 16 != _DISPLAY:
            continue
        maker = _MAKERS.get(_number(folder / "vendor"))
        if maker is not None:
            name, build = maker
            version = _read(root / "proc/driver/nvidia/version") if build == "cuda" else ""
            driver = _VERSION.search(version)
            yield Graphics(_linux_name(root, folder, name), build, driver[1] if driver else "")


def _linux_name(root: Path, folder: Path, maker: str) -> str:
    told = _MODEL.search(_read(root / "proc/driver/nvidia/gpus" / folder.name / "information"))
    name = told[1].strip() if told else _read(folder / "product_name").strip()
    if not name:
        return f"{maker} GPU [{_number(folder / 'vendor'):04x}:{_number(folder / 'device'):04x}]"
    return name if name.startswith(maker) else f"{maker} {name}"


def _number(file: Path) -> int:
    try:
        return int(_read(file).strip(), 16)
    except ValueError:
        return 0


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return stream.read(_FILE_LIMIT)
    except OSError:
        return ""


def _windows_names() -> list[str]:
    """Ask Windows for its display adapters, each once."""

    class Adapter(ctypes.Structure):
        _fields_ = [  # as ctypes wants it
            ("size", ctypes.c_uint32),
            ("device", ctypes.c_wchar * 32),
            ("name", ctypes.c_wchar * 128),
            ("flags", ctypes.c_uint32),
            ("id", ctypes.c_wchar * 128),
            ("key", ctypes.c_wchar * 128),
        ]

    names: list[str] = []
    adapter = Adapter()
    adapter.size = ctypes.sizeof(Adapter)
    ask = ctypes.CDLL("user32").EnumDisplayDevicesW
    while ask(None, len(names), ctypes.byref(adapter), 0) and len(names) < 64:
        names.append(str(adapter.name))
    return list(dict.fromkeys(names))
