"""Knows what the downloader process is told and what it tells; not how anything is fetched.

One errand a process: a line of JSON on stdin says what to do, lines on stdout say how it goes.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from hermes_desktop.domain.model_file import ModelGeometry, ModelHeader
from hermes_desktop.domain.repository import Repository, Shelf

LINE_LIMIT = 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class File:
    """A file on the hub, and what is known of it beforehand."""

    repository: str
    revision: str
    file: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Errand:
    """What to bring, from where, to which folder."""

    files: tuple[File, ...]  # the parts of one model
    folder: str
    endpoint: str
    token: str = field(default="", repr=False)
    bytes_per_second: int = 0  # 0: as fast as it comes
    ask_licence: bool = False  # whether the repository is to be asked which licence it has
    accepted: tuple[str, ...] = ()  # the licences that were accepted
    accept: bool = False  # whether the person has said yes to whatever licence it has


@dataclass(frozen=True, slots=True)
class SearchErrand:
    """Which repositories there are by a text."""

    text: str
    endpoint: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class LookErrand:
    """What stands in a repository."""

    repository: str
    revision: str
    endpoint: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PeekErrand:
    """What the header of a model says; the files are its parts."""

    repository: str
    revision: str
    files: tuple[str, ...]
    endpoint: str
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one of the files has come. States: asking, checking, fetching, waiting."""

    state: str
    at: int  # number of the file, from 0
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file is there, whole and right."""

    at: int
    path: str
    sha256: str
    size: int
    commit: str
    header: ModelHeader | None = None  # of the whole model, with its last file; None where it has none to use


@dataclass(frozen=True, slots=True)
class Failed:
    """The errand ended in a known error."""

    kind: str
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Contacted:
    """A connection was opened."""

    host: str


@dataclass(frozen=True, slots=True)
class Licensed:
    """The repository has a licence of Llama, which was accepted."""

    licence: str


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search."""

    repositories: tuple[Repository, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The answer to a look."""

    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Peeked:
    """The answer to a peek."""

    header: ModelHeader
    geometry: ModelGeometry


AnyErrand = Errand | SearchErrand | LookErrand | PeekErrand
Tidings = Moved | Contacted | Fetched | Failed | Licensed | Found | Looked | Peeked
_ERRANDS: dict[str, type] = {kind.__name__: kind for kind in (Errand, SearchErrand, LookErrand, PeekErrand)}


def written(frame: AnyErrand | Tidings) -> bytes:
    """Write a frame as a line."""
    return json.dumps({"frame": type(frame).__name__} | asdict(frame)).encode("ascii") + b"\n"


def errand_of(line: bytes) -> AnyErrand:
    """Read what a parent wrote."""
    fields: dict[str, Any] = json.loads(line)
    kind = _ERRANDS[fields.pop("frame")]
    if kind is Errand:
        fields["files"] = tuple(File(**file) for file in fields["files"])
        fields["accepted"] = tuple(fields["accepted"])
    elif kind is PeekErrand:
        fields["files"] = tuple(fields["files"])
    errand: AnyErrand = kind(**fields)
    return errand
