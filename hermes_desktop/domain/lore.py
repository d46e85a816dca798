"""Knows what a lorebook and its entries are, what fired and what was cut; not how either comes about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from hermes_desktop.domain.conversation import Role

FOREVER = 1_000_000_000  # messages; what once fired stays, or stays away, for the whole conversation
USUAL_DEPTH = 4  # messages that follow an entry at depth which names none
USUAL_ORDER = 100


class Logic(StrEnum):
    """Say what the secondary keys of an entry have to do."""

    AND_ANY = "and_any"  # one of them is there
    NOT_ALL = "not_all"  # at least one is missing
    NOT_ANY = "not_any"  # none is there
    AND_ALL = "and_all"


class Position(StrEnum):
    """Say where an entry goes."""

    BEFORE_CHAR = "before_char"
    AFTER_CHAR = "after_char"
    NOTE_TOP = "note_top"  # above the author's note, and only where there is one
    NOTE_BOTTOM = "note_bottom"
    DEPTH = "depth"
    BEFORE_EXAMPLES = "before_examples"
    AFTER_EXAMPLES = "after_examples"
    OUTLET = "outlet"  # only where a macro asks for it by name


class Scope(StrEnum):
    """Say whose book it is. The order is the one in which books come."""

    CHAT = "chat"
    PROFILE = "profile"
    PERSONA = "persona"
    GLOBAL = "global"


class Source(StrEnum):
    """Name a text beside the messages in which keys may be looked for."""

    PROFILE = "profile"
    DESCRIPTION = "description"
    PERSONALITY = "personality"
    PERSONA_NOTE = "persona_note"
    SCENARIO = "scenario"
    CREATOR_NOTES = "creator_notes"


class Why(StrEnum):
    """Say why an entry fired."""

    KEY = "key"
    RECURSION = "recursion"  # its key stands in another entry
    CONSTANT = "constant"
    FORCED = "forced"  # by a decorator
    STICKY = "sticky"  # it fired a while ago and stays


@dataclass(frozen=True, slots=True)
class Filter:
    """The personas for which an entry is, or is not; empty for all."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """What else has to hold before an entry is looked at; all of it."""

    for_whom: Filter = Filter()
    triggers: tuple[str, ...] = ()  # kinds of reply, as "normal" or "continue"; empty for all
    delay: int = 0  # messages that there have to be
    after_replies: int = 0  # replies of the persona that there have to be
    every_replies: int = 0  # only where their number is a multiple of it; 0: always
    greeting: int | None = None  # only where the conversation began with this one, from 0
    user_icon: str = ""  # only where the picture of who one is goes by this name; "" for all
    extra_keys: tuple[tuple[str, ...], ...] = ()  # of each group one has to be there
    exclude_keys: tuple[str, ...] = ()  # none of them may be there
    forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a book. None leaves a setting to the book or to what is usual."""

    content: str
    keys: tuple[str, ...] = ()
    secondary_keys: tuple[str, ...] = ()
    logic: Logic = Logic.AND_ANY
    uid: str = ""
    name: str = ""
    comment: str = ""
    enabled: bool = True
    constant: bool = False
    forced: bool = False  # fires whatever its keys say
    order: float = USUAL_ORDER  # ascending; a higher one stands nearer to the end
    priority: float | None = None  # who stays when room is short; None: as the order says
    ignore_budget: bool = False
    mutes_default: bool = False  # while it speaks, my own system prompt does not; a card's does
    position: Position = Position.BEFORE_CHAR
    depth: int = USUAL_DEPTH  # messages that follow it
    from_top: bool = False  # `depth` counts the messages before it
    role: Role = Role.SYSTEM
    outlet: str = ""
    case_sensitive: bool | None = None
    whole_words: bool | None = None
    scan_depth: int | None = None  # messages
    scan_letters: int | None = None  # only so many of the last letters
    sources: tuple[Source, ...] = ()
    probability: float = 100  # percent
    groups: tuple[str, ...] = ()
    group_override: bool = False
    group_weight: float = 100
    group_scoring: bool | None = None
    exclude_recursion: bool = False  # other entries do not make it fire
    prevent_recursion: bool = False  # it makes no others fire
    recursion_level: int = 0  # fires only through other entries, and from this level on; 0: at once
    sticky: int = 0  # messages for which it stays
    cooldown: int = 0  # messages for which it stays away after that
    conditions: Conditions = Conditions()

    @property
    def label(self) -> str:
        """Give the words that a person knows it by."""
        first = self.keys[0] if self.keys else self.content.strip()[:40]
        return self.comment.strip() or self.name.strip() or first

    @property
    def weight(self) -> float:
        """Give what decides who stays when room is short."""
        return self.order if self.priority is None else self.priority

    @property
    def steady(self) -> bool:
        """Say whether it is in every prompt, so that it may stand where what is cached begins."""
        varying = self.groups or self.cooldown or self.probability < 100 or self.recursion_level
        usual = Conditions(for_whom=self.conditions.for_whom)
        return (self.constant or self.forced) and not varying and self.conditions == usual


@dataclass(frozen=True, slots=True)
class Book:
    """A lorebook. None leaves a setting to what is usual."""

    entries: tuple[Entry, ...]
    name: str = ""
    scope: Scope = Scope.PERSONA
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive: bool | None = None


@dataclass(frozen=True, slots=True)
class LoreSettings:
    """What is usual where neither entry nor book says otherwise."""

    scan_depth: int = 4  # messages
    recursive: bool = True
    passes: int = 8  # at most, the first one counted
    least: int = 0  # entries for which more and more messages are looked through
    farthest: int = 40  # messages that are looked through for these at most
    whole_words: bool = True
    case_sensitive: bool = False
    group_scoring: bool = False
    with_names: bool = True  # the speaker's name counts as said


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that fired."""

    entry: Entry
    scope: Scope
    why: Why
    word: str  # what was found; "" where nothing was looked for
    tokens: int
    book: str = ""  # its name
    through: str = ""  # the entry in whose words it was found, where that was none of the messages


class Lost(StrEnum):
    """Say what kept an entry away whose keys were there."""

    GROUP = "group"  # another one of its group was chosen
    CHANCE = "chance"


@dataclass(frozen=True, slots=True)
class Miss:
    """An entry that would have fired."""

    hit: Hit
    lost: Lost


@dataclass(frozen=True, slots=True)
class Lore:
    """What the books have to say to one reply."""

    hits: tuple[Hit, ...] = ()  # in the order in which they are inserted
    cut: tuple[Hit, ...] = ()  # fired too, but there was no room
    missed: tuple[Miss, ...] = ()  # lost against others of their group, or were not lucky
    slow: tuple[str, ...] = ()  # labels of entries whose patterns took too long; they rest from now on
    budget: int = 0  # tokens
    late_budget: int = 0  # tokens of it for entries that are not in every prompt
    # Where entries with an effect in time fired, by their mark: the position of the message.
    fired: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def tokens(self) -> int:
        """Give what the entries take."""
        return sum(hit.tokens for hit in self.hits)
