"""Knows what is said of how fast models are on a machine; not how it is measured or estimated."""

from dataclasses import dataclass

from hermes_desktop.domain.model_file import DeviceShare


@dataclass(frozen=True, slots=True)
class Rate:
    """How many weights of so many bits the machine gets through in a second of writing."""

    bits: float  # of a weight, scales included
    weights_per_second: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured on this machine once."""

    cores: int
    build: str  # of the engine
    measured_at: int  # milliseconds since 1970
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Speeds:
    """What the replies of a model have shown that lay on the same devices.

    Medians in tokens a second; 0 where nothing is known.
    """

    devices: tuple[DeviceShare, ...]
    threads: int
    reading: float
    writing: float
    replies: int


@dataclass(frozen=True, slots=True)
class Timing:
    """The figures of one reply, and what computed it."""

    evaluated_tokens: int
    first_token_ms: float
    generated_tokens: int
    tokens_per_second: float
    threads: int
    devices: tuple[str, ...]  # NAME:LAYERS
