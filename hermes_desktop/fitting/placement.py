"""Knows which device gets how many layers of a model; not what the devices are.

llama.cpp counts the output matrix as the last layer. Layers go to devices in one run each, in the order of
the devices; what no device takes, the first ones, stays in main memory.
"""

from collections.abc import Sequence

from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.fit import Memory, Placement
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, LoadOptions, ModelGeometry

# Bytes left free on a GPU that draws the screen, as llama.cpp's own fit does.
DISPLAY_RESERVE = 1024 * 1024 * 1024
# Other computers first, as llama.cpp itself orders them: the end of the model lies on the nearest device.
_ORDER = (DeviceKind.RPC, DeviceKind.IGPU, DeviceKind.GPU)


def ordered(devices: Sequence[Device]) -> list[Device]:
    """Give those that layers can be put on, in the order in which the model lies on them."""
    able = [device for device in devices if device.kind in _ORDER]
    return sorted(able, key=lambda device: _ORDER.index(device.kind))


def room_on(device: Device) -> int:
    """Give the bytes that a model may take on a device."""
    return device.free - (0 if device.kind is DeviceKind.RPC else DISPLAY_RESERVE)


def asked(geometry: ModelGeometry, options: LoadOptions) -> int | None:
    """Give the number of layers that somebody wants on devices; None: as many as fit."""
    words = {AUTO_LAYERS: None, ALL_LAYERS: geometry.layers + 1}
    return words.get(options.gpu_layers, options.gpu_layers)


def place(
    geometry: ModelGeometry, need: Memory, rooms: Sequence[int], layers: int | None = None
) -> Placement:
    """Put as many of the last layers on devices as their rooms, in bytes, hold: the last device first.

    A number of layers that somebody has asked for is met in any case: what fits nowhere goes where most room
    is left.
    """
    cache = need.kv // max(geometry.layers, 1)
    sizes = [*(block + cache for block in geometry.block_bytes), geometry.output_bytes]
    wanted = len(sizes) if layers is None else min(layers, len(sizes))
    counts, taken = [0] * len(rooms), [0] * len(rooms)
    at = len(rooms) - 1
    while at >= 0 and sum(counts) < wanted:
        size = sizes[len(sizes) - 1 - sum(counts)] + (0 if counts[at] else need.compute)
        if taken[at] + size <= rooms[at]:
            counts[at] += 1
            taken[at] += size
        else:
            at -= 1
    while layers is not None and rooms and sum(counts) < wanted:
        most = max(range(len(rooms)), key=lambda each: rooms[each] - taken[each])
        taken[most] += sizes[len(sizes) - 1 - sum(counts)] + (0 if counts[most] else need.compute)
        counts[most] += 1
    return Placement(tuple(counts), tuple(taken))
