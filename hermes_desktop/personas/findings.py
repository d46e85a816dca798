"""Knows what may be wrong with a persona, as values; not how it is found and not how it is said."""

from dataclasses import dataclass
from enum import StrEnum


class Weight(StrEnum):
    """Say how much a finding matters."""

    ERROR = "error"  # something in the card can never do what it is there for
    WARNING = "warning"  # it probably does something else than was meant
    NOTE = "note"  # good to know


class FindingKind(StrEnum):
    """Name what was found. The comment says what `value` is."""

    MACRO_UNKNOWN = "macro_unknown"
    MACRO_FOREIGN = "macro_foreign"  # scripting of another program
    MACRO_SINGLE = "macro_single"  # {user} with one brace on each side
    MACRO_STILL = "macro_still"  # a clock where nothing may change during a conversation
    MACRO_MEANINGLESS = "macro_meaningless"  # {{original}} where nothing is overridden
    MACRO_EXCESS = "macro_excess"  # so many macros, or so large ones, that some are left as they are
    BRACES = "braces"
    GREETING_NONE = "greeting_none"
    GREETING_SPEAKS = "greeting_speaks"
    SYSTEM_PROMPT = "system_prompt"  # there is none of its own
    SYSTEM_PROMPT_BLANK = "system_prompt_blank"  # there is one, and nothing is left of it
    HEAVY = "heavy"  # tokens
    LORE_NO_KEYS = "lore_no_keys"
    LORE_NO_CONTENT = "lore_no_content"
    LORE_DISABLED = "lore_disabled"
    LORE_SHORT_KEY = "lore_short_key"
    LORE_PATTERN = "lore_pattern"  # a regular expression that does not compile
    LORE_IMPOSSIBLE = "lore_impossible"  # probability 0
    LORE_RECURSION = "lore_recursion"  # only by recursion, and never by recursion
    LORE_SECONDARY = (
        "lore_secondary"  # secondary keys that are not asked for: it is constant, or not selective
    )
    LORE_PROBABILITY = "lore_probability"  # percent: it is set and not used
    LORE_DELAY = "lore_delay"  # messages until it may be used
    LORE_STICKY = "lore_sticky"  # it is always there, and is to stay


_WEIGHTS = {
    **dict.fromkeys(
        (
            FindingKind.MACRO_EXCESS,
            FindingKind.LORE_NO_KEYS,
            FindingKind.LORE_PATTERN,
            FindingKind.LORE_IMPOSSIBLE,
            FindingKind.LORE_RECURSION,
        ),
        Weight.ERROR,
    ),
    **dict.fromkeys(
        (FindingKind.MACRO_STILL, FindingKind.SYSTEM_PROMPT, FindingKind.LORE_DISABLED), Weight.NOTE
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out."""

    kind: FindingKind
    field: str = ""  # as in the card: "first_mes", "alternate_greetings[1]", "character_book.entries[3]"
    place: int = 0  # letters before it in the field
    stretch: str = ""  # the words in question
    value: int = 0

    @property
    def weight(self) -> Weight:
        """Say how much it matters."""
        return _WEIGHTS.get(self.kind, Weight.WARNING)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything about one persona."""

    findings: tuple[Finding, ...]
    tokens: int  # about so many stand in every prompt
    greeting_tokens: int  # of the longest greeting
    example_tokens: int  # they leave first when room is short

    @property
    def has_errors(self) -> bool:
        """Say whether anything in it can never work."""
        return any(finding.weight is Weight.ERROR for finding in self.findings)
