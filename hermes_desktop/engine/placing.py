"""Knows on which of ggml's devices the layers of a model are put, and how llama.cpp is told."""

import ctypes
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.containers import model_header
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.engine import devices
from hermes_desktop.fitting import memory, placement


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
    handles = {device: handle for handle, device in devices.found()}
    found = placement.ordered(list(handles))
    if not found or options.gpu_layers == 0:
        return None
    geometry = model_header.read_geometry(path)
    context = min(options.context, geometry.context or options.context)
    flash = options.flash_attention or options.kv_type is not KvType.F16
    need = memory.memory(geometry, context, options.kv_type, flash_attention=flash)
    rooms = [placement.room_on(device) for device in found]
    placed = placement.place(geometry, need, rooms, placement.asked(geometry, options))
    if not placed.total:
        return None
    used = [at for at, layers in enumerate(placed.layers) if layers]
    return Placing(
        placed.total,
        geometry.layers + 1,
        tuple(handles[found[at]] for at in used),
        tuple(placed.layers[at] for at in used),
    )
