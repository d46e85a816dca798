"""Knows how JSON from strangers is read: capped in bytes, depth and digits, cleaned of what is no text."""

import json
import math
import re
from typing import Any

DEPTH_LIMIT = 200
DIGITS_LIMIT = 400  # of one number; longer ones are nobody's value
SIGNS_LIMIT = 500_000  # quotes and opening brackets: what makes work and objects out of few bytes
_BOM = b"\xef\xbb\xbf"
_SIGN = re.compile(r'["\[\]{}]')
_STRETCH = 256  # characters that are looked at in one piece for backslashes


class BadJsonError(Exception):
    """Say in a few words why bytes are no acceptable JSON."""


def read(data: bytes, size_limit: int, *, lenient: bool = False, signs: int = SIGNS_LIMIT) -> Any:
    """Parse a document; raises BadJsonError. Lone surrogates become U+FFFD.

    `signs` limits its quotes and brackets, and the commas to twice as many. A lenient reader also takes line
    breaks in strings, has null for what is no number, and keeps surrogates.
    """
    if len(data) > size_limit:
        raise BadJsonError(f"larger than {size_limit:,} bytes")
    text = _text_of(data)
    _check_amount(text, signs)
    _check_depth(text)
    constant = _nothing if lenient else _refuse_constant
    number = _number_or_nothing if lenient else _number
    try:
        value = json.loads(
            text, parse_constant=constant, parse_int=_integer, parse_float=number, strict=not lenient
        )
    except json.JSONDecodeError as error:
        raise BadJsonError(f"{error.msg.lower()} in line {error.lineno}") from error
    return value if lenient else cleaned(value)


def text_of(value: Any, *, compact: bool = False, indent: int | None = None) -> str:
    """Write a document as text that any file can hold; surrogates stay as the escapes they came as."""
    between = (",", ":") if compact else None
    text = json.dumps(value, ensure_ascii=False, separators=between, indent=indent)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, separators=between, indent=indent)
    return text


def depth_of(value: Any) -> int:
    """Say how deep a document is nested; a text or a number is not."""
    deepest, waiting = 0, [(value, 0)]
    while waiting:
        inner, depth = waiting.pop()
        if isinstance(inner, dict | list):
            deepest = max(deepest, depth + 1)
            items = inner.values() if isinstance(inner, dict) else inner
            waiting += ((item, depth + 1) for item in items if isinstance(item, dict | list))
    return deepest


def _text_of(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.removeprefix(_BOM).decode(encoding)
    except UnicodeDecodeError as error:
        raise BadJsonError("not UTF-8 text") from error


def _check_amount(text: str, signs: int) -> None:
    """Refuse what would become very many objects; letters are cheap, and most of a card is letters."""
    if sum(text.count(sign) for sign in '"[{') > signs or text.count(",") > 2 * signs:
        raise BadJsonError("far too many values")


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser meets it; brackets in strings do not count."""
    depth, at = 0, 0
    while (found := _SIGN.search(text, at)) is not None:
        sign, at = found[0], found.end()
        if sign == '"':
            at = _end_of_string(text, found.start()) + 1
        elif sign in "[{":
            depth += 1
            if depth > DEPTH_LIMIT:
                raise BadJsonError(f"nested more than {DEPTH_LIMIT} deep")
        else:
            depth -= 1


def _end_of_string(text: str, start: int) -> int:
    at = start
    while (at := text.find('"', at + 1)) >= 0:
        if _backslashes(text, start, at) % 2 == 0:
            return at
    return len(text)


def _backslashes(text: str, start: int, end: int) -> int:
    """Count those that stand before `end`, in pieces: a string may consist of them."""
    at = end
    while at > start + 1:
        piece = text[max(start + 1, at - _STRETCH) : at]
        bare = piece.rstrip("\\")
        at -= len(piece) - len(bare)
        if bare:
            break
    return end - at


def _refuse_constant(name: str) -> float:
    raise BadJsonError(f"{name} is no JSON number")


def _nothing(_name: str) -> None:
    return None


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_LIMIT:
        raise BadJsonError(f"a number of {len(digits):,} digits")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise BadJsonError("a number beyond every range")
    return value


def _number_or_nothing(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def cleaned(value: Any) -> Any:
    """Put U+FFFD in the place of halves of letters, everywhere in a document."""
    if isinstance(value, str):
        return value if value.isascii() else without_surrogates(value)
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    return value


def without_surrogates(text: str) -> str:
    """Put U+FFFD in the place of halves of letters; two halves that fit become their letter."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
