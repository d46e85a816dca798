"""Knows what is said of a model that is to lie in a machine's memory; not how it is reckoned."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Memory:
    """What a loaded model takes, in bytes."""

    weights: int
    kv: int
    compute: int


class Advice(StrEnum):
    """Say what a person can do about a fit."""

    FITS = "fits"
    TIGHT = "tight"  # above 90 % of what is free
    SHORTER_CONTEXT = "shorter_context"  # it fits with the context that is given
    SMALLER_MODEL = "smaller_model"  # no context fits


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would lie in this machine's memory."""

    memory: Memory
    total_ram: int
    total_vram: int
    gpu_layers: int
    layers: int  # all of them, the output matrix counts as one
    fits: bool
    advice: Advice
    room: int  # tokens of the longest context that fits; 0: none
