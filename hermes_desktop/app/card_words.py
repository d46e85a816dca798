"""Knows the words of what a reader of cards has to tell; not when it tells it."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.personas.notes import Note, NoteKind

_CONTEXT = "CardWords"
_NAMES_SHOWN = 12  # in one sentence
_WORDS: dict[NoteKind, str] = {
    NoteKind.SCRIPTS: QT_TRANSLATE_NOOP(
        "CardWords", "It carries scripts of another program ({value}); they are kept and never run."
    ),
    NoteKind.REMOTE_ASSETS: QT_TRANSLATE_NOOP(
        "CardWords", "It names files on the internet ({value}); none is fetched."
    ),
    NoteKind.ASSETS: QT_TRANSLATE_NOOP(
        "CardWords", "Pictures or other files travel with it ({value}); they are kept in the original."
    ),
    NoteKind.ASSETS_MISSING: QT_TRANSLATE_NOOP(
        "CardWords", "It names files that it does not bring ({value})."
    ),
    NoteKind.PICTURE: QT_TRANSLATE_NOOP(
        "CardWords",
        "Its picture cannot be used: it is damaged, over 4,096 by 4,096 pixels, or no PNG, JPEG or WebP.",
    ),
    NoteKind.NEWER: QT_TRANSLATE_NOOP(
        "CardWords", "It was made for version {value} of the card format; what is new there is kept."
    ),
    NoteKind.UNWRAPPED: QT_TRANSLATE_NOOP(
        "CardWords", "It has not the form of the version that it names; it was read as a card of version 1."
    ),
    NoteKind.NAME_FROM_FILE: QT_TRANSLATE_NOOP(
        "CardWords", "The card has no name; {value} is that of the file."
    ),
    NoteKind.NOT_TEXT: QT_TRANSLATE_NOOP(
        "CardWords", "What stands in {value} is not of the kind that belongs there; it is kept and not used."
    ),
    NoteKind.CUT: QT_TRANSLATE_NOOP(
        "CardWords", "{value} has more than 1,000 entries; the first 1,000 are used."
    ),
    NoteKind.TWO_CARDS: QT_TRANSLATE_NOOP(
        "CardWords", "The file holds a second card that says something else; the newer form was taken."
    ),
    NoteKind.DAMAGED: QT_TRANSLATE_NOOP("CardWords", "The picture is damaged; the card in it could be read."),
    NoteKind.RISU_MODULE: QT_TRANSLATE_NOOP(
        "CardWords", "A module of RisuAI travels with it; it is kept, and what is in it does nothing here."
    ),
    NoteKind.CHATS: QT_TRANSLATE_NOOP(
        "CardWords",
        "Conversations travel with it ({value}); they stay in the original and were not imported.",
    ),
    NoteKind.CONVERTED: QT_TRANSLATE_NOOP(
        "CardWords", "It was carried over from the format of {value}; the original is kept."
    ),
    NoteKind.PROFILES: QT_TRANSLATE_NOOP(
        "CardWords", "It says who you are: it came in as a profile of yours ({value})."
    ),
    NoteKind.PROFILES_KNOWN: QT_TRANSLATE_NOOP(
        "CardWords", "Among your profiles already, and left as they are: {value}."
    ),
    NoteKind.PROFILES_BLIND: QT_TRANSLATE_NOOP(
        "CardWords", "The picture cannot be used and was left out: {value}."
    ),
    NoteKind.DUPLICATE: QT_TRANSLATE_NOOP(
        "CardWords", "The same card is here already, as persona {value}; nothing was added or changed."
    ),
    NoteKind.PICTURE_STAYS: QT_TRANSLATE_NOOP("CardWords", "The picture does not travel in this format."),
    NoteKind.PICTURE_DRAWN: QT_TRANSLATE_NOOP(
        "CardWords", "There is no picture; a plain one was drawn in its place."
    ),
    NoteKind.PICTURE_TURNED: QT_TRANSLATE_NOOP(
        "CardWords", "The picture was turned into PNG; as it came, it stays here."
    ),
    NoteKind.MADE_ANEW: QT_TRANSLATE_NOOP(
        "CardWords", "The picture is damaged; the small one that is shown here was taken."
    ),
    NoteKind.FILES_STAY: QT_TRANSLATE_NOOP(
        "CardWords",
        "Further files of the card do not travel in this format ({value}); CHARX takes them along.",
    ),
    NoteKind.FILES_LOST: QT_TRANSLATE_NOOP(
        "CardWords", "Files of the card are missing or damaged and were left out ({value})."
    ),
    NoteKind.PARKED: QT_TRANSLATE_NOOP(
        "CardWords",
        "What only V3 knows is set aside in the card; readers of V2 pass over it, this app finds it.",
    ),
    NoteKind.LOSSY: QT_TRANSLATE_NOOP(
        "CardWords",
        "Name, greeting, description, personality, scenario and examples are written; all else stays here.",
    ),
    NoteKind.LARGE: QT_TRANSLATE_NOOP(
        "CardWords",
        "The card in the picture has {value}; RisuAI reads no more than 5 MB. CHARX has no such limit.",
    ),
    NoteKind.MODULE_OLDER: QT_TRANSLATE_NOOP(
        "CardWords", "The module of RisuAI still holds the old lorebook, and RisuAI will take that one."
    ),
    NoteKind.MODULE_LEFT_OUT: QT_TRANSLATE_NOOP(
        "CardWords", "The module of RisuAI was left out, and its scripts with it."
    ),
    NoteKind.CREATOR: QT_TRANSLATE_NOOP("CardWords", "The creator’s name: {value}."),
    NoteKind.CREATOR_NOTES: QT_TRANSLATE_NOOP("CardWords", "The creator’s notes, {value} words."),
    NoteKind.OWN_NAME: QT_TRANSLATE_NOOP("CardWords", "Your own name, in its texts: {value}."),
    NoteKind.HOME_NAME: QT_TRANSLATE_NOOP("CardWords", "The name of your folder, in its texts: {value}."),
    NoteKind.MAIL: QT_TRANSLATE_NOOP("CardWords", "E-mail addresses: {value}."),
    NoteKind.LOCAL_PATHS: QT_TRANSLATE_NOOP("CardWords", "Places on a computer: {value}."),
    NoteKind.ADDRESSES: QT_TRANSLATE_NOOP("CardWords", "Addresses on the internet: {value}."),
    NoteKind.LORE: QT_TRANSLATE_NOOP("CardWords", "Entries in its lorebook: {value}."),
    NoteKind.SCRIPTS_TRAVEL: QT_TRANSLATE_NOOP("CardWords", "Scripts of other programs: {value}."),
    NoteKind.DATES: QT_TRANSLATE_NOOP("CardWords", "When it was made or changed."),
    NoteKind.SOURCES: QT_TRANSLATE_NOOP("CardWords", "Where it came from."),
    NoteKind.PRIVATE: QT_TRANSLATE_NOOP(
        "CardWords", "Marks of your own use: favourites, names of conversations, notes of this app."
    ),
    NoteKind.PICTURE_SAYS: QT_TRANSLATE_NOOP("CardWords", "What is written into the picture: {value}."),
    NoteKind.OTHER_FILES: QT_TRANSLATE_NOOP("CardWords", "Files of other programs: {value}."),
    NoteKind.DUPLICATE_BOOK: QT_TRANSLATE_NOOP(
        "CardWords", "The same lorebook is here already, as {value}; nothing was added or changed."
    ),
    NoteKind.WORLD_BOUND: QT_TRANSLATE_NOOP(
        "CardWords", "It asks for the lorebook {value}, which is here; the book speaks for it from now on."
    ),
    NoteKind.WORLDS_SPEAK: QT_TRANSLATE_NOOP(
        "CardWords", "On everywhere there, and so they speak in every conversation here: {value}."
    ),
    NoteKind.WORLDS_MISSING: QT_TRANSLATE_NOOP(
        "CardWords", "On everywhere there, but no such lorebook came: {value}."
    ),
    NoteKind.VARIABLES_TAKEN: QT_TRANSLATE_NOOP(
        "CardWords", "Variables that every conversation knew there are known here, too: {value}."
    ),
    NoteKind.ME_TAKEN: QT_TRANSLATE_NOOP(
        "CardWords", "New conversations begin as {value}, as they did there."
    ),
    NoteKind.ME_STAYS: QT_TRANSLATE_NOOP(
        "CardWords", "There you were {value}; here new conversations begin as before."
    ),
    NoteKind.WORLD_MISSING: QT_TRANSLATE_NOOP(
        "CardWords", "It asks for a lorebook {value}, which is not here. Import it and let it speak for it."
    ),
}
# Programs, which have one name in every language, by the name of their format.
_PROGRAMS = {
    "agnai": "Agnai",
    "backyard": "Backyard",
    "byaf": "Backyard",
    "novelai": "NovelAI",
    "ooba": "Oobabooga",
    "pygmalion": "Pygmalion",
    "risu": "RisuAI",
}


def note_words(note: Note) -> str:
    """Word a note in the language of the app."""
    value = _PROGRAMS.get(note.value, note.value) if note.kind is NoteKind.CONVERTED else note.value
    return QCoreApplication.translate(_CONTEXT, _WORDS[note.kind]).replace("{value}", value)


def listed(names: Sequence[str]) -> str:
    """Write names in a row; of very many the first."""
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" + {more}" if more > 0 else "")
