"""Knows how to write a tiny GGUF file that real llama.cpp loads: layers of seeded noise, or a scripted reply.

The vocabulary is byte-level BPE with the ChatML and Hermes tokens in it, so every path of the app runs in
the real engine. With `says` the model answers every prompt with exactly those pieces and ends its turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray

from hermes_desktop.containers import gguf_writer

# The default template of the 8B repository: it writes BOS, and a system turn where there is none.
CHATML = (
    "{{bos_token}}{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# The template of the 3B repository: no BOS.
CHATML_WITHOUT_BOS = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# The template of Llama 3, shortened: another family, with headers of its own.
LLAMA_3 = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'"
    " + message['content'] | trim + '<|eot_id|>' }}"
    "{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)

Tensor = NDArray[numpy.generic]
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4
F16 = 1  # in general.file_type
EMBEDDING, HEADS, KV_HEADS, FEED_FORWARD = 128, 4, 2, 256  # heads of 32: a whole block of a q8_0 cache
MERGES = ("t h", "th e", "i n", "a n", "e r", "Ġ t", "Ġ a", "Ġt he")
CONTROLS = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
)
HERMES_TAGS = ("<tools>", "</tools>", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>")


def byte_letters() -> dict[int, str]:
    """Map each byte to the printable letter that stands for it in a GPT-2 vocabulary."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + at) for at, byte in enumerate(others)}


def spelled(piece: bytes) -> str:
    """Write bytes as a byte-level vocabulary spells them."""
    letters = byte_letters()
    return "".join(letters[byte] for byte in piece)


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a tiny model, in the order of their ids."""

    tokens: tuple[str, ...]
    types: tuple[int, ...]

    def id(self, token: str) -> int:
        """Give the id of a token as it is spelled in the file."""
        return self.tokens.index(token)

    def id_of(self, piece: bytes | str) -> int:
        """Give the id of a piece of plain text or of a special token."""
        raw = piece.encode() if isinstance(piece, str) else piece
        special = raw.decode("utf-8", "replace")
        return self.id(special if special in self.tokens and special.startswith("<") else spelled(raw))


def vocabulary(
    *, im_end_first: bool = False, says: Sequence[bytes | str] = (), chatml: bool = True
) -> Vocabulary:
    """List the tokens; `im_end_first` swaps the two ChatML ids, as they are swapped between 8B and 3B."""
    letters = byte_letters()
    tokens = {letters[byte]: NORMAL for byte in range(256)}
    tokens |= {merge.replace(" ", ""): NORMAL for merge in MERGES}
    tokens |= dict.fromkeys(CONTROLS, CONTROL)
    if chatml:
        pair = ("<|im_end|>", "<|im_start|>") if im_end_first else ("<|im_start|>", "<|im_end|>")
        tokens |= dict.fromkeys(pair, CONTROL)
    tokens |= dict.fromkeys(HERMES_TAGS, USER_DEFINED)
    for piece in says:
        raw = piece.encode() if isinstance(piece, str) else piece
        if raw.decode("utf-8", "replace") not in tokens:
            tokens.setdefault(spelled(raw), NORMAL)
    return Vocabulary(tuple(tokens), tuple(tokens.values()))


def words(text: str) -> list[str]:
    """Cut a reply into words with their leading space, the pieces that `says` takes; each may occur once."""
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]


def write(
    path: Path,
    *,
    seed: int = 0,
    context: int = 512,
    template: str | None = CHATML,
    architecture: str = "llama",
    name: str = "Tiny Hermes",
    layers: int = 2,
    im_end_first: bool = False,
    chatml: bool = True,
    says: Sequence[bytes | str] | None = None,
    loops: bool = False,
    cut: int = 0,
    without: str = "",
    metadata: Mapping[str, object] | None = None,
) -> Path:
    """Write a model of about 740 kB and return its path.

    says: pieces of the reply, each once; then the turn ends, or with `loops` it begins again. Empty: it
        ends at once.
    cut: bytes left off at the end. without: name of a tensor left out. metadata: keys added or replaced.
    """
    known = vocabulary(im_end_first=im_end_first, says=says or (), chatml=chatml)
    keys = _metadata(known, context, template, architecture, name, layers, chatml) | dict(metadata or {})
    tensors = _noise(known, layers, seed)
    if says is not None:
        _script(tensors, known, says, loops, "<|im_end|>" if chatml else "<|eot_id|>")
    tensors.pop(without, None)
    data = _file(keys, tensors)
    path.write_bytes(data[: len(data) - cut])
    return path


def _metadata(
    known: Vocabulary,
    context: int,
    template: str | None,
    architecture: str,
    name: str,
    layers: int,
    chatml: bool,
) -> dict[str, object]:
    keys: dict[str, object] = {
        "general.architecture": architecture,
        "general.name": name,
        "general.license": "mit",
        "general.file_type": F16,
        f"{architecture}.context_length": context,
        f"{architecture}.embedding_length": EMBEDDING,
        f"{architecture}.block_count": layers,
        f"{architecture}.feed_forward_length": FEED_FORWARD,
        f"{architecture}.attention.head_count": HEADS,
        f"{architecture}.attention.head_count_kv": KV_HEADS,
        f"{architecture}.attention.layer_norm_rms_epsilon": 1e-5,
        f"{architecture}.rope.dimension_count": EMBEDDING // HEADS,
        f"{architecture}.rope.freq_base": 10000.0,
        f"{architecture}.vocab_size": len(known.tokens),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": known.tokens,
        "tokenizer.ggml.token_type": known.types,
        "tokenizer.ggml.merges": MERGES,
        "tokenizer.ggml.bos_token_id": known.id("<|begin_of_text|>"),
        "tokenizer.ggml.eos_token_id": known.id("<|im_end|>" if chatml else "<|eot_id|>"),
    }
    if template is not None:
        keys["tokenizer.chat_template"] = template
    return keys


def _noise(known: Vocabulary, layers: int, seed: int) -> dict[str, Tensor]:
    """Draw the weights; shapes are (rows, columns), the file has them the other way round."""
    random = numpy.random.default_rng(seed)

    def matrix(rows: int, columns: int, scale: float) -> Tensor:
        return (random.standard_normal((rows, columns)) * scale).astype(numpy.float16)

    width, kv_width = EMBEDDING, EMBEDDING // HEADS * KV_HEADS
    ones = numpy.ones(width, numpy.float32)
    tensors = {
        "token_embd.weight": matrix(len(known.tokens), width, 1.0),
        "output_norm.weight": ones,
        "output.weight": matrix(len(known.tokens), width, 0.2),
    }
    for layer in range(layers):
        tensors |= {
            f"blk.{layer}.attn_norm.weight": ones,
            f"blk.{layer}.attn_q.weight": matrix(width, width, 0.2),
            f"blk.{layer}.attn_k.weight": matrix(kv_width, width, 0.2),
            f"blk.{layer}.attn_v.weight": matrix(kv_width, width, 0.2),
            f"blk.{layer}.attn_output.weight": matrix(width, width, 0.2),
            f"blk.{layer}.ffn_norm.weight": ones,
            f"blk.{layer}.ffn_gate.weight": matrix(FEED_FORWARD, width, 0.1),
            f"blk.{layer}.ffn_up.weight": matrix(FEED_FORWARD, width, 0.1),
            f"blk.{layer}.ffn_down.weight": matrix(width, FEED_FORWARD, 0.1),
        }
    return tensors


def _script(
    tensors: dict[str, Tensor],
    known: Vocabulary,
    says: Sequence[bytes | str],
    loops: bool,
    end: str,
) -> None:
    """Make the next token depend on the present one alone: the layers add nothing."""
    for tensor_name, tensor in tensors.items():
        if "attn_output" in tensor_name or "ffn_down" in tensor_name:
            tensor[:] = 0
    pieces = [known.id_of(piece) for piece in says]
    if len(set(pieces)) != len(pieces):
        raise ValueError("each piece may occur once")
    vectors = numpy.linalg.qr(numpy.random.default_rng(1).standard_normal((EMBEDDING, EMBEDDING)))[0]
    embeddings, output = tensors["token_embd.weight"], tensors["output.weight"]
    embeddings[:] = vectors[0]  # whatever is not in the reply is followed by its first piece
    output[:] = 0
    end_id = known.id(end)
    followers = [*pieces, pieces[0] if loops else end_id] if pieces else [end_id]
    for at, follower in enumerate(followers):
        if at:
            embeddings[pieces[at - 1]] = vectors[at]
        output[follower] += (vectors[at] * 8).astype(numpy.float16)


def _file(keys: Mapping[str, object], tensors: Mapping[str, Tensor]) -> bytes:
    table = [
        gguf_writer.Tensor(name, each.shape[::-1], "F16" if each.dtype == numpy.float16 else "F32")
        for name, each in tensors.items()
    ]
    body = [each.tobytes() + bytes(gguf_writer.padding(each.nbytes)) for each in tensors.values()]
    return gguf_writer.head(keys, table) + b"".join(body)
