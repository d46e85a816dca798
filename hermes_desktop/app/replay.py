"""Knows how a stored reply is made again and compared with what it was; not how a model does that.

It has an engine child of its own, with nothing of earlier replies in it; the model of the conversations is
put away meanwhile, since few computers hold two, and comes back at the end. A reply in a conversation goes
first. Nothing is written anywhere.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app import recipe as recipes
from hermes_desktop.app import replay_causes
from hermes_desktop.app.aside import AsidesService
from hermes_desktop.app.engine import EngineClient, failure_of
from hermes_desktop.app.lenders import Lenders
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import GenerationRecord, Message, MessageState, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel, ModelFile
from hermes_desktop.domain.replay import Difference, Recipe, ReplayOutcome
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol, wire
from hermes_desktop.storage import messages, models
from hermes_desktop.storage.database import Session


class ReplayState(StrEnum):
    """Say what a replay is doing."""

    IDLE = "idle"
    LOADING = "loading"
    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A reply that is to be made again, and what is needed for it."""

    message: Message
    record: GenerationRecord
    recipe: Recipe
    sampling: Sampling
    model: ModelFile
    path: tuple[Message, ...]  # before it
    tokens: dict[int, tuple[int, ...]]  # of the replies among these
    recalled: tuple[int, ...]  # messages that had been brought back


class ReplayService(QObject):
    """Make a reply again, one at a time."""

    state_changed = Signal(object)  # ReplayState
    progressed = Signal(int, int)  # thousandths of loading, else tokens; of how many, 0: nobody knows
    ended = Signal(object, object)  # ReplayOutcome | None, KnownError | None; neither where it was cancelled

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        models: ModelsService,
        asides: AsidesService,
        lenders: Lenders,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._models, self._asides, self._lenders = store, models, asides, lenders
        self._engine = engine
        self._wanted: _Wanted | None = None
        self._loaded: LoadedModel | None = None
        self._request = 0
        self._comes_back = False  # the model of the conversations
        self._starting = False
        self.state = ReplayState.IDLE
        engine.event_arrived.connect(self._on_event)
        models.state_changed.connect(self._on_model_state)

    @property
    def busy(self) -> bool:
        """Say whether a reply is being made again."""
        return self.state is not ReplayState.IDLE

    @property
    def message_id(self) -> int:
        """Give the reply that is being made again, 0 for none."""
        return self._wanted.message.id if self._wanted is not None else 0

    def last_reply(self, conversation_id: int) -> Message:
        """Give the last reply of the path that is shown; raises REPLAY_NONE."""
        depth: int | None = None
        while page := self._store.read(messages.page, conversation_id, before=depth):
            for message in reversed(page):
                if message.role is Role.ASSISTANT:
                    return message
            depth = page[0].depth
        raise KnownError(ErrorKind.REPLAY_NONE)

    def start(self, message_id: int) -> None:
        """Make a reply again.

        Raises REPLAY_BUSY, MESSAGE_UNKNOWN, and where it cannot be made again one of the REPLAY kinds.
        """
        occupied = self._asides.occupied and not self._asides.in_background
        if self.busy or occupied or self._models.state is ModelState.LOADING:
            raise KnownError(ErrorKind.REPLAY_BUSY)
        self._wanted = wanted = self._store.read(_wanted, message_id)
        self._loaded = None
        self._set_state(ReplayState.LOADING)
        self.progressed.emit(0, 1000)
        self._comes_back = self._models.state is ModelState.READY and self._models.chosen is not None
        if self._comes_back:
            self._starting = True
            self._models.unload()
            self._starting = False
        self._request = self._engine.next_id()
        if replay_causes.borrowed(wanted.record):
            self._lenders.ask(partial(self._load, self._request))
        else:
            self._load(self._request, ())

    def cancel(self) -> None:
        """End it; nothing is told but that it has ended."""
        if self.busy:
            self._finish(None, None)

    def close(self) -> None:
        """End it for good, without a word."""
        self._wanted = None
        self._request = 0
        self._set_state(ReplayState.IDLE)
        self._engine.shut_down()

    # ---- inside ------------------------------------------------------------------------------------

    def _load(self, request: int, lenders: tuple[str, ...]) -> None:
        if request == self._request and self._wanted is not None:
            wanted = self._wanted
            options = replay_causes.options_of(wanted.record, wanted.recipe)
            self._engine.send(protocol.Load(request, wanted.model.path, options, lenders))

    def _on_event(self, event: protocol.Event) -> None:
        wanted = self._wanted
        if wanted is None or getattr(event, "id", None) != self._request:
            return
        if isinstance(event, protocol.LoadProgress):
            self.progressed.emit(round(event.fraction * 1000), 1000)
        elif isinstance(event, protocol.Loaded):
            self._ask(wanted, event.model)
        elif isinstance(event, protocol.Evaluating):
            self.progressed.emit(event.done, event.total)
        elif isinstance(event, protocol.Piece):
            self._set_state(ReplayState.WRITING)
            self.progressed.emit(event.tokens, len(wanted.record.tokens))
        elif isinstance(event, protocol.Replayed):
            self._finish(self._outcome(wanted, event.tokens, event.difference), None)
        elif isinstance(event, protocol.Failed):
            self._finish(None, failure_of(event))

    def _ask(self, wanted: _Wanted, model: LoadedModel) -> None:
        record, recipe = wanted.record, wanted.recipe
        try:
            turns = recipes.turns_of(recipe, wanted.path, wanted.tokens)
        except KnownError as error:
            self._finish(None, error)
            return
        self._loaded = model
        self._request = self._engine.next_id()
        self._set_state(ReplayState.READING)
        self.progressed.emit(0, min(record.prompt_tokens, model.context))
        self._engine.send(
            protocol.Replay(
                id=self._request,
                turns=turns,
                prompt_sha256=recipe.prompt_sha256,
                batches=recipe.batches,
                sampling=wanted.sampling,
                seed=record.seed,
                threads=min(record.threads, replay_causes.MOST_THREADS),
                tokens=record.tokens,
                text=wanted.message.text,
                stop_reason=record.stop_reason,
            )
        )

    def _outcome(self, wanted: _Wanted, tokens: int, difference: Difference | None) -> ReplayOutcome:
        record = wanted.record
        assert self._loaded is not None
        hashed = bool(record.model_sha256 and wanted.model.sha256)
        reasons = replay_causes.reasons(record, wanted.recipe, self._loaded, hashed=hashed)
        return ReplayOutcome(
            conversation_id=wanted.message.conversation_id,
            message_id=wanted.message.id,
            identical=difference is None,
            tokens=tokens,
            whole=record.stop_reason not in (StopReason.CANCELLED, StopReason.FAILED),
            difference=difference,
            reasons=reasons if difference is not None else (),
            model_name=record.model_name,
            model_sha256=record.model_sha256 or wanted.model.sha256,
            recalled=wanted.recalled,
        )

    def _on_model_state(self, state: ModelState) -> None:
        """Give way: the model of the conversations is wanted again."""
        if self.busy and not self._starting and state is ModelState.LOADING:
            self._comes_back = False
            self._finish(None, KnownError(ErrorKind.REPLAY_GAVE_WAY))

    def _finish(self, outcome: ReplayOutcome | None, error: KnownError | None) -> None:
        self._wanted = self._loaded = None
        self._request = 0
        self._engine.shut_down()  # its memory is wanted
        self._set_state(ReplayState.IDLE)
        if self._comes_back:
            self._models.ensure_loaded()
        self.ended.emit(outcome, error)

    def _set_state(self, state: ReplayState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


def _wanted(session: Session, message_id: int) -> _Wanted:
    """Read what a replay needs; raises a KnownError where there is not enough."""
    message = messages.get(session, message_id)
    record = messages.record(session, message_id)
    checked = _checked(message, record)
    recipe = recipes.unpacked(checked.recipe)
    path = messages.before(session, message_id, from_depth=min(recipes.first_of(recipe), message.depth))
    replies = [each.id for each in path if each.role is Role.ASSISTANT]
    return _Wanted(
        message=message,
        record=checked,
        recipe=recipe,
        sampling=_sampling(checked.sampling),
        model=_model(models.all(session), checked),
        path=tuple(path),
        tokens=messages.reply_tokens(session, replies, checked.tokenizer_hash),
        recalled=_recalled(session, message_id, checked.recalled),
    )


def _recalled(session: Session, message_id: int, depths: tuple[int, ...]) -> tuple[int, ...]:
    """Find the messages that had been brought back, as far as they are on the way to the reply."""
    if not depths:
        return ()
    wanted = frozenset(depths)
    above = messages.before(session, message_id, from_depth=min(depths))
    return tuple(each.id for each in above if each.depth in wanted)


def _checked(message: Message, record: GenerationRecord | None) -> GenerationRecord:
    if message.role is not Role.ASSISTANT:
        raise KnownError(ErrorKind.REPLAY_MINE)
    if record is None:
        broken = message.state in (MessageState.INTERRUPTED, MessageState.RUNNING)
        raise KnownError(ErrorKind.REPLAY_CUT if broken else ErrorKind.REPLAY_UNRECORDED)
    if not record.tokenizer_hash:
        raise KnownError(ErrorKind.REPLAY_REMOTE)
    if not record.recipe:
        raise KnownError(ErrorKind.REPLAY_OLD if record.tokens else ErrorKind.REPLAY_CONTINUED)
    return record


def _sampling(text: str) -> Sampling:
    try:
        sampling: Sampling = wire.build(Sampling, json.loads(text))
    except (ValueError, RecursionError, wire.BadFrameError) as error:
        raise KnownError(ErrorKind.REPLAY_OLD) from error
    return sampling


def _model(known: list[ModelFile], record: GenerationRecord) -> ModelFile:
    """Find the file that the reply was made with; one that was hashed neither then nor now by its name."""
    same = [model for model in known if model.sha256 and model.sha256 == record.model_sha256]
    named = [
        model
        for model in known
        if not (model.sha256 and record.model_sha256)
        and record.model_name in (model.header.name, model.name)
        and model.header.quantisation == record.quantisation
    ]
    if not same and not named:
        sha256 = record.model_sha256[:12]
        raise KnownError(ErrorKind.REPLAY_MODEL, name=record.model_name, sha256=sha256 or "?")
    return _unchanged((same or named)[0])


def _unchanged(model: ModelFile) -> ModelFile:
    """See to it that the file is still the one that was hashed."""
    try:
        status = Path(model.path).stat()
    except OSError as error:
        raise KnownError(ErrorKind.FILE_MISSING, path=model.path) from error
    if (status.st_size, status.st_mtime_ns) != (model.size, model.modified_ns):
        raise KnownError(ErrorKind.MODEL_CHANGED, path=model.path)
    return model
