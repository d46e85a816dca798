"""Knows how something is written beside the conversations, and stored nowhere; not what it is for.

One thing at a time, and a reply in a conversation goes first: what is written here gives way to it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app.chat import ChatService, ChatState
from hermes_desktop.app.engine import EngineClient, failure_of
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.plan import ReplyPlan
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.reply import REPAINT_MS
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol


class AsideState(StrEnum):
    """Say what it is waiting for."""

    LOADING = "loading"  # the model
    READING = "reading"  # the prompt is being evaluated
    WRITING = "writing"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written; the prompt is made for the model that is there then."""

    prompt: Callable[[LoadedModel], Prompt]
    sampling: Callable[[LoadedModel], Sampling]
    name: str = ""
    persona_version_id: int = 0
    profile_version_id: int = 0


@dataclass(frozen=True, slots=True)
class AsideEnd:
    """What has come, and how it ended."""

    text: str
    plan: ReplyPlan | None = None  # None: it was never begun
    started: protocol.Started | None = None
    done: protocol.Done | None = None
    error: KnownError | None = None

    @property
    def stopped(self) -> bool:
        """Say whether the person stopped it."""
        return self.done is not None and self.done.stop_reason is StopReason.CANCELLED


class Aside(QObject):
    """One thing that is being written."""

    state_changed = Signal(object)  # AsideState
    reading = Signal(int, int)  # tokens read, tokens to read
    grew = Signal(str)  # whole text
    ended = Signal(object)  # AsideEnd; the last signal

    def __init__(self, wanted: Wanted, parent: QObject | None = None, *, background: bool = False) -> None:
        """What nobody waits for is in the background, and gives way to whatever else is to be written."""
        super().__init__(parent)
        self.wanted = wanted
        self.background = background
        self.state = AsideState.LOADING
        self.text = ""

    def set_state(self, state: AsideState) -> None:
        """Take note of what it waits for now."""
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


class AsidesService(QObject):
    """Have things written beside the conversations, one at a time."""

    changed = Signal()  # whether something is being written

    def __init__(
        self,
        engine: EngineClient,
        models: ModelsService,
        chat: ChatService,
        power: PowerService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._models = models
        self._chat = chat
        self._power = power
        self._now: Aside | None = None
        self._next: Aside | None = None  # waits for one in the background to end
        self._plan: ReplyPlan | None = None
        self._started: protocol.Started | None = None
        self._request = 0
        self._gives_way = self._stopping = False
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(REPAINT_MS)
        self._repaint.timeout.connect(self._on_repaint)
        engine.event_arrived.connect(self._on_event)
        models.state_changed.connect(self._on_model_state)
        chat.state_changed.connect(self._on_chat_state)

    @property
    def busy(self) -> bool:
        """Say whether something is being written."""
        return self._now is not None

    @property
    def occupied(self) -> bool:
        """Say whether anything is being written, here or in a conversation."""
        return self.busy or self._chat.busy

    @property
    def in_background(self) -> bool:
        """Say whether all that is being written gives way to anything else."""
        return self._now is not None and self._now.background and not self._chat.busy

    def start(self, aside: Aside) -> None:
        """Write it, loading the chosen model first where it is not held; refused where a reply is written."""
        if self.in_background and self._next is None and not aside.background:
            self._next = aside
            self._give_way()
            return
        if self.occupied:
            _end(aside, AsideEnd("", error=KnownError(ErrorKind.BUSY)))
            return
        self._now, self._plan, self._started, self._request = aside, None, None, 0
        self._gives_way = self._stopping = False
        self.changed.emit()
        if not self._models.ensure_loaded():
            self._finish(error=KnownError(ErrorKind.MODEL_NONE))
        elif self._models.state is not ModelState.LOADING:
            self._on_model_state(self._models.state)

    def stop(self, only: Aside | None = None) -> None:
        """End what is being written and keep what has come; with `only`, where it is that."""
        if self._next is not None and only in (None, self._next):
            waiting, self._next = self._next, None
            _end(waiting, AsideEnd(""))
        if self._now is None or only not in (None, self._now):
            return
        self._stopping = True
        if self._request:
            self._engine.cancel(self._request)
        else:
            self._finish()

    # ---- events ------------------------------------------------------------------------------------

    def _on_chat_state(self, state: ChatState) -> None:
        """Make room for a reply; the chat asks the engine after it has told that it will."""
        if self._now is not None and state is ChatState.READING:
            self._give_way()

    def _give_way(self) -> None:
        self._gives_way = True
        if self._request:
            self._engine.cancel(self._request)
        else:
            self._finish(error=KnownError(ErrorKind.GAVE_WAY))

    def _on_model_state(self, state: ModelState) -> None:
        if self._now is None or state is ModelState.LOADING:
            return
        if state is ModelState.READY and not self._request:
            self._begin()
        elif state is not ModelState.READY:  # it failed to load, or somebody has put it away
            missing = KnownError(ErrorKind.MODEL_NONE)
            self._finish(error=self._models.error or missing)

    def _begin(self) -> None:
        aside, model = self._now, self._models.loaded
        assert aside is not None and model is not None
        self._models.hold()
        chosen = self._models.chosen
        wanted = aside.wanted
        try:
            prompt, sampling = wanted.prompt(model), wanted.sampling(model)
        except KnownError as error:
            self._finish(error=error)
            return
        self._plan = ReplyPlan(
            conversation_id=0,
            name=wanted.name,
            prompt=prompt,
            sampling=sampling,
            model=model,
            model_sha256=chosen.sha256 if chosen else "",
            persona_version_id=wanted.persona_version_id,
            profile_version_id=wanted.profile_version_id,
            threads=self._power.threads(model.threads),
        )
        self._request = self._engine.next_id()
        aside.set_state(AsideState.READING)
        plan = self._plan
        self._engine.send(
            protocol.Generate(self._request, plan.prompt, plan.sampling, threads=plan.threads, aside=True)
        )

    def _on_event(self, event: protocol.Event) -> None:
        if self._now is None or not self._request or getattr(event, "id", None) != self._request:
            return
        if isinstance(event, protocol.Evaluating):
            self._now.reading.emit(event.done, event.total)
        elif isinstance(event, protocol.Started):
            self._started = event
        elif isinstance(event, protocol.Piece):
            self._now.text += event.text
            self._now.set_state(AsideState.WRITING)
            if not self._repaint.isActive():
                self._repaint.start()
        elif isinstance(event, protocol.Done):
            self._now.text = event.text
            self._finish(event, _complaint(event.stop_reason))
        elif isinstance(event, protocol.Failed):
            # A child that had to be ended to obey has not failed.
            self._finish(error=None if self._stopping else failure_of(event))

    def _on_repaint(self) -> None:
        if self._now is not None:
            self._now.grew.emit(self._now.text)

    def _finish(self, done: protocol.Done | None = None, error: KnownError | None = None) -> None:
        aside, self._now = self._now, None
        assert aside is not None
        self._request = 0
        self._repaint.stop()
        if self._gives_way:
            error = KnownError(ErrorKind.GAVE_WAY)
        else:
            self._models.note_use()
        if self._stopping and done is not None:
            done = replace(done, stop_reason=StopReason.CANCELLED)
        self.changed.emit()
        _end(aside, AsideEnd(aside.text, self._plan, self._started, done, error))
        if self._next is not None and self._now is None:
            waiting, self._next = self._next, None
            self.start(waiting)


def _end(aside: Aside, end: AsideEnd) -> None:
    aside.grew.emit(aside.text)
    aside.set_state(AsideState.OVER)
    aside.ended.emit(end)


def _complaint(reason: StopReason) -> KnownError | None:
    """Say what was wrong with an ending, where something was."""
    kinds = {StopReason.EMPTY: ErrorKind.REPLY_EMPTY, StopReason.LOOP: ErrorKind.REPLY_LOOPED}
    return KnownError(kinds[reason]) if reason in kinds else None
