"""Knows how pins, summaries and facts in our own format are read, also those of bad will."""

from collections.abc import Mapping
from typing import Any

from hermes_desktop.containers.loose import dicts, text
from hermes_desktop.domain.history import MemoryState
from hermes_desktop.transcripts import native
from hermes_desktop.transcripts import native_values as values
from hermes_desktop.transcripts.draft import TooManyError

LIMIT = 100_000  # of one conversation
KIND_LIMIT = 100  # letters
WHO_LIMIT = 10_000
TEXT_LIMIT = 1_000_000


def read(value: object, keys: Mapping[int, int]) -> tuple[MemoryState, ...]:
    """Read what is remembered; what hangs on no message of the file is left out. Raises TooManyError.

    `keys` says what the keys of messages in the file have become.
    """
    said = dicts(value)
    if len(said) > LIMIT:
        raise TooManyError
    return tuple(one for each in said if (one := _memory(each, keys)) is not None)


def _memory(said: Mapping[str, Any], keys: Mapping[int, int]) -> MemoryState | None:
    kind, place = text(said.get("kind")), said.get("message", 0)
    # What is no number is no place at all; 0 would be everywhere.
    if not 0 < len(kind) <= KIND_LIMIT or values.key(place) != place or place not in keys:
        return None
    message = keys[place]
    return MemoryState(
        kind=kind,
        first=keys.get(values.key(said.get("first")), 0) or message,
        message=message,
        who=text(said.get("who"))[:WHO_LIMIT],
        text=text(said.get("text"))[:TEXT_LIMIT],
        by_hand=said.get("by_hand") is True,
        created_at=values.time(said.get("created_at")),
        deleted_at=values.moment(said.get("deleted_at")),
        extra=values.extra(said, {name: known for name, known in said.items() if name not in native.MEMORY}),
    )
