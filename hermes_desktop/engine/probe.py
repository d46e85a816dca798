"""Knows how fast llama.cpp writes on this machine, by timing it on layers of noise; not what follows from it.

A process of its own (`--measure`), since it takes half a gigabyte and all cores. To write a token is to read
every weight once, so a few layers of a real size stand for a model of any size: once with weights of 4 bits
and once with 8, which differ in what they ask of the memory and of the processor.
"""

import json
import math
import os
import random
import shutil
import struct
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hermes_desktop import machine
from hermes_desktop.containers.gguf_types import TENSOR_BYTES
from hermes_desktop.containers.gguf_writer import Tensor, head, padding
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.speed import Calibration, Rate

if TYPE_CHECKING:  # importing it loads the libraries of llama.cpp, which may be missing
    from hermes_desktop.engine.llama import Llama

SECONDS = 3.6  # of writing files, loading and timing; the libraries take another second
_LEAST = 3  # tokens of each, however long they take
_NEEDED = 1024**3  # bytes of memory
_CONTEXT = 512
_EMBEDDING, _FEED_FORWARD, _HEADS, _KV_HEADS, _VOCABULARY = 3072, 8192, 24, 8, 512  # a Hermes 3 of 3B
_KV = _EMBEDDING // _HEADS * _KV_HEADS
# They take turns, so that one drives the other out of every cache: two hundred megabytes each.
_FORMATS = (("Q4_K", 4), ("Q8_0", 2))  # name, layers
_CHUNK = 4096  # blocks
_OURS = 0.9  # of the time of all our threads: they wait for each other by spinning
_IS_COARSE = time.get_clock_info("process_time").resolution > 0.001  # seconds; on Windows


def main() -> int:
    """Measure, print what was found as a line of JSON; give the exit status."""
    machine.die_with_parent()
    machine.be_first_to_go()
    out = os.dup(1)
    os.dup2(2, 1)  # what C prints is no answer
    try:
        found: dict[str, object] = asdict(measure())
        status = 0
    except KnownError as error:
        found, status = {"error": error.kind.value, "values": error.values}, 1
    with os.fdopen(out, "w", encoding="ascii") as stream:
        stream.write(json.dumps(found) + "\n")
    return status


def measure() -> Calibration:
    """Time both formats.

    Raises KnownError ENGINE_MISSING, ENGINE_MEMORY, MACHINE_BUSY, DISK_FULL, and those of loading a model.
    """
    try:
        from hermes_desktop.engine import llama

        llama.start()
    except (ImportError, OSError, RuntimeError) as error:
        raise KnownError(ErrorKind.ENGINE_MISSING, detail=f"{type(error).__name__}: {error}"[:500]) from error
    if machine.free_memory() < _NEEDED:
        raise KnownError(ErrorKind.ENGINE_MEMORY, needed=_NEEDED, free=machine.free_memory())
    end = time.monotonic() + SECONDS
    with ExitStack() as stack:
        models = [_loaded(kind, layers, stack) for kind, layers in _FORMATS]
        seconds = _fastest(models, end)
    rates = tuple(_rate(kind, layers, each) for (kind, layers), each in zip(_FORMATS, seconds, strict=True))
    return Calibration(machine.cores(), llama.build(), time.time_ns() // 1_000_000, rates)


def _rate(kind: str, layers: int, seconds: float) -> Rate:
    block, size = TENSOR_BYTES[kind]
    weights = sum(tensor.weights for tensor in _tensors(kind, layers) if tensor.kind == kind)
    return Rate(8 * size / block, weights / seconds)


def _loaded(kind: str, layers: int, stack: ExitStack) -> "Llama":
    from hermes_desktop.engine.llama import Llama

    folder = Path(stack.enter_context(TemporaryDirectory(prefix="hermes-", ignore_cleanup_errors=True)))
    file = folder / "noise.gguf"
    try:
        _write(file, _tensors(kind, layers), layers)
    except OSError as error:
        raise KnownError(ErrorKind.DISK_FULL, path=str(folder), needed=0) from error
    model = Llama(file, LoadOptions(context=_CONTEXT, gpu_layers=0, mmap=True), lambda _: True)
    stack.callback(model.close)
    if os.name != "nt":  # it stays mapped, and nothing is left behind where we are killed
        shutil.rmtree(folder)
    return model


def _fastest(models: Sequence["Llama"], end: float) -> list[float]:
    """Give the shortest time that a token took in each: what else runs on the machine only makes it longer.

    A token during which other programs had one of our cores does not count; raises KnownError MACHINE_BUSY
    where there was no other.
    """
    best = [math.inf] * len(models)
    for position in range(_CONTEXT):
        if time.monotonic() > end and position >= _LEAST:
            break
        for at, model in enumerate(models):
            before, worked = time.monotonic(), time.process_time()
            model.evaluate((1,), position)
            seconds = time.monotonic() - before
            if _IS_COARSE or time.process_time() - worked > _OURS * seconds * model.threads:
                best[at] = min(best[at], seconds)
    if math.inf in best:
        raise KnownError(ErrorKind.MACHINE_BUSY)
    return best


def _tensors(kind: str, layers: int) -> list[Tensor]:
    width = (_EMBEDDING,)
    found = [
        Tensor("token_embd.weight", (_EMBEDDING, _VOCABULARY), kind),
        Tensor("output_norm.weight", width, "F32"),
    ]
    for layer in range(layers):
        shapes = {
            "attn_q": (_EMBEDDING, _EMBEDDING),
            "attn_k": (_EMBEDDING, _KV),
            "attn_v": (_EMBEDDING, _KV),
            "attn_output": (_EMBEDDING, _EMBEDDING),
            "ffn_gate": (_EMBEDDING, _FEED_FORWARD),
            "ffn_up": (_EMBEDDING, _FEED_FORWARD),
            "ffn_down": (_FEED_FORWARD, _EMBEDDING),
        }
        found += [Tensor(f"blk.{layer}.{name}.weight", width, "F32") for name in ("attn_norm", "ffn_norm")]
        found += [Tensor(f"blk.{layer}.{name}.weight", shape, kind) for name, shape in shapes.items()]
    return found


def _keys(layers: int) -> dict[str, object]:
    return {
        "general.architecture": "llama",
        "llama.context_length": _CONTEXT,
        "llama.embedding_length": _EMBEDDING,
        "llama.block_count": layers,
        "llama.feed_forward_length": _FEED_FORWARD,
        "llama.attention.head_count": _HEADS,
        "llama.attention.head_count_kv": _KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": _EMBEDDING // _HEADS,
        "llama.vocab_size": _VOCABULARY,
        "tokenizer.ggml.model": "no_vocab",
    }


def _write(file: Path, tensors: list[Tensor], layers: int) -> None:
    ones = struct.pack("<f", 1.0) * _CHUNK
    noise = {kind: _noise(kind) for kind, _ in _FORMATS}
    with file.open("wb") as stream:
        stream.write(head(_keys(layers), tensors))
        for tensor in tensors:
            chunk, left = noise.get(tensor.kind, ones), tensor.size
            while left > 0:
                left -= stream.write(chunk[:left])
            stream.write(bytes(padding(tensor.size)))


def _noise(kind: str) -> bytes:
    """Make blocks of random weights; only their scales are tame, so that nothing becomes infinite."""
    size = TENSOR_BYTES[kind][1]
    scales = struct.pack("<e", 0.002) * (2 if kind == "Q4_K" else 1)
    blocks = random.Random(0).randbytes(size * _CHUNK)
    return b"".join(scales + blocks[at + len(scales) : at + size] for at in range(0, len(blocks), size))
