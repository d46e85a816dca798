"""Knows how values in documents of strangers are taken for what they should be; it never raises."""

import math
from typing import Any


def text(value: object) -> str:
    """Give a text as it is, nothing for what is none."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> list[str]:
    """Give the texts of a list."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def dicts(value: object) -> list[dict[str, Any]]:
    """Give the objects of a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def mapping(value: object) -> dict[str, Any]:
    """Give an object, an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Give a list, an empty one for what is none."""
    return value if isinstance(value, list) else []


def whole(value: object, low: int, high: int, default: int = 0) -> int:
    """Give a whole number within bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    if isinstance(value, float) and not math.isfinite(value):  # of a whole number with 309 digits it raises
        return default
    return min(max(int(value), low), high)
