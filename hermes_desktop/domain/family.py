"""Knows what is said of a family of models; not how one is recognised."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """What all models of a family have in common."""

    name: str
    pattern: str  # words of the header's name, in small letters
    architectures: tuple[str, ...]
    thinks: str  # the tag that thoughts stand in; "" where it does not think aloud
    tools: str  # the tag that calls of tools stand in
    sampling: Mapping[str, float | int]  # what differs from our own defaults, or is the same on purpose
    source: str  # where the sampling is from
