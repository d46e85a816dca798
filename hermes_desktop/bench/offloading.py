"""Knows what a model takes on the graphics cards of this machine, and how fast it writes there.

The cards' own word for what is free is taken before a model comes and while it is there, so what the driver
and llama.cpp take for themselves is in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.app import devices
from hermes_desktop.bench import leaving, sizing
from hermes_desktop.bench.child import Child
from hermes_desktop.bench.leaving import Left
from hermes_desktop.bench.sizing import Compared
from hermes_desktop.containers import model_header
from hermes_desktop.domain.device import Device, DeviceKind
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Fit
from hermes_desktop.domain.model_file import ALL_LAYERS, KvType, LoadOptions, ModelGeometry
from hermes_desktop.fitting import memory, placement

SPARED = placement.DISPLAY_RESERVE  # what is left free on a card, for the screen and the driver
_TOKENS, _ROUNDS = 48, 3  # the fastest reply tells the speed
_READING = sizing.SENTENCE * 50  # some 1,000 tokens, as the shapes spell it


@dataclass(frozen=True, slots=True)
class Setting:
    """A shape and how it is loaded; a model that is `compared` is loaded on the processor as well."""

    size: str
    context: int
    kv_type: KvType = KvType.F16
    compared: bool = False

    @property
    def name(self) -> str:
        """Name it in a few words."""
        return f"{self.size.upper()} {self.context:,} {self.kv_type.value}"


# A larger one than the cards have room for is passed over.
SETTINGS = (
    Setting("3b", 8192, compared=True),
    Setting("8b", 8192, compared=True),
    Setting("8b", 16_384, KvType.Q8_0),
    Setting("70b", 8192),
)


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model read and wrote."""

    read: float  # tokens a second
    written: float


@dataclass(frozen=True, slots=True)
class Offloaded:
    """What a model did whose layers were all to lie on the cards."""

    name: str
    layers_left: int  # that did not go there
    memory: Compared  # of the cards, bytes
    cache: Compared
    load_seconds: float
    here: Speed
    left: Left  # when the memory line moved
    processor: Speed | None  # without the cards

    @property
    def beside(self) -> float:
        """Give the bytes that were taken and not estimated: the driver's, with its libraries and kernels."""
        return self.memory.measured - self.memory.estimated

    @property
    def times(self) -> float:
        """Say how many times as long as on the processor a token takes; 0: not compared."""
        return self.processor.written / self.here.written if self.processor else 0.0


def offload(folder: Path) -> Iterator[Offloaded]:
    """Load each shape on the cards, let it read and write.

    Raises DEVICE_UNKNOWN where there is no card, and ENGINE_MEMORY where not even the smallest has room.
    """
    measured = 0
    for setting in SETTINGS:
        with sizing.shaped(folder, setting.size) as file:
            fit = _fit(model_header.read_geometry(file), setting, cards())
            if fit.gpu_layers == fit.layers:
                measured += 1
                yield _measured(file, setting, fit)
            elif not measured:
                need = fit.memory
                needed = need.weights + need.kv + need.compute
                raise KnownError(ErrorKind.ENGINE_MEMORY, needed=needed, free=_free())


def cards() -> list[Device]:
    """List the graphics cards that the engine can use; raises DEVICE_UNKNOWN where it can use none."""
    found = devices.survey().devices
    usable = [device for device in placement.ordered(found) if device.kind is DeviceKind.GPU]
    if not usable:
        known = ", ".join(device.name for device in found)
        raise KnownError(ErrorKind.DEVICE_UNKNOWN, name=DeviceKind.GPU.value, known=known)
    return usable


def _fit(geometry: ModelGeometry, setting: Setting, usable: Sequence[Device]) -> Fit:
    rooms = [placement.room_on(device) for device in usable]
    return memory.fit(geometry, setting.context, setting.kv_type, ram=0, rooms=rooms)


def _measured(file: Path, setting: Setting, fit: Fit) -> Offloaded:
    options = LoadOptions(setting.context, setting.kv_type, ALL_LAYERS, mmap=True)
    free = _free()
    with Child() as child:
        loaded = child.load(file, options)
        here = _speed(child)
        left = leaving.measure(child)
        taken = free - _free()
    on_cards = child.placed.layers if child.placed is not None else 0
    return Offloaded(
        setting.name,
        fit.layers - on_cards,
        Compared(fit.total_vram, taken),
        Compared(fit.memory.kv, loaded.allocated.kv),
        loaded.load_seconds,
        here,
        left,
        _on_processor(file, setting) if setting.compared else None,
    )


def _free() -> int:
    return sum(card.free for card in cards())


def _on_processor(file: Path, setting: Setting) -> Speed:
    with Child() as child:
        child.load(file, LoadOptions(setting.context, setting.kv_type, 0, mmap=False))
        return _speed(child)


def _speed(child: Child) -> Speed:
    """Give the fastest of several replies, and how fast a long text is read once all is warm."""
    written = max(child.write("Sea?", _TOKENS).tokens_per_second for _ in range(_ROUNDS))
    long = child.write(_READING, 1)
    return Speed(long.evaluated_tokens * 1000 / long.first_token_ms, written)
