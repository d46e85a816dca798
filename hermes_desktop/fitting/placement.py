"""Knows which device gets how many layers of a model; not what the devices are.

llama.cpp counts the output matrix as the last layer. Layers go to devices in one run each, in the order of
the devices; what no device takes, the first ones, stays in main memory.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import ModelGeometry


@dataclass(frozen=True, slots=True)
class Placement:
    """What each device gets, in their order."""

    layers: tuple[int, ...]
    taken: tuple[int, ...]  # bytes of weights, cache and computing

    @property
    def total(self) -> int:
        """Count the layers that are on devices."""
        return sum(self.layers)


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
