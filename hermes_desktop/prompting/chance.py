"""Knows how a choice or a throw of dice follows from a seed, the same on every computer."""

import hashlib
import re
import struct
from collections.abc import Sequence

_DICE = re.compile(r"(?:(\d{0,3})d)?(\d{1,7})\s*([+-]\s*\d{1,7})?", re.IGNORECASE)
_DICE_LIMIT = 100  # dice in one throw


def choice(among: Sequence[str], seed: str) -> str:
    """Choose one of several texts."""
    return among[_numbers(seed, 1)[0] % len(among)]


def throw(dice: str, seed: str) -> str:
    """Throw dice written as `20`, `d6`, `2d6+1`; nothing where it is no such thing."""
    found = _DICE.fullmatch(dice.strip())
    if found is None:
        return ""
    count, sides = int(found[1] or 1), int(found[2])
    if not sides or not 1 <= count <= _DICE_LIMIT:
        return ""
    more = int("".join((found[3] or "0").split()))
    return str(sum(number % sides + 1 for number in _numbers(seed, count)) + more)


def _numbers(seed: str, count: int) -> tuple[int, ...]:
    drawn = hashlib.shake_256(seed.encode("utf-8", "surrogatepass")).digest(8 * count)
    return struct.unpack(f">{count}Q", drawn)
