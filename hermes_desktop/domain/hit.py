"""Knows the values of a search in what was said; not how it is done."""

from dataclasses import dataclass

from hermes_desktop.domain.conversation import Role


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a message in one line, and where in it stands what was looked for."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()  # first letter and the one behind the last, in order


@dataclass(frozen=True, slots=True)
class Hit:
    """A message in which everything was found that was looked for."""

    conversation_id: int
    message_id: int
    role: Role
    name: str  # of the one who said it
    created_at: int
    title: str
    persona_name: str
    avatar: str  # key of the persona's picture; "" where there is none
    excerpt: Excerpt
    rank: int  # 1 is the best
    shown: bool  # it is part of what the conversation shows now, and not of another version
