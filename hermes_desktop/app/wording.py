"""Knows the words of every known error: one sentence, one hint; not when they are said."""

from hermes_desktop.domain.errors import ErrorKind


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    # The name by which lupdate finds texts that are translated later; Qt's own gives no type.
    return text


WORDS: dict[ErrorKind, tuple[str, str]] = {
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
    ErrorKind.ENGINE_REPLACED: (
        QT_TRANSLATE_NOOP("Sentences", "The reply was stopped, as the model is loaded on other devices."),
        QT_TRANSLATE_NOOP(
            "Sentences", "What was written so far is kept. Continue it when the model is back."
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
    ErrorKind.MACHINE_BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "Other programs keep this machine busy, so nothing was measured."),
        QT_TRANSLATE_NOOP("Sentences", "Close them or wait for them, and measure again."),
    ),
    ErrorKind.ENGINE_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "The engine is not installed: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Run “make run” again; it builds what is missing."),
    ),
    ErrorKind.DEVICES_SILENT: (
        QT_TRANSLATE_NOOP("Sentences", "The devices of this machine could not be listed: {detail}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "A driver may have crashed. Models still run on the processor; update the driver, look again.",
        ),
    ),
    ErrorKind.DEVICE_UNKNOWN: (
        QT_TRANSLATE_NOOP("Sentences", "There is no device {name} here."),
        QT_TRANSLATE_NOOP("Sentences", "Choose one of these: {known}."),
    ),
    ErrorKind.RPC_ADDRESS: (
        QT_TRANSLATE_NOOP("Sentences", "“{address}” is no address of a computer."),
        QT_TRANSLATE_NOOP("Sentences", "Write HOST:PORT, for instance 192.168.1.20:50052."),
    ),
    ErrorKind.RPC_UNREACHABLE: (
        QT_TRANSLATE_NOOP("Sentences", "The computer at {address} lends no device: {detail}."),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "See that “hermes-desktop rpc-server” runs there, of the same version, and nobody else uses it.",
        ),
    ),
    ErrorKind.RPC_LOST: (
        QT_TRANSLATE_NOOP(
            "Sentences", "The computer at {address} has gone, and with it a part of the model."
        ),
        QT_TRANSLATE_NOOP(
            "Sentences",
            "What was written so far is kept. Try again; the model is then loaded without that computer.",
        ),
    ),
    ErrorKind.RPC_PORT_TAKEN: (
        QT_TRANSLATE_NOOP("Sentences", "Nothing can be offered at {address}: {detail}."),
        QT_TRANSLATE_NOOP("Sentences", "Another program may listen there; choose another one with --port."),
    ),
    ErrorKind.RPC_MISSING: (
        QT_TRANSLATE_NOOP("Sentences", "This build of the engine cannot share devices with other computers."),
        QT_TRANSLATE_NOOP("Sentences", "Run “make run” again; it builds an engine that can."),
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
    ErrorKind.POWER_SAVED: (
        QT_TRANSLATE_NOOP("Sentences", "Work in the background waits while the computer is on battery."),
        QT_TRANSLATE_NOOP("Sentences", "It goes on with mains; the settings under “Devices” can allow it."),
    ),
    ErrorKind.BUSY: (
        QT_TRANSLATE_NOOP("Sentences", "A reply is being written."),
        QT_TRANSLATE_NOOP("Sentences", "Wait for its end, or stop it first."),
    ),
}
