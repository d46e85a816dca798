"""Knows the wording of everything that stands in a prompt beside the turns themselves."""

from collections.abc import Sequence

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.memory import Memory
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.placing import Inset
from hermes_desktop.prompting.system import cleaned

SUMMARY = "The story so far:"
FACTS = "What is known:"
PINNED = "Keep this in mind, word for word:"
RECALLED = "From earlier in this conversation:"
LORE = "What matters here:"
NOTE = "Note for the next reply:"


def summary_turn(text: str) -> PromptTurn | None:
    """Tell what lies behind the memory line."""
    return _turn(SpanKind.SUMMARY, SUMMARY, cleaned(text))


def facts_turn(facts: Sequence[Memory]) -> PromptTurn | None:
    """List what holds for people and places, a line each."""
    lines = (f"{fact.who}: {fact.text}" if fact.who else fact.text for fact in facts)
    return _turn(SpanKind.FACTS, FACTS, "\n".join(filter(None, map(cleaned, lines))))


def pinned_turn(messages: Sequence[Message]) -> PromptTurn | None:
    """Repeat pinned messages that lie behind the memory line."""
    return _turn(SpanKind.PINNED, PINNED, transcript(messages))


def late_turn(
    names: Names,
    *,
    recalled: Sequence[Message] = (),
    lore: Sequence[str] = (),
    note: str = "",
) -> PromptTurn | None:
    """Build the late block: recalled messages, triggered lore, author's note; None where it is empty."""
    entries = "\n".join(filter(None, (cleaned(expand(entry, names)) for entry in lore)))
    parts = [
        (SpanKind.RECALLED, RECALLED, transcript(recalled)),
        (SpanKind.LORE, LORE, entries),
        (SpanKind.NOTE, NOTE, cleaned(expand(note, names))),
    ]
    filled = [(kind, f"{title}\n{body}") for kind, title, body in parts if body]
    if not filled:
        return None
    last = len(filled) - 1
    spans = tuple(
        Span(kind, text if index == last else text + "\n\n") for index, (kind, text) in enumerate(filled)
    )
    return PromptTurn(Role.SYSTEM, spans, late=True)


def note_inset(note: str, depth: int) -> Inset:
    """Make the author's note a turn of its own that so many messages follow."""
    return Inset(max(depth, 0), Role.SYSTEM, f"{NOTE}\n{note}", kind=SpanKind.NOTE)


def instructions_turn(text: str, names: Names) -> PromptTurn | None:
    """Build the post-history instructions, the last words before the reply."""
    body = cleaned(expand(text, names))
    return PromptTurn(Role.SYSTEM, (Span(SpanKind.INSTRUCTIONS, body),)) if body else None


def transcript(messages: Sequence[Message]) -> str:
    """Write messages as lines of a play: the speaker's name, a colon, the text."""
    return "\n".join(f"{message.name}: {cleaned(message.text)}" for message in messages)


def _turn(kind: SpanKind, title: str, body: str) -> PromptTurn | None:
    return PromptTurn(Role.SYSTEM, (Span(kind, f"{title}\n{body}"),)) if body else None
