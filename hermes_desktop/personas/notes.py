"""Knows what a reader of cards may have to tell beside the card itself, as kinds and values; no words."""

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """Name something a person should know about a card that came in. The comment lists the value."""

    SCRIPTS = "scripts"  # what carries them: they are kept and never run
    REMOTE_ASSETS = "remote_assets"  # how many pictures or sounds would have to be fetched
    ASSETS = "assets"  # how many further files travel with the card
    ASSETS_MISSING = "assets_missing"  # how many files the card names and does not bring
    PICTURE = "picture"  # its picture cannot be used
    NEWER = "newer"  # version that it was written for
    UNWRAPPED = "unwrapped"  # it says to be of a version whose form it does not have
    NAME_FROM_FILE = "name_from_file"  # name: the card has none
    NOT_TEXT = "not_text"  # fields that hold something else than their kind
    CUT = "cut"  # fields with more entries than are used
    TWO_CARDS = "two_cards"  # the file holds another one that differs
    DAMAGED = "damaged"  # the container is damaged, though the card could be read
    RISU_MODULE = "risu_module"  # a packed module that only its own program reads
    CHATS = "chats"  # how many conversations travel with the card
    CONVERTED = "converted"  # format: the fields were carried over into a card
    DUPLICATE = "duplicate"  # the persona that has this card already
    DUPLICATE_BOOK = "duplicate_book"  # the lorebook that says the same already
    WORLD_BOUND = "world_bound"  # the lorebook that the card names, and that is here
    WORLD_MISSING = "world_missing"  # the lorebook that the card names, and that is not here


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell, and its value."""

    kind: NoteKind
    value: str = ""
