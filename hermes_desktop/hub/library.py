"""Knows which GGUF files one can talk with, what to call them, and how to hash them; never the network."""

import unicodedata
from collections.abc import Callable
from pathlib import Path

from hermes_desktop.containers import gguf, model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelHeader
from hermes_desktop.hub.fingerprint import Fingerprint

# Architectures of llama.cpp that read text but write none, or are only a part of another model.
_NO_WRITERS = """
adapter bert clip dflash eagle3 eurobert gemma-embedding gemma4-assistant imatrix jina-bert-v2
jina-bert-v3 llama-embed modern-bert neo-bert nomic-bert nomic-bert-moe pangu-embedded t5encoder
wavtokenizer-dec
"""
# Architectures of the llama.cpp that llama-cpp-python 0.3.36 carries, without those above.
_WRITERS = """
afmoe apertus arcee arctic arwkv7 baichuan bailingmoe bailingmoe2 bailingmoe3 bitnet bloom chameleon
chatglm codeshell cogvlm cohere2 cohere2moe command-r dbrx deci deepseek deepseek2 deepseek2-ocr
deepseek32 deepseek4 dots1 dots3note dream ernie4_5 ernie4_5-moe exaone exaone-moe exaone4 falcon
falcon-h1 gemma gemma2 gemma3 gemma3n gemma4 glm-dsa glm4 glm4moe gpt-oss gpt2 gptj gptneox granite
granite_swa granitehybrid granitemoe graniteswitch grok grovemoe hrm_text hunyuan-dense hunyuan-moe
hunyuan_vl hy_v3 hy_v4 internlm2 jais jais2 jamba kimi-linear laguna lfm2 lfm2moe llada llada-moe
llama llama4 maincoder mamba mamba2 maple mimo2 minicpm minicpm3 minimax-01 minimax-m2 minimax-m3
mistral3 mistral4 mpt muse-glimmer nemotron nemotron_h nemotron_h_moe olmo olmo2 olmoe openelm orion
paddleocr phi2 phi3 phimoe plamo plamo2 plamo3 plm qwen qwen2 qwen2moe qwen2vl qwen3 qwen35
qwen35moe qwen3moe qwen3next qwen3vl qwen3vlmoe qwen4exp refact rnd1 rwkv6 rwkv6qwen2 rwkv7 seed_oss
smallthinker smollm3 spark2_5 stablelm starcoder starcoder2 step35 t5 xverse
"""
_NOT_CHAT = frozenset(_NO_WRITERS.split())
_CHAT = frozenset(_WRITERS.split())

# What a person may expect of a quantisation, by the first fitting beginning of its name.
_NOTES = (
    ("F32", "full precision, twice the size of F16 and no better"),
    ("F16", "full precision"),
    ("BF16", "full precision"),
    ("Q8", "practically lossless"),
    ("Q6", "practically lossless"),
    ("Q5", "very good"),
    ("Q4_K_M", "good, the usual choice"),
    ("Q4", "good"),
    ("IQ4", "good"),
    ("MXFP4", "good"),
    ("NVFP4", "good"),
    ("Q3_K_L", "noticeably weaker"),
    ("Q3", "noticeably weaker"),
    ("IQ3", "noticeably weaker"),
    ("Q2", "much weaker"),
    ("IQ2", "much weaker"),
    ("IQ1", "barely usable"),
    ("TQ", "only for models trained for it"),
    ("Q1", "only for models trained for it"),
)


def first_part(path: Path) -> Path:
    """Give the file that stands for the model: the first part of a split one, else the file itself."""
    return gguf.parts(path)[0]


def inspect(path: Path) -> ModelHeader:
    """Read the header of a model that is to be added and make sure that one can talk with it.

    Raises KnownError: those of `model_header.read_header`, MODEL_UNSUPPORTED, MODEL_NOT_CHAT.
    """
    return judged(model_header.read_header(first_part(path)), path)


def judged(header: ModelHeader, path: Path) -> ModelHeader:
    """Give a header back where one can talk with its model; raises MODEL_UNSUPPORTED, MODEL_NOT_CHAT."""
    if header.architecture in _NOT_CHAT or (header.architecture in _CHAT and not header.vocabulary):
        raise KnownError(ErrorKind.MODEL_NOT_CHAT, path=str(path))
    if header.architecture not in _CHAT:
        architecture = header.architecture[:80]
        raise KnownError(ErrorKind.MODEL_UNSUPPORTED, path=str(path), architecture=architecture)
    if not (header.layers and header.context and header.parameters):
        raise KnownError(ErrorKind.MODEL_NOT_CHAT, path=str(path))
    return header


def hash_file(path: Path, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str | None:
    """Give the SHA-256 of a model in hex, as `Fingerprint.go_on` does; None when it was cancelled."""
    return Fingerprint(path).go_on(progress, cancelled)


def display_name(header: ModelHeader, path: Path) -> str:
    """Name a model for people: what the header says, else the name of its file; one line, 80 letters."""
    printable = "".join(
        letter if unicodedata.category(letter)[0] not in "CZ" else " " for letter in header.name
    )
    name = " ".join(printable.split())
    return (name or path.stem)[:80]


def quantisation_note(name: str) -> str:
    """Say in a few words what a quantisation costs in quality; "" for an unknown one."""
    return next((note for beginning, note in _NOTES if name.startswith(beginning)), "")
