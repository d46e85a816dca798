"""Knows the SHA-256 of a file that is still growing; reckoned in a thread beside whoever writes it.

What is hashed is what can be read back from the file. So a download that goes on after a break fetches at
once and catches up meanwhile, and one from the start waits for no hashing: hashlib leaves Python to others.
"""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

_PIECE = 1024 * 1024  # bytes that are hashed at a time
_EVERY = 0.2  # seconds between two words to whoever waits
_WORTH_TELLING = 32 * 1024 * 1024  # bytes; less is hashed before a person has read it


class Digest:
    """Follow a file up to where it is known to be written."""

    def __init__(self, path: Path, length: int) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._goal, self._done = length, 0
        self._hurried = self._over = False
        self._error: OSError | None = None
        self._hash = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def reach(self, length: int) -> None:
        """Say that so many bytes are written now."""
        with self._changed:
            self._goal = length
            if self._goal - self._done >= _PIECE:
                self._changed.notify_all()

    def hexdigest(self, progress: Callable[[int], None]) -> str:
        """Wait until all that is written is hashed; a long wait is told. Raises OSError."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            while not self._changed.wait_for(self._is_there, _EVERY):
                if self._goal - self._done > _WORTH_TELLING:
                    progress(self._done)
        if self._error is not None:
            raise self._error
        return self._hash.hexdigest()

    def close(self) -> None:
        """Follow no longer."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._thread.join()

    def _is_there(self) -> bool:
        return self._done == self._goal or self._error is not None

    def _run(self) -> None:
        try:
            self._follow()
        except OSError as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _follow(self) -> None:
        buffer = memoryview(bytearray(_PIECE))
        with self._path.open("rb", buffering=0) as file:
            while size := self._next():
                count = file.readinto(buffer[:size])
                self._hash.update(buffer[:count])
                with self._changed:
                    # A file that somebody has cut short has another hash; there is nothing to wait for.
                    self._done = self._done + count if count else self._goal
                    self._changed.notify_all()

    def _next(self) -> int:
        """Wait for something to hash; give how much, 0 at the end."""
        with self._changed:
            self._changed.wait_for(self._has_work)
            return 0 if self._over else min(self._goal - self._done, _PIECE)

    def _has_work(self) -> bool:
        left = self._goal - self._done
        return self._over or left >= _PIECE or (self._hurried and left > 0)
