"""Knows what a kind of engine child has to be able to do; not how commands reach it."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import Budget, Prompt
from hermes_desktop.engine import protocol

Emit = Callable[[protocol.Event], None]


class Ticket:
    """Say whether a request is still wanted; from any thread."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Say whether somebody has cancelled the request."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Say that the answer is not wanted any more."""
        self._cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the request is cancelled; say whether it was."""
        return self._cancelled.wait(seconds)


class Backend(ABC):
    """Hold at most one model and answer for it. Known failures are raised as KnownError."""

    @abstractmethod
    def hello(self) -> protocol.Hello:
        """Introduce the child."""

    @abstractmethod
    def load(self, command: protocol.Load, emit: Emit, ticket: Ticket) -> None:
        """Load a model and emit LoadProgress and Loaded."""

    def connect(self, command: protocol.Connect, emit: Emit, ticket: Ticket) -> None:  # noqa: ARG002
        """Let a server play and emit LoadProgress and Loaded; most kinds of child open no connection."""
        raise KnownError(ErrorKind.ENGINE_LOAD_FAILED, path=command.server.address, detail="no connections")

    @abstractmethod
    def unload(self) -> None:
        """Free the model, where there is one."""

    @abstractmethod
    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:
        """Write a reply and emit Started, Evaluating, Piece and Done, also when the ticket is cancelled."""

    def replay(self, command: protocol.Replay, emit: Emit, ticket: Ticket) -> None:  # noqa: ARG002
        """Make a reply again and emit Evaluating, Piece and Replayed; a server cannot."""
        raise KnownError(ErrorKind.REPLAY_REMOTE)

    @abstractmethod
    def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        """Count the tokens of plain texts; called from a thread of its own."""

    @abstractmethod
    def measure(self, prompt: Prompt, reserve: int) -> Budget:
        """Fit a prompt without generating; called from a thread of its own."""

    @abstractmethod
    def interrupt(self) -> None:
        """Hurry up: the running request's ticket has been cancelled; called from any thread."""

    @abstractmethod
    def resume(self) -> None:
        """Take an interruption back: a new request begins."""


def threads_for(command: protocol.Generate, loaded: int) -> int:
    """Give the threads that a reply gets from a model that was loaded with so many."""
    return min(command.threads, loaded) if command.threads > 0 else loaded


def unwritten(id_: int) -> protocol.Done:
    """Give the end of a reply that was cancelled before its first token."""
    return protocol.Done(
        id=id_,
        stop_reason=StopReason.CANCELLED,
        text="",
        tokens=(),
        seed=0,
        prompt_tokens=0,
        kept_tokens=0,
        shifted_tokens=0,
        evaluated_tokens=0,
        generated_tokens=0,
        schedule=(),
        first_token_ms=0.0,
        seconds=0.0,
        tokens_per_second=0.0,
    )
