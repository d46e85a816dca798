"""Knows the one thread that writes: work in order, each in a transaction of its own; not what the work is."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from hermes_desktop.storage.database import Database, Session

T = TypeVar("T")
_Job = tuple[Callable[[Session], Any], "Future[Any]"]


class Writer:
    """Run work on the database in the order in which it was submitted. A failed job stops nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="storage", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Session], T]) -> "Future[T]":
        """Queue work; the future ends when its transaction is committed, or with what it raised."""
        future: Future[T] = Future()
        self._jobs.put((work, future))
        return future

    def close(self) -> None:
        """Do what is queued, then end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            work, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                with self._database.session() as session:
                    result = work(session)
            except BaseException as error:  # the future carries it to the one who asked
                future.set_exception(error)
            else:
                future.set_result(result)
            del job, work, future
