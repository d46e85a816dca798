"""Knows how the bytes of one file come down whole and right, however often the line breaks.

Runs in the downloader process alone. The wire is HTTP with ranges; nothing that a server says is believed
before the hash of the whole is right.
"""

import hashlib
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic, sleep
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from hermes_desktop import waiting
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub import line, listing
from hermes_desktop.hub.line import LineError
from hermes_desktop.hub.listing import Hub, Located
from hermes_desktop.hub.part import SUFFIX, Identity, Part
from hermes_desktop.waiting import LONGEST_WAIT, WAITING

CHUNK = 1024 * 1024  # bytes of a file that are hashed at a time
SPARE = 1024**3  # bytes that stay free on the disk
STALL_SECONDS = 20.0  # without a byte
TRIES = 6  # in a row that bring nothing
_MOVED = frozenset({401, 403, 404, 410})  # a signed address that has expired looks like this
T = TypeVar("T")
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file on the hub, and what is known of it beforehand."""

    repository: str
    revision: str
    file: str
    sha256: str = ""  # "" where it is not known


class Watcher(Protocol):
    """Is told how a download goes."""

    def contacted(self, host: str) -> None:
        """Hear that a connection is being opened."""

    def moved(self, state: str, done: int, total: int) -> None:
        """Hear the state (checking, fetching, waiting) and the bytes."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, and for how much."""

    stall_seconds: float = STALL_SECONDS
    tries: int = TRIES
    first_wait: float = 1.0
    bytes_per_second: int = 0  # 0: as fast as it comes
    spare: int = SPARE


def target_of(folder: Path, repository: str, file: str) -> Path:
    """Give the place of a file below the models' folder; names that would lead out of it are refused."""
    parts = [*PurePosixPath(repository).parts, *PurePosixPath(file).parts]
    if any(part in ("..", "/", "") or "\\" in part or ":" in part for part in parts):
        raise KnownError(ErrorKind.HUB_NOT_FOUND, repository=repository, file=file)
    return folder.joinpath(*parts)


def forget(folder: Path, repository: str, file: str) -> None:
    """Throw away what has come of a file in part; one that is whole stays."""
    target = target_of(folder, repository, file)
    for ending in (SUFFIX, SUFFIX + ".json"):
        target.with_name(target.name + ending).unlink(missing_ok=True)


def fetch(
    wanted: Wanted,
    folder: Path,
    hub: Hub,
    watcher: Watcher,
    patience: Patience = Patience(),
) -> tuple[Path, Identity]:
    """Bring a file down; one that is there already is only verified. Gives its place and what it is.

    Raises KnownError: those of `listing.locate`, DISK_FULL, DOWNLOAD_DIFFERENT, DOWNLOAD_DAMAGED,
    DOWNLOAD_STOPPED.
    """
    target = target_of(folder, wanted.repository, wanted.file)
    watcher.contacted(hub.host)
    located = _located(hub, wanted.repository, wanted.revision, wanted.file, patience)
    identity = located.identity
    if wanted.sha256 and len(wanted.revision) == 40 and wanted.sha256 != identity.sha256:
        raise KnownError(ErrorKind.DOWNLOAD_DIFFERENT, file=wanted.file)
    if _is_there(target, identity, watcher):
        return target, identity
    for _ in range(2):
        with Part(target, identity) as part:
            _make_room(target.parent, identity.size - part.length + patience.spare)
            _Transfer(part, located, hub, watcher, patience).run()
            if part.is_right(lambda done: watcher.moved("checking", done, identity.size)):
                return part.finish(), identity
            part.delete()
    raise KnownError(ErrorKind.DOWNLOAD_DAMAGED, file=wanted.file)


def _located(hub: Hub, repository: str, revision: str, file: str, patience: Patience) -> Located:
    return patiently(lambda: listing.locate(hub, repository, revision, file), patience)


def patiently(ask: Callable[[], T], patience: Patience) -> T:
    """Ask the hub something, and again while it cannot be reached."""
    wait = patience.first_wait
    for _ in range(patience.tries - 1):
        try:
            return ask()
        except KnownError as error:
            if error.kind is not ErrorKind.HUB_UNREACHABLE:
                raise
        sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)
    return ask()


def _is_there(target: Path, identity: Identity, watcher: Watcher) -> bool:
    """Say whether the file lies there already, whole and right."""
    if not target.is_file() or target.stat().st_size != identity.size:
        return False
    digest, done = hashlib.sha256(), 0
    with target.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            watcher.moved("checking", done, identity.size)
    return digest.hexdigest() == identity.sha256


def _make_room(folder: Path, needed: int) -> None:
    if shutil.disk_usage(folder).free < needed:
        raise KnownError(ErrorKind.DISK_FULL, path=str(folder), needed=needed)


class _Transfer:
    """Connections, one after the other, until every byte is there."""

    def __init__(self, part: Part, located: Located, hub: Hub, watcher: Watcher, patience: Patience) -> None:
        self.part, self.located, self.hub = part, located, hub
        self.watcher, self.patience = watcher, patience
        self.began, self.came = monotonic(), 0  # for the limit on the rate

    def run(self) -> None:
        """Fetch until the part is whole; as long as something comes, never give up."""
        failures, wait = 0, self.patience.first_wait
        while not self.part.is_whole:
            before = self.part.length
            try:
                self._connect()
            except LineError as error:
                failures = 0 if self.part.length > before and not error.wrong else failures + 1
                wait = self.patience.first_wait if failures == 0 else min(wait * 2, LONGEST_WAIT)
                if failures >= self.patience.tries:
                    raise self._stopped(error.reason) from error
                self._tell("waiting")
                sleep(min(max(error.wait, wait if failures else 0.0), LONGEST_WAIT))
                if error.moved:
                    self._locate_again()

    def _stopped(self, reason: str) -> KnownError:
        identity = self.part.identity
        return KnownError(
            ErrorKind.DOWNLOAD_STOPPED,
            file=identity.file,
            reason=reason,
            done=self.part.length,
            size=identity.size,
        )

    def _locate_again(self) -> None:
        identity = self.part.identity
        fresh = _located(self.hub, identity.repository, identity.commit, identity.file, self.patience)
        if fresh.identity.sha256 != identity.sha256:
            raise KnownError(ErrorKind.DOWNLOAD_DIFFERENT, file=identity.file)
        self.located = fresh

    def _connect(self) -> None:
        """Read one answer to its end; raises LineError where that is too early."""
        start = self.part.length
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
        self.watcher.contacted(urlsplit(self.located.location).netloc)
        headers |= self.hub.pass_for(self.located.location)
        with line.answer(self.located.location, headers, self.patience.stall_seconds) as answer:
            self._check(answer, start)
            for chunk in answer.iter_raw():  # as it comes: a larger piece is lost when the line breaks
                self._take(chunk)
        if not self.part.is_whole:
            raise LineError("the connection was closed")

    def _check(self, answer: Any, start: int) -> None:
        """Hold the head of an answer against what was asked for."""
        status, size = answer.status_code, self.part.identity.size
        if status in WAITING:
            raise LineError(f"status {status}", waiting.retry_after(answer))
        if status == 416:
            self.part.restart()
            raise LineError("status 416", wrong=True)
        if status not in (200, 206):
            raise LineError(f"status {status}", moved=status in _MOVED, wrong=True)
        if answer.headers.get("Content-Encoding", "identity") != "identity":
            raise LineError("the bytes came encoded", wrong=True)
        if status == 206:
            found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if found is None or (int(found[1]), int(found[3])) != (start, size):
                raise LineError("another range came than was asked for", wrong=True)
            return
        length = answer.headers.get("Content-Length", str(size))
        if length != str(size):
            raise LineError(f"{length} bytes were announced, not {size}", wrong=True)
        if start:  # the server ignores ranges
            self.part.restart()

    def _take(self, chunk: bytes) -> None:
        if self.part.length + len(chunk) > self.part.identity.size:
            raise LineError("more came than there is", wrong=True)
        try:
            self.part.append(chunk)
        except OSError as error:
            path = str(self.part.path)
            raise KnownError(ErrorKind.DISK_FULL, path=path, needed=len(chunk)) from error
        self.came += len(chunk)
        self._tell("fetching")
        if self.patience.bytes_per_second:
            due = self.began + self.came / self.patience.bytes_per_second
            sleep(max(0.0, due - monotonic()))

    def _tell(self, state: str) -> None:
        self.watcher.moved(state, self.part.length, self.part.identity.size)
