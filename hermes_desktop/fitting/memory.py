"""Knows how much memory a model takes, and how many layers a GPU has room for; not which devices there are.

Formulas and constants were measured on llama.cpp (llama-cpp-python 0.3.36) with files of the real shapes.
"""

from hermes_desktop.domain.fit import Advice, Fit, Memory
from hermes_desktop.domain.model_file import KvType, ModelGeometry
from hermes_desktop.fitting.placement import Placement, place

MIB = 1024 * 1024
OVERHEAD = 150 * MIB  # of the process itself: interpreter, vocabulary, threads
DISPLAY_RESERVE = 1024 * MIB  # left free on a GPU that draws the screen, as llama.cpp's own fit does
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


def fit(
    geometry: ModelGeometry,
    context: int,
    kv_type: KvType = KvType.F16,
    *,
    ram: int,
    vram: int = 0,
    flash_attention: bool = True,
) -> Fit:
    """Lay a model into so many free bytes: as much as possible on the GPU, the rest beside it."""
    need = memory(geometry, context, kv_type, flash_attention=flash_attention)
    placed = _offload(geometry, need, vram)
    on_gpu, gpu_bytes = placed.total, sum(placed.taken)
    in_ram = _in_ram(geometry, need, on_gpu)
    fits = in_ram <= ram
    room = largest_context(geometry, kv_type, ram=ram, vram=vram, flash_attention=flash_attention)
    if fits:
        advice = Advice.FITS if in_ram <= TIGHT * ram else Advice.TIGHT
    else:
        advice = Advice.SHORTER_CONTEXT if room else Advice.SMALLER_MODEL
    return Fit(need, in_ram, gpu_bytes, on_gpu, geometry.layers + 1, fits, advice, room)


def largest_context(
    geometry: ModelGeometry,
    kv_type: KvType = KvType.F16,
    *,
    ram: int,
    vram: int = 0,
    flash_attention: bool = True,
) -> int:
    """Give the longest context that fits, in tokens, at most what the model was trained for; 0: none."""
    low, high = 0, (geometry.context or USUAL_CONTEXT) // CONTEXT_STEP
    while low < high:
        middle = (low + high + 1) // 2
        need = memory(geometry, middle * CONTEXT_STEP, kv_type, flash_attention=flash_attention)
        fits = _in_ram(geometry, need, _offload(geometry, need, vram).total) <= ram
        low, high = (middle, high) if fits else (low, middle - 1)
    return low * CONTEXT_STEP


def _offload(geometry: ModelGeometry, need: Memory, vram: int) -> Placement:
    """Choose how many layers go to the GPU, the output first, then the last blocks; and their bytes."""
    return place(geometry, need, (vram - DISPLAY_RESERVE,))


def _in_ram(geometry: ModelGeometry, need: Memory, on_gpu: int) -> int:
    """Add up what stays in the main memory; the embedding always does."""
    blocks = max(on_gpu - 1, 0)
    gone = sum(geometry.block_bytes[len(geometry.block_bytes) - blocks :]) if blocks else 0
    gone += geometry.output_bytes if on_gpu and not geometry.tied else 0
    gone += need.kv * blocks // max(geometry.layers, 1)
    return need.weights + need.kv + need.compute + OVERHEAD - gone
