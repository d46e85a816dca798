"""Knows how a persona is found in the bytes of a file, whatever it is called; the formats are beside it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from hermes_desktop.containers import archive, exif, png, yaml_guard
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import backyard, card, charx, foreign, forms, kinds
from hermes_desktop.personas.card import ImportedCard
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.payload import document_in

FILE_LIMIT = 100 * 1024 * 1024  # bytes
TEXT_LIMIT = 32 * 1024 * 1024  # bytes of all texts of a picture, unpacked
_KEYWORDS = ("ccv3", "chara")  # the better one first
_OTHER = {"naidata": ErrorKind.CARD_LOREBOOK, "persona": ErrorKind.CARD_PROFILE}
_JPEG, _ZIP = b"\xff\xd8\xff", b"PK\x03\x04"
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds."""

    card: ImportedCard
    format: str  # png, apng, jpeg, webp, charx, byaf, json or yaml
    picture: bytes = b""  # an encoded picture that nobody has looked at; nothing where there is none


def read(data: bytes, source: str) -> Reading:
    """Find the persona in a file; raises a KnownError about the card. `source` names the file in errors."""
    if len(data) > FILE_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=FILE_LIMIT)
    try:
        return _read(data, source)
    except DamagedError as error:
        raise KnownError(ErrorKind.CARD_DAMAGED, path=source, reason=str(error)) from error
    except TooMuchError as error:
        raise KnownError(ErrorKind.CARD_TOO_MUCH, path=source, reason=str(error)) from error


def _read(data: bytes, source: str) -> Reading:
    if data.startswith((png.SIGNATURE, _JPEG)) or (data.startswith(b"RIFF") and data[8:12] == b"WEBP"):
        return _of_picture(data, source)
    if data.startswith(_ZIP) or (b"\0" in data[:1024] and archive.find_end(data) >= 0):
        return _of_archive(data, source)
    return _of_text(data, source)


# ---- pictures -------------------------------------------------------------------------------------


def _of_picture(data: bytes, source: str) -> Reading:
    """Read the card in a picture; where what stands there is none, that in an archive behind it."""
    try:
        if data.startswith(png.SIGNATURE):
            return _of_png(data, source)
        if data.startswith(_JPEG):
            return _of_exif(data, exif.of_jpeg(data), "jpeg", source)
        return _of_exif(data, exif.of_webp(data), "webp", source)
    except KnownError:
        try:
            return _behind_picture(data, "", source)
        except (KnownError, DamagedError, TooMuchError):
            pass  # what the picture itself says of it is told
        raise


def _of_png(data: bytes, source: str) -> Reading:
    found = png.read(data, (*_KEYWORDS, *_OTHER), TEXT_LIMIT)
    texts = [
        (text.keyword, text.data) for keyword in _KEYWORDS for text in found.texts if text.keyword == keyword
    ]
    comment = exif.comment(found.exif)
    if _looks_like_card(comment):
        texts.append(("exif", comment))
    if not texts:
        other = next((_OTHER[text.keyword] for text in found.texts if text.keyword in _OTHER), None)
        if other is not None:
            raise KnownError(other, path=source)
        return _behind_picture(data, "PNG", source)
    read = _first_card(texts, source)
    if not found.whole or any(not text.sound for text in found.texts):
        read = _noted(read, Note(NoteKind.DAMAGED))
    return Reading(read, "apng" if found.animated else "png", data)


def _of_exif(data: bytes, block: bytes, form: str, source: str) -> Reading:
    comment = exif.comment(block)
    if not _looks_like_card(comment):
        return _behind_picture(data, "JPEG" if form == "jpeg" else "WebP", source)
    return Reading(_first_card([("exif", comment)], source), form, data)


def _looks_like_card(comment: bytes) -> bool:
    """Tell a card from what cameras and people write into the comment of a picture."""
    return len(comment) > 20 and (b"{" in comment[:8] or b" " not in comment.strip()[:20])


def _behind_picture(data: bytes, form: str, source: str) -> Reading:
    """Look for an archive that was put behind a picture."""
    if archive.find_end(data) < 0:
        raise KnownError(ErrorKind.CARD_MISSING, path=source, format=form)
    return _of_archive(data, source, behind_picture=True)


def _first_card(texts: list[tuple[str, bytes]], source: str) -> ImportedCard:
    """Take the first text that is a card, and say where another one differs; raises what the first raised."""
    cards: list[ImportedCard] = []
    failure: KnownError | None = None
    for _keyword, text in texts:
        try:
            cards.append(card_of(document_in(text, source), source))
        except KnownError as error:
            failure = failure or error
    if not cards:
        assert failure is not None
        raise failure
    differs = any(other.fields != cards[0].fields for other in cards[1:])
    return _noted(cards[0], Note(NoteKind.TWO_CARDS)) if differs else cards[0]


# ---- archives and texts ---------------------------------------------------------------------------


def _of_archive(data: bytes, source: str, *, behind_picture: bool = False) -> Reading:
    opened = archive.Archive(data)
    if backyard.MANIFEST in opened.members and charx.CARD not in opened.members:
        read, picture = backyard.of_archive(opened, source)
        return Reading(read, "byaf", picture)
    document = charx.document_of(opened, source)
    read = card_of(document, source)
    before = data[: opened.start] if behind_picture else b""
    notes, picture = charx.assets_of(opened, document, before)
    return Reading(_noted(read, *notes), "charx", picture)


def _of_text(data: bytes, source: str) -> Reading:
    form, document = text_document(data, source)
    picture = charx.picture_in(document) if form == "json" else b""
    return Reading(card_of(document, source), form, picture)


def text_document(data: bytes, source: str) -> tuple[str, Any]:
    """Read a text as "json" or "yaml"; raises CARD_NOT_JSON, CARD_NOT_YAML, CARD_CHAT or CARD_UNKNOWN."""
    start = data.removeprefix(_MARK)[:64].replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    if start[:1] in (b"{", b"["):
        return "json", _json(data, source)
    if not start or (b"\0" in data[2:1024:2] and data[:2] not in (b"\xff\xfe", b"\xfe\xff")):
        raise KnownError(ErrorKind.CARD_UNKNOWN, path=source)
    try:
        return "yaml", yaml_guard.read(data)
    except yaml_guard.BadYamlError as error:
        raise KnownError(ErrorKind.CARD_NOT_YAML, path=source, reason=str(error)) from error


def _json(data: bytes, source: str) -> Any:
    try:
        return card.document_of(data, source)
    except KnownError as error:
        if kinds.begins_a_chat(data):
            raise KnownError(ErrorKind.CARD_CHAT, path=source) from error
        raise


# ---- documents ------------------------------------------------------------------------------------


def card_of(document: object, source: str) -> ImportedCard:
    """Read a document of any known form; raises CARD_LOREBOOK, CARD_CHAT, CARD_PROFILE or CARD_UNKNOWN."""
    document = forms.restored(document)
    plain = card.of_document(document, source)
    if plain is not None and plain.spec != "v1":
        return plain
    kind = kinds.other_kind(document)
    if kind is not None:
        raise KnownError(kind, path=source)
    for found in _flat(document, source):
        if found is not None:
            return found
    if plain is not None:
        return plain
    last = foreign.of_character_file(document, source)
    if last is None:
        raise KnownError(kinds.weak_kind(document), path=source)
    return last


def _flat(document: object, source: str) -> Iterator[ImportedCard | None]:
    yield foreign.of_document(document, source)
    yield backyard.of_document(document, source)


def _noted(read: ImportedCard, *notes: Note) -> ImportedCard:
    return replace(read, notes=(*read.notes, *notes))
