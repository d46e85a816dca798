"""Knows how model files are hashed in the background, one word at a time; not what their hashes mean."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.power import PowerService
from hermes_desktop.app.registration import fingerprint_of
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.hub.fingerprint import Fingerprint


@dataclass(slots=True, eq=False)
class _Job:
    model: ModelFile
    done: Callable[[ModelFile, str], None]
    failed: Callable[[KnownError], None]
    asked: bool  # by the person
    work: Fingerprint = field(init=False)
    fraction: float = 0.0
    running: bool = False
    paused: bool = False  # read by the thread that hashes

    def __post_init__(self) -> None:
        self.work = fingerprint_of(self.model)


class Hashing(QObject):
    """Hash each file at most once at a time; until it is cancelled or the program ends.

    What nobody has asked for waits while power is saved, and then goes on where it was.
    """

    progressed = Signal(int, float)  # model id, fraction; 1.0: done
    paused = Signal(int, float)  # model id, fraction; `progressed` when it goes on

    _moved = Signal(object, float)  # _Job, fraction

    def __init__(self, tasks: Tasks, power: PowerService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._power = tasks, power
        self._jobs: dict[int, _Job] = {}
        self._moved.connect(self._on_moved)
        power.changed.connect(self._on_power_changed)

    def start(
        self,
        model: ModelFile,
        done: Callable[[ModelFile, str], None],
        failed: Callable[[KnownError], None],
        *,
        asked: bool = True,
    ) -> None:
        """Hash a file; `done` gets the digest, and nobody hears of what was cancelled.

        Where the person has asked for it, it runs on battery, too.
        """
        job = self._jobs.get(model.id)
        if job is None:
            job = self._jobs[model.id] = _Job(model, done, failed, asked)
            self.progressed.emit(model.id, 0.0)
        job.asked = job.asked or asked
        self._settle(job)

    def cancel(self, model_id: int) -> None:
        """Stop hashing a file."""
        self._jobs.pop(model_id, None)
        self.progressed.emit(model_id, 1.0)

    def fraction_paused(self, model_id: int) -> float | None:
        """Say how far a file is that waits for mains; None for one that does not."""
        job = self._jobs.get(model_id)
        return job.fraction if job is not None and job.paused else None

    def close(self) -> None:
        """Stop all of it."""
        self._jobs.clear()

    def _on_power_changed(self) -> None:
        for job in tuple(self._jobs.values()):
            self._settle(job)

    def _settle(self, job: _Job) -> None:
        """Let a job run or wait; one that runs stops by itself at its next piece."""
        job.paused = self._power.saving and not job.asked
        if job.running:
            return
        if job.paused:
            self.paused.emit(job.model.id, job.fraction)
        else:
            job.running = True
            self._tasks.run(
                partial(self._work, job), partial(self._on_done, job), partial(self._on_failed, job)
            )

    def _is_wanted(self, job: _Job) -> bool:
        return self._jobs.get(job.model.id) is job

    def _work(self, job: _Job) -> str | None:
        def progress(read: int, total: int) -> None:
            self._moved.emit(job, min(read / max(total, 1), 0.999))

        return job.work.go_on(progress, lambda: job.paused or not self._is_wanted(job))

    def _on_done(self, job: _Job, digest: str | None) -> None:
        job.running = False
        if not self._is_wanted(job):
            return
        if digest is None:  # it was paused; perhaps there is mains again
            self._settle(job)
            return
        del self._jobs[job.model.id]
        job.done(job.model, digest)
        self.progressed.emit(job.model.id, 1.0)

    def _on_failed(self, job: _Job, error: KnownError) -> None:
        if self._is_wanted(job):
            self.cancel(job.model.id)
            job.failed(error)

    def _on_moved(self, job: _Job, fraction: float) -> None:
        job.fraction = fraction
        if self._is_wanted(job) and job.running:  # the last word of a thread may come after its end
            self.progressed.emit(job.model.id, fraction)
