"""Knows how the downloader process lives: reads its errand, does it, tells how it goes, ends.

It may be killed at any instant: what has come lies on the disk, and the next errand goes on from there.
"""

import errno
import logging
import os
import signal
import sys
from pathlib import Path
from time import monotonic

from hermes_desktop import machine
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelHeader
from hermes_desktop.hub import library, licences, listing, part, peek, search, transfer
from hermes_desktop.hub.errand import (
    LINE_LIMIT,
    AnyErrand,
    Contacted,
    Errand,
    Failed,
    Fetched,
    Found,
    Licensed,
    Looked,
    LookErrand,
    Moved,
    Peeked,
    PeekErrand,
    SearchErrand,
    Tidings,
    errand_of,
    written,
)
from hermes_desktop.hub.listing import Hub
from hermes_desktop.hub.transfer import Patience, Wanted

_EVERY = 0.1  # seconds between two words about how far it is


class _Reporter:
    """Tells the parent how far a file has come, a few times a second."""

    def __init__(self, at: int, *, quiet: bool = False) -> None:
        self._at, self._quiet = at, quiet
        self._said = ("", 0.0)
        self._held: Moved | None = None
        self._hosts: set[str] = set()

    def contacted(self, host: str) -> None:
        """Pass it on, each host once."""
        if host not in self._hosts:
            self._hosts.add(host)
            tell(Contacted(host))

    def moved(self, state: str, done: int, total: int) -> None:
        """Pass it on where there is something new to say."""
        if self._quiet:
            return
        last, when = self._said
        self._held = Moved(state, self._at, done, total)
        if state != last or monotonic() - when > _EVERY or done == total:
            self._said = (state, monotonic())
            self.rest()

    def rest(self) -> None:
        """Pass on what was held back."""
        if self._held is not None:
            tell(self._held)
            self._held = None


def main() -> int:
    """Do the errand that stdin brings; give the exit status."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal is for the parent
    machine.die_with_parent()
    machine.be_first_to_go()
    os.umask(0o077)
    listing.prepare()
    errand = errand_of(sys.stdin.buffer.readline(LINE_LIMIT))
    try:
        _do(errand)
    except KnownError as error:
        tell(Failed(error.kind.value, error.values))
        return 1
    except OSError as error:
        known = _known(error, errand.folder if isinstance(errand, Errand) else "")
        tell(Failed(known.kind.value, known.values))
        return 1
    return 0


def _known(error: OSError, folder: str) -> KnownError:
    path = str(error.filename or folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return KnownError(ErrorKind.DISK_FULL, path=path, needed=0)
    return KnownError(ErrorKind.FOLDER_READ_ONLY, path=path)


def _do(errand: AnyErrand) -> None:
    hub = listing.hub_of(errand.endpoint, errand.token)
    if isinstance(errand, Errand):
        _fetch(errand, hub)
        return
    reporter = _Reporter(0)
    try:
        answer = _answer(errand, hub, reporter)
    finally:
        reporter.rest()  # the ledger counts every byte
    tell(answer)


def _answer(errand: SearchErrand | LookErrand | PeekErrand, hub: Hub, reporter: _Reporter) -> Tidings:
    if isinstance(errand, SearchErrand):
        return Found(search.search(hub, errand.text, reporter))
    if isinstance(errand, LookErrand):
        return Looked(search.look(hub, errand.repository, errand.revision, reporter))
    return Peeked(*peek.peek(hub, errand.repository, errand.revision, errand.files, reporter))


def _fetch(errand: Errand, hub: Hub) -> None:
    patience = Patience(bytes_per_second=errand.bytes_per_second)
    if errand.ask_licence:
        _ask_licence(errand, hub, patience)
    brought = []
    for at, file in enumerate(errand.files):
        tell(Moved("asking", at, 0, 0))
        wanted = Wanted(file.repository, file.revision, file.file, file.sha256)
        path, identity = transfer.fetch(wanted, Path(errand.folder), hub, _Reporter(at), patience)
        brought.append((path, identity.sha256))
        is_last = len(brought) == len(errand.files)
        if len(errand.files) > 1 and is_last:
            part.note_hashes(brought)  # before the last word, after which the parent may end us
        header = _header(brought[0][0]) if is_last else None
        tell(Fetched(at, str(path), identity.sha256, identity.size, identity.commit, header))


def _header(path: Path) -> ModelHeader | None:
    """Read the header here: with 128,000 tokens in it, it would hold a window up for a fifth of a second."""
    try:
        header = library.inspect(path)
    except KnownError:
        return None  # the parent looks itself, and says why
    return header if len(header.template) < LINE_LIMIT // 16 else None  # it has to go into a line


def _ask_licence(errand: Errand, hub: Hub, patience: Patience) -> None:
    """Make sure that the licence of a repository was accepted; raises KnownError LICENCE_OPEN."""
    first = errand.files[0]
    reporter = _Reporter(0, quiet=True)  # these are no bytes of the model
    shelf = transfer.patiently(lambda: search.look(hub, first.repository, first.revision, reporter), patience)
    licence = shelf.repository.accept
    if licence and licence not in errand.accepted:
        if not errand.accept:
            url = licences.page(licence)
            raise KnownError(ErrorKind.LICENCE_OPEN, name=first.repository, licence=licence, url=url)
        tell(Licensed(licence))


def tell(tidings: Tidings) -> None:
    """Write a line for the parent; where it has gone, so do we."""
    try:
        sys.stdout.buffer.write(written(tidings))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os._exit(0)
