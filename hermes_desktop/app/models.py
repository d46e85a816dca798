"""Knows which model the engine holds, and how it came there; not what is said with it."""

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
from hermes_desktop.app.model_list import ModelList
from hermes_desktop.app.notices import Notice, NoticesService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.remote import Remote
from hermes_desktop.app.sentences import sentence
from hermes_desktop.app.store import Store
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.device import RPC_DEVICE
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel, LoadOptions, ModelFile
from hermes_desktop.domain.preferences import Preferences
from hermes_desktop.engine import protocol
from hermes_desktop.storage import models


class ModelState(StrEnum):
    """Say what the engine holds."""

    NONE = "none"  # nothing chosen
    LOADING = "loading"
    READY = "ready"
    UNLOADED = "unloaded"  # chosen, its memory given back; the next message loads it again
    FAILED = "failed"


class ModelsService(ModelList):
    """Choose, load and unload a model of the list."""

    state_changed = Signal(object)  # ModelState
    load_progressed = Signal(float)

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        tasks: Tasks,
        preferences: PreferencesService,
        notices: NoticesService,
        lenders: Lenders,
        fallbacks: Fallbacks,
        remote: Remote,
        hashing: Hashing,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(store, tasks, preferences, notices, hashing, parent)
        self._engine = engine
        self._lenders = lenders
        self._fallbacks = fallbacks
        self._remote = remote
        self._here = engine.arguments  # of the child that holds models of this computer
        self._request = 0
        self._options = self._planned = LoadOptions()  # of the last load: as asked for, as it is tried
        self._deaths = Deaths()
        self.state = ModelState.NONE
        self.loaded: LoadedModel | None = None
        self.error: KnownError | None = None  # why the last load failed
        engine.event_arrived.connect(self._on_event)
        engine.died.connect(self._on_died)
        remote.switched.connect(self.choose_last)
        preferences.changed.connect(self._on_preferences)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.timeout.connect(self._on_idle)

    @property
    def engine_words(self) -> str:
        """Word the last failure of the engine, "" where there was none."""
        return sentence(self.error).text if self.error else ""

    def load(self, model_id: int, options: LoadOptions | None = None) -> None:
        """Load a model; the one that is held goes. The outcome comes as a state."""
        model = self._store.read(models.get, model_id)
        self._deaths.forget(model.path)  # a deliberate act clears the count
        self._remote.leave()
        self._load(model, options or self._preferences.value.load)

    def choose_last(self) -> None:
        """Let the server play that is to, else load the model that was in use last, else the Understudy."""
        if self._remote.server is not None:
            self._connect()
            return
        model = self.usual()
        if model is not None:
            self._load(model, self._preferences.value.load)
        else:
            self.chosen = None
            self.unload()
            self._set_state(ModelState.NONE)

    @property
    def plays(self) -> bool:
        """Say whether somebody has chosen what plays; the Understudy does where nobody has."""
        chosen = self.chosen is not None and not self.is_understudy(self.chosen)
        return chosen or self._remote.server is not None

    @property
    def name(self) -> str:
        """Name what plays or is to; "" for nothing."""
        if self.loaded is not None:
            return self.loaded.name
        if self._remote.server is not None:
            return self._remote.server.model or self._remote.host
        return self.chosen.name if self.chosen is not None else ""

    @property
    def borrows(self) -> bool:
        """Say whether layers of the present model lie on other computers."""
        shares = self.loaded.devices if self.loaded is not None else ()
        return any(share.name.startswith(RPC_DEVICE) for share in shares)

    def ensure_loaded(self) -> bool:
        """Start loading the chosen model where it is not held; False where none is chosen."""
        if self.state in (ModelState.READY, ModelState.LOADING):
            return True
        if self._remote.server is not None:
            self._connect()
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

    def _let_go(self) -> None:
        self.unload()
        super()._let_go()
        self._set_state(ModelState.NONE)

    def set_options(self, options: LoadOptions) -> None:
        """Keep how models are loaded, and load the present one that way."""
        self._preferences.update(load=options)
        if self.chosen is not None and self.state not in (ModelState.NONE, ModelState.UNLOADED):
            self.load(self.chosen.id, options)

    def forget_tries(self) -> None:
        """Begin with as many layers as were asked for, also where fewer had to do."""
        self._fallbacks.forget()

    def note_use(self) -> None:
        """Begin the idle time anew."""
        minutes = self._preferences.value.unload_after_minutes
        if minutes > 0 and self.state is ModelState.READY and self.chosen is not None:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def hold(self) -> None:
        """Do not unload while a reply is being written."""
        self._idle.stop()

    def close(self) -> None:
        """End the engine and the hashing."""
        super().close()
        self._engine.shut_down()

    def _load(self, model: ModelFile, options: LoadOptions) -> None:
        self._begin(model)
        self._options = options
        self._engine.use(self._here)
        self._engine.end_lending()
        self._lenders.ask(partial(self._send, self._request, model, options, False))

    def _begin(self, model: ModelFile | None) -> None:
        self.chosen, self.loaded, self.error = model, None, None
        if self.state is ModelState.LOADING:
            self._engine.close()  # a load in C cannot be overtaken, only ended
        self._request = self._engine.next_id()
        self._set_state(ModelState.LOADING)
        self.load_progressed.emit(0.0)

    def _connect(self) -> None:
        """Let the server play; no model of this computer is chosen then."""
        self._begin(None)
        self._engine.use(self._remote.engine)
        self._remote.ask(partial(self._send_server, self._request), partial(self._on_refused, self._request))

    def _send_server(self, request: int, frame: protocol.Connect) -> None:
        if request == self._request:  # nothing else was asked for while the keyring was
            self._engine.send(replace(frame, id=request))

    def _on_refused(self, request: int, error: KnownError) -> None:
        if request == self._request:
            self._request = 0
            self._fail(error)

    def _send(
        self, request: int, model: ModelFile, options: LoadOptions, again: bool, lenders: tuple[str, ...]
    ) -> None:
        if request == self._request:  # nothing else was asked for while the lenders were
            if not again:
                options = self._fallbacks.begin(model, options, lenders)
            self._planned = self._options
            self._engine.send(protocol.Load(request, model.path, options, lenders))

    def _on_event(self, event: protocol.Event) -> None:
        if getattr(event, "id", None) != self._request or not self._request:
            return
        if isinstance(event, protocol.Planned):
            self._planned = replace(event.setting.options, gpu_layers=self._options.gpu_layers)
        elif isinstance(event, protocol.Placed):
            self._fallbacks.note_placed(event.layers, event.of)
        elif isinstance(event, protocol.LoadProgress):
            self.load_progressed.emit(event.fraction)
        elif isinstance(event, protocol.Loaded):
            self._on_loaded(event.model)
        elif isinstance(event, protocol.Failed):
            self._request = 0
            self._on_not_loaded(failure_of(event))

    def _on_not_loaded(self, error: KnownError) -> None:
        layers = self._fallbacks.next(error) if self.chosen is not None else None
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
        if self.chosen is not None and (told := self._fallbacks.note_loaded()):
            self._notices.post(told)
        # The Understudy that plays because nobody else can is no choice that a later model has to respect.
        if self.chosen is not None and (self._added() or not self.is_understudy(self.chosen)):
            self._preferences.update(last_model_id=self.chosen.id)
        self._set_state(ModelState.READY)
        self.note_use()

    def _look_for_smaller(self, model: ModelFile, error: KnownError) -> None:
        """See what would fit instead, before the failure is told."""
        path, options, free = Path(model.path), self._planned, int(error.values["free"])
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

    def _on_preferences(self, preferences: Preferences) -> None:
        """Leave other computers at once where the app is sealed."""
        elsewhere = self.borrows or self._remote.server is not None
        if preferences.sealed and elsewhere:
            self.unload()

    def _on_idle(self) -> None:
        self.unload()

    def _set_state(self, state: ModelState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)
