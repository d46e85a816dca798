"""Knows the files of the models that the app has fetched itself: deleting, moving, verifying all of them."""

from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelFile
from hermes_desktop.hub import shelf
from hermes_desktop.storage import models as stored


class LibraryService(QObject):
    """Keep the folder of the fetched models."""

    about_to_move = Signal()
    move_progressed = Signal(object, object)  # bytes done, of all
    move_ended = Signal(bool)  # whether everything lies at the new place

    _moved_on = Signal(object, object)

    def __init__(
        self,
        home: Path,
        store: Store,
        models: ModelsService,
        tasks: Tasks,
        preferences: PreferencesService,
        notices: NoticesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._store, self._models, self._tasks = store, models, tasks
        self._preferences, self._notices = preferences, notices
        self._cancelled = False
        self._waiting: deque[int] = deque()  # models that are to be verified
        self.moving = False
        models.own_folder = lambda: self.folder
        self._moved_on.connect(self._on_progressed)
        # Queued: the end of one is told to everybody before the next one begins.
        models.hash_progressed.connect(self._on_hash_progressed, Qt.ConnectionType.QueuedConnection)

    @property
    def folder(self) -> Path:
        """Give the folder that models are fetched into."""
        chosen = self._preferences.value.models_folder
        return Path(chosen) if chosen else self._home

    # ---- deleting ----------------------------------------------------------------------------------

    def is_own(self, model: ModelFile) -> bool:
        """Say whether the app has fetched a model, so that it may delete it."""
        return shelf.owns(self.folder, Path(model.path))

    def remove(self, model_id: int, *, keep_file: bool = False) -> int:
        """Forget a model, and delete its files where the app has fetched them; give the bytes freed.

        Raises MODEL_UNKNOWN; MODEL_SHIPPED for the Understudy; FILE_UNREADABLE where they cannot be deleted.
        """
        model = self._store.read(stored.get, model_id)
        own = self.is_own(model)
        self._models.remove(model_id)
        if keep_file or not own:
            return 0
        try:
            return shelf.delete(self.folder, Path(model.path))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise KnownError(ErrorKind.FILE_UNREADABLE, path=model.path, reason=reason) from error

    # ---- verifying ---------------------------------------------------------------------------------

    def verify_all(self) -> None:
        """Hash every model in the background, one after the other."""
        self._waiting = deque(model.id for model in self._models.all())
        self._verify_next()

    def _verify_next(self) -> None:
        while self._waiting:
            try:
                self._models.verify(self._waiting.popleft())
            except KnownError:  # removed meanwhile
                continue
            return

    def _on_hash_progressed(self, _model_id: int, fraction: float) -> None:
        if fraction >= 1:
            self._verify_next()

    # ---- moving ------------------------------------------------------------------------------------

    def move(self, target: Path) -> None:
        """Move everything to another folder in the background; how it goes comes as signals.

        Raises FOLDER_UNFIT, FOLDER_READ_ONLY, DISK_FULL before anything has been touched.
        """
        if self.moving:
            return
        source = self._checked(target)
        self.moving, self._cancelled = True, False
        self.about_to_move.emit()
        self._tasks.run(
            lambda: self._carry(source, target, self._moved_on.emit),
            lambda whole: self._on_moved(target, whole=whole),
            self._on_move_failed,
        )

    def move_now(self, target: Path, progress: Callable[[int, int], None]) -> None:
        """Move everything and wait for it; progress gets bytes done and of all. Raises as `move` does."""
        source = self._checked(target)
        self._carry(source, target, progress)
        self._on_moved(target, whole=True)

    def cancel_move(self) -> None:
        """Stop moving; what has been moved is used at its new place."""
        self._cancelled = True

    def close(self) -> None:
        """Stop what runs in the background."""
        self._cancelled = True
        self._waiting.clear()

    def _checked(self, target: Path) -> Path:
        source = self.folder
        source.mkdir(parents=True, exist_ok=True)
        shelf.check(source, target)
        return source

    def _carry(self, source: Path, target: Path, progress: Callable[[int, int], None]) -> bool:
        return shelf.move(source, target, self._note_place, progress, lambda: self._cancelled)

    def _note_place(self, old: Path, new: Path) -> None:
        self._store.write(stored.set_path, str(old), str(new))

    def _on_progressed(self, done: int, total: int) -> None:
        if self.moving:  # the last word of a thread may come after its end
            self.move_progressed.emit(done, total)

    def _on_moved(self, target: Path, *, whole: bool) -> None:
        if whole:
            self._preferences.update(models_folder=str(target))
            self._preferences.save()
        self._end(whole=whole)

    def _on_move_failed(self, error: KnownError) -> None:
        self._notices.post_error(error)
        self._end(whole=False)

    def _end(self, *, whole: bool) -> None:
        self.moving = False
        self._models.refresh()
        self.move_ended.emit(whole)
