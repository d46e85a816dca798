"""Knows llama.cpp's functions, and alone does so; what they are used for is decided elsewhere."""

import ctypes
import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import llama_cpp

from hermes_desktop import machine
from hermes_desktop.containers import gguf, model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions, ModelHeader
from hermes_desktop.engine import cells, devices, placing
from hermes_desktop.engine.native_log import NativeLog
from hermes_desktop.engine.sampler import DRY_BREAKERS, Step

_KV_TYPES = {
    KvType.F16: (llama_cpp.GGML_TYPE_F16, 2.0),
    KvType.Q8_0: (llama_cpp.GGML_TYPE_Q8_0, 34 / 32),
    KvType.Q4_0: (llama_cpp.GGML_TYPE_Q4_0, 18 / 32),
}
_LOG = NativeLog()
# Kept in the module: llama.cpp calls it for ever, and ctypes frees what nobody holds.
_LOG_CALLBACK = llama_cpp.llama_log_callback(_LOG.add)
_NO_DATA = ctypes.c_void_p(0)

# The abort callback is asked thousands of times a token, from threads of llama.cpp. A Python function would
# wait for the interpreter lock each time; strlen says "true" in C once the flag's first byte is not zero.
_LIBC = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
_ABORT_CALLBACK = ctypes.cast(_LIBC.strlen, llama_cpp.ggml_abort_callback)

SMALL_MODEL = 64 * 1024**2  # bytes; below, one thread is as fast as two and far steadier
_started = False


def start() -> None:
    """Start the backends, once a process."""
    global _started
    if not _started:
        llama_cpp.llama_log_set(_LOG_CALLBACK, _NO_DATA)
        llama_cpp.llama_backend_init()
        _started = True


def build() -> str:
    """Name the versions of the package and of the library in it."""
    return f"llama-cpp-python {llama_cpp.__version__} (llama.cpp {llama_cpp.llama_version().decode()})"


def gpu_offload() -> bool:
    """Say whether there is a GPU, of this computer or a lent one, that this build can put layers on.

    llama.cpp's own answer is yes for every build that could send layers to another computer.
    """
    start()
    return bool(llama_cpp.llama_supports_gpu_offload()) and devices.can_offload() is not False


class AbortedError(Exception):
    """Say that loading or reading was stopped on request."""

    def __init__(self, *, lost: bool = False) -> None:
        """Tell whether the cells were being moved, so that nobody knows what they hold."""
        super().__init__()
        self.lost = lost


class Llama:
    """A model in memory with one context."""

    def __init__(
        self,
        path: Path,
        options: LoadOptions,
        progress: Callable[[float], bool],
        tell: Callable[[placing.Plan], None] = lambda _: None,
    ) -> None:
        """Load a model; progress gets fractions and says whether to go on; `tell` hears what is planned.

        Raises AbortedError when it does not; KnownError: those of `gguf.read`, ENGINE_MEMORY,
        MODEL_UNSUPPORTED, ENGINE_LOAD_FAILED.
        """
        start()
        self.path = path
        front = gguf.read(path)
        self.header: ModelHeader = model_header.header(front)
        plan = placing.plan(model_header.geometry(front, path), options)
        self._flag = ctypes.create_string_buffer(2)
        self._model: llama_cpp.llama_model_p | None = None
        self._context: llama_cpp.llama_context_p | None = None
        self._batch: llama_cpp.llama_batch | None = None
        self._pieces: dict[int, bytes] = {}
        self._buffer = ctypes.create_string_buffer(4096)
        self.mmap = _choose_mmap(options.mmap, self.header.expected_size)
        self.threads = options.threads or _choose_threads(self.header.expected_size)
        self.flash_attention = plan.setting.options.flash_attention
        self.kv_type = plan.setting.options.cache
        tell(plan)
        try:
            self._load_model(plan.placing, progress)
            self._make_context(plan.setting.options)
        except BaseException:
            self.close()
            raise

    def _load_model(self, placed: placing.Placing | None, progress: Callable[[float], bool]) -> None:
        aborted = False

        def on_progress(fraction: float, _data: object) -> bool:
            nonlocal aborted
            aborted = aborted or not progress(fraction)
            return not aborted

        _LOG.clear()
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = placed.layers if placed is not None else 0
        if placed is not None:  # the model keeps copies of both
            pointers, split = placed.pointers(), placed.split(llama_cpp.llama_max_devices())
            parameters.devices = ctypes.cast(pointers, ctypes.c_void_p)
            parameters.tensor_split = split
        parameters.load_mode = llama_cpp.LLAMA_LOAD_MODE_MMAP if self.mmap else llama_cpp.LLAMA_LOAD_MODE_NONE
        callback = llama_cpp.llama_progress_callback(on_progress)
        parameters.progress_callback = callback
        self._model = llama_cpp.llama_model_load_from_file(str(self.path).encode(), parameters)
        if aborted:
            raise AbortedError
        if not self._model:
            raise _LOG.failure(self.path, self.header.expected_size)
        self._vocabulary = llama_cpp.llama_model_get_vocab(self._model)
        self.vocabulary = llama_cpp.llama_vocab_n_tokens(self._vocabulary)
        self.layers = llama_cpp.llama_model_n_layer(self._model)
        self.devices = _LOG.devices(self.layers)

    def _make_context(self, options: LoadOptions) -> None:
        kind, cell_bytes = _KV_TYPES[self.kv_type]
        trained = llama_cpp.llama_model_n_ctx_train(self._model)
        context = max(1, min(options.context, trained) if trained > 0 else options.context)
        needed = int(2 * self._kv_width() * context * cell_bytes)
        if not gpu_offload() and needed > machine.free_memory():
            raise KnownError(ErrorKind.ENGINE_MEMORY, needed=needed, free=machine.free_memory())
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = context
        parameters.n_batch = parameters.n_ubatch = max(1, min(options.batch, context))
        parameters.n_seq_max = cells.SEQUENCES
        parameters.kv_unified = True  # no sequence has cells of its own: each may take all
        # Logits of the last token only; the default keeps a row for each. llama.cpp wants one a sequence.
        parameters.n_outputs_max = cells.SEQUENCES
        parameters.n_threads = parameters.n_threads_batch = self.threads
        parameters.flash_attn_type = int(self.flash_attention)
        parameters.type_k = parameters.type_v = kind
        parameters.abort_callback = _ABORT_CALLBACK
        parameters.abort_callback_data = ctypes.cast(self._flag, ctypes.c_void_p)
        self._context = llama_cpp.llama_init_from_model(self._model, parameters)
        if not self._context:
            raise _LOG.failure(self.path, needed)
        self.allocated = _LOG.allocated()
        assert self._model
        self.cells = cells.Cells(self._model, self._context, quantised=self.kv_type is not KvType.F16)
        self.context = llama_cpp.llama_n_ctx(self._context)
        self.batch = llama_cpp.llama_n_batch(self._context)
        self._make_batch()

    def _kv_width(self) -> int:
        """Count the numbers of one token's keys in all layers."""
        heads = max(1, llama_cpp.llama_model_n_head(self._model))
        head = llama_cpp.llama_model_n_embd(self._model) // heads
        return int(self.layers * llama_cpp.llama_model_n_head_kv(self._model) * head)

    def _make_batch(self) -> None:
        batch = llama_cpp.llama_batch_init(self.batch, 0, 1)
        for at in range(self.batch):
            batch.n_seq_id[at] = 1
            batch.seq_id[at][0] = 0
            batch.logits[at] = 0
        self._batch = batch

    def close(self) -> None:
        """Give all memory back."""
        if self._batch is not None:
            llama_cpp.llama_batch_free(self._batch)
        if self._context:
            llama_cpp.llama_free(self._context)
        if self._model:
            llama_cpp.llama_model_free(self._model)
        self._batch = self._context = self._model = None

    # ---- vocabulary ---------------------------------------------------------------------------------

    def tokenise(self, text: str, *, special: bool = False) -> tuple[int, ...]:
        """Cut a text into tokens. Only with `special` is `<|im_start|>` more than its letters."""
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 16
        tokens = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self._vocabulary, raw, len(raw), tokens, room, False, special)
        if count < 0:
            raise ValueError(f"{-count} tokens from {len(raw)} bytes")
        return tuple(tokens[:count])

    def token(self, text: str) -> int | None:
        """Give the id of a special token; None where the text is no single token."""
        found = self.tokenise(text, special=True)
        return found[0] if len(found) == 1 and text else None

    def controls(self) -> dict[str, int]:
        """Give all tokens that text can only stand for when it is parsed as special."""
        wanted = llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED
        ids = range(self.vocabulary)
        marked = [id_ for id_ in ids if llama_cpp.llama_vocab_get_attr(self._vocabulary, id_) & wanted]
        return {self._text(id_).decode("utf-8", "replace"): id_ for id_ in marked}

    def piece(self, token: int) -> bytes:
        """Give the bytes that a token stands for."""
        if token not in self._pieces:
            self._pieces[token] = self._make_piece(token)
        return self._pieces[token]

    def _make_piece(self, token: int) -> bytes:
        size = len(self._buffer)
        length = llama_cpp.llama_token_to_piece(self._vocabulary, token, self._buffer, size, 0, True)
        if length < 0:
            self._buffer = ctypes.create_string_buffer(-length)
            return self._make_piece(token)
        return self._buffer.raw[:length]

    def is_end(self, token: int) -> bool:
        """Say whether a token ends the model's turn."""
        return bool(llama_cpp.llama_vocab_is_eog(self._vocabulary, token))

    def bos(self) -> int | None:
        """Give the token that begins a text; None where there is none."""
        token = llama_cpp.llama_vocab_bos(self._vocabulary)
        return token if 0 <= token < self.vocabulary else None

    def text_of(self, token: int | None) -> str:
        """Spell a token as it is named in the vocabulary."""
        return "" if token is None else self._text(token).decode("utf-8", "replace")

    def eos(self) -> int | None:
        """Give the token that ends a text; None where there is none."""
        token = llama_cpp.llama_vocab_eos(self._vocabulary)
        return token if 0 <= token < self.vocabulary else None

    def adds_bos(self) -> bool:
        """Say whether the file wants a BOS token before plain texts."""
        return bool(llama_cpp.llama_vocab_get_add_bos(self._vocabulary))

    def tokenizer_hash(self) -> str:
        """Tell vocabularies apart: the SHA-256 over every token's text."""
        digest = hashlib.sha256(self.header.tokenizer.encode())
        for token in range(self.vocabulary):
            digest.update(self._text(token) + b"\0")
        return digest.hexdigest()

    def _text(self, token: int) -> bytes:
        return llama_cpp.llama_vocab_get_text(self._vocabulary, token) or b""

    # ---- reading and writing --------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop reading within one operation of llama.cpp; from any thread."""
        self._flag[0] = b"\x01"

    def resume(self) -> None:
        """Take an interruption back."""
        self._flag[0] = b"\0"

    def use_threads(self, count: int) -> int:
        """Compute with so many threads from now on; give the number as llama.cpp says it."""
        llama_cpp.llama_set_n_threads(self._context, count, count)
        return int(llama_cpp.llama_n_threads(self._context))

    def evaluate(self, tokens: Sequence[int], position: int, sequence: int = cells.MAIN) -> None:
        """Read at most `batch` tokens; the last one's logits are kept. Raises AbortedError."""
        batch, count = self._batch, len(tokens)
        if batch is None or not 0 < count <= self.batch:
            raise ValueError(f"a batch of {count}")
        if self._flag.raw[0]:
            raise AbortedError
        ctypes.memmove(batch.token, (ctypes.c_int32 * count)(*tokens), 4 * count)
        ctypes.memmove(batch.pos, (ctypes.c_int32 * count)(*range(position, position + count)), 4 * count)
        for at in range(count):
            batch.seq_id[at][0] = sequence
        batch.n_tokens = count
        batch.logits[count - 1] = 1
        moving, _LOG.unmoved = not self.cells.settled, False
        status = llama_cpp.llama_decode(self._context, batch)
        batch.logits[count - 1] = 0
        self.cells.settled = True
        if self._flag.raw[0]:
            raise AbortedError(lost=moving and _LOG.unmoved)
        if status:
            raise RuntimeError(f"llama_decode: {status}: {_LOG.detail()}")

    def sampler(self, steps: Sequence[Step], past: Sequence[int]) -> "Sampler":
        """Make a chain that has seen the past tokens; raises KnownError ENGINE_GRAMMAR."""
        return Sampler(self._vocabulary, self._context, steps, past)


class Sampler:
    """A chain of llama.cpp's samplers; it must not outlive its model."""

    def __init__(
        self,
        vocabulary: "llama_cpp.llama_vocab_p",
        context: "llama_cpp.llama_context_p | None",
        steps: Sequence[Step],
        past: Sequence[int],
    ) -> None:
        self._vocabulary, self._context = vocabulary, context
        self._chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        try:
            for step in steps:
                self._add(step, past)
        except BaseException:
            self.close()
            raise

    def sample(self) -> int:
        """Draw the next token and remember it."""
        return int(llama_cpp.llama_sampler_sample(self._chain, self._context, -1))

    def close(self) -> None:
        """Free the chain."""
        llama_cpp.llama_sampler_free(self._chain)

    def _add(self, step: Step, past: Sequence[int]) -> None:
        link = self._make(step)
        if not link:
            raise KnownError(ErrorKind.ENGINE_GRAMMAR, detail=_LOG.detail() or step.name)
        if step.last:  # the grammar must not see what was before the reply
            for token in past[-step.last :]:
                llama_cpp.llama_sampler_accept(link, token)
        llama_cpp.llama_sampler_chain_add(self._chain, link)

    def _make(self, step: Step) -> Any:  # a pointer, NULL where llama.cpp refuses
        values: tuple[Any, ...] = step.values
        if step.name == "grammar":
            text = values[0].encode("utf-8", "replace")
            return llama_cpp.llama_sampler_init_grammar(self._vocabulary, text, b"root")
        if step.name == "logit_bias":
            size, biases = values
            array = (llama_cpp.llama_logit_bias * len(biases))(*biases)
            return llama_cpp.llama_sampler_init_logit_bias(size, len(biases), array)
        if step.name == "dry":
            breakers = (ctypes.c_char_p * len(DRY_BREAKERS))(*(text.encode() for text in DRY_BREAKERS))
            return llama_cpp.llama_sampler_init_dry(self._vocabulary, *values, breakers, len(breakers))
        return getattr(llama_cpp, f"llama_sampler_init_{step.name}")(*values)


def _choose_threads(size: int) -> int:
    """Give one thread a physical core; a small model gets one in all.

    The threads of llama.cpp wait for each other after every matrix. For matrices of some kilobytes that costs
    more than it saves, and beside any other busy program the waiting is nearly all there is.
    """
    return machine.cores() if size > SMALL_MODEL else 1


def _choose_mmap(wanted: bool | None, size: int) -> bool:
    """Map the file where a GPU takes it from there, or where memory holds it in no other way.

    On a CPU llama.cpp copies quantised matrices into a faster layout; the mapped file stays beside them
    (measured: 8.6 GB resident for a file of 4.7 GB, 5.6 GB without the map).
    """
    if wanted is not None:
        return wanted
    return gpu_offload() or machine.free_memory() < 1.1 * size
