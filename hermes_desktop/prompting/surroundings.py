"""Knows what macros may stand for: names, card, time, last messages; not how they are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.variables import NO_VARIABLES, Notes, Variables

_BUDGET = 300_000  # letters that macros may put in, for all texts of one prompt together
# What a macro counts as, in letters, beside what it puts in: a prompt has 2,000 of them at most.
MACRO_COST = 150
NAME_COST = 10  # of {{user}} and {{char}}, which are cheap


@dataclass(slots=True)
class Slate:
    """What is written down while the texts of one prompt are expanded: variables, and the work done so far.

    A prompt starts with what was noted before its place in the conversation and reads its texts in order, so
    it stays a function of both. What the macros may do is bounded here; where a macro would go beyond, it
    stays as it is written.
    """

    here: Notes = field(default_factory=lambda: Notes({}))  # variables of the conversation
    everywhere: Notes = field(default_factory=lambda: Notes({}))
    outlets: set[str] = field(default_factory=set)  # those that were asked for
    left: int = _BUDGET
    draws: int = 0
    spent: bool = False  # a macro was left alone because there was no room for what it stands for

    @classmethod
    def following(cls, variables: Variables) -> "Slate":
        """Begin with the variables that are known."""
        return cls(Notes(variables.here), Notes(variables.everywhere))

    @property
    def variables(self) -> Variables:
        """Give the variables as they are now."""
        return Variables(dict(self.here.values), dict(self.everywhere.values))

    def take(self, letters: int) -> bool:
        """Count so many letters; False where that is too much."""
        if self.left < letters:
            self.spent = True
            return False
        self.left -= letters
        return True

    def note(self, notes: Notes, name: str, value: str) -> bool:
        """Let a variable hold a value; False where that is too much."""
        if not self.take(len(name) + len(value)):
            return False
        kept = notes.put(name, value)
        self.spent = self.spent or not kept
        return kept

    def next_draw(self) -> int:
        """Give a number that no other draw has."""
        self.draws += 1
        return self.draws


@dataclass(frozen=True, slots=True)
class Said:
    """What was said last, on the path that is shown."""

    last: str = ""
    last_user: str = ""
    last_char: str = ""
    last_id: str = ""  # counts from 0, as in other programs
    idle: timedelta | None = None  # since the message of the person before the last message
    draft: str = ""  # what stands in the composer


@dataclass(frozen=True, slots=True)
class Moment:
    """What a conversation knows and a card does not. Without it clock macros stay as they are written."""

    seed: str = ""  # of what {{pick}} chooses; the same for a conversation and its branches
    began: datetime | None = None  # local time
    now: datetime | None = None
    dice: str = ""  # seed of what {{random}} and {{roll}} give in late texts; another one for every prompt
    draft: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What the macros of a text stand for."""

    char: str
    user: str
    original: str = ""  # for {{original}}: the text that is being overridden
    card: PersonaFields | None = None  # for {{description}} and its like
    profile: str = ""  # for {{persona}}: who I am
    seed: str = ""
    dice: str = ""  # "": {{random}} and {{roll}} are as steady as {{pick}}
    at: datetime | None = None
    said: Said = field(default_factory=Said)
    slate: Slate | None = None  # None: every text has one of its own
    known: Variables = NO_VARIABLES  # with which such a slate begins
    outlets: tuple[tuple[str, str], ...] = ()  # for {{outlet::name}}: names and texts of lore


def steady(
    persona: PersonaFields, profile: Profile, moment: Moment, variables: Variables = NO_VARIABLES
) -> Names:
    """Give what macros stand for in the stable part of a prompt, from the system turn to the window.

    Nothing here moves while a conversation goes on, so that the cached prefix serves again: the clock
    stands at the conversation's start, dice fall as {{pick}} does, and nothing has been said yet.
    """
    return Names(
        char=persona.spoken_name,
        user=profile.name,
        card=persona,
        profile=profile.description,
        seed=moment.seed,
        at=moment.began,
        slate=Slate.following(variables),
    )


def living(names: Names, moment: Moment, history: Sequence[Message] = ()) -> Names:
    """Give what they stand for in late texts, which are evaluated with every reply: the time is now."""
    return replace(names, at=moment.now, dice=moment.dice, said=_said(history, moment))


def _said(history: Sequence[Message], moment: Moment) -> Said:
    mine = [message for message in history if message.role is Role.USER]
    theirs = [message for message in history if message.role is Role.ASSISTANT]
    earlier = mine[:-1] if history and history[-1].role is Role.USER else mine
    idle = None
    if earlier and moment.now is not None:
        idle = timedelta(seconds=max(0.0, moment.now.timestamp() - earlier[-1].created_at / 1000))
    return Said(
        last=history[-1].text if history else "",
        last_user=mine[-1].text if mine else "",
        last_char=theirs[-1].text if theirs else "",
        last_id=str(history[-1].position - 1) if history else "",
        idle=idle,
        draft=moment.draft,
    )
