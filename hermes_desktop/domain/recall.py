"""Knows what an old message is that was found for what is said now; not how it is found."""

from dataclasses import dataclass

from hermes_desktop.domain.conversation import Message


@dataclass(frozen=True, slots=True)
class Recalled:
    """A message that matters for what was just said."""

    message: Message
    score: float  # comparable within one answer only; more is better
