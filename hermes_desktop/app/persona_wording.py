"""Knows the words of known errors about personas, cards, profiles and lorebooks; not when they are said."""

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import ErrorKind

PERSONA_WORDS: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.CARD_NOT_JSON: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not valid JSON: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Export the card again where you got it."),
    ),
    ErrorKind.CARD_NOT_YAML: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not valid YAML: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Export the character again where you got it, best as a card in PNG."),
    ),
    ErrorKind.CARD_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a character card."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Cards in PNG, CHARX, JSON, JPEG and WebP can be imported, and those of Oobabooga and Backyard.",
        ),
    ),
    ErrorKind.CARD_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "There is no character card in {path}, a {format} file."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Sites and messengers often strip the card from a picture; download the original file again.",
        ),
    ),
    ErrorKind.CARD_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is damaged: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Fetch the file again from where you got it."),
    ),
    ErrorKind.CARD_TOO_MUCH: (
        QT_TRANSLATE_NOOP("Sentences", "{path} was refused: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "No honest card needs that; it may be made to do harm."),
    ),
    ErrorKind.CARD_ENCRYPTED: (
        QT_TRANSLATE_NOOP("Sentences", "The card in {path} is encrypted."),
        QT_TRANSLATE_NOOP("Sentences", "Only RisuAI can open it; export it there without a password."),
    ),
    ErrorKind.CARD_LOREBOOK: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is a lorebook, not a character card."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Import it: lorebooks stand beside the personas and can speak for any."
        ),
    ),
    ErrorKind.CARD_CHAT: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is a conversation, not a character card."),
        QT_TRANSLATE_NOOP("Sentences", "Choose the character's own file."),
    ),
    ErrorKind.CARD_PROFILE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} says who you are, not a character."),
        QT_TRANSLATE_NOOP("Sentences", "Import it, and it comes in as a profile."),
    ),
    ErrorKind.FOLDER_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "There is no file in the folder {path}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose the folder that holds the cards."),
    ),
    ErrorKind.FOLDER_FULL: (
        QT_TRANSLATE_NOOP("Sentences", "The folder {path} holds more than {most} files."),
        QT_TRANSLATE_NOOP("Sentences", "Import a part of it at a time."),
    ),
    ErrorKind.PERSONA_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No persona is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop personas list” shows them all."),
    ),
    ErrorKind.PERSONA_NAMELESS: (
        QT_TRANSLATE_NOOP("Sentences", "A persona needs a name."),
        QT_TRANSLATE_NOOP("Sentences", "Write one in the first field."),
    ),
    ErrorKind.PERSONA_NOT_DELETED: (
        QT_TRANSLATE_NOOP("Sentences", "No deleted persona is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop personas list” shows those that are there."),
    ),
    ErrorKind.PROFILE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No profile is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop profiles list” shows them all."),
    ),
    ErrorKind.PROFILE_NOT_DELETED: (
        QT_TRANSLATE_NOOP("Sentences", "No deleted profile is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop profiles list” shows those that are there."),
    ),
    ErrorKind.PROFILE_FIELD: (
        QT_TRANSLATE_NOOP("Sentences", "A profile has no field {field}."),
        QT_TRANSLATE_NOOP("Sentences", "It has {known}."),
    ),
    ErrorKind.PROFILE_ONE: (
        QT_TRANSLATE_NOOP("Sentences", "A file of the format {format} holds one profile."),
        QT_TRANSLATE_NOOP("Sentences", "Name one of them, or choose json or sillytavern."),
    ),
    ErrorKind.LOREBOOK_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no lorebook {name}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose one from the list of lorebooks."),
    ),
    ErrorKind.FIELD_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "A persona has no field {field}."),
        QT_TRANSLATE_NOOP("Sentences", "It has {known}."),
    ),
    ErrorKind.FIELD_LIST: (
        QT_TRANSLATE_NOOP("Sentences", "{field} is a list of {count} texts."),
        QT_TRANSLATE_NOOP("Sentences", "Name a place in it, as in {field}[0]."),
    ),
    ErrorKind.FIELD_PLACE: (
        QT_TRANSLATE_NOOP("Sentences", "There is no {field}[{place}]: {field} has {count} places."),
        QT_TRANSLATE_NOOP("Sentences", "Places count from 0; the one behind the last adds to a list."),
    ),
    ErrorKind.FIELD_VALUE: (
        QT_TRANSLATE_NOOP("Sentences", "“{text}” is nothing that {field} can be."),
        QT_TRANSLATE_NOOP("Sentences", "It can be {known}."),
    ),
    ErrorKind.EXPORT_SPEC: (
        QT_TRANSLATE_NOOP("Sentences", "A card in {form} has no form {spec}."),
        QT_TRANSLATE_NOOP("Sentences", "PNG and JSON know v2 and v3, CHARX is always v3, and YAML has none."),
    ),
    ErrorKind.LOREBOOK_NONE: (
        QT_TRANSLATE_NOOP("Sentences", "{name} has no lorebook."),
        QT_TRANSLATE_NOOP("Sentences", "“personas list --json” says which personas have lore entries."),
    ),
    ErrorKind.PICTURE_UNREADABLE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a picture that can be used."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a PNG, JPEG or WebP file of at most 32 MB and 4,096 by 4,096 pixels."
        ),
    ),
}
