"""Knows which number format each matrix of a Llama gets in a quantised file, and so how large that file is.

The rules are those of llama.cpp's own quantisation tool, as far as Hermes 3 is concerned: a mixture such
as Q4_K_M keeps what hurts most (values, the end of the feed-forward network, output) at a better one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from hermes_desktop.containers.gguf_types import TENSOR_BYTES
from hermes_desktop.domain.model_file import EMBEDDING, REPACKED, ModelGeometry

HEADER_BYTES = 7_845_000  # vocabulary, merges and keys of a Llama 3 file; 7.83 to 7.86 MB in nine of them
_SMALL_HEADS = 4  # query heads for each key head, from which Q2_K can spare its values less
_LARGE = 70  # layers from which a coarse format of the values becomes Q5_K


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a Llama."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    context: int
    tied: bool  # whether the embedding is the output, too

    @property
    def parameters(self) -> int:
        """Count the weights."""
        return sum(weights for name, weights in matrices(self))


def matrices(shape: Shape) -> Iterator[tuple[str, int]]:
    """List the tensors of a Llama with their weights; those of a block are called `0.attn_q` and so on."""
    width, kv = shape.embedding, shape.kv_heads * shape.head
    yield EMBEDDING, shape.vocabulary * width
    if not shape.tied:
        yield "output", shape.vocabulary * width
    yield "output_norm", width
    yield "rope_freqs", shape.head // 2
    for layer in range(shape.layers):
        yield f"{layer}.attn_norm", width
        yield f"{layer}.ffn_norm", width
        yield f"{layer}.attn_q", width * shape.heads * shape.head
        yield f"{layer}.attn_k", width * kv
        yield f"{layer}.attn_v", width * kv
        yield f"{layer}.attn_output", width * shape.heads * shape.head
        for name in ("gate", "up", "down"):
            yield f"{layer}.ffn_{name}", width * shape.feed_forward


def geometry(shape: Shape, quantisation: str) -> ModelGeometry:
    """Predict the sizes of a quantised file; raises KeyError for a mixture that has no rules here."""
    blocks = [0] * shape.layers
    others = repacked = 0
    sizes = {name: tensor_bytes(shape, quantisation, name, weights) for name, weights in matrices(shape)}
    for name, size in sizes.items():
        layer, dot, _ = name.partition(".")
        if dot:
            blocks[int(layer)] += size
        else:
            others += size
        if name != EMBEDDING and tensor_format(shape, quantisation, name) in REPACKED:
            repacked += size
    return ModelGeometry(
        layers=shape.layers,
        embedding=shape.embedding,
        feed_forward=shape.feed_forward,
        heads=shape.heads,
        kv_row=shape.layers * shape.kv_heads * 2 * shape.head,
        kv_widest=shape.kv_heads * 2 * shape.head,
        vocabulary=shape.vocabulary,
        context=shape.context,
        block_bytes=tuple(blocks),
        output_bytes=sizes[EMBEDDING if shape.tied else "output"],
        tied=shape.tied,
        weights=sum(blocks) + others,
        repacked=repacked,
    )


def file_size(shape: Shape, quantisation: str) -> int:
    """Predict the bytes of a file; raises KeyError for a mixture that has no rules here."""
    return geometry(shape, quantisation).weights + HEADER_BYTES


def tensor_bytes(shape: Shape, quantisation: str, name: str, weights: int) -> int:
    """Give the bytes of one tensor."""
    block, size = TENSOR_BYTES[tensor_format(shape, quantisation, name)]
    return weights // block * size


def tensor_format(shape: Shape, quantisation: str, name: str) -> str:
    """Name the format of one tensor, as the tools of llama.cpp choose it for a mixture."""
    if "norm" in name or name == "rope_freqs":
        return "F32"
    return _format(shape, quantisation.upper(), name)


def _format(shape: Shape, quantisation: str, name: str) -> str:
    """Choose the format of a matrix."""
    base, _, variant = quantisation.partition("_K")
    plain = f"{base}_K" if "_K" in quantisation else quantisation
    if plain not in TENSOR_BYTES:
        raise KeyError(quantisation)
    if plain in ("F16", "BF16", "F32", "Q8_0"):
        return plain
    if name in ("output", EMBEDDING):
        return _outer(shape, plain, variant, name)
    layer, _, matrix = name.partition(".")
    chosen = _MIXTURES.get((plain, variant), _same)(shape, int(layer), matrix) or plain
    if matrix == "attn_v" and shape.layers >= _LARGE and chosen in ("Q3_K", "Q4_K"):
        return "Q5_K"
    return chosen


def _outer(shape: Shape, plain: str, variant: str, name: str) -> str:
    """Choose the format of embedding and output; the large variants keep both at Q8_0."""
    if variant in ("_L", "_XL") and not (plain == "Q3_K" and variant == "_L"):
        return "Q8_0"
    return "Q6_K" if name == "output" or shape.tied else plain


def _more(layer: int, layers: int) -> bool:
    """Say whether a layer is among those that are kept better: the outer eighths, a third of the others."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def _same(shape: Shape, layer: int, matrix: str) -> str:  # noqa: ARG001 - one signature for all rules
    return ""


def _medium(shape: Shape, layer: int, matrix: str) -> str:
    return "Q6_K" if matrix in ("attn_v", "ffn_down") and _more(layer, shape.layers) else ""


def _q4_small(shape: Shape, layer: int, matrix: str) -> str:
    better = (matrix == "attn_v" and layer < 4) or (matrix == "ffn_down" and layer < shape.layers // 8)
    return "Q5_K" if better else ""


def _q3_large(shape: Shape, layer: int, matrix: str) -> str:  # noqa: ARG001 - one signature for all rules
    return "Q5_K" if matrix in ("attn_v", "ffn_down", "attn_output") else ""


def _q3_medium(shape: Shape, layer: int, matrix: str) -> str:
    if matrix == "attn_v":
        return "Q5_K" if layer < 2 else "Q4_K"
    if matrix == "ffn_down":
        return "Q5_K" if layer < shape.layers // 16 else "Q4_K"
    return "Q4_K" if matrix == "attn_output" else ""


def _q2(shape: Shape, layer: int, matrix: str) -> str:  # noqa: ARG001 - one signature for all rules
    if matrix == "attn_v":
        return "Q4_K" if shape.heads // shape.kv_heads >= _SMALL_HEADS else "Q3_K"
    return "Q3_K" if matrix in ("attn_output", "ffn_down") else ""


_MIXTURES = {
    ("Q4_K", "_M"): _medium,
    ("Q4_K", "_L"): _medium,
    ("Q5_K", "_M"): _medium,
    ("Q5_K", "_L"): _medium,
    ("Q4_K", "_S"): _q4_small,
    ("Q3_K", "_L"): _q3_large,
    ("Q3_K", "_XL"): _q3_large,
    ("Q3_K", "_M"): _q3_medium,
    ("Q2_K", ""): _q2,
    ("Q2_K", "_L"): _q2,
}
