"""Knows the person's model files and which one the engine holds; not what is said with it."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app import smaller
from hermes_desktop.app.deaths import Deaths
from hermes_desktop.app.engine import EngineClient, failure_of
from hermes_desktop.app.fallbacks import Fallbacks
from hermes_desktop.app.hashing import Hashing
from hermes_desktop.app.lenders import Lenders
from hermes_desktop.app.notices import Notice, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.registration import hash_of, putting
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.device import RPC_DEVICE
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import FoundModel, LoadedModel, LoadOptions, ModelFile, ModelHeader
from hermes_desktop.engine import protocol
from hermes_desktop.hub import finder, understudy
from hermes_desktop.storage import models

_log = logging.getLogger(__name__)


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
    others_found = Signal(list)  # FoundModel: what other programs have

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        tasks: Tasks,
        preferences: PreferencesService,
        notices: NoticesService,
        lenders: Lenders,
        fallbacks: Fallbacks,
        hashing: Hashing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._engine = engine
        self._tasks = tasks
        self._preferences = preferences
        self._notices = notices
        self._lenders = lenders
        self._fallbacks = fallbacks
        self._request = 0
        self._options = LoadOptions()  # of the last load
        self._deaths = Deaths()
        self.hashing = hashing
        self._closing = False
        self.own_folder: Callable[[], Path] | None = None  # where the library fetches to
        self.state = ModelState.NONE
        self.loaded: LoadedModel | None = None
        self.chosen: ModelFile | None = None
        self.error: KnownError | None = None  # why the last load failed
        engine.event_arrived.connect(self._on_event)
        engine.died.connect(self._on_died)
        self.hashing.progressed.connect(self.hash_progressed)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._on_idle)

    @property
    def engine_words(self) -> str:
        """Word the last failure of the engine, "" where there was none."""
        return sentence(self.error).text if self.error else ""

    # ---- the list ----------------------------------------------------------------------------------

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
            self.unload()
            self.chosen = None
            self._set_state(ModelState.NONE)
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

    # ---- the engine --------------------------------------------------------------------------------

    def load(self, model_id: int, options: LoadOptions | None = None) -> None:
        """Load a model; the one that is held goes. The outcome comes as a state."""
        model = self._store.read(models.get, model_id)
        self._deaths.forget(model.path)  # a deliberate act clears the count
        self._load(model, options or self._preferences.value.load)

    def choose_last(self) -> None:
        """Load the model that was in use last, else the Understudy."""
        model = self.usual()
        if model is not None:
            self._load(model, self._preferences.value.load)

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

    @property
    def borrows(self) -> bool:
        """Say whether layers of the present model lie on other computers."""
        shares = self.loaded.devices if self.loaded is not None else ()
        return any(share.name.startswith(RPC_DEVICE) for share in shares)

    def ensure_loaded(self) -> bool:
        """Start loading the chosen model where it is not held; False where none is chosen."""
        if self.state in (ModelState.READY, ModelState.LOADING):
            return True
        if self.chosen is None:
            return False
        if self._deaths.too_many(self.chosen.path):
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
        if self.chosen is not None and self.state not in (ModelState.NONE, ModelState.UNLOADED):
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
        self.hashing.close()
        self._engine.shut_down()

    def _load(self, model: ModelFile, options: LoadOptions) -> None:
        self.chosen = model
        self.loaded = None
        self.error = None
        if self.state is ModelState.LOADING:
            self._engine.close()  # a load in C cannot be overtaken, only ended
        self._options = options
        self._request = self._engine.next_id()
        self._set_state(ModelState.LOADING)
        self.load_progressed.emit(0.0)
        self._engine.end_lending()
        self._lenders.ask(partial(self._send, self._request, model, options, False))

    def _send(
        self, request: int, model: ModelFile, options: LoadOptions, again: bool, lenders: tuple[str, ...]
    ) -> None:
        if request == self._request:  # nothing else was asked for while the lenders were
            if not again:
                options = self._fallbacks.begin(model, options, lenders)
            self._engine.send(protocol.Load(request, model.path, options, lenders))

    def _on_event(self, event: protocol.Event) -> None:
        if getattr(event, "id", None) != self._request or not self._request:
            return
        if isinstance(event, protocol.Placed):
            self._fallbacks.note_placed(event.layers, event.of)
        elif isinstance(event, protocol.LoadProgress):
            self.load_progressed.emit(event.fraction)
        elif isinstance(event, protocol.Loaded):
            self._on_loaded(event.model)
        elif isinstance(event, protocol.Failed):
            self._request = 0
            self._on_not_loaded(failure_of(event))

    def _on_not_loaded(self, error: KnownError) -> None:
        layers = self._fallbacks.next(error)
        if self.chosen is not None and layers is not None:
            self._request = self._engine.next_id()
            again = partial(self._load_again, self._request, self.chosen, layers)
            QTimer.singleShot(0, self, again)  # where the child has died, after all have heard of it
            self._notices.post(self._fallbacks.notice(error, layers))
        elif self.chosen is not None and error.kind is ErrorKind.ENGINE_MEMORY:
            self._look_for_smaller(self.chosen, error)
        else:
            self._fail(error)

    def _load_again(self, request: int, model: ModelFile, layers: int) -> None:
        if request == self._request:  # nothing else was asked for meanwhile
            self._fallbacks.again(layers)
            self.load_progressed.emit(0.0)
            self._engine.end_lending()
            options = replace(self._options, gpu_layers=layers)
            self._lenders.ask(partial(self._send, request, model, options, True))

    def _on_loaded(self, loaded: LoadedModel) -> None:
        self._request = 0
        self.loaded = loaded
        if told := self._fallbacks.note_loaded():
            self._notices.post(told)
        # The Understudy that plays because nobody else can is no choice that a later model has to respect.
        if self.chosen is not None and (self._added() or not self.is_understudy(self.chosen)):
            self._preferences.update(last_model_id=self.chosen.id)
        self._set_state(ModelState.READY)
        self.note_use()

    def _look_for_smaller(self, model: ModelFile, error: KnownError) -> None:
        """See what would fit instead, before the failure is told."""
        path, options, free = Path(model.path), self._options, int(error.values["free"])
        self._tasks.run(
            partial(smaller.options_for, path, options, free),
            partial(self._offer_smaller, model, error),
            lambda _: self._offer_smaller(model, error, None),
        )

    def _offer_smaller(self, model: ModelFile, error: KnownError, found: LoadOptions | None) -> None:
        if self._request or self.chosen is not model:
            return  # another load was asked for meanwhile
        told = smaller.notice(error, found)
        self._fail(error, replace(told, act=partial(self.load, model.id, found)) if found else told)

    def _fail(self, error: KnownError, told: Notice | None = None) -> None:
        self.loaded = None
        self.error = error
        if told is None:
            self._notices.post_error(error)
        else:
            self._notices.post(told)
        self._set_state(ModelState.FAILED)

    def _on_died(self, error: KnownError) -> None:
        if self.chosen is not None:
            self._deaths.note(self.chosen.path)
        if self.state is ModelState.READY:
            self.loaded = None
            self.error = error
            self._set_state(ModelState.UNLOADED)

    def _on_idle(self) -> None:
        self.unload()

    def _set_state(self, state: ModelState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
