"""Knows the words of known errors about chats in files: one sentence, one hint; not when they are said."""

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import ErrorKind

CHAT_WORDS: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.CHAT_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a conversation that can be read."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Those of SillyTavern, Kobold, Oobabooga, Agnai, RisuAI, Character.AI, Backyard, ChatGPT and "
            "Claude can be imported, and logs of “Name: text”.",
        ),
    ),
    ErrorKind.CHAT_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is damaged: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was added. Export the conversation again where you got it."),
    ),
    ErrorKind.CHAT_TOO_MUCH: (
        QT_TRANSLATE_NOOP("Sentences", "{path} was refused: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "No honest conversation needs that; it may be made to do harm."),
    ),
    ErrorKind.CHAT_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "There is no message in {path}."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was added."),
    ),
    ErrorKind.CHAT_CARD: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is a character card without a conversation."),
        QT_TRANSLATE_NOOP("Sentences", "Import it with the personas."),
    ),
    ErrorKind.ARCHIVE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not an archive of everything."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop export-all -o FILE.zip” writes one."),
    ),
    ErrorKind.ARCHIVE_TOO_LARGE: (
        QT_TRANSLATE_NOOP(
            "Sentences", "There is too much for one archive: {path} would have over 500,000 files."
        ),
        QT_TRANSLATE_NOOP("Sentences", "Copy the data folder instead, or export conversations one by one."),
    ),
    ErrorKind.FORMAT_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No conversation can be written as {name}."),
        QT_TRANSLATE_NOOP("Sentences", "Known formats: {known}."),
    ),
}
