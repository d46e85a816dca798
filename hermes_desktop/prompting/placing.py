"""Knows where in a prompt each entry of a lorebook goes; not which of them fire.

What is in every prompt stands with the persona, before all that changes. What fires now and then stands in
the late block, whatever place it asks for: earlier, the conversation behind it would be read anew.
Exceptions are entries at a depth, which are turns of their own; how far from the end is limited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.lore import Entry, Hit, Position
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.prompt import SpanKind

NEAR = 16  # messages; farther from the end than that stands only what never changes
STEP = 4  # messages by which the place moves of what is at some depth in every prompt

_WITH_NOTE = (Position.NOTE_TOP, Position.NOTE_BOTTOM)


@dataclass(frozen=True, slots=True)
class Inset:
    """Texts that stand between messages. So many messages follow them."""

    depth: int
    role: Role
    text: str
    steady: bool = (
        False  # in every prompt: may stand a few messages farther, so that it need not move each time
    )
    from_top: bool = False  # so many messages stand before it instead
    kind: SpanKind = SpanKind.LORE


@dataclass(frozen=True, slots=True)
class Placed:
    """Entries by their places, macros not expanded."""

    before: tuple[str, ...] = ()  # what is told of the persona
    after: tuple[str, ...] = ()
    examples_before: tuple[str, ...] = ()
    examples_after: tuple[str, ...] = ()
    opening: tuple[Inset, ...] = ()  # before the first message, never moving
    insets: tuple[Inset, ...] = ()
    triggered: tuple[str, ...] = ()
    note_top: tuple[str, ...] = ()
    note_bottom: tuple[str, ...] = ()
    outlets: tuple[tuple[str, str], ...] = ()  # names by which macros ask for them
    as_asked: bool = False  # nothing stands anywhere else because of what would be read anew


NOTHING = Placed()


def is_late(entry: Entry) -> bool:
    """Say whether an entry stands in the part that changes from reply to reply."""
    if not entry.steady or entry.position in _WITH_NOTE:
        return True
    return entry.position is Position.DEPTH and not _opens(entry)


def placed(hits: Iterable[Hit], order: PromptOrder = PromptOrder.STABLE) -> Placed:
    """Sort entries into their places, in each by their order."""
    entries = [hit.entry for hit in hits]
    found = _as_asked(entries) if order is PromptOrder.TAVERN else _stable(entries)
    asked_for = (entry for entry in entries if entry.position is Position.OUTLET)
    return replace(found, outlets=tuple((entry.outlet.strip(), entry.content) for entry in asked_for))


def _stable(entries: Sequence[Entry]) -> Placed:
    """Put what varies where nothing that is kept stands behind it."""
    steady = [entry for entry in entries if entry.steady]
    rest = [entry for entry in entries if not entry.steady]
    deep = [entry for entry in entries if entry.position is Position.DEPTH]
    late = (
        Position.BEFORE_CHAR,
        Position.AFTER_CHAR,
        Position.BEFORE_EXAMPLES,
        Position.AFTER_EXAMPLES,
    )
    return Placed(
        before=_at(steady, Position.BEFORE_CHAR),
        after=_at(steady, Position.AFTER_CHAR),
        examples_before=_at(steady, Position.BEFORE_EXAMPLES),
        examples_after=_at(steady, Position.AFTER_EXAMPLES),
        opening=tuple(_inset(entry) for entry in deep if entry.steady and _opens(entry)),
        insets=tuple(_inset(entry) for entry in deep if not (entry.steady and _opens(entry))),
        triggered=tuple(text for position in late for text in _at(rest, position)),
        note_top=_at(entries, Position.NOTE_TOP),
        note_bottom=_at(entries, Position.NOTE_BOTTOM),
    )


def _as_asked(entries: Sequence[Entry]) -> Placed:
    """Put every entry where it asks to stand, whatever has to be read anew for it."""
    deep = [entry for entry in entries if entry.position is Position.DEPTH]
    return Placed(
        before=_at(entries, Position.BEFORE_CHAR),
        after=_at(entries, Position.AFTER_CHAR),
        examples_before=_at(entries, Position.BEFORE_EXAMPLES),
        examples_after=_at(entries, Position.AFTER_EXAMPLES),
        insets=tuple(
            Inset(max(entry.depth, 0), entry.role, entry.content, from_top=entry.from_top) for entry in deep
        ),
        note_top=_at(entries, Position.NOTE_TOP),
        note_bottom=_at(entries, Position.NOTE_BOTTOM),
        as_asked=True,
    )


def with_note(lore: Placed, persona: PersonaFields) -> Placed:
    """Put the character's note at its depth, before the entries of lore that stand there."""
    if not persona.note.strip():
        return lore
    depth, movable = max(persona.note_depth, 0), not lore.as_asked
    if movable and depth > NEAR:
        inset = Inset(NEAR, persona.note_role, persona.note, steady=True, kind=SpanKind.PERSONA)
        return replace(lore, opening=(inset, *lore.opening))
    inset = Inset(depth, persona.note_role, persona.note, steady=movable, kind=SpanKind.PERSONA)
    return replace(lore, insets=(inset, *lore.insets))


def _opens(entry: Entry) -> bool:
    return entry.depth <= 0 if entry.from_top else entry.depth > NEAR


def _at(entries: Iterable[Entry], position: Position) -> tuple[str, ...]:
    return tuple(entry.content for entry in entries if entry.position is position)


def _inset(entry: Entry) -> Inset:
    depth = max(entry.depth, 0) if entry.from_top else min(max(entry.depth, 0), NEAR)
    return Inset(depth, entry.role, entry.content, entry.steady, entry.from_top)
