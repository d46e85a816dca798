"""Knows what the keys of a GGUF file say of the model in it; not how they are read.

Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import re
from collections import Counter
from pathlib import Path

from hermes_desktop.containers import gguf
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import EMBEDDING, REPACKED, ModelGeometry, ModelHeader

# Number in general.file_type: what people call the mixture.
_FILE_TYPE_NAMES = """
F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K
IQ2_XXS IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16 - - -
TQ1_0 TQ2_0 MXFP4 NVFP4 Q1_0 Q2_0
"""
_FILE_TYPES = dict(enumerate(_FILE_TYPE_NAMES.split()))
_GUESSED = 1024  # flag in general.file_type: the number was guessed from the tensors

LAYERS_LIMIT = 4096  # the largest models have some 130
_BLOCK = re.compile(r"blk\.(\d+)\.")


def read_header(path: Path) -> ModelHeader:
    """Read what a GGUF says of itself; the sizes of a split file are the sums over its parts.

    Raises KnownError: see `gguf.read`.
    """
    return header(gguf.read(path))


def read_geometry(path: Path) -> ModelGeometry:
    """Read what the memory of a model is made of; raises KnownError: see `gguf.read`."""
    return geometry(gguf.read(path), path)


def geometry(found: list[gguf.Part], path: Path) -> ModelGeometry:
    """Give the sizes that memory is estimated from; raises KnownError MODEL_BROKEN_HEADER."""
    keys = found[0].keys
    name = gguf.text(keys, "general.architecture")
    layers, embedding = gguf.whole(keys, f"{name}.block_count"), gguf.whole(keys, f"{name}.embedding_length")
    if not 0 <= layers <= LAYERS_LIMIT:
        reason = f"number of layers: {layers}"
        raise KnownError(ErrorKind.MODEL_BROKEN_HEADER, path=str(path), reason=reason)
    heads = gguf.whole(keys, f"{name}.attention.head_count")
    kv_heads = gguf.each(keys, f"{name}.attention.head_count_kv") or (heads,)
    head = gguf.whole(keys, f"{name}.attention.key_length") or embedding // max(heads, 1)
    value = gguf.whole(keys, f"{name}.attention.value_length") or head
    if len(kv_heads) == 1:
        kv_heads *= layers
    blocks, others = _sizes(found, layers)
    tokens = keys.get("tokenizer.ggml.tokens")
    return ModelGeometry(
        layers=layers,
        embedding=embedding,
        feed_forward=gguf.whole(keys, f"{name}.feed_forward_length"),
        heads=heads,
        kv_row=sum(kv_heads) * (head + value),
        kv_widest=max(kv_heads, default=0) * (head + value),
        vocabulary=tokens.items if isinstance(tokens, gguf.LongArray) else 0,
        context=gguf.whole(keys, f"{name}.context_length"),
        block_bytes=blocks,
        output_bytes=others["output.weight"] or others["token_embd.weight"],
        tied="output.weight" not in others,
        weights=sum(blocks) + others.total(),
        repacked=sum(map(_repacked, found)),
    )


def _repacked(part: gguf.Part) -> int:
    """Add up the matrices that llama.cpp copies for a processor."""
    sizes, kinds = part.tensors.sizes, part.tensors.kinds
    return sum(
        size for name, size in sizes.items() if kinds[name] in REPACKED and not name.startswith(EMBEDDING)
    )


def _sizes(found: list[gguf.Part], layers: int) -> tuple[tuple[int, ...], Counter[str]]:
    """Add up the bytes of each block; the tensors outside of the blocks stay single."""
    blocks, others = [0] * layers, Counter[str]()
    for part in found:
        for name, size in part.tensors.sizes.items():
            match = _BLOCK.match(name)
            if match and int(match[1]) < layers:
                blocks[int(match[1])] += size
            else:
                others[name] += size
    return tuple(blocks), others


def header(found: list[gguf.Part]) -> ModelHeader:
    """Give what the parts of a model say of it."""
    keys = found[0].keys
    architecture = gguf.text(keys, "general.architecture")
    tokens = keys.get("tokenizer.ggml.tokens")
    heads = gguf.whole(keys, f"{architecture}.attention.head_count")
    return ModelHeader(
        architecture=architecture,
        name=gguf.text(keys, "general.name"),
        quantisation=_quantisation(found),
        parameters=sum(part.tensors.weights for part in found),
        context=gguf.whole(keys, f"{architecture}.context_length"),
        layers=gguf.whole(keys, f"{architecture}.block_count"),
        embedding=gguf.whole(keys, f"{architecture}.embedding_length"),
        heads=heads,
        kv_heads=gguf.whole(keys, f"{architecture}.attention.head_count_kv") or heads,
        vocabulary=tokens.items if isinstance(tokens, gguf.LongArray) else 0,
        tokenizer=gguf.text(keys, "tokenizer.ggml.model"),
        licence=gguf.text(keys, "general.license"),
        template=gguf.text(keys, "tokenizer.chat_template"),
        expected_size=sum(part.expected_size for part in found),
    )


def _quantisation(found: list[gguf.Part]) -> str:
    number = gguf.whole(found[0].keys, "general.file_type") & ~_GUESSED
    name = _FILE_TYPES.get(number, "-")
    types: Counter[str] = sum((part.tensors.types for part in found), Counter())
    if "general.file_type" in found[0].keys and name != "-":
        return name
    return types.most_common(1)[0][0] if types else ""
