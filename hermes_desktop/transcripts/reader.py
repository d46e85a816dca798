"""Knows how chats are found in the bytes of a file, whatever it is called; the formats are beside it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers import archive, exif, json_guard, png
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.containers.loose import mapping
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.transcripts import (
    assistants,
    backyard,
    kobold,
    logs,
    native_reader,
    roleplay,
    sillytavern,
)
from hermes_desktop.transcripts.draft import CHATS_LIMIT, Draft, TooManyError, unknown

FILE_LIMIT = 512 * 1024 * 1024  # bytes
SIGNS_LIMIT = 12_000_000  # quotes and brackets of a document; 100,000 messages of ours have some 4 million
_MEMBERS_LIMIT, _LIST_LIMIT = 65_000, 16 * 1024 * 1024
_TOTAL_LIMIT = 8 * 1024 * 1024 * 1024  # bytes that are only claimed
_MEMBER_LIMIT = 256 * 1024 * 1024  # bytes of a file in an archive
_PLAIN_LIMIT = 64 * 1024 * 1024
_TEXT_LIMIT = 64 * 1024 * 1024  # bytes of all texts of a picture, unpacked
_ZIP, _MARK, _WIDE = b"PK\x03\x04", b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
_JPEG = b"\xff\xd8\xff"
_ENDS = (".json", ".jsonl", ".txt")
_LIST = "conversations.json"  # what ChatGPT and Claude put into their archives

_DOCUMENTS: tuple[Callable[[dict[str, Any], str], list[Draft] | None], ...] = (
    roleplay.risu,
    roleplay.ooba,
    roleplay.agnai,
    roleplay.character_ai,
    kobold.read,
    backyard.of_document,
)
_ITEMS: tuple[Callable[[dict[str, Any], str], Draft | None], ...] = (
    assistants.chatgpt,
    assistants.claude,
    assistants.sharegpt,
)


@dataclass(frozen=True, slots=True)
class Chats:
    """What a file holds."""

    format: str
    drafts: tuple[Draft, ...]
    with_card: bool = False  # the file is a persona's, too


def read(data: bytes, source: str) -> Chats:
    """Find the chats in a file; raises a KnownError about it. `source` names the file in errors.

    Those without a message are left out; where there are none at all that is CHAT_EMPTY.
    """
    try:
        found = _read(data, source)
    except DamagedError as error:
        raise KnownError(ErrorKind.CHAT_DAMAGED, path=source, reason=str(error)) from error
    except TooMuchError as error:
        raise KnownError(ErrorKind.CHAT_TOO_MUCH, path=source, reason=str(error)) from error
    except TooManyError as error:
        reason = "it has far too many messages"
        raise KnownError(ErrorKind.CHAT_TOO_MUCH, path=source, reason=reason) from error
    drafts = tuple(draft for draft in found.drafts if draft.entries)
    if not drafts:
        raise KnownError(ErrorKind.CHAT_CARD if found.with_card else ErrorKind.CHAT_EMPTY, path=source)
    if len(drafts) > CHATS_LIMIT:
        raise KnownError(ErrorKind.CHAT_TOO_MUCH, path=source, reason="it has far too many conversations")
    return Chats(found.format, drafts, found.with_card)


def _read(data: bytes, source: str) -> Chats:
    if len(data) > FILE_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=FILE_LIMIT)
    if data.startswith(png.SIGNATURE):
        return _pictured(exif.comment(png.read(data, (), _TEXT_LIMIT).exif), source)
    if data.startswith(_JPEG):
        return _pictured(exif.comment(exif.of_jpeg(data)), source)
    if data.startswith(_ZIP):
        return _of_archive(data, source)
    return _of_text(data, source)


def _pictured(comment: bytes, source: str) -> Chats:
    start = comment.find(b"{")
    if start < 0:
        raise unknown(source)
    try:
        document = json_guard.read(comment[start:], _TEXT_LIMIT, lenient=True)
    except json_guard.BadJsonError as error:
        raise unknown(source) from error
    drafts = backyard.of_document(document, source)
    if drafts is None:
        raise unknown(source)
    return Chats(backyard.FORMAT, tuple(drafts), with_card=True)


# ---- archives -------------------------------------------------------------------------------------


def _of_archive(data: bytes, source: str) -> Chats:
    # An export may bring thousands of pictures; of what is in it only the chats are unpacked.
    opened = archive.Archive(
        data, members_limit=_MEMBERS_LIMIT, list_limit=_LIST_LIMIT, total_limit=_TOTAL_LIMIT
    )
    if backyard.is_archive(opened):
        return Chats(backyard.FORMAT, tuple(backyard.of_archive(opened, source)), with_card=True)
    lists = [name for name in opened.members if PurePath(name).name == _LIST]
    names = lists or [name for name in opened.members if name.lower().endswith(_ENDS)]
    found: list[Chats] = []
    for name in names:
        try:
            found.append(_of_text(opened.read(name, _MEMBER_LIMIT), name))
        except KnownError:
            continue  # an archive of an export holds other documents, too
    drafts = [draft for chats in found for draft in chats.drafts]
    if not found:
        raise unknown(source)
    return Chats(found[0].format, tuple(drafts))


# ---- texts ----------------------------------------------------------------------------------------


def _of_text(data: bytes, source: str) -> Chats:
    start = data.removeprefix(_MARK)[:64].replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    if start[:1] not in (b"{", b"["):
        return _of_words(data, source)
    if _has_lines(data):
        return _of_lines(data, source)
    try:
        document = json_guard.read(data, FILE_LIMIT, lenient=True, signs=SIGNS_LIMIT)
    except json_guard.BadJsonError as error:
        if b"\n" in data.strip():  # perhaps only one of its lines is bad
            return _of_lines(data, source, str(error))
        raise KnownError(ErrorKind.CHAT_DAMAGED, path=source, reason=f"no JSON, {error}") from error
    return _of_document(document, source)


def _has_lines(data: bytes) -> bool:
    """Say whether each line is a document of its own."""
    line = data.removeprefix(_MARK).lstrip()[: sillytavern.LINE_LIMIT].split(b"\n", 1)[0]
    try:
        first = json_guard.read(line.strip(), sillytavern.LINE_LIMIT, lenient=True)
    except json_guard.BadJsonError:
        return False
    return sillytavern.is_head(first) or sillytavern.is_line(first) or b"\n" in data.strip()


def _of_lines(data: bytes, source: str, reason: str = "") -> Chats:
    try:
        return _one(sillytavern.read(data, source))
    except KnownError:
        drafts = list(_each_line(data, source))
        if not drafts:
            if reason:
                raise KnownError(ErrorKind.CHAT_DAMAGED, path=source, reason=f"no JSON, {reason}") from None
            raise
        return Chats(drafts[0].format, tuple(drafts))


def _each_line(data: bytes, source: str) -> Iterator[Draft]:
    """Read lines that are conversations each."""
    rows = data.removeprefix(_MARK).split(b"\n")
    if len(rows) > sillytavern.LINES_LIMIT:
        raise TooManyError
    for row in rows:
        try:
            document = json_guard.read(row.strip(), sillytavern.LINE_LIMIT, lenient=True)
        except json_guard.BadJsonError:
            continue
        if (draft := _item(document, source)) is not None:
            yield draft


def _of_document(document: object, source: str) -> Chats:
    if isinstance(document, list):
        if document and sillytavern.is_line(document[-1]):
            head = document[0] if sillytavern.is_head(document[0]) else {}
            return _one(sillytavern.of_lines(head, filter(sillytavern.is_line, document), source))
        drafts = [draft for item in document if (draft := _item(item, source)) is not None]
        if not drafts:
            raise unknown(source)
        return Chats(drafts[0].format, tuple(drafts))
    if native_reader.is_native(document):
        return _one(native_reader.read(mapping(document)))
    for read_it in _DOCUMENTS:
        found = read_it(mapping(document), source)
        if found is not None:
            return Chats(found[0].format if found else "", tuple(found))
    single = _item(document, source)
    if single is None:
        raise unknown(source)
    return _one(single)


def _item(document: object, source: str) -> Draft | None:
    found = mapping(document)
    return next((draft for each in _ITEMS if (draft := each(found, source)) is not None), None)


def _one(draft: Draft) -> Chats:
    return Chats(draft.format, (draft,))


def _of_words(data: bytes, source: str) -> Chats:
    try:
        words = data.decode("utf-16" if data[:2] in _WIDE else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise unknown(source) from error
    if len(data) > _PLAIN_LIMIT or "\0" in words:
        raise unknown(source)
    draft = logs.read(words, source)
    if draft is None and b"{" in data:  # a first line that is no JSON at all
        return _of_lines(data, source)
    if draft is None:
        raise unknown(source)
    return _one(draft)
