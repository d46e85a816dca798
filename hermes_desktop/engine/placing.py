"""Knows with what a model is loaded and on which of ggml's devices, and how llama.cpp is told of those."""

import ctypes
from dataclasses import dataclass

from hermes_desktop import machine
from hermes_desktop.domain.model_file import LoadOptions, ModelGeometry
from hermes_desktop.domain.setting import Setting, Space
from hermes_desktop.engine import devices
from hermes_desktop.fitting import placement
from hermes_desktop.fitting.setting import setting


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


@dataclass(frozen=True, slots=True)
class Plan:
    """With what a model is loaded, and where."""

    setting: Setting
    placing: Placing | None  # None where the model stays in main memory


def plan(geometry: ModelGeometry, options: LoadOptions) -> Plan:
    """Choose what the options leave open, and devices, by what is free now.

    Swap does not count: what lies there is read back for every token.
    """
    handles = {device: handle for handle, device in devices.found()} if options.gpu_layers else {}
    found = placement.ordered(list(handles))
    free = min(machine.free_memory(), machine.main_memory()[0])
    chosen = setting(geometry, options, Space(free, tuple(map(placement.room_on, found))))
    placed = chosen.fit.placement
    used = [at for at, layers in enumerate(placed.layers) if layers]
    if not used:
        return Plan(chosen, None)
    placing = Placing(
        placed.total,
        chosen.fit.layers,
        tuple(handles[found[at]] for at in used),
        tuple(placed.layers[at] for at in used),
    )
    return Plan(chosen, placing)
