"""Knows with what a model is loaded, and why so; not how that is chosen."""

from dataclasses import dataclass
from enum import StrEnum

from hermes_desktop.domain.fit import Advice, Fit
from hermes_desktop.domain.model_file import LoadOptions


@dataclass(frozen=True, slots=True)
class Space:
    """How many bytes a model may take."""

    ram: int
    devices: tuple[int, ...] = ()  # on each that has memory of its own, in their order


class Reason(StrEnum):
    """Say why a context and a KV cache were chosen."""

    GIVEN = "given"  # a person has fixed both
    USUAL = "usual"  # it fits with room to spare
    TRAINED = "trained"  # so does this, and the model was trained for no more
    WHOLE = "whole"  # with the larger cache not all layers would be on devices
    SMALLER_CACHE = "smaller_cache"  # the larger one would leave too little free
    SHORTER = "shorter"  # so would a longer context
    LEAST = "least"  # all leave too little free; this takes the least
    TOO_MUCH = "too_much"  # none fits


@dataclass(frozen=True, slots=True)
class Setting:
    """With what a model is loaded: options without anything left open, and what becomes of the memory."""

    options: LoadOptions
    reason: Reason
    fit: Fit
    space: Space
    less: LoadOptions | None  # what leaves enough free, where this does not and anything does

    @property
    def is_roomy(self) -> bool:
        """Say whether enough is left free."""
        return self.fit.advice is Advice.FITS
