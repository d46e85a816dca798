"""Knows which text SQLite can hold, and how its damage is noticed."""

import hashlib


def cleaned(text: str) -> str:
    """Replace what cannot be stored: lone surrogates and NUL."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # A pair that came as two halves, as JSON escapes write it, becomes its one character.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def checksum(text: str) -> bytes:
    """Give 8 bytes that change with the text."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
