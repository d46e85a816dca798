"""Knows how much memory a model takes, and what of it lies where; not which devices there are.

Formulas and constants were measured on llama.cpp (llama-cpp-python 0.3.36) with files of the real shapes.

What a model needs is what it reads for every token, so it is the same whether its file is mapped or not. With
the map less of it is private (`resident`): weights are read from the file's pages, which the system may take
back, at the price of reading them from the disk again, token after token. For a processor llama.cpp copies
most matrices into a faster layout, and the pages that they were copied from stay until somebody wants them.
"""

from collections.abc import Sequence

from hermes_desktop.domain.fit import Advice, Fit, Memory, Placement, Resident
from hermes_desktop.domain.model_file import KvType, ModelGeometry
from hermes_desktop.fitting.placement import DISPLAY_RESERVE, place

MIB = 1024 * 1024
OVERHEAD = 150 * MIB  # of the process itself: interpreter, vocabulary, threads
MICRO_BATCH = 512  # tokens that are computed at once
CONTEXT_STEP = 256  # llama.cpp rounds a context up to this
USUAL_CONTEXT = 8192  # tokens; Hermes 3 was fine-tuned on sequences of this length
TIGHT = 0.9  # of what is free; beyond, a machine begins to swap
_KV_BYTES = {KvType.F16: (2, 1), KvType.Q8_0: (34, 32), KvType.Q4_0: (18, 32)}  # bytes, numbers


def memory(
    geometry: ModelGeometry,
    context: int,
    kv_type: KvType,
    *,
    flash_attention: bool = True,
    micro_batch: int = MICRO_BATCH,
) -> Memory:
    """Estimate what a model takes with a context of so many tokens."""
    padded = -(-context // CONTEXT_STEP) * CONTEXT_STEP
    size, numbers = _KV_BYTES[kv_type]
    kv = geometry.kv_row * padded * size // numbers
    # Of the logits only one row is kept (`n_outputs_max`), so the feed-forward network takes the most.
    rows = 4 if kv_type is KvType.F16 else 3
    compute = 4 * micro_batch * (3 * geometry.feed_forward + rows * geometry.embedding)
    compute += 2 * micro_batch * padded  # which token sees which
    if not flash_attention:
        scores = padded * (geometry.heads + 1) + 5 * geometry.embedding + geometry.kv_widest
        compute = max(compute, 4 * micro_batch * scores)
    return Memory(geometry.weights, kv, compute)


def resident(geometry: ModelGeometry, fit: Fit, *, mmap: bool) -> Resident:
    """Split what a laid model has in the main memory; with the map, copies of matrices come on top."""
    if not mmap:
        return Resident(fit.total_ram, 0)
    weights, blocks = shares(geometry, fit)[0].weights, geometry.block_bytes
    here = sum(blocks[: len(blocks) - max(fit.gpu_layers - 1, 0)])
    copied = geometry.repacked * here // max(sum(blocks), 1)
    return Resident(fit.total_ram - weights + copied, weights)


def one_gpu(vram: int) -> tuple[int, ...]:
    """Give the room on a GPU of which so many bytes are free."""
    return (vram - DISPLAY_RESERVE,) if vram else ()


def fit(
    geometry: ModelGeometry,
    context: int,
    kv_type: KvType = KvType.F16,
    *,
    ram: int,
    rooms: Sequence[int] = (),
    layers: int | None = None,
    flash_attention: bool = True,
) -> Fit:
    """Lay a model into so many free bytes: as much as possible on devices with these rooms, the rest beside.

    `layers` is how many somebody wants on the devices, in any case.
    """
    need = memory(geometry, context, kv_type, flash_attention=flash_attention)
    placed = place(geometry, need, rooms, layers)
    in_ram = _in_ram(geometry, need, placed.total)
    room = largest_context(
        geometry, kv_type, ram=ram, rooms=rooms, layers=layers, flash_attention=flash_attention
    )
    advice = _advice(in_ram, ram, room, crowded=_is_crowded(placed, rooms))
    fits = advice in (Advice.FITS, Advice.TIGHT)
    return Fit(need, in_ram, placed, geometry.layers + 1, fits, advice, room)


def _advice(needed: int, free: int, room: int, *, crowded: bool) -> Advice:
    if crowded:
        return Advice.FEWER_LAYERS
    if needed <= free:
        return Advice.FITS if needed <= TIGHT * free else Advice.TIGHT
    return Advice.SHORTER_CONTEXT if room else Advice.SMALLER_MODEL


def _is_crowded(placed: Placement, rooms: Sequence[int]) -> bool:
    return any(taken > max(room, 0) for taken, room in zip(placed.taken, rooms, strict=True))


def largest_context(
    geometry: ModelGeometry,
    kv_type: KvType = KvType.F16,
    *,
    ram: int,
    rooms: Sequence[int] = (),
    layers: int | None = None,
    flash_attention: bool = True,
) -> int:
    """Give the longest context that fits, in tokens, at most what the model was trained for; 0: none."""
    low, high = 0, (geometry.context or USUAL_CONTEXT) // CONTEXT_STEP
    while low < high:
        middle = (low + high + 1) // 2
        need = memory(geometry, middle * CONTEXT_STEP, kv_type, flash_attention=flash_attention)
        fits = _in_ram(geometry, need, place(geometry, need, rooms, layers).total) <= ram
        low, high = (middle, high) if fits else (low, middle - 1)
    return low * CONTEXT_STEP


def shares(geometry: ModelGeometry, fit: Fit) -> list[Memory]:
    """Give what lies in the main memory, then on each device in their order."""
    cache, on_devices = fit.memory.kv // max(geometry.layers, 1), []
    left = len(geometry.block_bytes) + 1  # the output matrix is the last layer
    for layers, taken in zip(reversed(fit.placement.layers), reversed(fit.placement.taken), strict=True):
        blocks = layers - (1 if layers and left > geometry.layers else 0)
        compute = fit.memory.compute if layers else 0
        on_devices.append(Memory(taken - blocks * cache - compute, blocks * cache, compute))
        left -= layers
    gone = sum(share.kv for share in on_devices)
    weights = fit.total_ram - OVERHEAD - fit.memory.compute - (fit.memory.kv - gone)
    return [Memory(weights, fit.memory.kv - gone, fit.memory.compute), *reversed(on_devices)]


def _in_ram(geometry: ModelGeometry, need: Memory, on_gpu: int) -> int:
    """Add up what stays in the main memory; the embedding always does."""
    blocks = max(on_gpu - 1, 0)
    gone = sum(geometry.block_bytes[len(geometry.block_bytes) - blocks :]) if blocks else 0
    gone += geometry.output_bytes if on_gpu and not geometry.tied else 0
    gone += need.kv * blocks // max(geometry.layers, 1)
    return need.weights + need.kv + need.compute + OVERHEAD - gone
