"""Knows the person's model files and which one the engine holds; not what is said with it."""

import contextlib
import logging
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app.engine import EngineClient, failure_of
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel, LoadOptions, ModelFile
from hermes_desktop.engine import protocol
from hermes_desktop.hub import library
from hermes_desktop.storage import models

_log = logging.getLogger(__name__)

DEATHS_LIMIT = 3
DEATHS_SECONDS = 300.0


class ModelState(StrEnum):
    """Say what the engine holds."""

    NONE = "none"  # nothing chosen
    LOADING = "loading"
    READY = "ready"
    UNLOADED = "unloaded"  # chosen, its memory given back; the next message loads it again
    FAILED = "failed"


class ModelsService(QObject):
    """Add, check, choose, load and unload model files."""

    changed = Signal()
    state_changed = Signal(object)  # ModelState
    load_progressed = Signal(float)
    hash_progressed = Signal(int, float)  # model id, fraction; 1.0: done

    _hashing_moved = Signal(int, float)

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        tasks: Tasks,
        preferences: PreferencesService,
        notices: NoticesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._engine = engine
        self._tasks = tasks
        self._preferences = preferences
        self._notices = notices
        self._request = 0
        self._deaths: dict[str, list[float]] = {}
        self._hashing: set[int] = set()
        self._closing = False
        self.state = ModelState.NONE
        self.loaded: LoadedModel | None = None
        self.chosen: ModelFile | None = None
        self.error: KnownError | None = None  # why the last load failed
        engine.event_arrived.connect(self._on_event)
        engine.died.connect(self._on_died)
        self._hashing_moved.connect(self.hash_progressed)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._on_idle)

    @property
    def engine_words(self) -> str:
        """Word the last failure of the engine, "" where there was none."""
        return sentence(self.error).text if self.error else ""

    # ---- the list ----------------------------------------------------------------------------------

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
            self.verify(model.id)
        return model

    def register(self, path: Path) -> ModelFile:
        """Check a file's header and remember it; raises a KnownError of the model kind."""
        file = path.expanduser().resolve()
        header = library.inspect(file)
        status = file.stat()
        name = library.display_name(header, file)
        model = self._store.write(models.add, name, str(file), status.st_size, status.st_mtime_ns, header)
        self.changed.emit()
        return model

    def remove(self, model_id: int) -> None:
        """Forget a model; the file stays where it is."""
        if self.chosen is not None and self.chosen.id == model_id:
            self.unload()
            self.chosen = None
            self._set_state(ModelState.NONE)
        self._store.write(models.remove, model_id)
        self.changed.emit()

    def verify(self, model_id: int) -> None:
        """Hash a file in the background and compare it with what was known."""
        model = self._store.read(models.get, model_id)
        if model_id in self._hashing:
            return
        self._hashing.add(model_id)
        self.hash_progressed.emit(model_id, 0.0)

        def progress(done: int, total: int) -> None:
            self._hashing_moved.emit(model_id, min(done / max(total, 1), 0.999))

        self._tasks.run(
            lambda: hash_of(model, progress, lambda: self._closing or model_id not in self._hashing),
            lambda digest: self._on_hashed(model, digest),
            lambda error: self._on_hash_failed(model_id, error),
        )

    def cancel_verify(self, model_id: int) -> None:
        """Stop hashing a file."""
        self._hashing.discard(model_id)
        self.hash_progressed.emit(model_id, 1.0)

    def _on_hashed(self, model: ModelFile, digest: str | None) -> None:
        self._hashing.discard(model.id)
        if digest is not None:
            with contextlib.suppress(KnownError):  # removed meanwhile
                changed = self.note_hash(model, digest)
                if changed is not None:
                    self._notices.post_error(changed)
        self.hash_progressed.emit(model.id, 1.0)
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

    def _on_hash_failed(self, model_id: int, error: KnownError) -> None:
        self._hashing.discard(model_id)
        self.hash_progressed.emit(model_id, 1.0)
        self._notices.post_error(error)

    # ---- the engine --------------------------------------------------------------------------------

    def load(self, model_id: int, options: LoadOptions | None = None) -> None:
        """Load a model; the one that is held goes. The outcome comes as a state."""
        model = self._store.read(models.get, model_id)
        self._deaths.pop(model.path, None)  # a deliberate act clears the count
        self._load(model, options or self._preferences.value.load)

    def choose_last(self) -> None:
        """Load the model that was in use last, where there is one."""
        wanted = self._preferences.value.last_model_id
        for model in self.all():
            if model.id == wanted:
                self._load(model, self._preferences.value.load)

    def ensure_loaded(self) -> bool:
        """Start loading the chosen model where it is not held; False where none is chosen."""
        if self.state in (ModelState.READY, ModelState.LOADING):
            return True
        if self.chosen is None:
            return False
        if self._died_too_often(self.chosen.path):
            self._fail(KnownError(ErrorKind.ENGINE_LOOP_STOPPED, path=self.chosen.path))
            return True
        self._load(self.chosen, self._preferences.value.load)
        return True

    def unload(self) -> None:
        """Give the model's memory back; it stays chosen."""
        if self.state in (ModelState.READY, ModelState.LOADING):
            self._request = 0
            self._engine.close()
            self.loaded = None
            self._set_state(ModelState.UNLOADED)

    def set_options(self, options: LoadOptions) -> None:
        """Keep how models are loaded, and load the present one that way."""
        self._preferences.update(load=options)
        if self.chosen is not None and self.state in (
            ModelState.READY,
            ModelState.LOADING,
            ModelState.FAILED,
        ):
            self.load(self.chosen.id, options)

    def note_use(self) -> None:
        """Begin the idle time anew."""
        minutes = self._preferences.value.unload_after_minutes
        if minutes > 0 and self.state is ModelState.READY:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def hold(self) -> None:
        """Do not unload while a reply is being written."""
        self._idle.stop()

    def close(self) -> None:
        """End the engine and the hashing."""
        self._closing = True
        self._engine.shut_down()

    def _load(self, model: ModelFile, options: LoadOptions) -> None:
        self.chosen = model
        self.loaded = None
        self.error = None
        if self.state is ModelState.LOADING:
            self._engine.close()  # a load in C cannot be overtaken, only ended
        self._request = self._engine.next_id()
        self._set_state(ModelState.LOADING)
        self.load_progressed.emit(0.0)
        self._engine.send(protocol.Load(self._request, model.path, options))

    def _on_event(self, event: protocol.Event) -> None:
        if getattr(event, "id", None) != self._request or not self._request:
            return
        if isinstance(event, protocol.LoadProgress):
            self.load_progressed.emit(event.fraction)
        elif isinstance(event, protocol.Loaded):
            self._on_loaded(event.model)
        elif isinstance(event, protocol.Failed):
            self._request = 0
            self._fail(failure_of(event))

    def _on_loaded(self, loaded: LoadedModel) -> None:
        self._request = 0
        self.loaded = loaded
        if self.chosen is not None:
            self._preferences.update(last_model_id=self.chosen.id)
        self._set_state(ModelState.READY)
        self.note_use()

    def _fail(self, error: KnownError) -> None:
        self.loaded = None
        self.error = error
        self._notices.post_error(error)
        self._set_state(ModelState.FAILED)

    def _on_died(self, error: KnownError) -> None:
        if self.chosen is not None:
            self._deaths.setdefault(self.chosen.path, []).append(monotonic())
        if self.state is ModelState.READY:
            self.loaded = None
            self.error = error
            self._set_state(ModelState.UNLOADED)

    def _died_too_often(self, path: str) -> bool:
        recent = [at for at in self._deaths.get(path, []) if monotonic() - at < DEATHS_SECONDS]
        self._deaths[path] = recent
        return len(recent) >= DEATHS_LIMIT

    def _on_idle(self) -> None:
        self.unload()

    def _set_state(self, state: ModelState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


def hash_of(
    model: ModelFile, progress: Callable[[int, int], None], cancelled: Callable[[], bool]
) -> str | None:
    """Hash a model's file; None where it was cancelled."""
    return library.hash_file(Path(model.path), progress, cancelled)
