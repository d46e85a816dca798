"""Knows how services reach the database: reads at once, writes in order on one thread; not what they mean."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")

Work = Callable[Concatenate[Session, P], T]


class Store:
    """Give functions of the storage layer their session.

    `read` takes about a millisecond and is called from the event loop. `write` waits for the disk
    (one synchronous commit), so it is for deliberate acts; `post` never waits. Without a writer the
    folder is open for reading only, and every write ends in FOLDER_READ_ONLY.
    """

    def __init__(self, reader: Database, writer: Writer | None, tasks: Tasks) -> None:
        self._reader = reader
        self._writer = writer
        self._tasks = tasks

    def read(self, work: "Work[P, T]", *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a reading function now."""
        with self._reader.session() as session:
            return work(session, *args, **kwargs)

    @contextmanager
    def apart(self) -> Iterator[Session]:
        """Read in a thread of one's own, as long as it takes; nothing that is written meanwhile is seen."""
        reader = self._reader.reader()
        try:
            with reader.session() as session:
                yield session
        finally:
            reader.close()

    def write(self, work: "Work[P, T]", *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a writing function in its turn and wait until it is committed."""
        return self.submit(work, *args, **kwargs).result()

    def submit(self, work: "Work[P, T]", *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Queue a writing function; the future ends when it is committed."""
        if self._writer is None:
            refused: Future[T] = Future()
            refused.set_exception(KnownError(ErrorKind.FOLDER_READ_ONLY, path=str(self._reader.path.parent)))
            return refused
        return self._writer.submit(lambda session: work(session, *args, **kwargs))

    def post(
        self,
        future: "Future[T]",
        done: Callable[[T], None] | None = None,
        failed: Callable[[KnownError], None] | None = None,
    ) -> None:
        """Call `done` or `failed` in the event loop when a queued write has ended."""
        self._tasks.follow(future, done, failed)
