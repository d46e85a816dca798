"""Knows how a model's files are hashed, and goes on where it was stopped; not what the hash means."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from hermes_desktop.containers import gguf
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub import part

_CHUNK = 4 * 1024 * 1024


class Fingerprint:
    """Hash one model, its parts one after the other. Files that have changed meanwhile are read anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin(())

    def go_on(self, progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str | None:
        """Give the SHA-256 in hex; None where it was stopped, and the next call goes on from there.

        progress gets the bytes read so far and of all, in turn with `cancelled`, about every 4 MB.
        A part whose own hash was noted when it was fetched is held against it.
        Raises KnownError FILE_MISSING, FILE_UNREADABLE, MODEL_CHANGED.
        """
        files = gguf.parts(self._path)
        try:
            return self._hash(files, progress, cancelled)
        except FileNotFoundError as error:
            raise KnownError(ErrorKind.FILE_MISSING, path=str(error.filename)) from error
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise KnownError(ErrorKind.FILE_UNREADABLE, path=str(self._path), reason=reason) from error

    def _begin(self, stamps: tuple[tuple[int, int], ...]) -> None:
        self._stamps = stamps  # size and time of change of each file
        self._whole, self._own = hashlib.sha256(), hashlib.sha256()
        self._at = self._offset = self._done = 0

    def _hash(
        self, files: Sequence[Path], progress: Callable[[int, int], None], cancelled: Callable[[], bool]
    ) -> str | None:
        known = part.noted_hashes(files[0]) if len(files) > 1 else {}
        stats = [file.stat() for file in files]
        stamps = tuple((stat.st_size, stat.st_mtime_ns) for stat in stats)
        if stamps != self._stamps:
            self._begin(stamps)
        total = sum(size for size, _ in stamps)
        while self._at < len(files):
            file = files[self._at]
            with file.open("rb", buffering=0) as stream:
                stream.seek(self._offset)
                while chunk := stream.read(_CHUNK):
                    if cancelled():
                        return None
                    self._take(chunk, apart=file.name in known)
                    progress(self._done, total)
            if file.name in known and self._own.hexdigest() != known[file.name]:
                raise KnownError(ErrorKind.MODEL_CHANGED, path=str(file))
            self._at, self._offset, self._own = self._at + 1, 0, hashlib.sha256()
        return self._whole.hexdigest()

    def _take(self, chunk: bytes, *, apart: bool) -> None:
        self._whole.update(chunk)
        if apart:
            self._own.update(chunk)
        self._offset += len(chunk)
        self._done += len(chunk)
