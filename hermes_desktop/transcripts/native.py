"""Knows the names of our own transcript format, which loses nothing; the writer and the reader use them."""

from dataclasses import fields

from hermes_desktop.domain.conversation import GenerationRecord
from hermes_desktop.domain.persona import PersonaFields

FORMAT = "hermes-desktop-transcript"
VERSION = 1
OWN = "hermes-desktop"  # among extras: fields of a newer version, which this one does not know

DOCUMENT = ("format", "version", "writer", "conversation", "personas", "profiles", "pictures", "messages")
CONVERSATION = (
    *("title", "created_at", "updated_at", "began_at", "persona", "profile", "first", "tip", "memory_line"),
    *(
        "view",
        "view_offset",
        "favourite",
        "deleted_at",
        "draft",
        "authors_note",
        "note_depth",
        "prompt_order",
    ),
    *("preset", "digest", "variables", "memory", "extra"),
)
MESSAGE = (
    *("key", "parent", "role", "name", "text", "created_at", "state", "stop_reason", "active_child"),
    *("deleted_at", "generation", "variables", "extra"),
)
MEMORY = ("kind", "message", "first", "who", "text", "by_hand", "created_at", "deleted_at", "extra")
RECORD = tuple(field.name for field in fields(GenerationRecord))
RECORD_ADDED = ("lore", "recipe", "recalled")  # by later versions; left out where there is nothing to say
PERSONA_FIELDS = tuple(field.name for field in fields(PersonaFields))
