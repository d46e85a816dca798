"""Knows what it takes to make a reply again, and what may come of that; not how it is done."""

from dataclasses import dataclass
from enum import StrEnum

from hermes_desktop.domain.conversation import Role


@dataclass(frozen=True, slots=True)
class Batch:
    """Tokens that were evaluated together, as often in a row as `times` says.

    How many were together decides on the last bits of the numbers that they leave in the cache.
    """

    size: int  # 0: they were moved there from elsewhere in the cache, and nothing makes them again
    kept: int  # those of them that still stand, the first ones
    threads: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class ReadText:
    """A turn of the prompt that stands in no message."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class ReadMessages:
    """Turns that show the messages of these depths on the way to the reply, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a reply is made again. It is kept with the reply, so that no later change is in the way."""

    turns: tuple[ReadText | ReadMessages, ...]
    prompt_sha256: str  # of the ids of the prompt's tokens
    batches: tuple[Batch, ...]  # in which all of these were evaluated, those of earlier replies included
    batch: int  # tokens that were evaluated together at most
    flash_attention: bool


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token and what it stands for."""

    token: int  # -1 where only the text is known
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The first token that is another one. None stands for the end of the reply."""

    position: int  # from 1
    then: TokenText | None
    now: TokenText | None


class Cause(StrEnum):
    """Say why a reply may have become another one."""

    FILE = "file"  # nobody had hashed the model's file, so it may have been another one
    BUILD = "build"
    DEVICES = "devices"
    THREADS = "threads"
    CONTEXT = "context"
    KV_TYPE = "kv_type"
    ATTENTION = "attention"
    MOVED = "moved"  # a part of the cache had been moved, as is done outside of exact mode
    NONE = "none"  # none is known


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause, and what there was then and is now; "" where that says nothing."""

    cause: Cause
    then: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class ReplayOutcome:
    """What came of making a reply again."""

    conversation_id: int
    message_id: int
    identical: bool
    tokens: int  # that are the same, from the first one on
    whole: bool  # whether the reply had come to its end; otherwise as far as it came
    difference: Difference | None
    reasons: tuple[Reason, ...]  # where it is different, the likely ones first
    model_name: str
    model_sha256: str
    recalled: tuple[int, ...] = ()  # messages before it that had been brought back into its prompt
