"""A real engine child on the other end of two pipes."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.model_file import LoadedModel, LoadOptions
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol, wire

E = TypeVar("E")
GREEDY = replace(Sampling(), temperature=0.0, repeat_penalty=1.0, seed=1, max_tokens=24)


class Child:
    """Start `python -m hermes_desktop --engine ...` and speak its protocol."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hermes_desktop", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._last = 0
        self.hello = self.wait(protocol.Hello)

    def __enter__(self) -> "Child":
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def next_id(self) -> int:
        self._last += 1
        return self._last

    def send(self, command: protocol.Command) -> None:
        self.send_bytes(wire.encode(command))

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def events(self) -> Iterator[protocol.Event]:
        """Give what the child says, heartbeats left out; ends with its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = wire.decode_event(line)
            if not isinstance(event, protocol.Alive):
                yield event

    def wait(self, kind: type[E]) -> E:
        """Give the next event of a kind; a failure in its place fails the test."""
        for event in self.events():
            if isinstance(event, kind):
                return event
            assert not isinstance(event, protocol.Failed), event
        raise AssertionError("the child has ended")

    def load(self, file: Path, **options: object) -> LoadedModel:
        # One thread: a tiny model gains nothing from two, and waits long where a core is busy elsewhere.
        options.setdefault("threads", 1)
        self.send(protocol.Load(self.next_id(), str(file), LoadOptions(**options)))  # type: ignore[arg-type]
        return self.wait(protocol.Loaded).model

    def fail(self, command: protocol.Command) -> protocol.Failed:
        """Send what must fail."""
        self.send(command)
        return self.wait(protocol.Failed)

    def generate(self, prompt: Prompt, sampling: Sampling = GREEDY, *, exact: bool = False) -> protocol.Done:
        self.send(protocol.Generate(self.next_id(), prompt, sampling, exact=exact))
        return self.wait(protocol.Done)


def prompt(*texts: str, system: str = "You are Mira.") -> Prompt:
    """Write a prompt of a system turn and turns that take turns, mine first."""
    roles = (Role.USER, Role.ASSISTANT)
    turns = [PromptTurn(Role.SYSTEM, (Span(SpanKind.PERSONA, system),))] if system else []
    turns += [
        PromptTurn(
            roles[number % 2],
            (Span(SpanKind.TURNS, text),),
            keep=Keep.ALWAYS if number == len(texts) - 1 else Keep.WINDOW,
            message_id=number + 1,
        )
        for number, text in enumerate(texts)
    ]
    return Prompt(tuple(turns), late_reserve=0)
