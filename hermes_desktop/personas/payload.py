"""Knows how a card is written into a text of a picture: plain, in base64 or as a list of numbers."""

import base64
import binascii
from typing import Any

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import card

_BLANK = b" \t\r\n\0"
_NUMBERS = b"0123456789,[]" + _BLANK
_NUMBERS_LIMIT = 4 * 1024 * 1024  # bytes of text
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_ENCRYPTED = b"rcc||"
_MARK = b"\xef\xbb\xbf"


def document_in(text: bytes, source: str) -> Any:
    """Read the document in a text; raises CARD_ENCRYPTED, CARD_NOT_JSON or FILE_TOO_LARGE."""
    plain = _plain(text, source)
    if plain.startswith(_ENCRYPTED):
        raise KnownError(ErrorKind.CARD_ENCRYPTED, path=source)
    return card.document_of(plain, source)


def _plain(text: bytes, source: str) -> bytes:
    bare = text.strip(_BLANK)
    if bare.startswith((b"{", b"[{", _MARK, _ENCRYPTED)):
        return bare
    if b"," in bare[:16] and not bare.translate(None, _NUMBERS):
        return _from_numbers(bare, source)
    return from_base64(bare, source)


def _from_numbers(text: bytes, source: str) -> bytes:
    if len(text) > _NUMBERS_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=_NUMBERS_LIMIT)
    try:
        return bytes(int(number) for number in text.strip(b"[]").split(b",") if number.strip())
    except ValueError as error:
        raise _not_json(source, "its bytes are damaged") from error


def from_base64(text: bytes, source: str) -> bytes:
    """Decode base64 as careless writers write it: line breaks, no padding, the alphabet of addresses."""
    letters = text.translate(_URL_SAFE, _BLANK).rstrip(b"=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4), validate=True)
    except binascii.Error as error:
        raise _not_json(source, "its base64 is damaged") from error


def _not_json(source: str, reason: str) -> KnownError:
    return KnownError(ErrorKind.CARD_NOT_JSON, path=source, reason=reason)
