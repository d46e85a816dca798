"""Knows how a card is put into its picture, and what else is written there; decodes no pixel."""

import base64
from typing import Any

from hermes_desktop.containers import bare, exif, json_guard, png, png_writer
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.personas import payload

CARDS = ("chara", "ccv3")
_ASSET = "chara-ext-asset_"  # begins the keyword of a file that travels in a text
_TEXT_LIMIT = 64 * 1024 * 1024


def written(picture: bytes, cards: dict[str, dict[str, Any]], *, share: bool) -> bytes:
    """Put cards into a PNG, each under its keyword; all else stays as it is, or goes where it is shared.

    Raises DamagedError where the picture has no pixels that could be copied.
    """
    texts = [(keyword, encoded(card)) for keyword, card in cards.items()]
    made = png_writer.with_texts(picture, texts, _is_shown if share else _is_no_card)
    return made if share else made + _behind(picture)


def encoded(card: dict[str, Any]) -> bytes:
    """Write a card as a text of a picture."""
    return base64.b64encode(json_guard.text_of(card, compact=True).encode("utf-8"))


def bare_picture(data: bytes) -> bytes:
    """Give a picture without what it says beside its pixels; one of an unknown kind as it is."""
    if data.startswith(png.SIGNATURE):
        return png_writer.with_texts(data, (), _is_shown)
    if data.startswith(b"\xff\xd8\xff"):
        return bare.jpeg(data)
    return bare.webp(data) if data.startswith(b"RIFF") and data[8:12] == b"WEBP" else data


def is_bare(picture: bytes) -> bool:
    """Say whether a PNG says nothing beside its pixels and its card."""
    chunks = [
        (kind, png.keyword_at(picture, start, end)[1] if kind in png.TEXT_KINDS else "")
        for kind, start, end in png.chunks(picture)
    ]
    return not _behind(picture) and all(word in CARDS or _is_shown(kind, word, b"") for kind, word in chunks)


def sayings(picture: bytes) -> list[str]:
    """Name what is written into a picture, other than cards; raises TooMuchError."""
    if not picture.startswith(png.SIGNATURE):
        block = exif.of_jpeg(picture) if picture.startswith(b"\xff\xd8\xff") else exif.of_webp(picture)
        return ["EXIF"] if block else []
    found: list[str] = []
    for kind, start, end in png.chunks(picture):
        keyword = png.keyword_at(picture, start, end)[1] if kind in png.TEXT_KINDS else ""
        if keyword and keyword not in CARDS and not keyword.startswith(_ASSET):
            found.append(keyword)
        elif kind == b"eXIf" and not _holds_card(picture[start:end]):
            found.append("EXIF")
        elif kind == b"tIME":
            found.append("tIME")
    return list(dict.fromkeys(found))


def _behind(picture: bytes) -> bytes:
    """Give what stands behind the end of a picture."""
    for kind, _start, end in png.chunks(picture):
        if kind == b"IEND":
            return picture[end + 4 :]
    return b""


def _is_no_card(kind: bytes, keyword: str, body: bytes) -> bool:
    return keyword not in CARDS and not (kind == b"eXIf" and _holds_card(body))


def _is_shown(kind: bytes, keyword: str, _body: bytes) -> bool:
    return kind in png_writer.SHOWN or keyword.startswith(_ASSET)


def _holds_card(block: bytes) -> bool:
    """Say whether EXIF carries a card in its comment, as Backyard writes it."""
    comment = exif.comment(block)
    if len(comment) <= 20:
        return False
    try:
        return isinstance(payload.document_in(comment, ""), dict)
    except KnownError:
        return False
