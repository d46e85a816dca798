"""Knows a file that has come in part: where it lies, what it will be, and its hash so far; not where from.

A whole file never lies under its own name before its hash was right.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from hermes_desktop.hub.digest import Digest
from hermes_desktop.paths import atomic_write, sync_folder

SUFFIX = ".part"
HASHES = ".sha256"
_NOTE_LIMIT = 1024 * 1024  # bytes
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a file on the hub is, beyond doubt."""

    repository: str
    commit: str
    file: str
    size: int  # bytes
    sha256: str


class Part:
    """The bytes that have come so far, with a note beside them of what they belong to."""

    def __init__(self, target: Path, identity: Identity) -> None:
        self.target, self.identity = target, identity
        self.path = target.with_name(target.name + SUFFIX)
        self.note = target.with_name(target.name + SUFFIX + ".json")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not self._is_ours():
            self._forget()
            atomic_write(self.note, json.dumps(asdict(identity)).encode())
        self._file = self.path.open("ab")
        self.length = self._file.tell()
        self._digest = Digest(self.path, self.length)

    def __enter__(self) -> "Part":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        self._digest.close()
        self._file.close()

    def _is_ours(self) -> bool:
        """Say whether the bytes belong to this very content; it may have come under another commit."""
        noted = _noted(self.note)
        try:
            length = self.path.stat().st_size
        except OSError:
            return False
        return noted is not None and noted.sha256 == self.identity.sha256 and length <= self.identity.size

    def append(self, data: bytes) -> None:
        """Add bytes and hand them to the system, so that a killed process loses none of them.

        Raises OSError where the disk is full.
        """
        self._file.write(data)
        self._file.flush()
        self.length += len(data)
        self._digest.reach(self.length)

    def restart(self) -> None:
        """Forget what has come."""
        self._digest.close()
        self._file.seek(0)
        self._file.truncate()
        self.length = 0
        self._digest = Digest(self.path, 0)

    @property
    def is_whole(self) -> bool:
        """Say whether as many bytes have come as there are."""
        return self.length == self.identity.size

    def is_right(self, progress: Callable[[int], None]) -> bool:
        """Say whether what has come has the hash that it should have; waits until all of it is hashed."""
        return self._digest.hexdigest(progress) == self.identity.sha256

    def finish(self) -> Path:
        """Give the verified file its name; raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._close()
        self.path.replace(self.target)
        self.note.unlink(missing_ok=True)
        sync_folder(self.target.parent)
        return self.target

    def delete(self) -> None:
        """Throw away what has come and the note about it."""
        self._close()  # an open file cannot be thrown away everywhere
        self._forget()

    def _forget(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)


def _noted(note: Path) -> Identity | None:
    try:
        noted = json.loads(note.read_text("utf-8"))
        return Identity(**noted)
    except (OSError, ValueError, TypeError):
        return None


def leftovers(folder: Path) -> list[tuple[Identity, int]]:
    """List what has come in part below a folder, with its bytes; without a note its place says what it is.

    The place is the repository's name and the file's name within it.
    """
    found = []
    for path in sorted(folder.rglob(f"*{SUFFIX}")):
        place = path.relative_to(folder).as_posix().removesuffix(SUFFIX).split("/")
        if len(place) > 2:
            unknown = Identity("/".join(place[:2]), "main", "/".join(place[2:]), 0, "")
            noted = _noted(path.with_name(path.name + ".json"))
            found.append((noted or unknown, path.stat().st_size))
    return found


def note_hashes(parts: Sequence[tuple[Path, str]]) -> None:
    """Keep the SHA-256 of each part of a model beside them, in the form that `sha256sum -c` reads."""
    first = parts[0][0]
    lines = "".join(f"{sha256}  {path.name}\n" for path, sha256 in parts)
    atomic_write(hashes_of(first), lines.encode())


def hashes_of(first: Path) -> Path:
    """Give the place of the note about the parts of a model, by its first one."""
    return first.with_name(first.name + HASHES)


def noted_hashes(first: Path) -> dict[str, str]:
    """Read the SHA-256 of each part by its name; nothing where none is noted."""
    try:
        with hashes_of(first).open("rb") as file:
            lines = file.read(_NOTE_LIMIT).decode("utf-8", "replace").splitlines()
    except OSError:
        return {}
    pairs = (line.split("  ", 1) for line in lines)
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2 and _SHA256.fullmatch(pair[0])}
