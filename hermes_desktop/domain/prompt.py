"""Knows the shape of a prompt: turns made of labelled spans; not what stands in them."""

from dataclasses import dataclass, replace
from enum import StrEnum

from hermes_desktop.domain.conversation import Role

START, END = "<|im_start|>", "<|im_end|>"  # around a turn in ChatML


class SpanKind(StrEnum):
    """Label a stretch of the prompt for the inspector. The order is the order in the prompt."""

    PERSONA = "persona"
    PROFILE = "profile"
    LORE = "lore"
    TOOLS = "tools"
    EXAMPLES = "examples"
    SUMMARY = "summary"
    FACTS = "facts"
    PINNED = "pinned"
    TURNS = "turns"
    RECALLED = "recalled"
    NOTE = "note"
    INSTRUCTIONS = "instructions"
    PREFILL = "prefill"


class Keep(StrEnum):
    """Say what may happen to a turn when room is short."""

    ALWAYS = "always"
    EXAMPLE = "example"  # leaves first, block by block, oldest block last in
    MEMORY = "memory"  # comes when what it stands for has left
    WINDOW = "window"  # leaves by whole exchanges, oldest first


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one turn's text and what it is."""

    kind: SpanKind
    text: str


@dataclass(frozen=True, slots=True)
class PromptTurn:
    """One turn as the model reads it. Its text is the spans joined without anything between."""

    role: Role
    spans: tuple[Span, ...]
    keep: Keep = Keep.ALWAYS
    message_id: int = 0  # the stored message it shows; 0 for none
    stands_for: int = 0  # a message; what is kept as a memory is needed only where this one has left
    block: int = 0  # number of its example block, from 1
    late: bool = False  # part of the late block, which has a reserve of its own
    tokens: tuple[int, ...] = ()  # sampled ids of a stored reply; empty: tokenise the text

    @property
    def text(self) -> str:
        """Give the whole text of the turn."""
        return "".join(span.text for span in self.spans)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A whole prompt before it is cut to the context."""

    turns: tuple[PromptTurn, ...]
    memory_line_id: int | None = None  # first window turn that may be kept; None: all
    late_reserve: int = 1024  # tokens kept free for late turns, whether they fill it or not
    prefill: str = ""  # text that the reply starts with; it is not sampled again

    def opened(self) -> "tuple[Prompt, tuple[int, ...]]":
        """Turn a last turn that is to be continued into the prefill; give its tokens where they are known."""
        last = self.turns[-1] if self.turns else None
        if last is None or last.role is not Role.ASSISTANT or not last.spans:
            return self, ()
        if any(span.kind is not SpanKind.PREFILL for span in last.spans):
            return self, ()
        return replace(self, turns=self.turns[:-1], prefill=last.text + self.prefill), last.tokens


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of the budget: what kind, how many tokens, how many messages."""

    kind: SpanKind
    tokens: int
    messages: int


@dataclass(frozen=True, slots=True)
class Budget:
    """How the context is filled by one prompt."""

    context: int
    reserve: int  # tokens kept free for the reply
    late_reserve: int
    prompt_tokens: int
    segments: tuple[Segment, ...]
    memory_line_id: int | None  # where the window starts now
    dropped_messages: int  # window turns before the line
    leaves_next: tuple[int, ...]  # ids of the messages that leave when the line moves next
    leaves_next_tokens: int
    about: bool = False  # the tokens are estimated
    late_tokens: int = 0  # what fills the late reserve
    memories_left_out: int = 0  # that are needed and have no room
