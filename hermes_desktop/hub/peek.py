"""Knows how to read the header of a model on the hub from its first megabytes; never the whole file.

Runs in the downloader process alone.
"""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from hermes_desktop.containers import gguf, model_header
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelGeometry, ModelHeader
from hermes_desktop.hub import library, line, listing, search
from hermes_desktop.hub.line import LineError
from hermes_desktop.hub.listing import Hub, Located
from hermes_desktop.hub.transfer import Patience, Watcher, patiently

MIB = 1024 * 1024
STEPS = (1 * MIB, 4 * MIB, 9 * MIB, 16 * MIB, 32 * MIB)  # that of Llama 3 takes 7.9 MB, of Gemma some 15
LIMIT = 96 * MIB  # bytes of all parts together
PARTS_LIMIT = 64
FRONT_SECONDS = 120.0
PATIENCE = Patience(tries=3, first_wait=0.5)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


def peek(
    hub: Hub,
    repository: str,
    revision: str,
    files: tuple[str, ...],
    watcher: Watcher,
    patience: Patience = PATIENCE,
) -> tuple[ModelHeader, ModelGeometry]:
    """Read what the header of a model says, and the sizes that memory is estimated from.

    Raises KnownError: those of `listing.locate` and `library.judged`, MODEL_NOT_GGUF, MODEL_TRUNCATED,
    MODEL_BROKEN_HEADER.
    """
    name = Path(files[0])
    if len(files) > PARTS_LIMIT:
        reason = f"{len(files)} parts"
        raise KnownError(ErrorKind.MODEL_BROKEN_HEADER, path=files[0], reason=reason)
    reader = _Reader(hub, watcher, patience)
    found = gguf.joined([reader.part(repository, revision, file) for file in files], name)
    header = library.judged(model_header.header(found), name)
    return _plain(header, name), model_header.geometry(found, name)


def _plain(header: ModelHeader, file: Path) -> ModelHeader:
    """Shorten what strangers wrote; of the template only whether there is one is kept."""
    return replace(
        header,
        name=library.display_name(header, file),
        tokenizer=search.plain(header.tokenizer),
        licence=search.plain(header.licence),
        template="…" if header.template else "",
    )


class _Reader:
    """Fetches fronts; counts the bytes of all of them."""

    def __init__(self, hub: Hub, watcher: Watcher, patience: Patience) -> None:
        self.hub, self.watcher, self.patience = hub, watcher, patience
        self.came = 0
        self.ends = monotonic() + FRONT_SECONDS

    def part(self, repository: str, revision: str, file: str) -> gguf.Part:
        """Fetch as much of a file as its header needs."""
        self.watcher.contacted(self.hub.host)
        located = patiently(lambda: listing.locate(self.hub, repository, revision, file), self.patience)
        size, have = located.identity.size, bytearray()
        for step in STEPS:
            patiently(partial(self._grow, located, have, min(step, size)), self.patience)
            part = gguf.read_front(bytes(have), size, Path(file))
            if part is not None:
                return part
            if len(have) >= size:
                break
        reason = f"longer than {STEPS[-1] // MIB} MB"
        raise KnownError(ErrorKind.MODEL_BROKEN_HEADER, path=file, reason=reason)

    def _grow(self, located: Located, have: bytearray, end: int) -> None:
        """Fetch the bytes up to a place; what came before a line broke is kept."""
        host = urlsplit(located.location).netloc
        self.watcher.contacted(host)
        try:
            self._connect(located, have, end)
        except LineError as error:
            raise KnownError(ErrorKind.HUB_UNREACHABLE, host=host, reason=error.reason) from error

    def _connect(self, located: Located, have: bytearray, end: int) -> None:
        url = located.location
        headers = {"Accept-Encoding": "identity", "Range": f"bytes={len(have)}-{end - 1}"}
        headers |= self.hub.pass_for(url)
        with line.answer(url, headers, self.patience.stall_seconds) as answered:
            skipped = _skipped(answered, len(have), located.identity.size)
            for chunk in answered.iter_raw():
                self._count(len(chunk), located.identity.size)
                have += chunk[skipped : skipped + end - len(have)]
                skipped = max(skipped - len(chunk), 0)
                if len(have) >= end:
                    return  # a server that ignores ranges would go on; the connection is closed
        raise LineError("the connection was closed")

    def _count(self, length: int, size: int) -> None:
        self.came += length
        self.watcher.moved("fetching", self.came, size)
        if self.came > LIMIT:
            raise LineError(f"more than {LIMIT // MIB} MB came")
        if monotonic() > self.ends:
            raise LineError("the header comes too slowly")


def _skipped(answered: Any, start: int, size: int) -> int:
    """Hold the head of an answer against what was asked for; give how many bytes come again."""
    if answered.headers.get("Content-Encoding", "identity") != "identity":
        raise LineError("the bytes came encoded")
    if answered.status_code == 200:
        return start
    if answered.status_code != 206:
        raise LineError(f"status {answered.status_code}")
    found = _RANGE.fullmatch(answered.headers.get("Content-Range", ""))
    if found is None or (int(found[1]), int(found[3])) != (start, size):
        raise LineError("another range came than was asked for")
    return 0
