"""Knows the files and folders that a person gives to be brought in, and how one is read; not what it is."""

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from hermes_desktop.domain.errors import ErrorKind, KnownError

FILES_LIMIT = 5000  # of one folder
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pasted:
    """Bytes that come without a file."""

    name: str
    data: bytes


Source = Path | Pasted


def name_of(source: Source) -> str:
    """Give the name of a source as text."""
    if isinstance(source, Pasted):
        return source.name
    # Names of files may hold bytes that are no letters; nothing could print or keep them.
    return os.fsencode(source).decode("utf-8", "replace")


def expanded(sources: Sequence[Source], failed: Callable[[str, KnownError], T]) -> Iterator[Source | T]:
    """Put the files of a folder in its place, or the report of why that cannot be."""
    for source in sources:
        if isinstance(source, Path) and source.is_dir():
            try:
                yield from files_in(source)
            except KnownError as error:
                yield failed(name_of(source), error)
        else:
            yield source


def files_in(folder: Path) -> list[Path]:
    """List what is in a folder and below, without hidden files and without following links."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += (Path(place, name) for name in sorted(names) if not name.startswith("."))
        if len(found) > FILES_LIMIT:
            raise KnownError(ErrorKind.FOLDER_FULL, path=name_of(folder), most=FILES_LIMIT)
    if not found:
        raise KnownError(ErrorKind.FOLDER_EMPTY, path=name_of(folder))
    return found


def bytes_of(file: Path, name: str, limit: int) -> bytes:
    """Read a file, called `name` in errors; raises FILE_MISSING, FILE_UNREADABLE or FILE_TOO_LARGE."""
    try:
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):  # to open a pipe would wait for somebody to write
            raise KnownError(ErrorKind.FILE_UNREADABLE, path=name, reason="it is no ordinary file")
        if about.st_size > limit:
            raise KnownError(ErrorKind.FILE_TOO_LARGE, path=name, limit=limit)
        return file.read_bytes()
    except FileNotFoundError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNREADABLE, path=name, reason=reason) from error
