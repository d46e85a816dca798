"""Knows how model files are hashed in the background, one word at a time; not what their hashes mean."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.registration import hash_of
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.model_file import ModelFile


class Hashing(QObject):
    """Hash each file at most once at a time; until it is cancelled or the program ends."""

    progressed = Signal(int, float)  # model id, fraction; 1.0: done

    _moved = Signal(int, float)

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._running: set[int] = set()
        self._moved.connect(self._on_moved)

    def start(
        self,
        model: ModelFile,
        done: Callable[[ModelFile, str], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Hash a file; `done` gets the digest, and nobody hears of what was cancelled."""
        if model.id in self._running:
            return
        self._running.add(model.id)
        self.progressed.emit(model.id, 0.0)

        def progress(read: int, total: int) -> None:
            self._moved.emit(model.id, min(read / max(total, 1), 0.999))

        def on_done(digest: str | None) -> None:
            self._running.discard(model.id)
            if digest is not None:
                done(model, digest)
            self.progressed.emit(model.id, 1.0)

        def on_failed(error: KnownError) -> None:
            self.cancel(model.id)
            failed(error)

        self._tasks.run(
            lambda: hash_of(model, progress, lambda: model.id not in self._running), on_done, on_failed
        )

    def cancel(self, model_id: int) -> None:
        """Stop hashing a file."""
        self._running.discard(model_id)
        self.progressed.emit(model_id, 1.0)

    def close(self) -> None:
        """Stop all of it."""
        self._running.clear()

    def _on_moved(self, model_id: int, fraction: float) -> None:
        if model_id in self._running:  # the last word of a thread may come after its end
            self.progressed.emit(model_id, fraction)
