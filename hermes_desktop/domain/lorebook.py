"""Knows what a lorebook of its own is, where it speaks, and what one writes in it; not its file."""

from dataclasses import dataclass, field
from enum import StrEnum

from hermes_desktop.domain.lore import Entry, Scope


class LorebookForm(StrEnum):
    """Name the kinds of files that a lorebook is written as."""

    WORLD_INFO = "st"  # SillyTavern's
    V3 = "v3"  # lorebook_v3


@dataclass(frozen=True, slots=True)
class Lorebook:
    """One version of a stored lorebook."""

    id: int
    version_id: int
    version: int  # from 1
    name: str
    spec: str  # the form it came in, "own" if written here
    entries: int
    deleted: bool
    created_at: int  # of this version; milliseconds since 1970, UTC


@dataclass(frozen=True, slots=True)
class Binding:
    """Say that a book speaks somewhere, or that it is silent there."""

    book_id: int
    scope: Scope
    holder_id: int = 0  # of a conversation, profile or persona; 0 where it is global
    active: bool = True


@dataclass(frozen=True, slots=True)
class Speaking:
    """A book that has a say in a conversation, and through which binding it does."""

    book: Lorebook
    scope: Scope
    active: bool = True


def holders_of(conversation_id: int, profile_id: int, persona_id: int) -> tuple[tuple[Scope, int], ...]:
    """List who may name a book for a conversation, the narrowest first."""
    return (
        (Scope.CHAT, conversation_id),
        (Scope.PROFILE, profile_id),
        (Scope.PERSONA, persona_id),
        (Scope.GLOBAL, 0),
    )


@dataclass(frozen=True, slots=True)
class BookFields:
    """What a book says of itself. None leaves a setting to what is usual."""

    name: str = ""
    description: str = ""  # for people; no prompt holds it
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive: bool | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it is written, decorators and all."""

    entry: Entry
    origin: int | None = None  # its place in the document that was opened; None for a new one


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A book that is being written: what it says now, and which version it began with."""

    fields: BookFields = field(default_factory=BookFields)
    entries: tuple[Written, ...] = ()
    book_id: int = 0  # of a lorebook that stands by itself
    persona_id: int = 0  # of the persona whose own book it is
    version_id: int = 0  # of the lorebook or the persona; 0 where nothing was stored yet

    @property
    def place(self) -> tuple[int, int]:
        """Name the book among all that can be written."""
        return self.book_id, self.persona_id
