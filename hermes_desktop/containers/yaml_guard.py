"""Knows how YAML from strangers is read: capped in bytes, depth and values, no aliases, plain values only."""

import datetime
import math
from typing import Any

SIZE_LIMIT = 512 * 1024  # bytes; a character in YAML has some thousand
DEPTH_LIMIT = 50
VALUES_LIMIT = 10_000
_DIGITS_LIMIT = 400  # YAML knows numbers in base 60, which take the parser very long
_NUMBER_STARTS = frozenset("+-.0123456789")


class BadYamlError(Exception):
    """Say in a few words why bytes are no acceptable YAML."""


def read(data: bytes) -> Any:
    """Parse one document into what JSON knows, too; raises BadYamlError."""
    import yaml  # here, because most starts of the program never need it

    if len(data) > SIZE_LIMIT:
        raise BadYamlError(f"larger than {SIZE_LIMIT:,} bytes")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        _check(text)
        return _plain(yaml.safe_load(text))
    except UnicodeDecodeError as error:
        raise BadYamlError("not UTF-8 text") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise BadYamlError(f"{getattr(error, 'problem', None) or 'not well formed'}{where}") from error
    except (ValueError, TypeError, OverflowError) as error:  # such as the 40th of May
        raise BadYamlError("a value that is none") from error


def _check(text: str) -> None:
    """Look at the parts before any value is made of them."""
    import yaml

    depth = 0
    # The parser in C where there is one: it gives the same events, and does so 20 times as fast.
    events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for number, event in enumerate(events):
        if isinstance(event, yaml.AliasEvent):
            raise BadYamlError("it repeats itself by aliases")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
            _check_number(event.value)
        if depth > DEPTH_LIMIT:
            raise BadYamlError(f"nested more than {DEPTH_LIMIT} deep")
        if number > VALUES_LIMIT:
            raise BadYamlError("far too many values")


def _check_number(text: str) -> None:
    if len(text) > _DIGITS_LIMIT and text[0] in _NUMBER_STARTS and " " not in text:
        raise BadYamlError(f"a number of {len(text):,} digits")


def _plain(value: Any) -> Any:
    """Turn what only YAML knows into what JSON knows."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | None) else None
