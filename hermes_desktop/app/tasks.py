"""Knows how work leaves the event loop and how its result comes back to it; not what the work is."""

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.notices import NoticesService
from hermes_desktop.domain.errors import KnownError

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Tasks(QObject):
    """Run work on a few threads; results and known errors arrive in the event loop.

    An error that is not known is raised there, so that it meets the hook for bugs.
    """

    _ended = Signal(object)

    def __init__(self, notices: NoticesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="task")
        self._ended.connect(self._on_ended)

    def run(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        """Start work that touches no Qt object."""
        self.follow(self._pool.submit(work), done, failed)

    def follow(
        self,
        future: "Future[T]",
        done: Callable[[T], None] | None = None,
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        """Call `done` or `failed` in the event loop when the future has ended; without, it is told."""
        future.add_done_callback(lambda ended: self._ended.emit((ended, done, failed)))

    def close(self) -> None:
        """Wait for what runs and drop what waits."""
        self._pool.shutdown(cancel_futures=True)

    def _on_ended(
        self, ended: tuple["Future[Any]", Callable[[Any], None] | None, Callable[[KnownError], None] | None]
    ) -> None:
        future, done, failed = ended
        try:
            result = future.result()
        except CancelledError:
            return
        except KnownError as error:
            (failed or self._notices.post_error)(error)
            return
        if done is not None:
            done(result)
