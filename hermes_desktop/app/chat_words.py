"""Knows the words of what a reader of chats has to tell; not when it tells it."""

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.transcripts.notes import Note, NoteKind

_CONTEXT = "ChatWords"
_WORDS: dict[NoteKind, str] = {
    NoteKind.BAD_LINES: QT_TRANSLATE_NOOP(
        "ChatWords", "These lines could not be read and are left out: {value}."
    ),
    NoteKind.LEFT_OUT: QT_TRANSLATE_NOOP("ChatWords", "Messages without words are left out ({value})."),
    NoteKind.HIDDEN: QT_TRANSLATE_NOOP(
        "ChatWords", "Messages that were hidden from the model there ({value}) are ordinary ones here."
    ),
    NoteKind.GROUP: QT_TRANSLATE_NOOP(
        "ChatWords", "Several speak in it: {value}. Their names are kept; one persona answers here."
    ),
    NoteKind.NO_DATES: QT_TRANSLATE_NOOP("ChatWords", "It does not say when it was; its order is kept."),
    NoteKind.SCENARIO: QT_TRANSLATE_NOOP(
        "ChatWords", "It has a scenario or instructions of its own; they are not used here."
    ),
    NoteKind.LOREBOOK: QT_TRANSLATE_NOOP(
        "ChatWords", "A lorebook goes with it ({value}); it is not used here."
    ),
    NoteKind.MEMORY: QT_TRANSLATE_NOOP("ChatWords", "It has a memory text, which is kept and not used here."),
    NoteKind.SUMMARIES: QT_TRANSLATE_NOOP(
        "ChatWords",
        "Summaries of what was said came with it ({value}); the persona remembers by the last one.",
    ),
    NoteKind.ATTACHMENTS: QT_TRANSLATE_NOOP(
        "ChatWords", "Pictures or files go with messages of it ({value}); they did not come in."
    ),
    NoteKind.NO_GREETING: QT_TRANSLATE_NOOP(
        "ChatWords", "Its greeting stands in the persona's card, which is not here."
    ),
    NoteKind.NEWER: QT_TRANSLATE_NOOP(
        "ChatWords", "It was written by a newer version ({value}); what is new there is kept."
    ),
    NoteKind.STORY: QT_TRANSLATE_NOOP(
        "ChatWords", "It is a story without speakers; the persona says all of it."
    ),
    NoteKind.GUESSED: QT_TRANSLATE_NOOP("ChatWords", "Who is who was concluded from the names."),
    NoteKind.PERSONA_MADE: QT_TRANSLATE_NOOP("ChatWords", "There was no persona {value}, so one was made."),
    NoteKind.PERSONA_KNOWN: QT_TRANSLATE_NOOP(
        "ChatWords", "What the file says of the persona went into the new one."
    ),
    NoteKind.PERSONA_FOUND: QT_TRANSLATE_NOOP(
        "ChatWords", "It was joined to the persona {value} by the name."
    ),
    NoteKind.PERSONA_SHARED: QT_TRANSLATE_NOOP(
        "ChatWords", "Several personas are called {value}, so a new one was made."
    ),
    NoteKind.PROFILE_MADE: QT_TRANSLATE_NOOP("ChatWords", "Your profile {value} was made for it."),
    NoteKind.DUPLICATE: QT_TRANSLATE_NOOP(
        "ChatWords", "The same conversation is here already: {value}. Nothing was added or changed."
    ),
    NoteKind.BOOK_BOUND: QT_TRANSLATE_NOOP("ChatWords", "The lorebook {value} speaks in it."),
}
# Programs, which have one name in every language, by the name of their format.
PROGRAMS = {
    "hermes-desktop-transcript": "Hermes Desktop",
    "sillytavern": "SillyTavern",
    "koboldlite": "Kobold Lite",
    "koboldai": "KoboldAI",
    "oobabooga": "Oobabooga",
    "agnai": "Agnai",
    "risu": "RisuAI",
    "characterai": "Character.AI",
    "backyard": "Backyard",
    "chatgpt": "ChatGPT",
    "claude": "Claude",
    "sharegpt": "ShareGPT",
    "text": "Name: text",
}


def note_words(note: Note) -> str:
    """Word a note in the language of the app."""
    return QCoreApplication.translate(_CONTEXT, _WORDS[note.kind]).replace("{value}", note.value)
