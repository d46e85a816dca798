"""Knows how messages are looked for, at once or beside the event loop; not where they are shown."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.hit import Hit
from hermes_desktop.storage import hits

LIMIT = hits.LIMIT


class HitsService(QObject):
    """Find messages. Of what is asked while one search runs, only the last is looked for."""

    found = Signal(str, object)  # what was looked for, list of Hit

    _broken = Signal()  # a bug has ended the search that ran

    def __init__(
        self, store: Store, tasks: Tasks, notices: NoticesService, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._tasks, self._notices = store, tasks, notices
        self._running = ""
        self._next = ""
        self._closed = False
        self._broken.connect(self._on_broken)

    def find(self, line: str, limit: int = LIMIT) -> list[Hit]:
        """List the messages that hold every word and phrase, best first; raises SEARCH_EMPTY."""
        return self._store.read(hits.find, line, limit)

    def ask(self, line: str) -> None:
        """Look for something; the answer comes as `found`."""
        self._next = line
        if not self._running and not self._closed:
            self._start()

    def forget(self) -> None:
        """Want no answer any more."""
        self._next = ""

    def close(self) -> None:
        """Start no search any more: the program ends."""
        self._closed = True

    def _start(self) -> None:
        self._running = line = self._next
        self._tasks.run(partial(self._look, line), self._on_found, self._on_failed)

    def _look(self, line: str) -> list[Hit]:
        try:
            with self._store.apart() as session:
                return hits.find(session, line)
        except KnownError as error:
            if error.kind is ErrorKind.SEARCH_EMPTY:  # a quote alone: more will follow
                return []
            raise
        except BaseException:
            self._broken.emit()
            raise

    def _on_broken(self) -> None:
        self._on_found([])

    def _on_found(self, found: list[Hit]) -> None:
        line, self._running = self._running, ""
        if self._next == line:
            self.found.emit(line, found)
        elif self._next:
            self._start()

    def _on_failed(self, error: KnownError) -> None:
        self._notices.post_error(error)
        self._on_found([])
