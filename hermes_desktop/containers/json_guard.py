"""Knows how JSON from strangers is read: capped in bytes, depth and digits, cleaned of what is no text."""

import json
import math
from typing import Any

DEPTH_LIMIT = 200
DIGITS_LIMIT = 400  # of one number; longer ones are nobody's value
_BOM = b"\xef\xbb\xbf"


class BadJsonError(Exception):
    """Say in a few words why bytes are no acceptable JSON."""


def read(data: bytes, size_limit: int) -> Any:
    """Parse a document; raises BadJsonError. Lone surrogates become U+FFFD."""
    if len(data) > size_limit:
        raise BadJsonError(f"larger than {size_limit:,} bytes")
    text = _text_of(data)
    _check_depth(text)
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_int=_integer, parse_float=_number)
    except json.JSONDecodeError as error:
        raise BadJsonError(f"{error.msg.lower()} in line {error.lineno}") from error
    return _cleaned(value)


def _text_of(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.removeprefix(_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        raise BadJsonError("not UTF-8 text") from error


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser meets it; brackets in strings do not count."""
    depth, at = 0, 0
    while at < len(text):
        sign = text[at]
        if sign == '"':
            at = _end_of_string(text, at)
        elif sign in "[{":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise BadJsonError(f"nested more than {DEPTH_LIMIT} deep")
        elif sign in "]}":
            depth -= 1
        at += 1


def _end_of_string(text: str, start: int) -> int:
    at = start
    while (at := text.find('"', at + 1)) >= 0:
        slashes = at - 1
        while text[slashes] == "\\":
            slashes -= 1
        if (at - slashes) % 2:
            return at
    return len(text)


def _refuse_constant(name: str) -> float:
    raise BadJsonError(f"{name} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        raise BadJsonError(f"a number of {len(digits):,} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadJsonError("a number beyond every range")
    return value


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else _without_surrogates(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return value


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
