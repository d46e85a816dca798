"""Knows which kinds of servers there are, how each is recognised, and what it can; it writes no reply.

What each takes is told by its makers: llama.cpp's server, llama-cpp-python, vLLM, Ollama, LM Studio.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from enum import StrEnum

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.remote import RemoteForm, RemoteModel, RemoteServer
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine.server import Fields, Server, StatusError

_ASSUMED_CONTEXT = 4096  # tokens, where no one says
_LONGEST_CONTEXT = 2**22
_SHOWN_MODELS = 8
_MODEL_LIMIT = 1000


class Kind(StrEnum):
    """Name a server as its makers do."""

    LLAMA = "llama.cpp"
    PYTHON = "llama-cpp-python"
    VLLM = "vLLM"
    OLLAMA = "Ollama"
    STUDIO = "LM Studio"
    OTHER = ""


# What stands as the owner of a model in its list.
_OWNERS = {
    "llamacpp": Kind.LLAMA,
    "me": Kind.PYTHON,
    "vllm": Kind.VLLM,
    "library": Kind.OLLAMA,
    "organization_owner": Kind.STUDIO,
}
_CORE = ("temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "max_tokens", "stop")
_ALIKE = {name: name for name in (*_CORE, "logit_bias")}
_MIROSTAT = {"mirostat_tau": "mirostat_tau", "mirostat_eta": "mirostat_eta"}
# Our settings by the names that each server has for them.
SETTINGS: dict[Kind, dict[str, str]] = {
    Kind.LLAMA: _ALIKE
    | _MIROSTAT
    | {"dry_last_n": "dry_penalty_last_n", "mirostat": "mirostat"}
    | {
        name: name
        for name in (
            *("top_k", "min_p", "typical_p", "repeat_penalty", "repeat_last_n", "grammar"),
            *("dry_multiplier", "dry_base", "dry_allowed_length", "xtc_probability", "xtc_threshold"),
        )
    },
    Kind.PYTHON: _ALIKE
    | _MIROSTAT
    | {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repeat_penalty", "grammar": "grammar"}
    | {"mirostat": "mirostat_mode"},
    Kind.VLLM: _ALIKE | {"top_k": "top_k", "min_p": "min_p", "repeat_penalty": "repetition_penalty"},
    Kind.STUDIO: _ALIKE | {"top_k": "top_k", "repeat_penalty": "repeat_penalty"},
    Kind.OLLAMA: {name: name for name in _CORE},
    Kind.OTHER: _ALIKE,
}
_ALL_SETTINGS = tuple(field.name for field in fields(Sampling))


@dataclass(frozen=True, slots=True)
class Found:
    """What a server has turned out to be."""

    kind: Kind
    model: str
    context: int  # tokens
    context_told: bool
    counter: "Counter | None"  # None: tokens have to be estimated

    @property
    def unknown(self) -> tuple[str, ...]:
        """Name the settings that it does not take."""
        return tuple(name for name in _ALL_SETTINGS if name not in SETTINGS[self.kind])

    def form(self, wanted: RemoteForm) -> RemoteForm:
        """Choose how prompts are sent. Ollama puts its own template around every text."""
        if wanted is not RemoteForm.AUTO:
            return wanted
        return RemoteForm.CHAT if self.kind is Kind.OLLAMA else RemoteForm.CHATML


@dataclass(frozen=True, slots=True)
class Counter:
    """A place where a server counts tokens, and what it wants to be told there."""

    path: str
    field: str
    extra: tuple[tuple[str, object], ...] = ()
    start: int = 0  # tokens that it adds to every text

    async def count(self, server: Server, text: str) -> int:
        """Count the tokens of a text; raises KnownError and StatusError."""
        fields = await server.post(self.path, {self.field: text, **dict(self.extra)}, beside=True)
        tokens, counted = fields.get("tokens"), fields.get("count")
        if _is_count(counted):
            return max(int(str(counted)) - self.start, 0)
        if isinstance(tokens, list):
            return max(len(tokens) - self.start, 0)
        raise KnownError(ErrorKind.REMOTE_ANSWER, host=server.host, reason="no count of tokens")


async def models(server: Server) -> list[RemoteModel]:
    """List the models that a server offers; raises KnownError."""
    return [RemoteModel(_id(entry), _told_in(entry)) for entry in await _entries(server)]


async def find(server: Server, wanted: RemoteServer) -> Found:
    """Find out what a server is and whether it has the wanted model; raises KnownError."""
    entries = await _entries(server)
    entry = _chosen(server, entries, wanted.model)
    model = _id(entry) or wanted.model
    kind = _OWNERS.get(str(entry.get("owned_by", "")), Kind.OTHER)
    if kind is Kind.OTHER and "version" in await _maybe(server, "/api/version"):
        kind = Kind.OLLAMA  # whoever has made a model there is its owner
    told = wanted.context or _told_in(entry) or await _context(server, kind, model)
    return Found(kind, model, told or _ASSUMED_CONTEXT, bool(told), await _counter(server, kind, model))


async def _entries(server: Server) -> list[Fields]:
    try:
        fields = await server.get("/models")
    except StatusError as error:
        raise server.known(error) from error
    listed = fields.get("data")
    if not isinstance(listed, list):
        raise KnownError(ErrorKind.REMOTE_ANSWER, host=server.host, reason="no list of models")
    return [entry for entry in listed[:_MODEL_LIMIT] if isinstance(entry, dict) and _id(entry)]


def _id(entry: Fields) -> str:
    return str(entry.get("id") or "")[:500]


def _chosen(server: Server, entries: Sequence[Fields], wanted: str) -> Fields:
    """Give the entry of the wanted model; the first one where none is named."""
    found = [entry for entry in entries if not wanted or _id(entry) == wanted]
    if found:
        return found[0]
    known = ", ".join(_id(entry) for entry in entries[:_SHOWN_MODELS]) or "-"
    raise KnownError(ErrorKind.REMOTE_NO_MODEL, host=server.host, model=wanted, known=known)


def _told_in(entry: Fields) -> int:
    """Read the context from the list of models, as vLLM and others tell it there."""
    return _tokens(entry.get("max_model_len") or entry.get("context_length") or entry.get("context_window"))


async def _context(server: Server, kind: Kind, model: str) -> int:
    """Ask for the context by the ways of each kind; 0 where nobody says."""
    if kind is Kind.LLAMA:
        settings = (await _maybe(server, "/props")).get("default_generation_settings")
        return _tokens(settings.get("n_ctx")) if isinstance(settings, dict) else 0
    if kind is Kind.STUDIO:
        entry = await _maybe(server, f"/api/v0/models/{model}")
        return _tokens(entry.get("loaded_context_length") or entry.get("max_context_length"))
    if kind is Kind.OLLAMA:
        running = (await _maybe(server, "/api/ps")).get("models")
        entries = running if isinstance(running, list) else []
        same = [each for each in entries if isinstance(each, dict) and each.get("name") == model]
        return _tokens(same[0].get("context_length")) if same else 0
    return 0


async def _counter(server: Server, kind: Kind, model: str) -> Counter | None:
    """Find the place where a server counts tokens; only those kinds are asked that have one."""
    if kind is Kind.LLAMA:
        return Counter("/tokenize", "content")
    if kind is Kind.VLLM:
        return Counter("/tokenize", "prompt", (("model", model), ("add_special_tokens", False)))
    if kind is Kind.PYTHON:
        counter = Counter("/extras/tokenize/count", "input", (("model", model),))
        with suppress(KnownError, StatusError):
            start = await counter.count(server, "")  # it may put a token before every text
            return Counter(counter.path, counter.field, counter.extra, start)
    return None


async def _maybe(server: Server, path: str) -> Fields:
    """Ask for what only some servers have; nothing where this one has not."""
    try:
        return await server.get(path, beside=True)
    except (KnownError, StatusError):
        return {}


def _tokens(told: object) -> int:
    return int(str(told)) if _is_count(told) and 0 < int(str(told)) <= _LONGEST_CONTEXT else 0


def _is_count(told: object) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and told >= 0
