"""Knows on which of ggml's devices the layers of a model are put, and how llama.cpp is told."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.containers import model_header
from hermes_desktop.domain.device import DeviceKind
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, KvType, LoadOptions
from hermes_desktop.engine import devices
from hermes_desktop.fitting import memory, placement

# Other computers first, as llama.cpp itself orders them: the end of the model lies on the nearest device.
_ORDER = (DeviceKind.RPC, DeviceKind.IGPU, DeviceKind.GPU)
_RESERVE = {DeviceKind.GPU: memory.DISPLAY_RESERVE, DeviceKind.IGPU: memory.DISPLAY_RESERVE}


@dataclass(frozen=True, slots=True)
class Placing:
    """How many layers go to devices, which ones, and in what proportion."""

    layers: int
    of: int  # the output matrix counts as one
    handles: tuple[int, ...]
    shares: tuple[int, ...]

    def pointers(self) -> "ctypes.Array[ctypes.c_void_p]":
        """Give the devices as llama.cpp wants them: ended by NULL."""
        return (ctypes.c_void_p * (len(self.handles) + 1))(*self.handles, None)

    def split(self, slots: int) -> "ctypes.Array[ctypes.c_float]":
        """Give the proportions for so many slots."""
        return (ctypes.c_float * slots)(*self.shares[:slots])


def place(path: Path, options: LoadOptions) -> Placing | None:
    """Choose devices by what is free on them now; None where the model stays in main memory.

    Raises the KnownErrors of reading a header.
    """
    found = [each for each in devices.found() if each[1].kind in _ORDER]
    if not found or options.gpu_layers == 0:
        return None
    found.sort(key=lambda each: _ORDER.index(each[1].kind))
    geometry = model_header.read_geometry(path)
    context = min(options.context, geometry.context or options.context)
    flash = options.flash_attention or options.kv_type is not KvType.F16
    need = memory.memory(geometry, context, options.kv_type, flash_attention=flash)
    rooms = [device.free - _RESERVE.get(device.kind, 0) for _, device in found]
    asked = {AUTO_LAYERS: None, ALL_LAYERS: geometry.layers + 1}.get(options.gpu_layers, options.gpu_layers)
    placed = placement.place(geometry, need, rooms, asked)
    if not placed.total:
        return None
    used = [at for at, layers in enumerate(placed.layers) if layers]
    return Placing(
        placed.total,
        geometry.layers + 1,
        tuple(found[at][0] for at in used),
        tuple(placed.layers[at] for at in used),
    )
