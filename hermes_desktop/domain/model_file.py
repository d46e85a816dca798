"""Knows what a model file is and how it is to be loaded; not how its bytes are read."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.remote import Served

AUTO_LAYERS = -1  # as many as fit on the devices
ALL_LAYERS = -2  # also where they do not seem to fit
AUTO_CONTEXT = 0  # by the memory that is free
# Formats of which llama.cpp makes a processor a copy in a faster layout (measured on x86 with AVX-512; others
# copy more, or less). The embedding is only looked up in, so it is never copied.
REPACKED = frozenset({"Q2_K", "Q4_0", "Q4_K", "IQ4_NL", "MXFP4"})
EMBEDDING = "token_embd"


class KvType(StrEnum):
    """Name the number format of the KV cache."""

    F16 = "f16"
    Q8_0 = "q8_0"
    Q4_0 = "q4_0"


@dataclass(frozen=True, slots=True)
class ModelHeader:
    """What the GGUF header says, as far as a person or a plan needs it."""

    architecture: str
    name: str
    quantisation: str  # such as "Q4_K_M"
    parameters: int
    context: int  # tokens it was trained for
    layers: int
    embedding: int
    heads: int
    kv_heads: int
    vocabulary: int
    tokenizer: str
    licence: str
    template: str  # the Jinja chat template; "" where there is none
    expected_size: int  # bytes that header and tensors need


@dataclass(frozen=True, slots=True)
class ModelGeometry:
    """The sizes that decide how much memory a model takes. Bytes are those of the tensors."""

    layers: int
    embedding: int
    feed_forward: int
    heads: int
    kv_row: int  # numbers of keys and values that a token leaves in all layers
    kv_widest: int  # the same in the widest layer
    vocabulary: int
    context: int  # tokens it was trained for
    block_bytes: tuple[int, ...]
    output_bytes: int  # the matrix that gives the next token; where it is shared, the embedding
    tied: bool  # whether it is shared
    weights: int  # bytes of all tensors
    repacked: int = 0  # bytes of those matrices that a processor reads from a copy


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A GGUF file that the person has added."""

    id: int
    name: str
    path: str
    size: int  # bytes
    modified_ns: int
    sha256: str  # "" until it has been hashed
    verified_at: int  # milliseconds since 1970; 0 until it has been hashed
    added_at: int
    header: ModelHeader


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file of another program; it is used where it lies."""

    path: Path
    program: str
    name: str
    size: int  # bytes of this file


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load a model. The engine reports back what it really did."""

    context: int = AUTO_CONTEXT  # tokens
    kv_type: KvType | None = None  # None: decide by the free memory
    gpu_layers: int = AUTO_LAYERS  # the output matrix counts as one
    flash_attention: bool = True
    mmap: bool | None = None  # None: decide by the free memory
    threads: int = 0  # 0: one a physical core, one in all for a small model
    batch: int = 512

    @property
    def cache(self) -> KvType:
        """Give the number format of the KV cache: 16 bits until another one is chosen."""
        return self.kv_type or KvType.F16


@dataclass(frozen=True, slots=True)
class DeviceShare:
    """How many layers a device holds."""

    name: str
    layers: int


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """What the engine says of the model it holds."""

    path: str
    name: str
    quantisation: str
    context: int
    kv_type: KvType
    layers: int
    devices: tuple[DeviceShare, ...]
    threads: int
    batch: int
    mmap: bool
    flash_attention: bool
    build: str
    template: str  # "chatml" for our own code, "gguf" for the file's own
    template_hash: str
    tokenizer_hash: str
    load_seconds: float
    size: int  # bytes of the file
    allocated: Memory  # as the engine tells it; 0: not told
    served: Served | None = None  # by a server; None: it is held on this computer
