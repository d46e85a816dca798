"""Knows where turns go that are no messages and stand between them; not what they say."""

from collections.abc import Iterable, Sequence

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.placing import NEAR, STEP, Inset
from hermes_desktop.prompting.system import cleaned

_ORDER = (Role.ASSISTANT, Role.USER, Role.SYSTEM)  # at one place; the last stands nearest to the end


def merged(insets: Iterable[Inset], names: Names, *, late: bool = True) -> list[PromptTurn]:
    """Make one turn a role of what stands at one place."""
    found = list(insets)
    turns: list[PromptTurn] = []
    for role in _ORDER:
        here = ((inset.kind, cleaned(expand(inset.text, names))) for inset in found if inset.role is role)
        spans = _spans([(kind, text) for kind, text in here if text])
        if spans:
            turns.append(PromptTurn(role, spans, late=late))
    return turns


def _spans(parts: Sequence[tuple[SpanKind, str]]) -> tuple[Span, ...]:
    """Write texts as lines, those of one kind as one span; the line's end belongs to what stands before."""
    spans: list[Span] = []
    for number, (kind, text) in enumerate(parts):
        line = text if number == len(parts) - 1 else text + "\n"
        if spans and spans[-1].kind is kind:
            line = spans.pop().text + line
        spans.append(Span(kind, line))
    return tuple(spans)


def inset_turns(
    insets: Iterable[Inset], history: Sequence[Message], names: Names
) -> dict[int, list[PromptTurn]]:
    """Give the turns that stand before each message of a history, by its index; its length is the end."""
    by_place: dict[int, list[Inset]] = {}
    for inset in insets:
        by_place.setdefault(_place(inset, history), []).append(inset)
    return {place: merged(by_place[place], names) for place in sorted(by_place)}


def _place(inset: Inset, history: Sequence[Message]) -> int:
    """Say before which message it stands.

    What is there in every prompt stays before a message for some exchanges, and only then moves on, since
    all that stands behind the place it moves from has to be evaluated again.
    """
    length = len(history)
    if inset.from_top:
        place = sum(message.position <= inset.depth for message in history)
        return place if inset.steady else max(place, length - NEAR)
    place = max(length - inset.depth, 0)
    if inset.steady and inset.depth > 1:
        while place > 0 and history[place].position % STEP != STEP // 2:
            place -= 1
    return place
