"""Knows where turns go that are no messages and stand between them; not what they say."""

from collections.abc import Iterable, Sequence

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.prompt import PromptTurn, Span
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.placing import NEAR, STEP, Inset
from hermes_desktop.prompting.system import cleaned

_ORDER = (Role.ASSISTANT, Role.USER, Role.SYSTEM)  # at one place; the last stands nearest to the end


def merged(insets: Iterable[Inset], names: Names, *, late: bool = True) -> list[PromptTurn]:
    """Make one turn a role of what stands at one place."""
    found = list(insets)
    turns: list[PromptTurn] = []
    for role in _ORDER:
        spans = _spans((inset for inset in found if inset.role is role), names)
        if spans:
            turns.append(PromptTurn(role, spans, late=late))
    return turns


def _spans(insets: Iterable[Inset], names: Names) -> tuple[Span, ...]:
    """Join the texts of each kind, each in a line of its own."""
    texts = [(inset.kind, cleaned(expand(inset.text, names))) for inset in insets]
    kinds = list(dict.fromkeys(kind for kind, text in texts if text))
    bodies = ["\n".join(text for kind, text in texts if text and kind is wanted) for wanted in kinds]
    ends = [*["\n"] * (len(kinds) - 1), ""]
    return tuple(Span(kind, body + end) for kind, body, end in zip(kinds, bodies, ends, strict=False))


def inset_turns(
    insets: Iterable[Inset], history: Sequence[Message], names: Names
) -> dict[int, list[PromptTurn]]:
    """Give the turns that stand before each message of a history, by its index; its length is the end."""
    by_place: dict[int, list[Inset]] = {}
    for inset in insets:
        by_place.setdefault(_place(inset, history), []).append(inset)
    return {place: merged(found, names) for place, found in by_place.items()}


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
