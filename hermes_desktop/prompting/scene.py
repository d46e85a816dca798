"""Knows what lore is looked for in: the conversation as it stands before a reply, and texts beside it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.lore import Conditions, Filter, Source
from hermes_desktop.prompting.keys import SEAM

_LETTERS_MESSAGES = 100  # looked through where an entry counts letters
_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class Scene:
    """The messages before a reply, oldest first, and all else that conditions ask for."""

    messages: Sequence[Message] = ()
    conversation_id: int = 0
    persona: tuple[str, ...] = ()  # every name it goes by
    tags: tuple[str, ...] = ()
    user: str = ""  # the name of who one is; its picture goes by that, too
    sources: Mapping[Source, str] = field(default_factory=dict)
    trigger: str = "normal"  # the kind of reply
    greeting: int | None = None  # with which the conversation began, from 0; None: nobody knows
    with_note: bool = False  # an author's note is in the prompt
    with_names: bool = True

    @property
    def length(self) -> int:
        """Count the messages of the whole conversation."""
        return self.messages[-1].position if self.messages else 0

    @property
    def replies(self) -> int:
        """Count the persona's messages; of those that are not passed in, every other one counts."""
        before = self.messages[0].position // 2 if self.messages else 0
        return before + sum(message.role is Role.ASSISTANT for message in self.messages)

    def until(self, end: int) -> "Scene":
        """Give the scene as it was with the first `end` of its messages."""
        return replace(self, messages=self.messages[:end])

    def parts(self, depth: int, letters: int | None, sources: Sequence[Source]) -> list[str]:
        """List what is looked through, the newest message first."""
        taken = _LETTERS_MESSAGES if letters is not None else depth
        said = [self._said(message) for message in self.messages[-taken:]] if taken > 0 else []
        if letters is not None:
            said = [SEAM.join(said)[-letters:]] if letters > 0 else []
        return [*said[::-1], *(self.sources.get(source, "") for source in sources)]

    def roll(self, *of: object) -> float:
        """Throw for something: from 0 up to 1, the same for the same messages."""
        last = self.messages[-1].id if self.messages else 0
        text = repr((self.conversation_id, last, *of)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()) / _RANGE

    def allows(self, conditions: Conditions) -> bool:
        """Say whether conditions hold, those about keys left aside."""
        asked = conditions
        return (
            self._is_for(asked.for_whom)
            and (not asked.triggers or self.trigger in asked.triggers)
            and self.length >= asked.delay
            and (not asked.after_replies or self.replies >= asked.after_replies)
            and (not asked.every_replies or self.replies % asked.every_replies == 0)
            and asked.greeting in (None, self.greeting)
            and (not asked.user_icon or _folded([asked.user_icon]) == _folded([self.user]))
        )

    def _said(self, message: Message) -> str:
        return f"{message.name}: {message.text}" if self.with_names else message.text

    def _is_for(self, asked: Filter) -> bool:
        if not (asked.names or asked.tags):
            return True
        named = _folded(asked.names) & _folded(self.persona) or _folded(asked.tags) & _folded(self.tags)
        return bool(named) is not asked.excludes


def _folded(words: Sequence[str]) -> set[str]:
    return {word.strip().casefold() for word in words}
