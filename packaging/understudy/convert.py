"""Knows how the trained network becomes a GGUF file that any llama.cpp loads, and how one is read back.

Run as `python -m understudy.convert --folder build/understudy --to assets/understudy.gguf`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import gguf
import numpy
import torch
from gguf.quants import dequantize, quantize

from hermes_desktop.bench.tiny_gguf import CHATML_WITHOUT_BOS
from understudy.model import BASE, EPSILON, HEAD, Shape, frequency_factors
from understudy.tokenizer import Tokenizer

Q8 = gguf.GGMLQuantizationType.Q8_0


def main() -> int:
    """Convert the checkpoint of a folder."""
    parser = argparse.ArgumentParser(description="Write the trained Understudy as GGUF.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    shape = Shape(**json.loads((arguments.folder / "plan.json").read_text())["shape"])
    state = torch.load(arguments.folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    convert(state["model"], shape, Tokenizer.load(arguments.folder / "merges.json"), arguments.to)
    print(f"{arguments.to}: {arguments.to.stat().st_size:,} bytes after {state['done']:,} tokens")
    return 0


def convert(model: dict[str, torch.Tensor], shape: Shape, tokenizer: Tokenizer, path: Path) -> None:
    """Write the file: matrices as Q8_0, norms and rotation factors as F32."""
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer, shape)
    _write_tokenizer(writer, tokenizer)
    for name, tensor in _named(model, shape):
        data = tensor.float().numpy()
        if data.ndim == 2:
            writer.add_tensor(name, quantize(data, Q8), raw_dtype=Q8)
        else:
            writer.add_tensor(name, numpy.ascontiguousarray(data, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: Any, shape: Shape) -> None:
    writer.add_name("Understudy")
    writer.add_description("A small stand-in that ships with Hermes Desktop. It is not Hermes 3.")
    writer.add_author("The Hermes Desktop project")
    writer.add_license("mit")
    writer.add_languages(["en", "de"])
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_vocab_size(shape.vocabulary)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_rope_freq_base(BASE)
    writer.add_layer_norm_rms_eps(EPSILON)


def _write_tokenizer(writer: Any, tokenizer: Tokenizer) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokenizer.tokens)
    writer.add_token_types(tokenizer.types)
    writer.add_token_merges([" ".join(merge) for merge in tokenizer.merges])
    writer.add_bos_token_id(tokenizer.id("<|begin_of_text|>"))
    writer.add_eos_token_id(tokenizer.id("<|im_end|>"))
    writer.add_pad_token_id(tokenizer.id("<|end_of_text|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHATML_WITHOUT_BOS)


def _named(model: dict[str, torch.Tensor], shape: Shape) -> list[tuple[str, torch.Tensor]]:
    named = [
        ("token_embd.weight", model["embedding"]),
        ("output_norm.weight", model["norm"]),
        ("rope_freqs.weight", frequency_factors()),
    ]
    for layer in range(shape.layers):
        for name, key in _PARTS.items():
            value = model[f"layers.{layer}.{key}"]
            value = _interleaved(value, shape.heads) if key in _TURNED else value
            named.append((f"blk.{layer}.{name}.weight", value))
    return named


_PARTS = {
    "attn_norm": "attention_norm",
    "attn_q": "q",
    "attn_k": "k",
    "attn_v": "v",
    "attn_output": "o",
    "ffn_norm": "feed_norm",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}
_TURNED = ("q", "k")


def weights(path: Path) -> dict[str, torch.Tensor]:
    """Read the weights back from a file that `convert` wrote, as exactly as Q8_0 keeps them."""
    found: dict[str, torch.Tensor] = {}
    for tensor in gguf.GGUFReader(path).tensors:
        kind, _, part = tensor.name.removesuffix(".weight").partition(".")
        value = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy())
        if kind == "blk":
            layer, _, name = part.partition(".")
            key = _PARTS[name]
            value = _apart(value) if key in _TURNED else value
            found[f"layers.{layer}.{key}"] = value
        elif kind in _WHOLE:
            found[_WHOLE[kind]] = value
    return found


_WHOLE = {"token_embd": "embedding", "output_norm": "norm"}


def _interleaved(matrix: torch.Tensor, heads: int) -> torch.Tensor:
    """Bring pairs (i, i + 32) together as (2i, 2i + 1), which is how llama.cpp turns a Llama."""
    rows, columns = matrix.shape
    return matrix.view(heads, 2, HEAD // 2, columns).transpose(1, 2).reshape(rows, columns)


def _apart(matrix: torch.Tensor) -> torch.Tensor:
    """Undo `_interleaved`."""
    rows, columns = matrix.shape
    return matrix.view(rows // HEAD, HEAD // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


if __name__ == "__main__":
    sys.exit(main())
