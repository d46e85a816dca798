"""Knows the model files of a person: which there are, and whether they are what they were; loads none."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.hashing import Hashing
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.registration import hash_of, putting
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import FoundModel, ModelFile, ModelHeader
from hermes_desktop.hub import finder, understudy
from hermes_desktop.storage import models


class ModelList(QObject):
    """Add, check, find and forget model files; know which one is chosen."""

    changed = Signal()
    hash_progressed = Signal(int, float)  # model id, fraction; 1.0: done
    others_found = Signal(list)  # FoundModel: what other programs have

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        preferences: PreferencesService,
        notices: NoticesService,
        hashing: Hashing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._tasks = store, tasks
        self._preferences, self._notices = preferences, notices
        self.hashing = hashing
        self.hashing.progressed.connect(self.hash_progressed)
        self._closing = False
        self.own_folder: Callable[[], Path] | None = None  # where the library fetches to
        self.chosen: ModelFile | None = None

    def seed(self) -> None:
        """Put the Understudy on the list; where the app has moved, under its new path."""
        file = understudy.shipped()
        if file is None:
            return
        for model in self.all():
            if model.path != str(file) and Path(model.path).match(understudy.FILE):
                self._store.write(models.remove, model.id)
        known, status = self.understudy(), file.stat()
        as_it_is = (status.st_size, status.st_mtime_ns)
        if known is not None and known.sha256 and (known.size, known.modified_ns) == as_it_is:
            return
        model = self.register(file)
        digest = hash_of(model, lambda *_: None, lambda: False)  # a few megabytes
        if digest is not None:
            self.note_hash(model, digest)

    def is_understudy(self, model: ModelFile | None) -> bool:
        """Say whether a model is the stand-in that ships with the app."""
        file = understudy.shipped()
        return model is not None and file is not None and model.path == str(file)

    def understudy(self) -> ModelFile | None:
        """Give the stand-in, where this build has one."""
        return next((model for model in self.all() if self.is_understudy(model)), None)

    def all(self) -> list[ModelFile]:
        """List the added models by name."""
        return self._store.read(models.all)

    def find(self, name: str) -> ModelFile:
        """Give the model with this id, name or path; raises MODEL_UNKNOWN or NAME_AMBIGUOUS."""
        return self._store.read(models.find, name)

    def add(self, path: Path) -> ModelFile:
        """Check a file's header and remember it; its hash is made in the background."""
        model = self.register(path)
        if not model.sha256:
            self.verify(model.id, asked=False)
        return model

    def register(self, path: Path, header: ModelHeader | None = None, sha256: str = "") -> ModelFile:
        """Check a file's header and remember it; raises a KnownError of the model kind.

        Who has read the header and hashed the file already says so.
        """
        return self._on_registered(self._store.write(putting(path, header, sha256)))

    def register_soon(
        self,
        path: Path,
        header: ModelHeader | None,
        sha256: str,
        done: Callable[[ModelFile], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Remember a file as `register` does, without waiting for the disk."""
        future = self._store.submit(putting(path, header, sha256))
        self._store.post(future, lambda model: done(self._on_registered(model)), failed)

    def _on_registered(self, model: ModelFile) -> ModelFile:
        if self.chosen is not None and self.chosen.id == model.id:
            self.chosen = model
        self.changed.emit()
        return model

    def look_around(self) -> None:
        """Look for models of other programs and forgotten ones; what is not on the list comes as a signal."""
        own = self.own_folder() if self.own_folder else None
        self._tasks.run(lambda: finder.find(own=own), self._on_found)

    def _on_found(self, found: list[FoundModel]) -> None:
        if self._closing:
            return
        known = {Path(model.path) for model in self.all()}
        self.others_found.emit([each for each in found if each.path.resolve() not in known])

    def remove(self, model_id: int) -> None:
        """Forget a model; the file stays where it is. Raises MODEL_SHIPPED for the Understudy."""
        if self.is_understudy(self._store.read(models.get, model_id)):
            raise KnownError(ErrorKind.MODEL_SHIPPED)
        if self.chosen is not None and self.chosen.id == model_id:
            self._let_go()
        self._store.write(models.remove, model_id)
        self.changed.emit()

    def refresh(self) -> None:
        """Read the list again, since files have moved."""
        if self.chosen is not None:
            self.chosen = self._store.read(models.get, self.chosen.id)
        self.changed.emit()

    def verify(self, model_id: int, *, asked: bool = True) -> None:
        """Hash a file in the background and compare it with what was known; on battery only where asked."""
        model = self._store.read(models.get, model_id)
        self.hashing.start(model, self._on_hashed, self._notices.post_error, asked=asked)

    def cancel_verify(self, model_id: int) -> None:
        """Stop hashing a file."""
        self.hashing.cancel(model_id)

    def _on_hashed(self, model: ModelFile, digest: str) -> None:
        with contextlib.suppress(KnownError):  # removed meanwhile
            changed = self.note_hash(model, digest)
            if changed is not None:
                self._notices.post_error(changed)
        self.changed.emit()

    def note_hash(self, model: ModelFile, digest: str) -> KnownError | None:
        """Keep a file's hash; give MODEL_CHANGED where the same file had another one."""
        status = Path(model.path).stat()
        fresh = self._store.write(models.set_verified, model.id, digest, status.st_size, status.st_mtime_ns)
        if self.chosen is not None and self.chosen.id == model.id:
            self.chosen = fresh
        if model.sha256 and model.sha256 != digest:
            return KnownError(ErrorKind.MODEL_CHANGED, path=model.path)
        return None

    def usual(self) -> ModelFile | None:
        """Give the model that is meant where none is named.

        The one used last; where none was, the only one that the person has added; else the Understudy.
        """
        all_of_them = self.all()
        last = self._preferences.value.last_model_id
        added = self._added()
        found = [model for model in all_of_them if model.id == last] or (added if len(added) == 1 else [])
        return found[0] if found else self.understudy()

    def _added(self) -> list[ModelFile]:
        return [model for model in self.all() if not self.is_understudy(model)]

    def _let_go(self) -> None:
        """Do without the chosen model, which is about to be forgotten."""
        self.chosen = None

    def close(self) -> None:
        """End the hashing."""
        self._closing = True
        self.hashing.close()
