"""Knows which models are on their way, in which order, how far; the bytes come in a process of its own."""

import logging
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import errands, offers
from hermes_desktop.app.errands import ErrandProcess
from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.library import LibraryService
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.token import TokenService
from hermes_desktop.domain.download import Download, DownloadState
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.hub import catalogue, part, transfer
from hermes_desktop.hub.errand import Contacted, Errand, Fetched, File, Licensed, Moved

_log = logging.getLogger(__name__)
_WINDOW = 10.0  # seconds over which the rate is taken


@dataclass(slots=True)
class _Job:
    """A download with what its process needs."""

    value: Download
    files: tuple[File, ...]
    endpoint: str
    ask_licence: bool  # whether only the hub knows the licence
    accept: bool = False  # whether the person has said yes to it
    sizes: dict[int, int] = field(default_factory=dict)  # of the files that are known so far
    fetched: dict[int, Fetched] = field(default_factory=dict)  # by the number of the file
    hosts: list[str] = field(default_factory=list)  # that were asked this time
    before: int = -1  # bytes that were there when fetching began
    samples: deque[tuple[float, int]] = field(default_factory=deque)  # when, bytes

    @property
    def is_done(self) -> bool:
        return self.value.state is DownloadState.DONE


class DownloadsService(QObject):
    """Fetch models one after the other; pause, go on, forget."""

    changed = Signal(object)  # Download

    def __init__(
        self,
        library: LibraryService,
        models: ModelsService,
        preferences: PreferencesService,
        notices: NoticesService,
        ledger: Ledger,
        tokens: TokenService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._models = models
        self._preferences = preferences
        self._notices = notices
        self._ledger = ledger
        self._jobs: dict[int, _Job] = {}
        self._ids = count(1)
        self._active: _Job | None = None
        self._process = ErrandProcess(tokens, preferences, self)
        self._process.told.connect(self._on_told)
        self._process.failed.connect(self._fail)
        self._process.ended.connect(self._on_ended)
        library.about_to_move.connect(self.close)

    # ---- what a person does ------------------------------------------------------------------------

    def all(self) -> list[Download]:
        """List the downloads in the order in which they were asked for."""
        return [job.value for job in self._jobs.values()]

    def needs_licence(self, licence: str) -> bool:
        """Say whether a licence was not accepted yet."""
        return licence not in self._preferences.value.accepted_licences

    def start(self, name: str, *, endpoint: str = "", revision: str = "", accept: bool = False) -> Download:
        """Fetch what the catalogue calls so, or REPOSITORY/FILE; `accept` says yes to its licence.

        Raises KnownError: SEALED, FOLDER_MOVING, MODEL_UNKNOWN, LICENCE_OPEN where it was not accepted.
        """
        if self._preferences.value.sealed:
            raise KnownError(ErrorKind.SEALED)
        if self._library.moving:
            raise KnownError(ErrorKind.FOLDER_MOVING)
        title, files, licence = offers.files_of(name, revision)
        known = next((job for job in self._jobs.values() if job.files == files and not job.is_done), None)
        if known is not None:
            self.resume(known.value.id)
            return known.value
        if licence and self.needs_licence(licence):
            if not accept:
                url = catalogue.LICENCE_PAGES[licence]
                raise KnownError(ErrorKind.LICENCE_OPEN, name=title, licence=licence, url=url)
            self._accept(licence)
        value = Download(next(self._ids), title, DownloadState.QUEUED, 0, 0, 0, -1, name)
        address = errands.endpoint(self._preferences, endpoint)
        job = _Job(value, files, address, ask_licence=not licence, accept=accept)
        self._jobs[value.id] = job
        self._next()
        return job.value

    def restore(self) -> None:
        """List what an earlier day has left in part, to go on with it or to throw it away."""
        for identity, done in part.leftovers(self._library.folder):
            name = f"{identity.repository}/{identity.file}"
            title, files, licence = offers.files_of(name, identity.commit if identity.sha256 else "")
            if any(job.files == files for job in self._jobs.values()):
                continue  # another part of the same model
            total = identity.size if len(files) == 1 else 0
            value = Download(next(self._ids), title, DownloadState.PAUSED, done, total, 0, -1, name)
            address = errands.endpoint(self._preferences)
            self._jobs[value.id] = _Job(value, files, address, ask_licence=not licence)
            self.changed.emit(value)

    def pause(self, download_id: int) -> None:
        """Stop fetching; what has come stays."""
        self._stop(self._jobs[download_id], DownloadState.PAUSED)

    def resume(self, download_id: int) -> None:
        """Go on where it stopped; a sealed app says so instead."""
        job = self._jobs[download_id]
        if self._preferences.value.sealed:
            self._notices.post_error(KnownError(ErrorKind.SEALED))
        elif self._library.moving:
            self._notices.post_error(KnownError(ErrorKind.FOLDER_MOVING))
        elif job.value.is_resumable:
            self._set(job, state=DownloadState.QUEUED, error=None)
            self._next()

    def cancel(self, download_id: int) -> None:
        """Stop fetching and throw away what has come."""
        job = self._jobs.pop(download_id)
        self._stop(job, DownloadState.PAUSED)
        for file in job.files:
            transfer.forget(self._library.folder, file.repository, file.file)
        self.changed.emit(job.value)

    def close(self) -> None:
        """End the process; what has come stays."""
        for job in self._jobs.values():
            if job is not self._active and not job.value.is_over:
                self._set(job, state=DownloadState.PAUSED)
        if self._active is not None:
            self._stop(self._active, DownloadState.PAUSED)

    # ---- the process -------------------------------------------------------------------------------

    def _next(self) -> None:
        if self._active is not None:
            return
        job = next((job for job in self._jobs.values() if job.value.state is DownloadState.QUEUED), None)
        if job is None:
            return
        self._active = job
        job.fetched.clear()
        job.samples.clear()
        job.hosts.clear()
        job.before = -1
        self._set(job, state=DownloadState.ASKING)
        self._launch(job)

    def _launch(self, job: _Job) -> None:
        value = self._preferences.value
        self._process.start(
            Errand(
                job.files,
                str(self._library.folder),
                job.endpoint,
                bytes_per_second=value.download_rate,
                ask_licence=job.ask_licence,
                accepted=value.accepted_licences,
                accept=job.accept,
            )
        )

    def _stop(self, job: _Job, state: DownloadState) -> None:
        if job is self._active:
            self._release()
            self._write_down(job, state.value)
        if not job.value.is_over:
            self._set(job, state=state, bytes_per_second=0, seconds_left=-1)
        self._next()

    def _release(self) -> None:
        self._active = None
        self._process.stop()

    def _write_down(self, job: _Job, outcome: str, done: int = 0) -> None:
        came = max(0, (done or job.value.done) - job.before) if job.before >= 0 else 0
        asked_by = self.tr("download of {name}").replace("{name}", job.value.title)
        self._ledger.note(asked_by, tuple(dict.fromkeys(job.hosts)), came, outcome)

    def _on_ended(self) -> None:
        if self._active is not None:
            self._fail(KnownError(ErrorKind.DOWNLOAD_BROKE, detail="a part is missing"))

    def _on_told(self, frame: object) -> None:
        job = self._active
        assert job is not None
        if isinstance(frame, Contacted):
            job.hosts.append(frame.host)
        elif isinstance(frame, Moved):
            self._on_moved(job, frame)
        elif isinstance(frame, Fetched):
            self._on_fetched(job, frame)
        elif isinstance(frame, Licensed):
            self._accept(frame.licence)

    def _accept(self, licence: str) -> None:
        accepted = self._preferences.value.accepted_licences
        if licence not in accepted:
            self._preferences.update(accepted_licences=(*accepted, licence))

    def _on_moved(self, job: _Job, moved: Moved) -> None:
        if moved.total:
            job.sizes[moved.at] = moved.total
        state = DownloadState(moved.state)
        done = sum(frame.size for frame in job.fetched.values()) + moved.done
        if state is DownloadState.FETCHING and job.before < 0:
            job.before = done
        total = sum(job.sizes.values()) if len(job.sizes) == len(job.files) else 0
        rate = _rate(job.samples, done) if state is DownloadState.FETCHING else 0
        left = (total - done) // rate if rate and total else -1
        self._set(job, state=state, done=done, total=total, bytes_per_second=rate, seconds_left=left)

    def _on_fetched(self, job: _Job, fetched: Fetched) -> None:
        job.fetched[fetched.at] = fetched
        if len(job.fetched) < len(job.files):
            return
        first = job.fetched[0]
        sha256 = fetched.sha256 if len(job.files) == 1 else ""
        self._models.register_soon(
            Path(first.path),
            fetched.header,
            sha256,
            lambda model: self._on_registered(job, model),
            lambda error: self._note_failure(job, error),
        )
        self._release()

    def _on_registered(self, job: _Job, model: ModelFile) -> None:
        size = sum(frame.size for frame in job.fetched.values())
        self._write_down(job, "done", size)
        done: dict[str, object] = {"done": size, "total": size, "seconds_left": 0, "path": model.path}
        self._set(job, state=DownloadState.DONE, sha256=model.sha256, **done)
        if not model.sha256:
            self._models.verify(model.id, asked=False)
        self._notices.post(
            Notice(
                NoticeKind.INFO,
                self.tr("{name} is here and verified.").replace("{name}", job.value.title),
                action=self.tr("Load it"),
                act=lambda: self._models.load(model.id),
            )
        )
        self._next()

    def _fail(self, error: KnownError) -> None:
        job = self._active
        self._release()
        if job is not None:
            self._note_failure(job, error)

    def _note_failure(self, job: _Job, error: KnownError) -> None:
        self._write_down(job, error.kind.value)
        self._set(job, state=DownloadState.FAILED, error=error, bytes_per_second=0, seconds_left=-1)
        self._next()

    def _set(self, job: _Job, **changes: object) -> None:
        job.value = replace(job.value, **changes)  # type: ignore[arg-type]
        self.changed.emit(job.value)


def _rate(samples: deque[tuple[float, int]], done: int) -> int:
    """Give the bytes a second over the last seconds."""
    now = monotonic()
    samples.append((now, done))
    while now - samples[0][0] > _WINDOW:
        samples.popleft()
    seconds = now - samples[0][0]
    return int((done - samples[0][1]) / seconds) if seconds > 0 else 0
