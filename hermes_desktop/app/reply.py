"""Knows one reply while it is being written: ask, grow, checkpoint, finish; not why it was asked for."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app.engine import EngineClient, failure_of
from hermes_desktop.app.plan import ReplyPlan, record_of
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import (
    GenerationRecord,
    Message,
    MessageState,
    Role,
    StopReason,
)
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.engine import protocol
from hermes_desktop.engine.backend import unwritten
from hermes_desktop.storage import messages, variables
from hermes_desktop.storage.database import Session

REPAINT_MS = 40
# The promise is that a kill costs at most 0.5 s or 32 tokens; the rest of it is for the disk.
CHECKPOINT_MS = 400
CHECKPOINT_TOKENS = 24


@dataclass(frozen=True, slots=True)
class ReplyStatistics:
    """The figures of one reply that a person may want to see."""

    prompt_tokens: int
    kept: int
    shifted: int
    evaluated: int
    generated: int
    first_token_ms: float
    tokens_per_second: float
    context: int


class Reply(QObject):
    """Write one reply into the tree. The row is made with the first piece, so a failure leaves none."""

    reading = Signal(int, int)  # tokens read, tokens to read
    started = Signal(object)  # protocol.Started
    begun = Signal(object)  # Message: its row is committed
    grew = Signal(int, str)  # message id, whole text
    ended = Signal(object, object)  # Message | None, ReplyStatistics | None; the last signal
    failed = Signal(object)  # KnownError; before `ended`

    def __init__(
        self, plan: ReplyPlan, store: Store, engine: EngineClient, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.plan = plan
        self._store = store
        self._engine = engine
        self._request = engine.next_id()
        self._text = plan.continuing.text if plan.continuing else ""
        self._row: Future[Message] | None = None
        self._message: Message | None = None
        self._checkpoint: Future[None] | None = None
        self._saved_tokens = 0
        self._tokens = 0
        self._stopping = False
        self._over = False
        self._left = False  # nobody watches any more
        self._started: protocol.Started | None = None
        self._repaint = self._timer(REPAINT_MS, self._on_repaint)
        self._save = self._timer(CHECKPOINT_MS, self._on_save_due)
        engine.event_arrived.connect(self._on_event)

    def start(self) -> None:
        """Ask the engine."""
        plan, asked = self.plan, self._request
        self._engine.send(
            protocol.Generate(asked, plan.prompt, plan.sampling, exact=plan.exact, threads=plan.threads)
        )

    def stop(self) -> None:
        """End at the next token and keep what has come."""
        self._stopping = True
        self._engine.cancel(self._request)

    def interrupt(self) -> None:
        """Leave now: keep what has come, marked interrupted, and hear no more of it."""
        self._left = True
        if not self._over:
            self._engine.cancel(self._request)
            self._finish(MessageState.INTERRUPTED, StopReason.CANCELLED, None)

    @property
    def message_id(self) -> int:
        """Give the id of the row, 0 before it is committed."""
        return self._message.id if self._message else 0

    @property
    def text(self) -> str:
        """Give the text so far."""
        return self._text

    # ---- events ------------------------------------------------------------------------------------

    def _timer(self, interval: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        return timer

    def _on_event(self, event: protocol.Event) -> None:
        if self._over or getattr(event, "id", None) != self._request:
            return
        if isinstance(event, protocol.Evaluating):
            self.reading.emit(event.done, event.total)
        elif isinstance(event, protocol.Started):
            self._started = event
            self.started.emit(event)
        elif isinstance(event, protocol.Piece):
            self._on_piece(event)
        elif isinstance(event, protocol.Done):
            self._on_done(event)
        elif isinstance(event, protocol.Failed):
            self._on_failed(failure_of(event))

    def _on_piece(self, piece: protocol.Piece) -> None:
        self._text += piece.text
        self._tokens = piece.tokens
        if self._row is None:
            self._begin()
        if not self._repaint.isActive():
            self._repaint.start()
        if self._tokens - self._saved_tokens >= CHECKPOINT_TOKENS:
            self._on_save_due()
        elif not self._save.isActive():
            self._save.start()

    def _begin(self) -> None:
        plan, store = self.plan, self._store
        self._saved_tokens = self._tokens
        self._row = store.submit(_begin, plan, self._text)
        store.post(self._row, self._on_begun)

    def _on_begun(self, message: Message) -> None:
        self._message = message
        if not self._left:  # a short reply may be over before its row is there
            self.begun.emit(message)
            self.grew.emit(message.id, self._text)

    def _on_repaint(self) -> None:
        if self._message is not None and not self._over:
            self.grew.emit(self._message.id, self._text)

    def _on_save_due(self) -> None:
        if self._over or self._row is None:
            return
        if self._checkpoint is not None and not self._checkpoint.done():
            self._save.start()  # a slow disk: the newest text goes with the next one
            return
        self._save.stop()
        self._saved_tokens = self._tokens
        self._checkpoint = self._store.submit(_checkpoint, self._row, self._text)
        self._store.post(self._checkpoint)

    # ---- the end -----------------------------------------------------------------------------------

    def _on_done(self, done: protocol.Done) -> None:
        before = self.plan.continuing.text if self.plan.continuing else ""
        self._text = before + done.text
        if self._row is None and done.text:
            self._begin()
        state = MessageState.STOPPED if done.stop_reason is StopReason.CANCELLED else MessageState.COMPLETE
        if done.stop_reason is StopReason.EMPTY:
            self.failed.emit(KnownError(ErrorKind.REPLY_EMPTY))
        elif done.stop_reason is StopReason.LOOP:
            self.failed.emit(KnownError(ErrorKind.REPLY_LOOPED))
        self._finish(state, done.stop_reason, done)

    def _on_failed(self, error: KnownError) -> None:
        if self._stopping:  # a child that had to be ended to obey
            self._finish(MessageState.STOPPED, StopReason.CANCELLED, None)
            return
        self.failed.emit(error)
        self._finish(MessageState.INTERRUPTED, StopReason.FAILED, None)

    def _finish(self, state: MessageState, reason: StopReason, done: protocol.Done | None) -> None:
        self._over = True
        self._repaint.stop()
        self._save.stop()
        self._engine.event_arrived.disconnect(self._on_event)
        statistics = statistics_of(self.plan.model, done) if done else None
        if self._row is None:
            self.ended.emit(None, statistics)
            return
        record = self._record(done, reason)
        written = self._store.submit(_finish, self._row, self._text, state, reason, record)
        self._store.post(
            written,
            lambda message: self.ended.emit(message, statistics),
            self._on_write_failed,
        )

    def _record(self, done: protocol.Done | None, reason: StopReason) -> GenerationRecord | None:
        """Note how it came to be, also where it was broken off."""
        started = self._started
        if done is None and started is not None and not self.plan.continuing:
            done = dataclasses.replace(
                unwritten(0),
                stop_reason=reason,
                seed=started.seed,
                prompt_tokens=started.budget.prompt_tokens,
                kept_tokens=started.kept_tokens,
                shifted_tokens=started.shifted_tokens,
            )
        return record_of(self.plan, done, started) if done else None

    def _on_write_failed(self, error: KnownError) -> None:
        self.failed.emit(error)
        self.ended.emit(None, None)


def statistics_of(model: LoadedModel, done: protocol.Done) -> ReplyStatistics:
    """Give the figures of a reply."""
    return ReplyStatistics(
        prompt_tokens=done.prompt_tokens,
        kept=done.kept_tokens,
        shifted=done.shifted_tokens,
        evaluated=done.evaluated_tokens,
        generated=done.generated_tokens,
        first_token_ms=done.first_token_ms,
        tokens_per_second=done.tokens_per_second,
        context=model.context,
    )


# These run on the storage thread, in order: the row they follow has been written by then.


def _begin(session: Session, plan: ReplyPlan, text: str) -> Message:
    """Make the row of a reply, or open it again, and keep what the macros of its prompt have noted."""
    if plan.continuing:  # its prompt was that of the beginning, which has noted everything
        messages.reopen(session, plan.continuing.id)
        messages.checkpoint(session, plan.continuing.id, text)
        return messages.get(session, plan.continuing.id)
    running = MessageState.RUNNING
    if plan.beside:
        message = messages.sibling(session, plan.beside.id, text, state=running)
    else:
        message = messages.append(
            session, plan.conversation_id, Role.ASSISTANT, plan.name, text, state=running
        )
    variables.note(session, message.id, plan.noted)
    return message


def _checkpoint(session: Session, row: "Future[Message]", text: str) -> None:
    messages.checkpoint(session, row.result().id, text)


def _finish(
    session: Session,
    row: "Future[Message]",
    text: str,
    state: MessageState,
    reason: StopReason,
    record: GenerationRecord | None,
) -> Message:
    message_id = row.result().id
    messages.finish(session, message_id, text, state, reason, record)
    return messages.get(session, message_id)
