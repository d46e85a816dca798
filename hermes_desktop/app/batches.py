"""Knows how files are brought in one by one, off the event loop, and how it is stopped; not what they are."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.sources import Source
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import KnownError

Item = TypeVar("Item")
Report = TypeVar("Report")


@dataclass(slots=True, eq=False)
class Job:
    """What was asked for at once, and what has become of it."""

    sources: tuple[Source, ...]
    cancelled: bool = False  # read by the thread that imports
    reports: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Steps(Generic[Item, Report]):
    """Say how files come in; all but the last are called in any thread."""

    expand: Callable[[Sequence[Source]], list[Item]]  # list what is to be brought in
    prepare: Callable[[], None]  # get ready; raises a KnownError where nothing can be written
    refused: Callable[[Item, KnownError], Report]  # report what cannot come in, because nothing can
    # Bring them in, one after the other, until it is closed.
    bring: Callable[[Sequence[Item]], Generator[Report, None, None]]
    tell: Callable[[Sequence[Report]], None]  # tell others what has come in


def one_by_one(
    bring: Callable[[Item], Report],
) -> Callable[[Sequence[Item]], Generator[Report, None, None]]:
    """Bring one in when the one before is done."""

    def brought(items: Sequence[Item]) -> Generator[Report, None, None]:
        yield from map(bring, items)

    return brought


class Batches(QObject, Generic[Item, Report]):
    """Bring in files: a bad one is reported, the others still come in."""

    progressed = Signal(int, int)  # files done, all files
    ended = Signal(list)  # list[Report] of what was started

    _moved = Signal(object, object, int)  # Job, Report, all files
    _left = Signal(object)  # Job: its thread has ended, also where a bug has ended it

    def __init__(self, tasks: Tasks, steps: Steps[Item, Report], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._steps = tasks, steps
        self._jobs: list[Job] = []  # the first one runs
        self._moved.connect(self._on_moved)
        self._left.connect(self._on_left)

    # ---- one after the other -----------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Say whether files are being brought in."""
        return bool(self._jobs)

    def run(self, sources: Sequence[Source]) -> list[Report]:
        """Bring in files and folders here and now."""
        job = Job(tuple(sources))
        self._work(job, lambda report, _total: job.reports.append(report))
        self._steps.tell(job.reports)
        return job.reports

    def start(self, sources: Sequence[Source]) -> None:
        """Bring in files and folders, off the event loop; what is started meanwhile waits."""
        self._jobs.append(Job(tuple(sources)))
        if len(self._jobs) == 1:
            self._next()

    def cancel(self) -> None:
        """Stop after what is being read; what has come in stays."""
        for job in self._jobs:
            job.cancelled = True

    def _next(self) -> None:
        job = self._jobs[0]
        self.progressed.emit(0, 0)
        self._tasks.run(partial(self._work_aside, job))

    def _work_aside(self, job: Job) -> None:
        try:
            self._work(job, partial(self._moved.emit, job))
        finally:
            self._left.emit(job)

    def _work(self, job: Job, said: Callable[[Report, int], object]) -> None:
        """Do all of a job; runs in any thread, since it reads and writes through the storage's own."""
        items = self._steps.expand(job.sources)
        try:
            self._steps.prepare()
        except KnownError as error:  # nothing can be written here
            for item in items:
                said(self._steps.refused(item, error), len(items))
            return
        with closing(self._steps.bring(items)) as reports:
            while not job.cancelled and (report := next(reports, None)) is not None:
                said(report, len(items))

    def _on_moved(self, job: Job, report: Report, total: int) -> None:
        job.reports.append(report)
        self.progressed.emit(len(job.reports), total)

    def _on_left(self, job: Job) -> None:
        self._jobs.remove(job)
        self._steps.tell(job.reports)
        self.ended.emit(job.reports)
        if self._jobs:
            self._next()
