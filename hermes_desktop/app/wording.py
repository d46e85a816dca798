"""Knows the words of every known error: one sentence, one hint; not when they are said.

Those of the engine, here or elsewhere, are in `engine_wording`, those of chats in files in `chat_wording`,
those of personas, cards, profiles and lorebooks in `persona_wording`, those of replies that are made again in
`replay_wording`.
"""

from hermes_desktop.app.chat_wording import CHAT_WORDS
from hermes_desktop.app.engine_wording import ENGINE_WORDS
from hermes_desktop.app.persona_wording import PERSONA_WORDS
from hermes_desktop.app.replay_wording import REPLAY_WORDS
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.errors import ErrorKind

WORDS: dict[ErrorKind, tuple[str, str]] = {
    **ENGINE_WORDS,
    **CHAT_WORDS,
    **PERSONA_WORDS,
    **REPLAY_WORDS,
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
    ErrorKind.FILE_UNWRITABLE: (
        QT_TRANSLATE_NOOP("Sentences", "{path} cannot be written: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Choose another folder, or allow writing there."),
    ),
    ErrorKind.FOLDER_READ_ONLY: (
        QT_TRANSLATE_NOOP("Sentences", "The folder {path} cannot be written."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Reading and copying still work. To write, allow it or choose another folder with --data-dir.",
        ),
    ),
    ErrorKind.FOLDER_UNFIT: (
        QT_TRANSLATE_NOOP("Sentences", "Models cannot be moved to {path}."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Choose a folder that is neither inside the present one nor around it."
        ),
    ),
    ErrorKind.FOLDER_MOVING: (
        QT_TRANSLATE_NOOP("Sentences", "The models are just being moved to another folder."),
        QT_TRANSLATE_NOOP("Sentences", "Try again when that is over."),
    ),
    ErrorKind.PRINTER: (
        QT_TRANSLATE_NOOP("Sentences", "The printer takes nothing."),
        QT_TRANSLATE_NOOP("Sentences", "Check it in the settings of your system, or save a PDF instead."),
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
    ErrorKind.CHECK_STOPPED: (
        QT_TRANSLATE_NOOP("Sentences", "The file of {name} was not checked to its end."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Every model's file is read once before it plays; run the command again."
        ),
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
    ErrorKind.MODEL_SHIPPED: (
        QT_TRANSLATE_NOOP("Sentences", "The Understudy is a part of the app and stays on the list."),
        QT_TRANSLATE_NOOP("Sentences", "Load another model, and it takes over; the Understudy then rests."),
    ),
    ErrorKind.MODEL_NOT_CHAT: (
        QT_TRANSLATE_NOOP("Sentences", "{path} is not a model that can talk."),
        QT_TRANSLATE_NOOP(
            "Sentences", "It is a part for another model, such as an adapter or a picture encoder."
        ),
    ),
    ErrorKind.HUB_UNREACHABLE: (
        QT_TRANSLATE_NOOP("Sentences", "{host} cannot be reached: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Check the network and try again; what has come is kept."),
    ),
    ErrorKind.HUB_NOT_FOUND: (
        QT_TRANSLATE_NOOP("Sentences", "The hub has no file {file} in {repository}."),
        QT_TRANSLATE_NOOP("Sentences", "Check the name; “hermes-desktop models catalog” lists known files."),
    ),
    ErrorKind.HUB_REFUSED: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The hub refuses access to {repository}, or has none of this name (status {status})."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Accept its owner's terms on the hub, then give an access token in the settings under “Network” "
            "or in HF_TOKEN; or choose another one.",
        ),
    ),
    ErrorKind.HUB_NO_REPOSITORY: (
        QT_TRANSLATE_NOOP("Sentences", "The hub has no repository {repository}."),
        QT_TRANSLATE_NOOP("Sentences", "Check the name; “hermes-desktop models search TEXT” finds it."),
    ),
    ErrorKind.HUB_CHOICE: (
        QT_TRANSLATE_NOOP("Sentences", "{repository} has more than one model: {files}."),
        QT_TRANSLATE_NOOP("Sentences", "Say which: “hermes-desktop models download {repository}/FILE.gguf”."),
    ),
    ErrorKind.HUB_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "{repository} has no GGUF model."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop models search TEXT” finds repositories that have."),
    ),
    ErrorKind.TOKEN_FORM: (
        QT_TRANSLATE_NOOP("Sentences", "This is not an access token."),
        QT_TRANSLATE_NOOP(
            "Sentences", "Copy it once more from your account on the hub; it is one word and begins with hf_."
        ),
    ),
    ErrorKind.HUB_ANSWER: (
        QT_TRANSLATE_NOOP("Sentences", "{host} gave an answer that makes no sense: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Something between here and the hub may interfere; try again later."),
    ),
    ErrorKind.DOWNLOAD_DIFFERENT: (
        QT_TRANSLATE_NOOP("Sentences", "{file} on the hub is not the file that is known under this name."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was fetched; choose another file, or look for an update."),
    ),
    ErrorKind.DOWNLOAD_UNVERIFIABLE: (
        QT_TRANSLATE_NOOP("Sentences", "The hub gives no hash for {file}, so it could not be verified."),
        QT_TRANSLATE_NOOP("Sentences", "Nothing was fetched; choose another file."),
    ),
    ErrorKind.DOWNLOAD_DAMAGED: (
        QT_TRANSLATE_NOOP("Sentences", "{file} arrived damaged twice and was thrown away."),
        QT_TRANSLATE_NOOP("Sentences", "Try another network or mirror; a proxy may change what passes."),
    ),
    ErrorKind.DOWNLOAD_BROKE: (
        QT_TRANSLATE_NOOP("Sentences", "The download ended unexpectedly: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "What has come is kept; start the download again to go on."),
    ),
    ErrorKind.SEALED: (
        QT_TRANSLATE_NOOP("Sentences", "The app is sealed: it opens no connection."),
        QT_TRANSLATE_NOOP("Sentences", "To ask or fetch, open the seal in the settings under “Network”."),
    ),
    ErrorKind.LICENCE_OPEN: (
        QT_TRANSLATE_NOOP("Sentences", "{name} has the licence {licence}, which was not accepted yet."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "Read it, and the use policy that it names, at {url}; then say --accept-licence.",
        ),
    ),
    ErrorKind.DOWNLOAD_STOPPED: (
        QT_TRANSLATE_NOOP("Sentences", "{file} stopped at {done} of {size}: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "What has come is kept; start the download again to go on."),
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
    ErrorKind.VARIABLES_FULL: (
        QT_TRANSLATE_NOOP(
            "Sentences", "There is no room for so much in the variable {name}; it stays as it was."
        ),
        QT_TRANSLATE_NOOP("Sentences", "Together they hold 30,000 letters: write less, or empty others."),
    ),
    ErrorKind.SEARCH_EMPTY: (
        QT_TRANSLATE_NOOP("Sentences", "There is nothing to look for."),
        QT_TRANSLATE_NOOP("Sentences", "Give a word, or several; quotes keep words together."),
    ),
    ErrorKind.CONVERSATION_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no conversation {name}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop conversations list” shows them all."),
    ),
    ErrorKind.CONVERSATION_NOT_DELETED: (
        QT_TRANSLATE_NOOP("Sentences", "No conversation called {name} is in the bin."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop conversations list” shows those that are not."),
    ),
    ErrorKind.TRANSCRIPT_PRESET: (
        QT_TRANSLATE_NOOP("Sentences", "There are no choices for an export called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "There are “read”, “share” and “everything”, and those you saved."),
    ),
    ErrorKind.MESSAGE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no message {message}."),
        QT_TRANSLATE_NOOP(
            "Sentences", "“hermes-desktop conversations show” lists the messages with their numbers."
        ),
    ),
    ErrorKind.NOTHING_TO_SUM_UP: (
        QT_TRANSLATE_NOOP("Sentences", "What this summary tells of is too long to be read at once."),
        QT_TRANSLATE_NOOP("Sentences", "Write it by hand, or delete it and have the parts summed up anew."),
    ),
    ErrorKind.QUERIES_LINE: (
        QT_TRANSLATE_NOOP("Sentences", "Line {line} of {path} is no query: {reason}."),
        QT_TRANSLATE_NOOP("Sentences", "Each line is a JSON object with “id” and “query”."),
    ),
    ErrorKind.MEMORY_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is nothing remembered with the number {number}."),
        QT_TRANSLATE_NOOP("Sentences", "“hermes-desktop memory list” lists what is, with its numbers."),
    ),
    ErrorKind.NAME_AMBIGUOUS: (
        QT_TRANSLATE_NOOP("Sentences", "{matches} things are called {name}."),
        QT_TRANSLATE_NOOP("Sentences", "Use the number of the one you mean."),
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
    ErrorKind.POWER_SAVED: (
        QT_TRANSLATE_NOOP("Sentences", "Work in the background waits while the computer is on battery."),
        QT_TRANSLATE_NOOP("Sentences", "It goes on with mains; the settings under “Devices” can allow it."),
    ),
    ErrorKind.BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "A reply is being written."),
        QT_TRANSLATE_NOOP("Sentences", "Wait for its end, or stop it first."),
    ),
    ErrorKind.GAVE_WAY: (
        QT_TRANSLATE_NOOP("Sentences", "This was stopped, since a conversation is getting a reply."),
        QT_TRANSLATE_NOOP("Sentences", "What had come by then is kept. Run it again after that reply."),
    ),
    ErrorKind.NOT_JSON: (
        QT_TRANSLATE_NOOP("Sentences", "{name} did not answer in the form that was asked for (JSON)."),
        QT_TRANSLATE_NOOP("Sentences", "Try again; a larger model keeps to a form more often."),
    ),
}
