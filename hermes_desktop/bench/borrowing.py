"""Knows what a model costs whose layers lie on another computer, played by a server on loopback.

The server computes on the same processor, so what is compared is the way there and back, and that a lent
processor computes in the file's own layout of the weights, not in llama.cpp's faster one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.bench import sizing
from hermes_desktop.bench.child import Child, memory_of
from hermes_desktop.bench.lender import Lender, lender
from hermes_desktop.bench.sizing import Compared, Sized
from hermes_desktop.containers import model_header
from hermes_desktop.domain.model_file import ALL_LAYERS, LoadOptions
from hermes_desktop.fitting import memory

_SIZE = "3b"
_CONTEXT = 4096
_HALF = 15  # layers, the output matrix among them
# Short replies, and many: on a busy machine some of them find the cores free.
_TOKENS = 8
_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Borrowed:
    """What a model did whose layers were all to lie elsewhere."""

    layers_left: int  # that did not go there
    here_ms: float  # a token, by the processor alone
    there_ms: float

    @property
    def times(self) -> float:
        """Say how many times as long a token takes there."""
        return self.there_ms / self.here_ms


def borrow(folder: Path) -> Borrowed:
    """Let a model of 3B write here and there in turn; the fastest reply of each counts."""
    with sizing.shaped(folder, _SIZE) as file, lender() as other, Child() as here, Child() as there:
        here.load(file, LoadOptions(_CONTEXT, gpu_layers=0))
        loaded = there.load(file, LoadOptions(_CONTEXT, gpu_layers=ALL_LAYERS), (other.address,))
        gone = sum(share.layers for share in loaded.devices if share.name.startswith("RPC"))
        output = there.placed.of - there.placed.layers if there.placed is not None else 1
        speeds = [(_speed(here), _speed(there)) for _ in range(_ROUNDS)]
    best_here, best_there = (max(found) for found in zip(*speeds, strict=True))
    return Borrowed(loaded.layers - gone + output, 1000 / best_here, 1000 / best_there)


def _speed(child: Child) -> float:
    return child.write("Sea?", _TOKENS).tokens_per_second


def measure(folder: Path) -> Iterator[Sized]:
    """Put half of a model on another computer, then all of it; give what lies on both of them."""
    for layers, name in ((_HALF, "half of it"), (ALL_LAYERS, "all of it")):
        with sizing.shaped(folder, _SIZE) as file, lender() as other:
            yield from _divided(file, other, layers, name)


def _divided(file: Path, other: Lender, layers: int, name: str) -> Iterator[Sized]:
    geometry = model_header.read_geometry(file)
    wanted = geometry.layers + 1 if layers == ALL_LAYERS else layers
    room = 2 * geometry.weights
    fit = memory.fit(geometry, _CONTEXT, ram=0, rooms=(room,), layers=wanted)
    before = memory_of(other.process.pid).total
    with Child() as child:
        loaded = child.load(file, LoadOptions(_CONTEXT, gpu_layers=layers, mmap=False), (other.address,))
        child.write(sizing.BATCH, 1)
        taken = memory_of(other.process.pid).total - before
    cache = Compared(fit.memory.kv, loaded.allocated.kv)
    told = f"{_SIZE.upper()} {_CONTEXT:,} {name} lent"
    yield Sized(f"{told}, there", Compared(fit.total_vram, taken), cache=cache)
    if layers != ALL_LAYERS:
        yield Sized(f"{told}, here", Compared(fit.total_ram, child.peak))
