"""Knows the shares of the context that a budget is shown as: names, order, tokens; not their colours."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.prompt import Budget, SpanKind

_CONTEXT = "Shares"

RESERVE = "reserve"
RESERVE_LATE = "late"
# In the order of the bar, which is the order of the prompt.
_NAMES: dict[str, str] = {
    SpanKind.PERSONA: QT_TRANSLATE_NOOP("Shares", "Persona"),
    SpanKind.PROFILE: QT_TRANSLATE_NOOP("Shares", "My profile"),
    SpanKind.LORE: QT_TRANSLATE_NOOP("Shares", "Lore"),
    SpanKind.TOOLS: QT_TRANSLATE_NOOP("Shares", "Tools"),
    SpanKind.EXAMPLES: QT_TRANSLATE_NOOP("Shares", "Example dialogue"),
    SpanKind.SUMMARY: QT_TRANSLATE_NOOP("Shares", "Story so far"),
    SpanKind.FACTS: QT_TRANSLATE_NOOP("Shares", "Facts"),
    SpanKind.PINNED: QT_TRANSLATE_NOOP("Shares", "Pinned"),
    SpanKind.TURNS: QT_TRANSLATE_NOOP("Shares", "Turns"),
    SpanKind.RECALLED: QT_TRANSLATE_NOOP("Shares", "Recalled"),
    SpanKind.NOTE: QT_TRANSLATE_NOOP("Shares", "Author’s note"),
    SpanKind.INSTRUCTIONS: QT_TRANSLATE_NOOP("Shares", "Instructions"),
    SpanKind.PREFILL: QT_TRANSLATE_NOOP("Shares", "Beginning of the reply"),
    RESERVE_LATE: QT_TRANSLATE_NOOP("Shares", "Kept for recall, lore and notes"),
    RESERVE: QT_TRANSLATE_NOOP("Shares", "Reserve for the reply"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the context. `filled` tells words that are there from room that is kept."""

    name: str  # value of a SpanKind, RESERVE or RESERVE_LATE
    label: str
    tokens: int
    filled: bool = True


def shares_of(budget: Budget) -> tuple[Share, ...]:
    """List the parts that hold tokens, then the rooms that are kept free."""
    found: dict[str, int] = {}
    for segment in budget.segments:
        found[segment.kind] = found.get(segment.kind, 0) + segment.tokens
    filled = [Share(name, label_of(name), found[name]) for name in _NAMES if found.get(name)]
    late = budget.late_reserve - budget.late_tokens
    kept = ((RESERVE_LATE, late), (RESERVE, budget.reserve))
    return (*filled, *(Share(name, label_of(name), room, filled=False) for name, room in kept if room > 0))


def label_of(name: str) -> str:
    """Give the name of a part as people know it."""
    return QCoreApplication.translate(_CONTEXT, _NAMES[name])
