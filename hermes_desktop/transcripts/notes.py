"""Knows what a reader of chats may have to tell beside the chat itself, as kinds and values; no words."""

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """Name something a person should know about a chat that came in. The comment lists the value."""

    BAD_LINES = "bad_lines"  # numbers of the lines that could not be read
    LEFT_OUT = "left_out"  # how many messages have no words
    HIDDEN = "hidden"  # how many messages were hidden from the prompt there
    GROUP = "group"  # names of those who speak
    NO_DATES = "no_dates"  # it does not say when it was
    SCENARIO = "scenario"  # it has a scenario or a system prompt of its own
    LOREBOOK = "lorebook"  # lore entries, or the name of a book that goes with it
    MEMORY = "memory"  # a text that the program kept in the prompt
    SUMMARIES = "summaries"  # how many summaries of what was said came in with it
    ATTACHMENTS = "attachments"  # how many pictures or files go with its messages
    NO_GREETING = "no_greeting"  # the greeting stands in a card that is not at hand
    NEWER = "newer"  # version of our own format that is newer than this program
    STORY = "story"  # it has no speakers
    GUESSED = "guessed"  # who speaks was concluded from the names
    # what became of it here
    PERSONA_MADE = "persona_made"  # name
    PERSONA_KNOWN = "persona_known"  # the new one says what the file says of it
    PERSONA_FOUND = "persona_found"  # name
    PERSONA_SHARED = "persona_shared"  # name: several are called so, so a new one was made
    PROFILE_MADE = "profile_made"  # name
    DUPLICATE = "duplicate"  # title and number of the conversation that is here already
    BOOK_BOUND = "book_bound"  # name of the lorebook that speaks in it here, too


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell, and its value."""

    kind: NoteKind
    value: str = ""
