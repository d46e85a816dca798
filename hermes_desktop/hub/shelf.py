"""Knows the folder of the models that the app has fetched: what may be deleted in it, and how it is moved.

A model is usable at every instant of a move: its new files are there before the old ones go.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from hermes_desktop.containers import gguf
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub.part import HASHES, hashes_of
from hermes_desktop.paths import sync_folder

_CHUNK = 4 * 1024 * 1024
SPARE = 1024**3  # bytes that stay free on the disk that is moved to


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are of no use without each other: the parts of a model, or what has come of a download."""

    files: tuple[Path, ...]

    @property
    def size(self) -> int:
        """Give the bytes."""
        return sum(file.stat().st_size for file in self.files)


def owns(folder: Path, file: Path) -> bool:
    """Say whether a file lies in the folder itself; what a link in it points to does not."""
    return not file.is_symlink() and file.resolve().is_relative_to(folder.resolve())


def delete(folder: Path, file: Path) -> int:
    """Delete a model's files and the folders that are empty then; give the bytes freed, 0 outside."""
    freed = 0
    files = gguf.parts(file)
    for part in (*files, hashes_of(files[0])):
        if owns(folder, part) and part.is_file():
            freed += part.stat().st_size
            part.unlink()
    for parent in file.parents:
        if parent == folder or not parent.is_relative_to(folder):
            break
        try:
            parent.rmdir()
        except OSError:  # something else lies there
            break
    return freed


def groups(folder: Path) -> list[Group]:
    """List what lies in the folder, by what belongs together; links are left where they are."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and owns(folder, path))
    known = set(files)
    found: dict[Path, list[Path]] = {}
    for file in files:
        noted = file.with_name(file.name.removesuffix(".json").removesuffix(HASHES))
        head = noted if noted != file and noted in known else gguf.parts(file)[0]
        found.setdefault(head, []).append(file)
    return [Group(tuple(part)) for part in found.values()]


def check(source: Path, target: Path) -> None:
    """Make sure that the folder can be moved there; raises FOLDER_UNFIT, FOLDER_READ_ONLY, DISK_FULL."""
    inner, outer = target.resolve(), source.resolve()
    if not target.is_absolute() or inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise KnownError(ErrorKind.FOLDER_UNFIT, path=str(target))
    try:
        target.mkdir(parents=True, exist_ok=True)
        probe = target / f".hermes-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(target)) from error
    if target.stat().st_dev != source.stat().st_dev:
        needed = sum(group.size for group in groups(source)) + SPARE
        if shutil.disk_usage(target).free < needed:
            raise KnownError(ErrorKind.DISK_FULL, path=str(target), needed=needed)


def move(
    source: Path,
    target: Path,
    placed: Callable[[Path, Path], None],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
) -> bool:
    """Move everything, a group at a time; False where it was cancelled between two groups or within one.

    placed gets the old and the new place of every file when all of its group are there, before the old ones
    go. progress gets bytes done and of all. Raises DISK_FULL, FILE_UNREADABLE.
    """
    waiting = groups(source)
    total, done = sum(group.size for group in waiting), 0
    for group in waiting:
        size = group.size
        pairs = [(file, target / file.relative_to(source)) for file in group.files]
        try:
            for at in _place(pairs, cancelled):
                progress(done + at, total)
        except _CancelledError:
            return False
        done += size
        for old, new in pairs:
            placed(old, new)
        for old, _ in pairs:
            old.unlink()
        progress(done, total)
    _remove_empty(source)
    return True


class _CancelledError(Exception):
    """Say that the person wants it no more."""


def _place(pairs: list[tuple[Path, Path]], cancelled: Callable[[], bool]) -> Iterator[int]:
    """Put the files of a group at their new places; gives the bytes done. What was begun is taken back."""
    made: list[Path] = []
    done = 0
    try:
        for old, new in pairs:
            new.parent.mkdir(parents=True, exist_ok=True)
            if not _link(old, new):
                made.append(new)
                for count in _copy(old, new, cancelled):
                    yield done + count
            made.append(new)
            done += old.stat().st_size
            sync_folder(new.parent)
    except BaseException as error:
        for new in made:
            new.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _known(error, pairs[0][1]) from error
        raise


def _known(error: OSError, path: Path) -> KnownError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return KnownError(ErrorKind.DISK_FULL, path=str(path.parent), needed=0)
    return KnownError(ErrorKind.FILE_UNREADABLE, path=str(path), reason=error.strerror or "it broke")


def _link(old: Path, new: Path) -> bool:
    """Give a file a second name where that is possible: on the same disk."""
    try:
        new.unlink(missing_ok=True)  # what a move that was killed has left
        new.hardlink_to(old)
    except OSError:
        return False
    return True


def _copy(old: Path, new: Path, cancelled: Callable[[], bool]) -> Iterator[int]:
    """Copy to another disk and read what has arrived; raises OSError where it is not the same."""
    digest, done = hashlib.sha256(), 0
    with old.open("rb") as source, new.open("wb") as copy:
        while chunk := source.read(_CHUNK):
            if cancelled():
                raise _CancelledError
            digest.update(chunk)
            copy.write(chunk)
            done += len(chunk)
            yield done
        copy.flush()
        os.fsync(copy.fileno())
    with new.open("rb") as copy:
        if hashlib.file_digest(copy, "sha256").digest() != digest.digest():
            raise OSError(errno.EIO, "the copy is not like the original")
    shutil.copystat(old, new)  # the time of the last change stands for the hash that is known


def _remove_empty(folder: Path) -> None:
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        try:
            path.rmdir()
        except OSError:  # something lies there that is not ours
            continue
