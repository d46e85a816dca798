"""Knows what models of the real shapes take, and how fast they write, beside what was estimated."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.app import speeds
from hermes_desktop.bench import shaped_gguf
from hermes_desktop.bench.child import Child
from hermes_desktop.containers import model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Fit
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelGeometry
from hermes_desktop.domain.speed import Calibration
from hermes_desktop.fitting import memory
from hermes_desktop.hub import catalogue
from hermes_desktop.hub.quantisation import Shape

MIXTURE = "Q4_K_M"
_ONE = Shape(16, 2048, 8192, 32, 8, 64, 128_256, 131_072, tied=True)  # a Llama 3.2 of 1B
SENTENCE = "Tell me of the sea. "  # the shapes spell it byte by byte
BATCH = SENTENCE * 30
_ROOM = 200  # tokens of a full context that stay free for the template and the reply
# The fastest of several short replies tells the speed: what else runs on the machine only makes them longer.
_TOKENS, _ROUNDS = 12, 5
_TRIES = 12  # to find five seconds in which other programs leave us the cores


@dataclass(frozen=True, slots=True)
class Compared:
    """What was estimated and what was seen: bytes at the worst, or tokens a second."""

    estimated: float
    measured: float

    @property
    def percent_off(self) -> float:
        """Give how far the estimate was from the truth."""
        return abs(self.estimated / self.measured - 1) * 100


@dataclass(frozen=True, slots=True)
class Setting:
    """A shape, how it is loaded, and what it is asked for."""

    size: str
    context: int
    kv_type: KvType = KvType.F16
    flash_attention: bool = True
    mmap: bool = False
    is_timed: bool = False

    @property
    def name(self) -> str:
        """Name it in a few words."""
        words = [self.size.upper(), f"{self.context:,}", self.kv_type.value]
        words += [] if self.flash_attention else ["without flash attention"]
        return " ".join([*words, "mapped"] if self.mmap else words)

    @property
    def options(self) -> LoadOptions:
        """Say how it is loaded: into the main memory of any machine."""
        return LoadOptions(self.context, self.kv_type, 0, self.flash_attention, self.mmap)

    @property
    def text(self) -> str:
        """Give what touches all the memory that it may take.

        llama.cpp clears the whole cache when it makes it, and one batch goes through everything else, but for
        the scores of attention that is not flash: they grow with what has been read.
        """
        return BATCH if self.flash_attention else SENTENCE * ((self.context - _ROOM) // len(SENTENCE))


# The timed ones come first: a machine that is too busy for them is found out before the others are measured.
SETTINGS = (
    Setting("8b", 8192, is_timed=True),
    Setting("3b", 8192, is_timed=True),
    Setting("1b", 4096, flash_attention=False),
    Setting("1b", 16_384),
    Setting("3b", 4096, KvType.Q8_0),
    Setting("3b", 16_384, KvType.Q4_0),
    Setting("3b", 4096, mmap=True),
    Setting("8b", 16_384, KvType.Q8_0),
    Setting("8b", 4096, KvType.Q4_0, mmap=True),
)


@dataclass(frozen=True, slots=True)
class Sized:
    """What a model was to take and how fast it was to write, and what came of it."""

    name: str
    memory: Compared
    private: Compared | None = None  # without the pages of a mapped file; None: nothing is mapped
    cache: Compared | None = None  # the KV cache, as the engine tells it
    speed: Compared | None = None


def measure(folder: Path) -> Iterator[Sized]:
    """Load a model of each shape in each of its settings, one at a time; let it read and write a little."""
    for setting in SETTINGS:
        with shaped(folder, setting.size) as file:
            yield _measured(file, setting)


@contextmanager
def shaped(folder: Path, size: str) -> Iterator[Path]:
    """Write a model of a size, nearly all of it hole; it is gone after the block."""
    shapes = {offer.family.id: offer.family.shape for offer in catalogue.offers()} | {"1b": _ONE}
    file = shaped_gguf.write(folder / f"{size}.gguf", shapes[size], MIXTURE)
    try:
        yield file
    finally:
        file.unlink()


def _measured(file: Path, setting: Setting) -> Sized:
    geometry = model_header.read_geometry(file)
    fit = _fit(geometry, setting)
    estimated = memory.resident(geometry, fit, mmap=setting.mmap)
    expected = speeds.estimate(geometry, _calibration()) if setting.is_timed else 0.0
    with Child() as child:
        loaded = child.load(file, setting.options)
        replies = [child.write("Sea?", _TOKENS) for _ in range(_ROUNDS if setting.is_timed else 0)]
        child.write(setting.text, 1)
    return Sized(
        setting.name,
        Compared(estimated.total, child.peak),
        Compared(estimated.private, child.private_peak) if setting.mmap else None,
        Compared(fit.memory.kv, loaded.allocated.kv),
        Compared(expected, max(reply.tokens_per_second for reply in replies)) if replies else None,
    )


def _calibration() -> Calibration | None:
    """Measure the machine; raises KnownError MACHINE_BUSY where it never was at rest."""
    for _ in range(_TRIES - 1):
        try:
            return speeds.Measurement().run()
        except KnownError as error:
            if error.kind is not ErrorKind.MACHINE_BUSY:
                raise
    return speeds.Measurement().run()


def _fit(geometry: ModelGeometry, setting: Setting) -> Fit:
    flash = setting.flash_attention
    return memory.fit(geometry, setting.context, setting.kv_type, ram=0, flash_attention=flash)
