"""Knows the archive of everything: what its files are called, and how it is written in pieces and read."""

import mmap
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, BinaryIO

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError
from hermes_desktop.containers.loose import dicts, mapping
from hermes_desktop.domain.history import (
    BookHistory,
    BookTie,
    PersonaHistory,
    PictureBytes,
    ProfileHistory,
    ProfileTie,
)
from hermes_desktop.transcripts import (
    native_books,
    native_people,
    native_reader,
    native_values,
    native_writer,
)
from hermes_desktop.transcripts.draft import Draft
from hermes_desktop.transcripts.reader import SIGNS_LIMIT

FORMAT, VERSION = "hermes-desktop-archive", 1
MANIFEST, PEOPLE, PRESETS = "archive.json", "people.json", "presets.json"
LOREBOOKS, VARIABLES = "lorebooks.json", "variables.json"
PICTURES, CARDS, CONVERSATIONS = "pictures/", "cards/", "conversations/"
MEMBERS_LIMIT = 500_000
_LIST_LIMIT = 128 * 1024 * 1024
_TOTAL_LIMIT = 64 * 1024 * 1024 * 1024  # bytes that are only claimed; each file has its own limit
_FILE_LIMIT = 512 * 1024 * 1024
_STORED = (".png", ".jpg", ".webp", ".jpeg", ".charx", ".apng", ".byaf")
_MIMES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_ENDS = {end: mime for mime, end in _MIMES.items()}
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)  # the same data makes the same archive


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive, in pieces."""

    name: str
    pieces: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class CardBytes:
    """The file that a persona or a lorebook came as."""

    format: str
    data: bytes


class TooLargeError(Exception):
    """Say that no reader would take an archive of so much."""


# ---- writing --------------------------------------------------------------------------------------


def manifest(writer: str) -> Part:
    """Say what the archive is."""
    return _document(MANIFEST, {"format": FORMAT, "version": VERSION, "writer": writer})


def people(
    personas: Iterable[PersonaHistory], profiles: Iterable[ProfileHistory], ties: Iterable[ProfileTie]
) -> Part:
    """Write everybody, with all versions, and which profile goes with which persona."""
    said = {
        "personas": [native_writer.persona(each) for each in personas],
        "profiles": [native_writer.profile(each) for each in profiles],
        "bindings": native_books.profile_ties_written(ties),
    }
    return _document(PEOPLE, said)


def lorebooks(found: Iterable[BookHistory], ties: Iterable[BookTie]) -> Part:
    """Write the lorebooks, with all versions, and where they speak."""
    return _document(LOREBOOKS, native_books.written(found, ties))


def presets(found: list[dict[str, Any]]) -> Part:
    """Write the person's own presets of sampling."""
    return _document(PRESETS, found)


def variables(everywhere: Mapping[str, str]) -> Part:
    """Write what macros have noted for every conversation."""
    return _document(VARIABLES, dict(everywhere))


def picture(one: PictureBytes) -> Part:
    """Write a picture."""
    return Part(f"{PICTURES}{one.key}{_MIMES.get(one.mime, '.png')}", (one.data,))


def card(key: str, form: str, data: bytes) -> Part:
    """Write the file that a persona or a lorebook came as."""
    return Part(f"{CARDS}{key}.{form}", (data,))


def conversation(number: int, pieces: Iterable[bytes]) -> Part:
    """Write a conversation in our own format."""
    return Part(f"{CONVERSATIONS}{number:06}.json", pieces)


def _document(name: str, value: object) -> Part:
    return Part(name, (json_guard.text_of(value).encode(),))


def write(target: BinaryIO, parts: Iterable[Part]) -> None:
    """Write an archive; raises TooLargeError."""
    try:
        with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
            for number, part in enumerate(parts):
                if number >= MEMBERS_LIMIT:
                    raise TooLargeError
                info = zipfile.ZipInfo(part.name, _FIRST_DAY)
                packed = part.name.endswith(_STORED)
                info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                with archive.open(info, "w") as member:
                    for piece in part.pieces:
                        member.write(piece)
    except (zipfile.LargeZipFile, RuntimeError) as error:
        raise TooLargeError from error


# ---- reading --------------------------------------------------------------------------------------


class Collection:
    """Read an archive of everything, file by file; raises DamagedError or TooMuchError."""

    def __init__(self, data: "bytes | mmap.mmap") -> None:
        self._archive = Archive(
            data,  # type: ignore[arg-type]  # a mapped file gives bytes where it is cut
            members_limit=MEMBERS_LIMIT,
            list_limit=_LIST_LIMIT,
            total_limit=_TOTAL_LIMIT,
            takes_wide=True,
        )
        self._people = mapping(self._json(PEOPLE)) if self.is_one else {}
        here = self.is_one and LOREBOOKS in self._archive.members  # the first archives have none
        self._books = mapping(self._json(LOREBOOKS)) if here else {}

    @property
    def is_one(self) -> bool:
        """Say whether it is an archive that this app has written."""
        return MANIFEST in self._archive.members and mapping(self._json(MANIFEST)).get("format") == FORMAT

    def personas(self) -> list[PersonaHistory]:
        """Read the personas with all versions."""
        return [native_people.persona(each) for each in dicts(self._people.get("personas"))]

    def profiles(self) -> list[ProfileHistory]:
        """Read the profiles with all versions."""
        return [native_people.profile(each) for each in dicts(self._people.get("profiles"))]

    def profile_ties(self) -> list[ProfileTie]:
        """Read which profile goes with which persona, both counted from 1."""
        return native_books.profile_ties(self._people.get("bindings"))

    def lorebooks(self) -> list[BookHistory]:
        """Read the lorebooks with all versions."""
        return [native_books.book(each) for each in dicts(self._books.get("lorebooks"))]

    def ties(self) -> list[BookTie]:
        """Read where the lorebooks speak; conversations have the numbers that their files are called by."""
        return native_books.ties(self._books.get("bindings"))

    def presets(self) -> list[dict[str, Any]]:
        """Read the presets."""
        return dicts(self._json(PRESETS)) if PRESETS in self._archive.members else []

    def variables(self) -> dict[str, str]:
        """Read what macros have noted for every conversation."""
        here = VARIABLES in self._archive.members
        return (native_values.variables(self._json(VARIABLES)) or {}) if here else {}

    def pictures(self) -> Iterator[PictureBytes]:
        """Read the pictures, one by one."""
        for name in self._below(PICTURES):
            mime = _ENDS.get(PurePath(name).suffix, "")
            if mime:
                yield PictureBytes(PurePath(name).stem, mime, self._bytes(name))

    def cards(self) -> Iterator[CardBytes]:
        """Read the files that personas and lorebooks came as, one by one."""
        for name in self._below(CARDS):
            yield CardBytes(PurePath(name).suffix[1:], self._bytes(name))

    def conversations(self) -> list[str]:
        """List the conversations in their order."""
        return sorted(self._below(CONVERSATIONS))

    @staticmethod
    def number(name: str) -> int:
        """Give the number of a conversation; 0 where its file is called otherwise."""
        stem = PurePath(name).stem
        return int(stem) if stem.isascii() and stem.isdigit() and len(stem) < 10 else 0

    def conversation(self, name: str) -> Draft:
        """Read a conversation; raises TooManyError, too."""
        return native_reader.read(mapping(self._json(name)))

    def _below(self, folder: str) -> list[str]:
        return [name for name in self._archive.members if name.startswith(folder)]

    def _bytes(self, name: str) -> bytes:
        return self._archive.read(name, _FILE_LIMIT)

    def _json(self, name: str) -> Any:
        if name not in self._archive.members:
            raise DamagedError(f"{name} is missing in it")
        try:
            return json_guard.read(self._bytes(name), _FILE_LIMIT, lenient=True, signs=SIGNS_LIMIT)
        except json_guard.BadJsonError as error:
            raise DamagedError(f"{name} in it is no JSON, {error}") from error
