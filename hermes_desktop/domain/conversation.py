"""Knows what a conversation and its messages are; not how they are stored, shown or sent."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Say who speaks, in the words of ChatML."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class MessageState(StrEnum):
    """Say how whole a message is."""

    COMPLETE = "complete"
    RUNNING = "running"  # being written now; after a crash it becomes INTERRUPTED
    STOPPED = "stopped"  # the person pressed stop
    INTERRUPTED = "interrupted"  # a crash, a kill, or the person left


class StopReason(StrEnum):
    """Say why a reply ended."""

    END = "end"  # the model closed its turn
    STOP_TEXT = "stop_text"
    LENGTH = "length"  # the limit of tokens, or the end of the context
    CANCELLED = "cancelled"
    LOOP = "loop"  # it repeated itself without end
    EMPTY = "empty"
    FAILED = "failed"


class PromptOrder(StrEnum):
    """Say where what changes from reply to reply stands in the prompt."""

    STABLE = "stable"  # behind all that does not change, so that little is read anew
    TAVERN = "tavern"  # where SillyTavern has it


@dataclass(frozen=True, slots=True)
class Message:
    """One node of the tree, as it stands on the current path."""

    id: int
    conversation_id: int
    parent_id: int
    depth: int  # distance from the empty root; the first message has 1
    position: int  # place among the visible messages of the path, from 1
    role: Role
    name: str
    text: str
    state: MessageState
    created_at: int  # milliseconds since 1970, UTC
    version: int  # from 1, among the siblings that are not deleted
    versions: int
    stop_reason: StopReason | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages with one persona, and the place in it where the person is."""

    id: int
    title: str
    persona_id: int
    persona_version_id: int  # the version it was written with; moves only when the person says so
    profile_version_id: int
    root_id: int
    tip_id: int  # the last message of the current path; the root where there is none
    memory_line_id: int | None  # first message that the persona still remembers; None: all of them
    created_at: int
    updated_at: int
    favourite: bool
    deleted: bool
    draft: str
    view_message_id: int | None  # topmost visible message when it was left; None: the end
    view_offset: int  # pixels between that message's top and the view's top
    authors_note: str
    preset: str  # name of a sampling preset; "" follows the preferences
    prompt_order: PromptOrder
    note_depth: int  # messages that follow the author's note


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """What a list of conversations shows of one."""

    id: int
    title: str
    persona_id: int
    persona_name: str
    avatar: str  # key of a stored picture; "" where there is none
    updated_at: int
    favourite: bool
    messages: int


@dataclass(frozen=True, slots=True)
class FiredLore:
    """An entry of a lorebook that stood in a prompt, in words that outlive the book."""

    book: str
    entry: str  # what a person knows it by
    scope: str
    why: str
    word: str  # what was found; "" where nothing was looked for


@dataclass(frozen=True, slots=True)
class GenerationRecord:
    """How a reply came to be, whole enough to make it again. Kept with the message."""

    model_sha256: str
    model_name: str
    quantisation: str
    template_hash: str
    build: str
    devices: tuple[str, ...]
    threads: int
    context: int
    kv_type: str
    sampling: str  # JSON of the Sampling that was used
    seed: int
    persona_version_id: int
    profile_version_id: int
    memory_line_id: int | None
    late_block: str
    schedule: tuple[int, ...]  # sizes of the batches that were evaluated
    exact: bool
    prompt_tokens: int
    kept_tokens: int
    shifted_tokens: int
    evaluated_tokens: int
    generated_tokens: int
    first_token_ms: float
    tokens_per_second: float
    stop_reason: StopReason
    tokens: tuple[int, ...]  # the sampled ids, without the end-of-turn token
    tokenizer_hash: str
    # Records of earlier versions lack what follows.
    lore: tuple[FiredLore, ...] = ()
    recipe: str = ""  # how it is made again, as `app.recipe` packs it; "" where it cannot be
    recalled: tuple[int, ...] = ()  # depths of the messages that were brought back, above the reply
