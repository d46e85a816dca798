"""Knows a conversation as a whole, apart from any database: people, settings and every message ever written.

Numbers called keys hold within one history and begin at 1; 0 stands for none.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hermes_desktop.domain.conversation import (
    GenerationRecord,
    MessageState,
    PromptOrder,
    Role,
    StopReason,
)
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.persona import PersonaFields

LATEST = 250_000_000_000_000  # milliseconds since 1970; later times are nobody's, and no calendar shows them


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the tree. Parents come before their children, versions in the order they were made."""

    key: int
    parent: int  # 0: the empty root
    role: Role
    name: str
    text: str
    created_at: int = 0  # milliseconds since 1970, UTC; 0 where a foreign file does not say
    state: MessageState = MessageState.COMPLETE
    stop_reason: StopReason | None = None
    active_child: int = 0
    deleted_at: int | None = None
    record: GenerationRecord | None = None  # its ids are keys of this history
    extra: str = ""  # JSON object: what other programs said of it, by the name of their format
    variables: Mapping[str, str] | None = None  # of macros, from this message on; None: as before it


@dataclass(frozen=True, slots=True)
class MemoryState:
    """Something that is remembered beside the messages, also what was taken away again."""

    kind: str  # of `MemoryKind`; another one is a newer version's, and only kept
    first: int  # key of the first message that it tells of
    message: int  # of the last one, on the way to which the first one lies; 0: it holds everywhere
    who: str = ""
    text: str = ""
    by_hand: bool = False
    created_at: int = 0
    deleted_at: int | None = None
    extra: str = ""  # as with a message


@dataclass(frozen=True, slots=True)
class PersonaState:
    """One version of a persona with its whole card."""

    key: int
    number: int
    fields: PersonaFields
    spec: str
    card: str  # JSON text
    avatar: str  # SHA-256 of a picture; "" where there is none
    lore_entries: int
    created_at: int
    file: str = ""  # SHA-256 of the file that it came as


@dataclass(frozen=True, slots=True)
class PersonaHistory:
    """A persona and some of its versions, the oldest first."""

    versions: tuple[PersonaState, ...]
    shipped: str = ""
    favourite: bool = False
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class ProfileState:
    """One version of who I am."""

    key: int
    number: int
    name: str
    description: str
    avatar: str
    created_at: int
    original: str = ""  # JSON text of the document that it came as


@dataclass(frozen=True, slots=True)
class ProfileHistory:
    """A profile and some of its versions, the oldest first."""

    versions: tuple[ProfileState, ...]
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class BookState:
    """One version of a lorebook with its whole document."""

    number: int
    name: str
    spec: str
    document: str  # JSON text
    entries: int
    created_at: int
    file: str = ""  # SHA-256 of the file that it came as
    digest: str = ""  # of the document as it came


@dataclass(frozen=True, slots=True)
class BookHistory:
    """A lorebook and its versions, the oldest first."""

    versions: tuple[BookState, ...]
    deleted_at: int | None = None


@dataclass(frozen=True, slots=True)
class BookTie:
    """Where a lorebook speaks, or is silent. Books and holders are counted from 1, each kind by itself."""

    book: int
    scope: Scope
    holder: int = 0  # 0 where it is global
    active: bool = True


@dataclass(frozen=True, slots=True)
class ProfileTie:
    """Which profile new conversations with a persona begin with; both are counted from 1."""

    persona: int
    profile: int


@dataclass(frozen=True, slots=True)
class PictureBytes:
    """A picture, as it is kept."""

    key: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class History:
    """A conversation but for its messages, which come one after the other."""

    title: str
    created_at: int
    updated_at: int
    began_at: int  # when the first of its branches began
    persona: int = 0  # key of a persona's version
    profile: int = 0
    personas: tuple[PersonaHistory, ...] = ()
    profiles: tuple[ProfileHistory, ...] = ()
    pictures: tuple[PictureBytes, ...] = ()
    first: int = 0  # key of the active message at the beginning
    tip: int = 0
    memory_line: int = 0
    view: int = 0
    view_offset: int = 0
    favourite: bool = False
    deleted_at: int | None = None
    draft: str = ""
    authors_note: str = ""
    note_depth: int = 1
    prompt_order: PromptOrder = PromptOrder.STABLE
    preset: str = ""
    extra: str = ""  # as with a message
    variables: Mapping[str, str] = field(default_factory=dict)  # of macros, before the first message
    digest: str = ""  # of what a file said when it came in; "" for what began here
    memories: tuple[MemoryState, ...] = ()  # in the order they were made


def digest(entries: Iterable[Entry]) -> str:
    """Give the hash of what is said and when, whatever it is called and whoever keeps it."""
    sum_of = hashlib.sha256()
    for entry in entries:
        head = f"{entry.key} {entry.parent} {entry.role.value} {entry.created_at} {len(entry.name)} "
        said = f"{head}{len(entry.text)} {entry.name}{entry.text}"
        sum_of.update(said.encode("utf-8", "surrogatepass"))
    return sum_of.hexdigest()
