"""Knows how an engine child is driven for a measurement, and how much memory it has had; no Qt is in it."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import psutil

from hermes_desktop import machine
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.fit import Resident
from hermes_desktop.domain.model_file import LoadedModel, LoadOptions
from hermes_desktop.domain.prompt import Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol, wire

E = TypeVar("E")
# The weights of the shapes are zero, so all tokens are equally likely; to cut off the unlikely ones by their
# share would take 5 ms a token, where it takes 1 ms with the weights of a real model.
_SAMPLING = Sampling(seed=7, top_k=40)
_ENGINE = (sys.executable, "-m", "hermes_desktop", "--engine", "llama")


def memory_of(pid: int) -> Resident:
    """Say what memory a process has just now."""
    private = machine.private_memory(pid)
    return Resident(private, int(psutil.Process(pid).memory_info().rss) - private)


class Child:
    """Start an engine child, have it load and write, watch its memory; it ends with the block."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            _ENGINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._requests = 0
        self.peak = 0  # bytes that it has had resident at its worst
        self.private_peak = 0  # the same without what is mapped from files
        self.placed: protocol.Placed | None = None

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def load(self, file: Path, options: LoadOptions, rpc: tuple[str, ...] = ()) -> LoadedModel:
        """Load a model, with servers whose devices may be used; raises RuntimeError with a failure."""
        self._requests += 1
        self._send(protocol.Load(self._requests, str(file), options, rpc))
        return self._wait(protocol.Loaded).model

    def write(self, text: str, tokens: int) -> protocol.Done:
        """Answer a text with so many tokens; raises RuntimeError with a failure."""
        turn = PromptTurn(Role.USER, (Span(SpanKind.TURNS, text),))
        return self.generate(Prompt((turn,), late_reserve=0), tokens)

    def generate(self, prompt: Prompt, tokens: int, *, aside: bool = False) -> protocol.Done:
        """Answer a prompt with so many tokens; raises RuntimeError with a failure."""
        self._requests += 1
        sampling = replace(_SAMPLING, max_tokens=tokens)
        self._send(protocol.Generate(self._requests, prompt, sampling, aside=aside))
        return self._wait(protocol.Done)

    def _send(self, command: protocol.Command) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(wire.encode(command))
        self._process.stdin.flush()

    def _wait(self, kind: type[E]) -> E:
        """Give the next event of a kind; the memory is looked at with every one, at least once a second."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = wire.decode_event(line)
            self._look()
            if isinstance(event, kind):
                return event
            if isinstance(event, protocol.Failed):
                raise RuntimeError(f"{event.kind}: {event.values}")
            if isinstance(event, protocol.Placed):
                self.placed = event
        raise RuntimeError("the engine has ended")

    def _look(self) -> None:
        # What llama.cpp has taken it keeps until the model goes, so a look now and then misses nothing.
        now = memory_of(self._process.pid)
        self.peak = max(self.peak, now.total)
        self.private_peak = max(self.private_peak, now.private)
