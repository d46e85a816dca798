"""Knows how to write a GGUF of the shape of a real model without its weights: a file that is nearly all hole.

llama.cpp loads it and takes the memory and the time of the real one. All weights are zero, but for the
factors of the rotation, by which it divides: they are one. The header is as long as the real one.
"""

import struct
from pathlib import Path

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.containers import gguf_writer
from hermes_desktop.hub import quantisation
from hermes_desktop.hub.quantisation import Shape

# As many as Llama 3 has beside its tokens: they make the header long, and the engine keeps them in memory.
_MERGES, _VOCABULARY = 280_147, 128_256


def write(path: Path, shape: Shape, mixture: str) -> Path:
    """Write a Llama of this shape in this mixture; raises KeyError where the mixture has no rules."""
    tensors = [_tensor(shape, mixture, name, weights) for name, weights in quantisation.matrices(shape)]
    start = gguf_writer.head(_keys(shape, mixture), tensors)
    body = sum(tensor.size + gguf_writer.padding(tensor.size) for tensor in tensors)
    with path.open("wb") as file:
        file.write(start)
        file.truncate(len(start) + body)
        at = len(start)
        for tensor in tensors:
            if tensor.name.startswith("rope_freqs"):
                file.seek(at)
                file.write(struct.pack("<f", 1.0) * (tensor.size // 4))
            at += tensor.size + gguf_writer.padding(tensor.size)
    return path


def _tensor(shape: Shape, mixture: str, name: str, weights: int) -> gguf_writer.Tensor:
    layer, dot, matrix = name.partition(".")
    full = f"blk.{layer}.{matrix}.weight" if dot else f"{name}.weight"
    kind = quantisation.tensor_format(shape, mixture, name)
    return gguf_writer.Tensor(full, _dimensions(shape, name, weights), kind)


def _dimensions(shape: Shape, name: str, weights: int) -> tuple[int, ...]:
    """Give the sizes of a tensor, the inner one first."""
    matrix = name.rpartition(".")[2]
    if "norm" in matrix or matrix == "rope_freqs":
        return (weights,)
    inner = {"attn_output": shape.heads * shape.head, "ffn_down": shape.feed_forward}
    first = inner.get(matrix, shape.embedding)
    return first, weights // first


def _keys(shape: Shape, mixture: str) -> dict[str, object]:
    known = tiny_gguf.vocabulary()
    fill = tuple(f"<{number:x}>" for number in range(shape.vocabulary - len(known.tokens)))
    # Nothing ever becomes one of their halves, so that a text is spelled byte by byte.
    count = _MERGES * shape.vocabulary // _VOCABULARY - len(tiny_gguf.MERGES)
    merges = tuple(f"u{number:x} v{number:x}" for number in range(count))
    return {
        "general.architecture": "llama",
        "general.name": f"Shape of {shape.layers} layers, {mixture}",
        "llama.context_length": shape.context,
        "llama.embedding_length": shape.embedding,
        "llama.block_count": shape.layers,
        "llama.feed_forward_length": shape.feed_forward,
        "llama.attention.head_count": shape.heads,
        "llama.attention.head_count_kv": shape.kv_heads,
        "llama.attention.key_length": shape.head,
        "llama.attention.value_length": shape.head,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": shape.head,
        "llama.rope.freq_base": 500000.0,
        "llama.vocab_size": shape.vocabulary,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "llama-bpe",
        "tokenizer.ggml.tokens": known.tokens + fill,
        "tokenizer.ggml.token_type": known.types + (tiny_gguf.NORMAL,) * len(fill),
        "tokenizer.ggml.merges": tiny_gguf.MERGES + merges,
        "tokenizer.ggml.bos_token_id": known.id("<|begin_of_text|>"),
        "tokenizer.ggml.eos_token_id": known.id("<|im_end|>"),
        "tokenizer.chat_template": tiny_gguf.CHATML,
    }
