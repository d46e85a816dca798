"""Knows the chunks of a PNG file that hold text, before or behind the pixels, sound or not; no pixels.

Source: the PNG specification, third edition (chunks 4 and 5, text 11.3.3, EXIF 11.3.4).
"""

import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from hermes_desktop.containers.inflate import DamagedError, TooMuchError, inflate

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHUNKS_LIMIT = 100_000
TEXTS_LIMIT = 64  # texts of the keywords that are looked for
_HEAD, _TAIL = 8, 4  # length and kind before a chunk's bytes, a check sum behind them
_KEYWORD_LIMIT = 80  # with its end
TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a picture carries."""

    keyword: str  # in small letters
    data: bytes
    sound: bool  # its check sum was right


@dataclass(frozen=True, slots=True)
class Png:
    """What a PNG file says beside its pixels."""

    texts: tuple[Text, ...]  # those that were looked for, in their order
    exif: bytes
    animated: bool
    whole: bool  # every chunk up to the end was there


def read(data: bytes, keywords: Collection[str], limit: int) -> Png:
    """Collect the texts of some keywords, and EXIF; raises TooMuchError.

    Pixels need not be sound. Where the chunks break off, texts behind are searched for by their first bytes.
    `limit` holds for all texts together, unpacked.
    """
    texts: list[Text] = []
    exif, animated, ended, sound, room = b"", False, False, True, limit
    doubtful = len(SIGNATURE)
    for kind, start, end in chunks(data):
        if sound:  # behind a text that is not, the walk may have been led astray
            doubtful = start - _HEAD
        ended = ended or kind == b"IEND"
        animated = animated or kind == b"acTL"
        if kind == b"eXIf" and not exif:
            exif = data[start : min(end, start + limit)]
        elif kind in TEXT_KINDS:
            found = _text(data, kind, start, end, keywords, room)
            if found is not None:
                room -= len(found.data)
                texts.append(found)
                sound = sound and found.sound
        if len(texts) > TEXTS_LIMIT:
            raise TooMuchError(f"it has more than {TEXTS_LIMIT} texts of one kind")
    if not ended:
        texts += _searched(data, doubtful, keywords, room)
    return Png(tuple(texts), exif, animated, ended)


def chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Walk kind, start and end of each chunk, up to the first that makes no sense."""
    at = len(SIGNATURE)
    for _number in range(CHUNKS_LIMIT):
        kind = data[at + 4 : at + _HEAD]
        start = at + _HEAD
        end = start + int.from_bytes(data[at : at + 4], "big")
        if len(kind) < 4 or not kind.isalpha() or end + _TAIL > len(data):
            return
        yield kind, start, end
        if kind == b"IEND":
            return
        at = end + _TAIL
    raise TooMuchError(f"it has more than {CHUNKS_LIMIT:,} chunks")


def _text(
    data: bytes, kind: bytes, start: int, end: int, keywords: Collection[str], room: int
) -> Text | None:
    """Read one text chunk, nothing where nobody asks for it or it cannot be unpacked."""
    stop, keyword = keyword_at(data, start, end)
    if keyword not in keywords:
        return None
    if end - stop > room:
        raise TooMuchError(f"its texts are longer than {room:,} bytes")
    try:
        value = _value(kind, data[stop + 1 : end], room)
    except DamagedError:
        return None
    stored = data[end : end + _TAIL]
    sound = stored == zlib.crc32(data[start - 4 : end]).to_bytes(4, "big")
    return Text(keyword, value, sound)


def keyword_at(data: bytes, start: int, end: int) -> tuple[int, str]:
    """Give where the keyword of a text ends, -1 where there is none, and it in small letters."""
    stop = data.find(b"\0", start, min(end, start + _KEYWORD_LIMIT))
    return stop, data[start:stop].decode("latin-1").lower() if stop >= 0 else ""


def _value(kind: bytes, body: bytes, room: int) -> bytes:
    if kind == b"tEXt":
        return body
    if kind == b"zTXt":  # one byte names the method
        return inflate(body[1:], room)
    compressed = body[:1] == b"\1"
    rest = body[2:].split(b"\0", 2)  # language, keyword in that language, text
    if len(rest) < 3:
        raise DamagedError("a text without its parts")
    return inflate(rest[2], room) if compressed else rest[2]


def _searched(data: bytes, at: int, keywords: Collection[str], room: int) -> list[Text]:
    """Search what lies behind the break for texts; their lengths stand before them, if they are right."""
    found: list[Text] = []
    for keyword in keywords:
        place = at
        sign = b"tEXt" + keyword.encode("latin-1") + b"\0"
        while len(found) < TEXTS_LIMIT and (place := data.find(sign, place + 1)) >= 0:
            start = place + 4
            end = min(start + int.from_bytes(data[place - 4 : place], "big"), len(data))
            if end - start > room:
                break
            text = _text(data, b"tEXt", start, end, (keyword,), room)
            if text is not None:
                room -= len(text.data)
                found.append(text)
    return found
