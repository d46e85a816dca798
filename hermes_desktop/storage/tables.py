"""Knows the tables as classes; the SQL steps make them, and a test keeps both the same."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel


class Picture(SQLModel, table=True):
    """Bytes of an avatar."""

    key: str = Field(primary_key=True)
    mime: str
    data: bytes


class CardFile(SQLModel, table=True):
    """Bytes of a card's file, as they came."""

    __tablename__ = "card_file"

    key: str = Field(primary_key=True)
    format: str
    data: bytes


class Profile(SQLModel, table=True):
    """A profile; what it says is in its versions."""

    id: int | None = Field(default=None, primary_key=True)
    deleted_at: int | None = None


class ProfileVersion(SQLModel, table=True):
    """What a profile said at a time."""

    __tablename__ = "profile_version"
    __table_args__ = (UniqueConstraint("profile_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    profile_id: int = Field(foreign_key="profile.id")
    number: int
    name: str
    description: str
    avatar: str
    created_at: int
    original: str = ""


class ProfileBinding(SQLModel, table=True):
    """Which profile new conversations with a persona begin with."""

    __tablename__ = "profile_binding"

    persona_id: int | None = Field(default=None, primary_key=True, foreign_key="persona.id")
    profile_id: int = Field(foreign_key="profile.id")


class Persona(SQLModel, table=True):
    """A persona; what it says is in its versions."""

    id: int | None = Field(default=None, primary_key=True)
    shipped: str = ""
    favourite: bool = False
    deleted_at: int | None = None


class PersonaVersion(SQLModel, table=True):
    """What a persona said at a time, with its whole card."""

    __tablename__ = "persona_version"
    __table_args__ = (UniqueConstraint("persona_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    persona_id: int = Field(foreign_key="persona.id")
    number: int
    name: str
    fields: str
    spec: str
    card: str
    avatar: str
    lore_entries: int
    created_at: int
    file: str = ""
    digest: str = Field(default="", index=True)


class Lorebook(SQLModel, table=True):
    """A lorebook; what it says is in its versions."""

    id: int | None = Field(default=None, primary_key=True)
    deleted_at: int | None = None


class LorebookVersion(SQLModel, table=True):
    """What a lorebook said at a time, as its whole document."""

    __tablename__ = "lorebook_version"
    __table_args__ = (UniqueConstraint("lorebook_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    lorebook_id: int = Field(foreign_key="lorebook.id")
    number: int
    name: str
    spec: str
    document: str
    entries: int
    file: str = ""
    digest: str = Field(default="", index=True)
    created_at: int


class LorebookBinding(SQLModel, table=True):
    """Where a lorebook speaks, or is silent."""

    __tablename__ = "lorebook_binding"
    __table_args__ = (UniqueConstraint("lorebook_id", "scope", "holder_id"),)

    id: int | None = Field(default=None, primary_key=True)
    lorebook_id: int = Field(foreign_key="lorebook.id")
    scope: str
    holder_id: int
    active: bool


class Model(SQLModel, table=True):
    """A model file on this computer."""

    id: int | None = Field(default=None, primary_key=True)
    name: str
    path: str = Field(unique=True)
    size: int
    modified_ns: int
    sha256: str = ""
    verified_at: int = 0
    added_at: int
    header: str


class Conversation(SQLModel, table=True):
    """A tree of messages and the place in it."""

    id: int | None = Field(default=None, primary_key=True)
    title: str
    persona_id: int = Field(foreign_key="persona.id")
    persona_version_id: int = Field(foreign_key="persona_version.id")
    profile_version_id: int = Field(foreign_key="profile_version.id")
    root_id: int | None = Field(default=None, foreign_key="message.id")
    tip_id: int | None = Field(default=None, foreign_key="message.id")
    memory_line_id: int | None = Field(default=None, foreign_key="message.id")
    created_at: int
    updated_at: int
    favourite: bool = False
    deleted_at: int | None = None
    draft: str = ""
    view_message_id: int | None = Field(default=None, foreign_key="message.id")
    view_offset: int = 0
    authors_note: str = ""
    preset: str = ""
    messages: int = 0
    prompt_order: str = "stable"
    note_depth: int = 1
    extra: str = ""
    digest: str = ""


class Branch(SQLModel, table=True):
    """A run of messages without a fork."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    parent_branch_id: int | None = Field(default=None, foreign_key="branch.id")
    start_depth: int


class Message(SQLModel, table=True):
    """A node of the tree."""

    __table_args__ = (UniqueConstraint("branch_id", "depth"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id")
    branch_id: int = Field(foreign_key="branch.id")
    parent_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    depth: int
    role: str
    name: str
    text: str
    checksum: bytes
    state: str
    stop_reason: str | None = None
    created_at: int
    active_child_id: int | None = Field(default=None, foreign_key="message.id")
    deleted_at: int | None = None


class Generation(SQLModel, table=True):
    """How a reply came to be."""

    message_id: int | None = Field(default=None, primary_key=True, foreign_key="message.id")
    record: str
    tokens: bytes
    tokenizer_hash: str


class MessageExtra(SQLModel, table=True):
    """What another program said of a message, as JSON."""

    __tablename__ = "message_extra"

    message_id: int | None = Field(default=None, primary_key=True, foreign_key="message.id")
    extra: str


class MessageVariables(SQLModel, table=True):
    """What macros have noted, as JSON: it holds from this message on."""

    __tablename__ = "message_variables"

    message_id: int | None = Field(default=None, primary_key=True, foreign_key="message.id")
    variables: str


class Memory(SQLModel, table=True):
    """What is remembered of a conversation beside its messages."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int = Field(foreign_key="conversation.id", index=True)
    kind: str
    message_id: int = Field(foreign_key="message.id", index=True)
    first_depth: int
    who: str = ""
    text: str = ""
    by_hand: bool = False
    created_at: int
    deleted_at: int | None = None
    extra: str = ""


class CommonVariables(SQLModel, table=True):
    """What macros have noted for every conversation, as JSON; one row at most."""

    __tablename__ = "common_variables"

    id: int | None = Field(default=None, primary_key=True)
    variables: str


class Journal(SQLModel, table=True):
    """An act that can be taken back."""

    id: int | None = Field(default=None, primary_key=True)
    conversation_id: int | None = Field(default=None, foreign_key="conversation.id")
    act: str
    changes: str
    undone: bool = False
    created_at: int
