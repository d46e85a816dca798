"""Knows the words for every known error: one sentence, one hint. It knows no widget and no cause."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from hermes_desktop.domain.errors import ErrorKind, KnownError

_CONTEXT = "Sentences"
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: what happened, and what to do."""

    text: str
    hint: str


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    # The name by which lupdate finds texts that are translated later; Qt's own gives no type.
    return text


_WORDS: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.FILE_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "There is no file {path}."),
        QT_TRANSLATE_NOOP("Sentences", "Check the name, or choose the file again."),
    ),
    ErrorKind.FILE_UNREADABLE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} cannot be read: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Check that you may read it and that its disk is connected."),
    ),
    ErrorKind.FILE_TOO_LARGE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is larger than the {limit} that such a file may have."),
        QT_TRANSLATE_NOOP("Sentences", "It is probably not the file you meant."),
    ),
    ErrorKind.FOLDER_READ_ONLY: (
        QT_TRANSLATE_NOOP("Sentences", "The folder {path} cannot be written."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Reading and copying still work. To write, allow it or choose another folder with --data-dir.",
        ),
    ),
    ErrorKind.DISK_FULL: (
        QT_TRANSLATE_NOOP("Sentences", "The disk of {path} is full."),
        QT_TRANSLATE_NOOP("Sentences", "Free some space and try again; everything that was saved is safe."),
    ),
    ErrorKind.MODEL_NOT_GGUF: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a GGUF model file."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a file that ends in .gguf, such as Hermes-3-Llama-3.1-8B.Q4_K_M.gguf."
        ),
    ),
    ErrorKind.MODEL_TRUNCATED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is cut short: it has {size} of {expected}."),
        QT_TRANSLATE_NOOP("Sentences", "The download or copy did not finish; fetch the file again."),
    ),
    ErrorKind.MODEL_BROKEN_HEADER: (
        QT_TRANSLATE_NOOP("Sentences", "The header of {path} is damaged: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Fetch the file again from where you got it."),
    ),
    ErrorKind.MODEL_UNSUPPORTED: (
        QT_TRANSLATE_NOOP(
            "Sentences", "{path} holds a model of a kind that cannot be used here: {architecture}."
        ),
        QT_TRANSLATE_NOOP("Sentences", "Hermes 3 models are of the kind “llama”."),
    ),
    ErrorKind.MODEL_CHANGED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not the file that was checked before."),
        QT_TRANSLATE_NOOP("Sentences", "Verify it again, or add the right file."),
    ),
    ErrorKind.MODEL_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No model is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop models list” shows those that were added."),
    ),
    ErrorKind.MODEL_NONE: (
        QT_TRANSLATE_NOOP("Sentences", "No model is loaded."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Add a GGUF file on the page Models, or with “hermes-desktop models add FILE.gguf”."
        ),
    ),
    ErrorKind.MODEL_NOT_CHAT: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a model that can talk."),
        QT_TRANSLATE_NOOP(
            "Sentences", "It is a part for another model, such as an adapter or a picture encoder."
        ),
    ),
    ErrorKind.ENGINE_MEMORY: (
        QT_TRANSLATE_NOOP("Sentences", "There is not enough memory for this model."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a smaller context, a smaller KV type, or a smaller quantisation."
        ),
    ),
    ErrorKind.ENGINE_CRASHED: (
        QT_TRANSLATE_NOOP("Sentences", "The engine stopped unexpectedly."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_HUNG: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The engine gave no sign of life for {seconds} seconds and was ended."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_GARBAGE: (
        QT_TRANSLATE_NOOP("Sentences", "The engine said something that makes no sense and was ended."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Try again; it starts anew by itself."
        ),
    ),
    ErrorKind.ENGINE_LOAD_FAILED: (
        QT_TRANSLATE_NOOP("Sentences", "{path} could not be loaded."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Verify the file on the page Models; if it is sound, try a smaller context."
        ),
    ),
    ErrorKind.ENGINE_LOOP_STOPPED: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The engine died three times on {path} and is not started again by itself."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Load it with a smaller context or fewer GPU layers, or choose another model."
        ),
    ),
    ErrorKind.ENGINE_TEMPLATE: (
        QT_TRANSLATE_NOOP("Sentences", "The model's own prompt template does not work: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose a Hermes model, or another copy of this one."),
    ),
    ErrorKind.ENGINE_GRAMMAR: (
        QT_TRANSLATE_NOOP("Sentences", "The grammar cannot be used: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Correct or clear it in the sampling settings."),
    ),
    ErrorKind.ENGINE_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "The engine is not installed: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Run “make run” again; it builds what is missing."),
    ),
    ErrorKind.PROMPT_TOO_LONG: (
        QT_TRANSLATE_NOOP(
            "Sentences", "Persona and message need {tokens} tokens, but the context has room for {context}."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Shorten the message or the persona, or load the model with a larger context."
        ),
    ),
    ErrorKind.REPLY_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "The model ended its turn without a word."),
        QT_TRANSLATE_NOOP("Sentences", "Regenerate, or write a little more."),
    ),
    ErrorKind.REPLY_LOOPED: (
        QT_TRANSLATE_NOOP("Sentences", "The reply went round in circles and was stopped."),
        QT_TRANSLATE_NOOP("Sentences", "Regenerate, or raise the repetition penalty."),
    ),
    ErrorKind.DATABASE_NEWER: (
        QT_TRANSLATE_NOOP(
            "Sentences",
            "{path} was written by a newer version of Hermes Desktop (schema {found}, known {known}).",
        ),
        QT_TRANSLATE_NOOP(
            "Sentences", "Nothing was changed. Update the program, or choose another folder with --data-dir."
        ),
    ),
    ErrorKind.DATABASE_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "The database {path} is damaged: {detail}."),
        QT_TRANSLATE_NOOP(
            "Sentences", "It was left as it is. Restore a backup from the folder “backups” beside it."
        ),
    ),
    ErrorKind.DATABASE_BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "Another program holds the database {path}."),
        QT_TRANSLATE_NOOP("Sentences", "Close it and try again."),
    ),
    ErrorKind.FOLDER_IN_USE: (
        QT_TRANSLATE_NOOP("Sentences", "Hermes Desktop (process {pid}) has the folder {path} open."),
        QT_TRANSLATE_NOOP("Sentences", "Close that window first; list, show and export work beside it."),
    ),
    ErrorKind.BACKUP_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "The backup {path} is damaged and was not used."),
        QT_TRANSLATE_NOOP("Sentences", "Choose another one; the present data is untouched."),
    ),
    ErrorKind.CARD_NOT_JSON: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not valid JSON: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Export the card again where you got it."),
    ),
    ErrorKind.CARD_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a character card."),
        QT_TRANSLATE_NOOP("Sentences", "Cards of version 1, 2 and 3 in JSON can be imported."),
    ),
    ErrorKind.CARD_FORMAT_LATER: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is a card in the format {format}, which cannot be read."),
        QT_TRANSLATE_NOOP("Sentences", "Export it as JSON where you got it."),
    ),
    ErrorKind.PERSONA_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No persona is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop personas list” shows them all."),
    ),
    ErrorKind.PERSONA_NAMELESS: (
        QT_TRANSLATE_NOOP("Sentences", "A persona needs a name."),
        QT_TRANSLATE_NOOP("Sentences", "Write one in the first field."),
    ),
    ErrorKind.CONVERSATION_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no conversation {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop conversations list” shows them all."),
    ),
    ErrorKind.MESSAGE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no message {message}."),
        QT_TRANSLATE_NOOP(
            "Sentences", "“hermes-desktop conversations show” lists the messages with their numbers."
        ),
    ),
    ErrorKind.NAME_AMBIGUOUS: (
        QT_TRANSLATE_NOOP("Sentences", "{matches} things are called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "Use the number of the one you mean."),
    ),
    ErrorKind.PICTURE_UNREADABLE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a picture that can be used."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a PNG, JPEG or WebP file of at most 32 MB and 4,096 by 4,096 pixels."
        ),
    ),
    ErrorKind.PRESET_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "No sampling preset is called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "The settings list the presets."),
    ),
    ErrorKind.PREFERENCES_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "The settings in {path} could not be read, so the defaults are used."),
        QT_TRANSLATE_NOOP("Sentences", "The old file is kept as {kept_as}."),
    ),
    ErrorKind.NOTHING_TO_CONTINUE: (
        QT_TRANSLATE_NOOP("Sentences", "There is no reply to continue."),
        QT_TRANSLATE_NOOP("Sentences", "Write a message first."),
    ),
    ErrorKind.BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "A reply is being written."),
        QT_TRANSLATE_NOOP("Sentences", "Wait for its end, or stop it first."),
    ),
}

_BYTE_VALUES = frozenset({"limit", "size", "expected", "needed", "free"})


def sentence(error: KnownError) -> Sentence:
    """Word a known error in the language of the app."""
    text, hint = _WORDS[error.kind]
    values = {name: _shown(name, value) for name, value in error.values.items()}
    sizes = {name: value for name, value in error.values.items() if name in _BYTE_VALUES}
    if len({values[name] for name in sizes}) < len(set(sizes.values())):  # two sizes that round to the same
        values |= {name: f"{value:,} bytes" for name, value in sizes.items()}
    return Sentence(_filled(text, values), _filled(hint, values))


def _shown(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    return byte_size(value) if name in _BYTE_VALUES else f"{value:,}" if name != "pid" else str(value)


def _filled(text: str, values: dict[str, str]) -> str:
    # Not str.format: a value may hold braces, and a translation may miss a name.
    filled = QCoreApplication.translate(_CONTEXT, text)
    for name, value in values.items():
        filled = filled.replace("{" + name + "}", value)
    return filled


def byte_size(size: int) -> str:
    """Write a number of bytes for a person: 4,920,733,824 as "4.9 GB"."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("unreachable")
