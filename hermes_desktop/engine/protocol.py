"""Knows the words between window and engine child: commands down, events up, one JSON object a line.

Every command has an id that its events carry. Frames over FRAME_LIMIT are refused, unknown fields are
ignored, a missing or ill-typed field makes the frame bad. Neither side trusts the other.
"""

from dataclasses import dataclass, field

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.model_file import LoadedModel, LoadOptions
from hermes_desktop.domain.prompt import Budget, Prompt, PromptTurn
from hermes_desktop.domain.remote import RemoteServer
from hermes_desktop.domain.replay import Batch, Difference
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.domain.setting import Setting

PROTOCOL = 1
FRAME_LIMIT = 64 * 1024 * 1024  # bytes; a prompt of 100,000 turns is about 40 MB
HEARTBEAT_SECONDS = 1.0


# ---- commands -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """Load a model; the one that is held goes first.

    Answers: Planned, Placed, LoadProgress..., Loaded or Failed.
    """

    id: int
    path: str
    options: LoadOptions
    # HOST:PORT of computers whose devices may be used; a child keeps to its first ones.
    rpc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connect:
    """Let a server play; what is held goes first. Answers: LoadProgress..., Loaded or Failed."""

    id: int
    server: RemoteServer
    key: str = field(default="", repr=False)  # "" shows none
    proxy: str = ""  # address of one; "": as the environment says


@dataclass(frozen=True, slots=True)
class Unload:
    """Free the model. Answers: Unloaded."""

    id: int


@dataclass(frozen=True, slots=True)
class Count:
    """Count tokens of plain texts, also while a reply is being written. Answers: Counted or Failed."""

    id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """Fit a prompt without generating. Answers: Measured or Failed."""

    id: int
    prompt: Prompt
    reserve: int


@dataclass(frozen=True, slots=True)
class Generate:
    """Write a reply. Answers: Started, Piece..., Done, or Failed at any point.

    A foreground request cancels a running background one; a second foreground one is refused as BUSY.
    """

    id: int
    prompt: Prompt
    sampling: Sampling
    background: bool = False
    exact: bool = False  # never shift the KV cache: evaluate again instead
    threads: int = 0  # for this reply, at most those the model was loaded with; 0: all of these
    aside: bool = False  # afterwards the KV cache is to be what it was before; a server's is its own


@dataclass(frozen=True, slots=True)
class Replay:
    """Make a reply again and compare. Answers: Evaluating..., Piece..., Replayed or Failed.

    It gives way to every foreground request. A prompt of other tokens than then fails as REPLAY_PROMPT.
    """

    id: int
    turns: tuple[PromptTurn, ...]  # those that were read then
    prompt_sha256: str
    batches: tuple[Batch, ...]  # in which the whole prompt was evaluated
    sampling: Sampling
    seed: int
    threads: int  # that drew the reply
    tokens: tuple[int, ...]  # the reply then; none where only its text is known
    text: str
    stop_reason: StopReason


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a request within one token. Its Done says CANCELLED. Unknown targets are ignored."""

    id: int
    target: int


@dataclass(frozen=True, slots=True)
class Quit:
    """End the child."""

    id: int


Command = Load | Connect | Unload | Count | Measure | Generate | Replay | Cancel | Quit


# ---- events ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """Say that the child is up; the first frame on the wire."""

    protocol: int
    kind: str  # "llama", "scripted"
    build: str  # version of llama-cpp-python and of the libraries it carries
    gpu_offload: bool


@dataclass(frozen=True, slots=True)
class Alive:
    """Beat once a second from a thread of its own, also in a long native call."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Report with what a model is about to be loaded, and how that would lie in memory."""

    id: int
    setting: Setting


@dataclass(frozen=True, slots=True)
class Placed:
    """Report how much of a model is about to go to devices; not sent where all stays in main memory."""

    id: int
    layers: int  # that go to devices, the output matrix counts as one
    of: int


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Report how far loading has come."""

    id: int
    fraction: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Loaded:
    """Report the model that is now held."""

    id: int
    model: LoadedModel


@dataclass(frozen=True, slots=True)
class Unloaded:
    """Report that nothing is held any more."""

    id: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Answer Count, in the order of its texts."""

    id: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Answer Measure."""

    id: int
    budget: Budget


@dataclass(frozen=True, slots=True)
class Evaluating:
    """Report how much of the prompt has been read."""

    id: int
    done: int  # tokens
    total: int


@dataclass(frozen=True, slots=True)
class Started:
    """Report the fitted prompt; the reply follows."""

    id: int
    budget: Budget
    kept_tokens: int
    shifted_tokens: int
    to_evaluate_tokens: int
    seed: int
    # What a replay needs; a server tells none of it.
    turns: tuple[int, ...] = ()  # places of the prompt's turns that are read, from 0
    prompt_sha256: str = ""  # of the ids of all its tokens
    batches: tuple[Batch, ...] = ()  # in which all of it is evaluated, what is kept included


@dataclass(frozen=True, slots=True)
class Piece:
    """Carry a stretch of the reply: whole UTF-8 characters only."""

    id: int
    text: str
    tokens: int  # sampled so far


@dataclass(frozen=True, slots=True)
class Done:
    """End a reply."""

    id: int
    stop_reason: StopReason
    text: str  # the whole reply without the prefill; stop texts are cut off
    tokens: tuple[int, ...]
    seed: int
    prompt_tokens: int
    kept_tokens: int
    shifted_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    schedule: tuple[int, ...]
    first_token_ms: float
    seconds: float  # of generating, without the prompt
    tokens_per_second: float
    threads: int = 0  # that computed it; 0: not told


@dataclass(frozen=True, slots=True)
class Replayed:
    """End a replay. Without a difference the reply is the same, as far as it had come."""

    id: int
    tokens: int  # the same ones, from the first on
    difference: Difference | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """End a request with a known failure."""

    id: int
    kind: str  # an ErrorKind
    values: dict[str, str | int]


Event = (
    Hello
    | Alive
    | Planned
    | Placed
    | LoadProgress
    | Loaded
    | Unloaded
    | Counted
    | Measured
    | Evaluating
    | Started
    | Piece
    | Done
    | Replayed
    | Failed
)
