"""Knows how single values of our own formats are taken for what they should be; not where they stand."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.containers.loose import mapping, text, whole
from hermes_desktop.domain.history import LATEST
from hermes_desktop.domain.variables import bounded
from hermes_desktop.transcripts import native

LARGEST = 2**62
_DOCUMENT_LIMIT = 32 * 1024 * 1024  # bytes
Choice = TypeVar("Choice", bound=StrEnum)


def key(value: object) -> int:
    """Give a key, 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def time(value: object) -> int:
    """Give a time that a calendar can show."""
    return whole(value, 0, LATEST)


def moment(value: object) -> int | None:
    """Give a time, or None where there is none."""
    return None if value is None else time(value)


def choice(kind: type[Choice], value: object, default: Choice) -> Choice:
    """Give one of several words."""
    return kind(value) if isinstance(value, str) and value in tuple(kind) else default


def hashed(value: object) -> str:
    """Give a SHA-256 in hexadecimal, "" for what is none."""
    found = text(value)
    return found if len(found) == 64 and not found.strip("0123456789abcdef") else ""


def variables(value: object) -> dict[str, str] | None:
    """Give what macros have noted, as far as it is text; None where nothing is said of it."""
    if not isinstance(value, dict):
        return None
    return bounded({name: held for name, held in value.items() if isinstance(held, str)})


def extra(said: Mapping[str, Any], unknown: Mapping[str, Any]) -> str:
    """Give as JSON what other programs said of something, and what is unknown of it; "" for nothing."""
    others = {name: value for name, value in mapping(said.get("extra")).items() if name != native.OWN}
    kept = others | ({native.OWN: unknown} if unknown else {})
    return json.dumps(kept) if kept else ""


def document(value: object, what: str, empty: str = "{}", kinds: tuple[type, ...] = (dict,)) -> str:
    """Give a document as JSON text, whether it stands there as such or as a text; raises DamagedError."""
    if not isinstance(value, str):
        return json_guard.text_of(value) if isinstance(value, kinds) else empty
    if value == empty:
        return empty
    try:
        found = json_guard.read(value.encode("utf-8", "replace"), _DOCUMENT_LIMIT, lenient=True)
    except json_guard.BadJsonError as error:
        raise DamagedError(f"{what} is no JSON") from error
    if not isinstance(found, kinds):
        return empty
    try:
        json.loads(value)
    except ValueError:  # only a lenient reader takes it
        return json_guard.text_of(found)
    return value


def check_versions(numbers: list[int]) -> None:
    """See to it that versions go up; raises DamagedError."""
    if not numbers or numbers[0] < 1 or numbers != sorted(set(numbers)) or numbers[-1] > LARGEST:
        raise DamagedError("the versions of somebody or of a book in it are out of order")
