"""Knows every failure a person may meet, as a kind and its values; the words live in `app.sentences`.

KnownError              the world's fault: disk, model, card, database; shown as a sentence with a hint
  everything else       a bug: logged, reported, never worded here
"""

from enum import StrEnum


class ErrorKind(StrEnum):
    """Name a known failure. The comment lists the values that go with it."""

    # files in general
    FILE_MISSING = "file_missing"  # path
    FILE_UNREADABLE = "file_unreadable"  # path, reason
    FILE_UNWRITABLE = "file_unwritable"  # path, reason
    FILE_TOO_LARGE = "file_too_large"  # path, limit (bytes)
    FOLDER_READ_ONLY = "folder_read_only"  # path
    FOLDER_UNFIT = "folder_unfit"  # path: the folder itself, one in it, or one around it
    FOLDER_MOVING = "folder_moving"  # the models are on their way to another folder
    PRINTER = "printer"  # it takes nothing
    DISK_FULL = "disk_full"  # path, needed (bytes, 0 where unknown)

    # model files
    MODEL_NOT_GGUF = "model_not_gguf"  # path
    MODEL_TRUNCATED = "model_truncated"  # path, expected (bytes), size (bytes)
    MODEL_BROKEN_HEADER = "model_broken_header"  # path, reason
    MODEL_UNSUPPORTED = "model_unsupported"  # path, architecture
    MODEL_CHANGED = "model_changed"  # path
    CHECK_STOPPED = "check_stopped"  # name: a model whose file was not read to its end
    MODEL_UNKNOWN = "model_unknown"  # name
    MODEL_NONE = "model_none"  # nothing is loaded and none is chosen
    MODEL_SHIPPED = "model_shipped"  # the Understudy is a part of the app
    MODEL_NOT_CHAT = "model_not_chat"  # path: an encoder, a projector, an adapter

    # fetching models
    HUB_UNREACHABLE = "hub_unreachable"  # host, reason
    HUB_NOT_FOUND = "hub_not_found"  # repository, file
    HUB_REFUSED = "hub_refused"  # repository, status: gated, or a token is wrong
    HUB_NO_REPOSITORY = "hub_no_repository"  # repository
    HUB_CHOICE = "hub_choice"  # repository, files: which of its models is meant
    HUB_EMPTY = "hub_empty"  # repository: it has no model that can be fetched
    TOKEN_FORM = "token_form"  # what was given is no access token
    HUB_ANSWER = "hub_answer"  # host, reason: an answer that makes no sense
    DOWNLOAD_DIFFERENT = "download_different"  # file: size or hash are not those that are known
    DOWNLOAD_UNVERIFIABLE = "download_unverifiable"  # file: the hub gives no hash
    DOWNLOAD_DAMAGED = "download_damaged"  # file: came twice with another hash
    DOWNLOAD_BROKE = "download_broke"  # detail: the process that fetches has ended
    SEALED = "sealed"  # the person wants no connection at all
    LICENCE_OPEN = "licence_open"  # name, licence, url: it was not accepted yet
    DOWNLOAD_STOPPED = "download_stopped"  # file, reason, done, size (bytes): can be resumed

    # the engine process
    ENGINE_MEMORY = "engine_memory"  # needed, free (bytes, 0 where unknown)
    ENGINE_CRASHED = "engine_crashed"  # detail: last lines it said
    ENGINE_HUNG = "engine_hung"  # seconds
    ENGINE_GARBAGE = "engine_garbage"  # detail
    ENGINE_LOAD_FAILED = "engine_load_failed"  # path, detail
    ENGINE_LOOP_STOPPED = "engine_loop_stopped"  # path: died too often on this model
    ENGINE_REPLACED = "engine_replaced"  # the model is loaded on other devices
    ENGINE_TEMPLATE = "engine_template"  # detail
    ENGINE_GRAMMAR = "engine_grammar"  # detail
    MACHINE_BUSY = "machine_busy"  # its speed cannot be measured now
    ENGINE_MISSING = "engine_missing"  # detail: llama-cpp-python cannot be imported
    DEVICES_SILENT = "devices_silent"  # detail: looking for devices took too long, or crashed
    DEVICE_UNKNOWN = "device_unknown"  # name, known
    RPC_ADDRESS = "rpc_address"  # address: no HOST:PORT
    RPC_UNREACHABLE = "rpc_unreachable"  # address, detail
    RPC_LOST = "rpc_lost"  # address: it went away while it held a part of the model
    RPC_PORT_TAKEN = "rpc_port_taken"  # address, detail: nothing can listen there
    RPC_MISSING = "rpc_missing"  # this build cannot share devices
    REMOTE_ADDRESS = "remote_address"  # address: none of a server
    REMOTE_UNREACHABLE = "remote_unreachable"  # host, reason
    REMOTE_REFUSED = "remote_refused"  # host, status: the key is missing or wrong
    REMOTE_NO_MODEL = "remote_no_model"  # host, model, known: it offers others
    REMOTE_BUSY = "remote_busy"  # host: it has too much to do, or the account is spent
    REMOTE_FAILED = "remote_failed"  # host, status, detail: what it says of the failure
    REMOTE_SILENT = "remote_silent"  # host, seconds
    REMOTE_CUT = "remote_cut"  # host, reason: the connection broke in the middle of a reply
    REMOTE_ANSWER = "remote_answer"  # host, reason: an answer that makes no sense
    PROMPT_TOO_LONG = "prompt_too_long"  # tokens, context
    REPLY_EMPTY = "reply_empty"
    REPLY_LOOPED = "reply_looped"

    # the database and its folder
    DATABASE_NEWER = "database_newer"  # path, found, known (schema numbers)
    DATABASE_DAMAGED = "database_damaged"  # path, detail
    DATABASE_BUSY = "database_busy"  # path
    FOLDER_IN_USE = "folder_in_use"  # path, pid
    BACKUP_DAMAGED = "backup_damaged"  # path

    # personas, conversations, settings
    CARD_NOT_JSON = "card_not_json"  # path, reason
    CARD_NOT_YAML = "card_not_yaml"  # path, reason
    CARD_UNKNOWN = "card_unknown"  # path: no character card of any known form
    CARD_MISSING = "card_missing"  # path, format: a picture or an archive without a card in it
    CARD_DAMAGED = "card_damaged"  # path, reason: what the card is packed in
    CARD_TOO_MUCH = "card_too_much"  # path, reason: it asks for more than any card needs
    CARD_ENCRYPTED = "card_encrypted"  # path
    CARD_LOREBOOK = "card_lorebook"  # path: a lorebook on its own
    CARD_CHAT = "card_chat"  # path: a conversation
    CARD_PROFILE = "card_profile"  # path: who the person is, not a character
    CHAT_UNKNOWN = "chat_unknown"  # path: no conversation of any known form
    CHAT_DAMAGED = "chat_damaged"  # path, reason
    CHAT_TOO_MUCH = "chat_too_much"  # path, reason: it asks for more than any conversation needs
    CHAT_EMPTY = "chat_empty"  # path: a conversation without a message
    CHAT_CARD = "chat_card"  # path: a character card without a conversation
    ARCHIVE_UNKNOWN = "archive_unknown"  # path: not an archive that this app has written
    ARCHIVE_TOO_LARGE = "archive_too_large"  # path: more than a ZIP file of the common kind holds
    FORMAT_UNKNOWN = "format_unknown"  # name, known
    FOLDER_EMPTY = "folder_empty"  # path: no file in it
    FOLDER_FULL = "folder_full"  # path, most: files that are taken at once
    PERSONA_UNKNOWN = "persona_unknown"  # name
    PERSONA_NAMELESS = "persona_nameless"
    PERSONA_NOT_DELETED = "persona_not_deleted"  # name: nothing in the bin is called so
    PROFILE_UNKNOWN = "profile_unknown"  # name
    PROFILE_NOT_DELETED = "profile_not_deleted"  # name: nothing in the bin is called so
    PROFILE_FIELD = "profile_field"  # field, known
    PROFILE_ONE = "profile_one"  # format: a file of it holds one profile
    EXPORT_SPEC = "export_spec"  # form, spec: the one has no such version
    LOREBOOK_NONE = "lorebook_none"  # name: the persona has none
    LOREBOOK_UNKNOWN = "lorebook_unknown"  # name
    FIELD_UNKNOWN = "field_unknown"  # field, known
    FIELD_LIST = "field_list"  # field, count: it is a list, and no place in it is named
    FIELD_PLACE = "field_place"  # field, place, count: its list has no such place, or it is no list
    FIELD_VALUE = "field_value"  # field, text, known: it takes no such value
    CONVERSATION_UNKNOWN = "conversation_unknown"  # name
    CONVERSATION_NOT_DELETED = "conversation_not_deleted"  # name: nothing in the bin is called so
    VARIABLES_FULL = "variables_full"
    SEARCH_EMPTY = "search_empty"  # nothing to look for
    TRANSCRIPT_PRESET = "transcript_preset"  # name: no such choices
    MESSAGE_UNKNOWN = "message_unknown"  # message
    NOTHING_TO_SUM_UP = "nothing_to_sum_up"
    QUERIES_LINE = "queries_line"  # path, line (its number), reason
    MEMORY_UNKNOWN = "memory_unknown"  # number
    NAME_AMBIGUOUS = "name_ambiguous"  # name, matches
    PICTURE_UNREADABLE = "picture_unreadable"  # path
    PRESET_UNKNOWN = "preset_unknown"  # name
    PREFERENCES_DAMAGED = "preferences_damaged"  # path, kept_as
    NOTHING_TO_CONTINUE = "nothing_to_continue"
    BUSY = "busy"  # a reply is being written
    GAVE_WAY = "gave_way"  # what was written beside the conversations ended for a reply in one
    NOT_JSON = "not_json"  # name: the model answered in another form than it was asked for
    REPLAY_MINE = "replay_mine"  # the message is no reply
    REPLAY_NONE = "replay_none"  # no reply in the conversation
    REPLAY_UNRECORDED = "replay_unrecorded"  # a greeting, edited by hand, or from another program
    REPLAY_CUT = "replay_cut"  # cut off before anything was noted
    REPLAY_CONTINUED = "replay_continued"
    REPLAY_REMOTE = "replay_remote"  # a server wrote it
    REPLAY_OLD = "replay_old"  # its record lacks what a replay needs
    REPLAY_MODEL = "replay_model"  # name, sha256: that model is not on the list
    REPLAY_PROMPT = "replay_prompt"  # what was read before it is not the same any more
    REPLAY_BUSY = "replay_busy"  # the model is being loaded, or writes something
    REPLAY_GAVE_WAY = "replay_gave_way"  # the model was wanted for something else
    POWER_SAVED = "power_saved"  # background work waits for mains


class KnownError(Exception):
    """Carry a known failure upwards: a kind, and the values its sentence needs."""

    def __init__(self, kind: ErrorKind, **values: str | int) -> None:
        super().__init__(kind.value, values)
        self.kind = kind
        self.values = values

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.kind.value}({shown})"
