"""Knows what llama.cpp has said in its log, and which failure and which devices that means."""

import logging
import re
from collections import Counter, deque
from pathlib import Path

from hermes_desktop import machine
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import DeviceShare

log = logging.getLogger(__name__)

_WARNING, _ERROR = 3, 4  # ggml's levels
_KEPT, _SHOWN = 60, 6  # lines
_MIB = 1024 * 1024
_UNMOVED = "failed to compute K-shift"

_NO_MEMORY = re.compile(
    r"out of memory|(failed|unable) to allocate|cannot allocate memory|cudaMalloc failed|bad_alloc", re.I
)
_ASKED = re.compile(r"failed to allocate (?:\S+ )?buffer of size (\d+)")
_NO_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")
_BUFFER = re.compile(r"(model|KV|compute) buffer size = +([\d.]+) MiB")
_LAYER = re.compile(r"layer +(\d+) assigned to device ([^,\s]+)")


class NativeLog:
    """Remember warnings and errors, where layers went, and what was allocated, since the last `clear`."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=_KEPT)
        self._layers: dict[int, str] = {}
        self._allocated: Counter[str] = Counter()
        self.unmoved = False  # cells were to be moved, and that has failed in the middle

    def clear(self) -> None:
        """Forget what was said."""
        self._lines.clear()
        self._layers.clear()
        self._allocated.clear()

    def add(self, level: int, text: bytes, _data: object = None) -> None:
        """Take a line, as llama.cpp's log callback does."""
        line = text.decode("utf-8", "replace").rstrip()
        if found := _LAYER.search(line):
            self._layers[int(found[1])] = found[2]
        if found := _BUFFER.search(line):
            self._allocated[found[1]] += round(float(found[2]) * _MIB)
        self.unmoved = self.unmoved or _UNMOVED in line
        if level in (_WARNING, _ERROR) and line:
            self._lines.append(line)
            log.warning("%s", line)

    def detail(self) -> str:
        """Give the last lines."""
        return "\n".join(list(self._lines)[-_SHOWN:])

    def allocated(self) -> Memory:
        """Give the bytes that were allocated, over all devices; llama.cpp tells them to 10 kB."""
        return Memory(self._allocated["model"], self._allocated["KV"], self._allocated["compute"])

    def devices(self, layers: int) -> tuple[DeviceShare, ...]:
        """Say how many of the repeating layers each device holds."""
        found = Counter(device for layer, device in self._layers.items() if layer < layers)
        return tuple(DeviceShare(name, count) for name, count in found.items())

    def failure(self, path: Path, needed: int) -> KnownError:
        """Give the failure of a load that needed so many bytes, where llama.cpp does not say how many."""
        text = "\n".join(self._lines)
        if found := _NO_ARCHITECTURE.search(text):
            return KnownError(ErrorKind.MODEL_UNSUPPORTED, path=str(path), architecture=found[1])
        if _NO_MEMORY.search(text):
            asked = _ASKED.search(text)
            needed = int(asked[1]) if asked else needed
            return KnownError(ErrorKind.ENGINE_MEMORY, needed=needed, free=machine.free_memory())
        return KnownError(ErrorKind.ENGINE_LOAD_FAILED, path=str(path), detail=self.detail())
