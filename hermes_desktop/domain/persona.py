"""Knows what a persona and my own profile are; not the card files they come from."""

from dataclasses import dataclass
from enum import StrEnum

from hermes_desktop.domain.conversation import Role

NOTE_DEPTH = 4  # messages that follow the character's note where nobody has said another number


@dataclass(frozen=True, slots=True)
class PersonaFields:
    """What a person writes about a persona; macros are not expanded here."""

    name: str
    nickname: str = ""
    description: str = ""
    personality: str = ""
    scenario: str = ""
    system_prompt: str = ""
    post_history_instructions: str = ""
    greeting: str = ""
    alternate_greetings: tuple[str, ...] = ()
    example_dialogue: str = ""
    creator: str = ""
    creator_notes: str = ""
    character_version: str = ""
    tags: tuple[str, ...] = ()
    group_greetings: tuple[str, ...] = ()  # for conversations of several personas
    note: str = ""  # the character's note, which stands between messages
    note_depth: int = NOTE_DEPTH  # messages that follow it
    note_role: Role = Role.SYSTEM

    @property
    def spoken_name(self) -> str:
        """Give the name used in conversation: the nickname where there is one."""
        return self.nickname.strip() or self.name

    @property
    def greetings(self) -> tuple[str, ...]:
        """List every greeting that is not blank, the main one first."""
        return tuple(text for text in (self.greeting, *self.alternate_greetings) if text.strip())


@dataclass(frozen=True, slots=True)
class Persona:
    """One version of a stored persona."""

    id: int
    version_id: int
    version: int  # from 1
    fields: PersonaFields
    spec: str  # "v1", "v2", "v3" for a card, the format it was carried over from, "own" if written here
    avatar: str  # key of a stored picture; "" where there is none
    lore_entries: int
    shipped: str  # name of the shipped card it was seeded from; "" for the person's own
    favourite: bool
    deleted: bool
    created_at: int = 0  # of this version; milliseconds since 1970, UTC

    @property
    def name(self) -> str:
        """Give the persona's full name."""
        return self.fields.name

    def speaks_as(self, name: str) -> bool:
        """Say whether what was said under a name was said by this persona."""
        names = ("", self.name.casefold(), self.fields.spoken_name.casefold())
        return name.strip().casefold() in names


@dataclass(frozen=True, slots=True)
class PersonaSummary:
    """What a list of personas shows of one."""

    id: int
    version_id: int
    name: str
    nickname: str
    tags: tuple[str, ...]
    creator: str
    blurb: str  # the creator's notes, or how the description begins
    avatar: str
    favourite: bool
    used_at: int  # when a conversation with it last changed, in milliseconds since 1970; 0: never

    @property
    def spoken_name(self) -> str:
        """Give the name used in conversation: the nickname where there is one."""
        return self.nickname.strip() or self.name


@dataclass(frozen=True, slots=True)
class CardExtras:
    """What a card holds beside the fields that can be changed."""

    sources: tuple[str, ...] = ()  # where it comes from
    notes: tuple[tuple[str, str], ...] = ()  # language, the creator's notes in it


@dataclass(frozen=True, slots=True)
class Profile:
    """One version of who I am in conversations."""

    id: int
    version_id: int
    name: str
    description: str
    avatar: str = ""  # key of a stored picture; "" where there is none
    version: int = 1
    deleted: bool = False


class ProfileForm(StrEnum):
    """Name how profiles are written into a file."""

    OWN = "json"  # everything, as many as there are
    SILLYTAVERN = "sillytavern"  # a backup of its personas; pictures do not travel in it
    OOBA = "yaml"  # one user of Oobabooga
    RISU = "png"  # one picture with a text in it

    @property
    def holds_several(self) -> bool:
        """Say whether one file can hold more than one profile."""
        return self in (ProfileForm.OWN, ProfileForm.SILLYTAVERN)

    @property
    def suffix(self) -> str:
        """Give how names of such files end."""
        return "json" if self is ProfileForm.SILLYTAVERN else self.value
