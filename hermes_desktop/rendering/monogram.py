"""Knows the letter and the colour that stand for somebody who has no picture."""

import hashlib

GROUNDS = ("#8F5B3C", "#4E6E7E", "#6B7F4E", "#7C5A86", "#A8782B", "#5B6B92", "#7A8B6F", "#96605E")


def letter(name: str) -> str:
    """Give the first letter or digit of a name."""
    return next((sign.upper() for sign in name if sign.isalnum()), "?")


def ground(name: str) -> int:
    """Give which of the GROUNDS a name has, always the same one."""
    digest = hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=1).digest()
    return digest[0] % len(GROUNDS)
