"""Knows what readers and writers of cards may have to tell beside the card, as kinds and values; no words."""

from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """Name something a person should know about a card. The comment lists the value."""

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
    PROFILES = "profiles"  # names of the profiles that came in
    PROFILES_KNOWN = "profiles_known"  # names of the profiles that were here already
    PROFILES_BLIND = "profiles_blind"  # names of those whose picture cannot be used
    DUPLICATE = "duplicate"  # the persona that has this card already
    DUPLICATE_BOOK = "duplicate_book"  # the lorebook that says the same already
    WORLD_BOUND = "world_bound"  # the lorebook that the card names, and that is here
    WORLDS_SPEAK = "worlds_speak"  # the lorebooks that speak everywhere now, as they did in another program
    WORLDS_MISSING = "worlds_missing"  # those that did there and are not here
    VARIABLES_TAKEN = "variables_taken"  # variables that every conversation knows now
    ME_TAKEN = "me_taken"  # the profile that new conversations begin with now
    ME_STAYS = "me_stays"  # the one that they began with there, and do not here
    WORLD_MISSING = "world_missing"  # the lorebook that the card names, and that is not here

    # what a written card loses
    PICTURE_STAYS = "picture_stays"  # the form has no place for the picture
    PICTURE_DRAWN = "picture_drawn"  # there was none, so that one was drawn
    PICTURE_TURNED = "picture_turned"  # it was no PNG; the original stays here
    FILES_STAY = "files_stay"  # how many files of the card the form has no place for
    FILES_LOST = "files_lost"  # how many files of an archive could not be read
    PARKED = "parked"  # what only V3 knows, set aside where this app finds it again
    LOSSY = "lossy"  # the form holds a few texts of a card
    LARGE = "large"  # longer than some programs read
    MODULE_OLDER = "module_older"  # a packed module still holds the lorebook as it came
    MODULE_LEFT_OUT = "module_left_out"
    MADE_ANEW = "made_anew"  # the picture was damaged, its small copy was taken

    # what a written card reveals
    CREATOR = "creator"  # name
    CREATOR_NOTES = "creator_notes"  # how many words
    OWN_NAME = "own_name"  # names of the person that stand in texts
    HOME_NAME = "home_name"  # name of the person's folder, in texts
    MAIL = "mail"  # addresses
    LOCAL_PATHS = "local_paths"  # places on this computer, in texts
    ADDRESSES = "addresses"  # of the internet
    LORE = "lore"  # how many entries
    SCRIPTS_TRAVEL = "scripts_travel"  # what carries them
    DATES = "dates"  # when it was made
    SOURCES = "sources"  # where it came from
    PRIVATE = "private"  # marks of the person's own use
    PICTURE_SAYS = "picture_says"  # what is written into the picture
    OTHER_FILES = "other_files"  # names of files of other programs


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell, and its value."""

    kind: NoteKind
    value: str = ""
