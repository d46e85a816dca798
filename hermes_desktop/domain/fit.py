"""Knows what is said of a model that is to lie in a machine's memory; not how it is reckoned."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Memory:
    """What a loaded model takes, in bytes."""

    weights: int
    kv: int
    compute: int


@dataclass(frozen=True, slots=True)
class Resident:
    """What the process that holds a model has in the main memory at its worst, in bytes."""

    private: int  # nobody else can have it
    mapped: int  # of the file; where memory is short the system takes it back, and reads it again

    @property
    def total(self) -> int:
        """Add both up, as a list of processes shows them."""
        return self.private + self.mapped


@dataclass(frozen=True, slots=True)
class Placement:
    """What each device gets, in their order."""

    layers: tuple[int, ...]
    taken: tuple[int, ...]  # bytes of weights, cache and computing

    @property
    def total(self) -> int:
        """Count the layers that are on devices."""
        return sum(self.layers)


class Advice(StrEnum):
    """Say what a person can do about a fit."""

    FITS = "fits"
    TIGHT = "tight"  # above 90 % of what is free
    FEWER_LAYERS = "fewer_layers"  # more were asked for than the devices have room for
    SHORTER_CONTEXT = "shorter_context"  # it fits with the context that is given
    SMALLER_MODEL = "smaller_model"  # no context fits


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would lie in this machine's memory."""

    memory: Memory
    total_ram: int
    placement: Placement  # on the devices that have memory of their own
    layers: int  # all of them, the output matrix counts as one
    fits: bool
    advice: Advice
    room: int  # tokens of the longest context that fits; 0: none

    @property
    def total_vram(self) -> int:
        """Give the bytes on all devices."""
        return sum(self.placement.taken)

    @property
    def gpu_layers(self) -> int:
        """Count the layers on all devices."""
        return self.placement.total
