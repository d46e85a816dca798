"""Knows what a reply reads when the memory line moves and a summary comes in, and after an aside."""

from dataclasses import dataclass, replace
from pathlib import Path

from hermes_desktop.bench import shaped_gguf
from hermes_desktop.bench.child import Child
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.engine import protocol
from hermes_desktop.hub.quantisation import Shape

# Small, but large enough for reading to be what takes time.
_SHAPE = Shape(3, 512, 1536, 8, 4, 64, 8_192, 8192, tied=True)
_OPTIONS = LoadOptions(context=8192, threads=2, gpu_layers=0)
_TURNS, _LETTERS = 19, 150  # of the window; the shapes spell their texts, a token a letter
_LEFT = 6  # turns that the line passes
_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Left:
    """What the first reply costs after the line has moved. The fastest of several rounds counts."""

    moved_ms: float  # until the first token, where the window is moved and a summary read
    anew_ms: float  # the same where everything is read
    moved_tokens: int
    anew_tokens: int
    more_tokens: int  # that a reply reads because something was written beside it

    @property
    def share(self) -> float:
        """Give the time of the one over that of the other."""
        return self.moved_ms / self.anew_ms


def leave(folder: Path) -> Left:
    """Write a small model and let it play."""
    file = shaped_gguf.write(folder / "leaving.gguf", _SHAPE, "Q8_0")
    with Child() as child:
        child.load(file, _OPTIONS)
        return measure(child)


def measure(child: Child) -> Left:
    """Let a child whose model is loaded play a story that leaves its context."""
    before, after = _story(_TURNS, left=0), _story(_TURNS + 2, left=_LEFT)
    rounds = [_round(child, before, after) for _ in range(_ROUNDS)]
    moved = min((each[0] for each in rounds), key=lambda done: done.first_token_ms)
    anew = min((each[1] for each in rounds), key=lambda done: done.first_token_ms)
    beside = [child.generate(prompt, 1, aside=aside) for prompt, aside in _interrupted(before)]
    more = beside[-1].evaluated_tokens - child.generate(before, 1).evaluated_tokens
    counts = moved.evaluated_tokens, anew.evaluated_tokens
    return Left(moved.first_token_ms, anew.first_token_ms, *counts, more)


def _round(child: Child, before: Prompt, after: Prompt) -> tuple[protocol.Done, protocol.Done]:
    child.generate(_other(), 1)  # so that nothing is there
    child.generate(before, 1)
    moved = child.generate(after, 1)
    child.generate(_other(), 1)
    return moved, child.generate(after, 1)


def _interrupted(prompt: Prompt) -> list[tuple[Prompt, bool]]:
    """Read a prompt, write something else beside it, and read it once more."""
    return [(prompt, False), (prompt, False), (_other(), True), (prompt, False)]


def _story(turns: int, left: int) -> Prompt:
    system = PromptTurn(Role.SYSTEM, (Span(SpanKind.PERSONA, "You are Mira. " * 8),))
    summary = PromptTurn(
        Role.SYSTEM, (Span(SpanKind.SUMMARY, "The story so far:\n" + "They met. " * 30),), keep=Keep.MEMORY
    )
    window = [_turn(number, last=number == turns) for number in range(1, turns + 1)]
    memories = [summary] if left else []
    return Prompt((system, *memories, *window), memory_line_id=left + 1 if left else None, late_reserve=0)


def _turn(number: int, *, last: bool) -> PromptTurn:
    text = (f"{number} said " * _LETTERS)[:_LETTERS]
    role = Role.USER if number % 2 else Role.ASSISTANT
    turn = PromptTurn(role, (Span(SpanKind.TURNS, text),), keep=Keep.WINDOW, message_id=number)
    return replace(turn, keep=Keep.ALWAYS) if last else turn


def _other() -> Prompt:
    turn = PromptTurn(Role.USER, (Span(SpanKind.TURNS, "Sum it up. " * 20),))
    return Prompt((turn,), late_reserve=0)
