"""Knows how one talks in the open conversation: what may be asked for, and when; not how it is written."""

import dataclasses
from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.conversation import OpenConversation
from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.greetings import start
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.plan import ReplyPlan
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.prompts import PromptSource
from hermes_desktop.app.reply import Reply, ReplyStatistics
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, Message, MessageState, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.lore import Lore
from hermes_desktop.domain.prompt import Budget
from hermes_desktop.domain.sampling import DEFAULT_PRESET, UNDERSTUDY_PRESET, Sampling, at_work
from hermes_desktop.engine import protocol
from hermes_desktop.storage import conversations, messages
from hermes_desktop.storage.database import Session

_TITLE_LENGTH = 48


class ChatState(StrEnum):
    """Say what the open conversation is waiting for."""

    IDLE = "idle"
    WAITING = "waiting"  # the model is being loaded
    READING = "reading"  # the prompt is being evaluated
    WRITING = "writing"


@dataclasses.dataclass(frozen=True, slots=True)
class _Wish:
    """A reply that is wanted as soon as the engine is ready."""

    beside: Message | None = None
    continuing: Message | None = None


class ChatService(OpenConversation):
    """Talk in the open conversation. Failures come as notices; what was written is never lost."""

    answer_grew = Signal(int, str)  # message id, whole text
    state_changed = Signal(object)  # ChatState
    reading_progressed = Signal(int, int)
    budget_changed = Signal(object)  # Budget | None
    statistics_changed = Signal(object)  # ReplyStatistics | None: of the last reply in what is open

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        models: ModelsService,
        preferences: PreferencesService,
        notices: NoticesService,
        power: PowerService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(store, notices, parent)
        self._engine = engine
        self._models = models
        self._preferences = preferences
        self._power = power
        self._prompts = PromptSource(store, preferences)
        self._reply: Reply | None = None
        self._wish: _Wish | None = None
        self._sending = False
        self._measuring = 0
        self.exact = False  # the command line's own wish
        self.sampling_override: Sampling | None = None  # the command line's own settings
        self.state = ChatState.IDLE
        self.budget: Budget | None = None
        # What belongs to the budget that is told next.
        self.lore: Lore | None = None
        self.recalled: Sequence[Message] = ()
        self.statistics: ReplyStatistics | None = None
        models.state_changed.connect(self._on_model_state)
        engine.event_arrived.connect(self._on_event)

    # ---- open and close ----------------------------------------------------------------------------

    def start(self, persona_id: int, greeting: int = 0) -> Conversation:
        """Begin a conversation with a persona and open it."""
        self.close()
        conversation = self._store.write(start, persona_id, self._preferences.value.profile_id, greeting)
        self.grown.emit()
        self.open(conversation.id)
        return conversation

    def open(self, conversation_id: int) -> None:
        """Show a conversation where it was left; raises CONVERSATION_UNKNOWN."""
        super().open(conversation_id)
        self._preferences.update(last_conversation_id=conversation_id)
        self._set_budget(None)
        self._set_statistics(None)
        self.measure()

    def close(self) -> None:
        """Leave the conversation; a reply that is being written is kept as far as it came."""
        self._drop_wish()
        if self._reply is not None:
            reply, self._reply = self._reply, None
            reply.ended.disconnect(self._on_ended)
            reply.ended.connect(reply.deleteLater)
            reply.interrupt()
            self._models.note_use()
        self._set_state(ChatState.IDLE)
        self._measuring = 0
        self._set_budget(None)
        self._set_statistics(None)
        super().close()

    @property
    def busy(self) -> bool:
        """Say whether a message or a reply is on its way."""
        return self._sending or self.state is not ChatState.IDLE

    def measure(self) -> None:
        """Ask how the context would be filled now; the answer comes as `budget_changed`."""
        if self.conversation is None or self._models.loaded is None or self._reply is not None:
            return
        written = self._prompts.prompt_of(self.conversation, self._models.loaded)
        self.lore, self.recalled = written.lore, written.recalled
        reserve = self._reserve(self._models.loaded.context)
        self._measuring = self._engine.next_id()
        self._engine.send(protocol.Measure(self._measuring, written.prompt, reserve))

    # ---- talking -----------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Say something and get a reply; an empty text continues. The text is shown once it is on disk."""
        if not text.strip():
            self.continue_reply()
            return
        if self.conversation is None or self._refuse_busy():
            return
        self._sending = True
        title = self.conversation.title
        future = self._store.submit(
            _say,
            self.conversation.id,
            self.profile.name if self.profile else "",
            text,
            "" if title else title_of(text),
        )
        self._store.post(future, self._on_sent, self._on_send_failed)

    def stop(self) -> None:
        """End the reply and keep what has come."""
        self._drop_wish()
        if self._reply is not None:
            self._reply.stop()

    def regenerate(self, message_id: int | None = None) -> None:
        """Write another version of a reply, the last one unless named."""
        if self.conversation is None or self._refuse_busy():
            return
        message = self.last() if message_id is None else self._store.read(messages.get, message_id)
        if message is None:
            self._notices.post_error(KnownError(ErrorKind.NOTHING_TO_CONTINUE))
        elif message.role is Role.USER:
            self._ask(_Wish())
        else:
            self._ask(_Wish(beside=message))

    def continue_reply(self) -> None:
        """Let the last reply go on where it ended; after a message of mine, let the persona reply."""
        if self.conversation is None or self._refuse_busy():
            return
        message = self.last()
        if message is None:
            self._notices.post_error(KnownError(ErrorKind.NOTHING_TO_CONTINUE))
        else:
            self._ask(_Wish(continuing=None if message.role is Role.USER else message))

    def answer(self) -> None:
        """Let the persona reply to the last message."""
        if self.conversation is not None and not self._refuse_busy():
            self._ask(_Wish())

    def sampling(self) -> Sampling:
        """Give the sampling settings that the next reply will use."""
        if self.sampling_override is not None:
            return self.sampling_override
        preset = self.conversation.preset if self.conversation else ""
        try:
            return self._preferences.sampling_of(preset or self.usual_preset)
        except KnownError:  # a preset that was deleted
            return self._preferences.sampling_of(self.usual_preset)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Name the settings at work that the server which plays does not take."""
        served = self._models.loaded.served if self._models.loaded is not None else None
        working = at_work(self.sampling())
        return tuple(name for name in (served.unknown if served is not None else ()) if name in working)

    @property
    def usual_preset(self) -> str:
        """Name the preset of a conversation that has none of its own: as in the settings.

        The Understudy has its own in place of the default one, which is made for large models.
        """
        preset = self._preferences.value.preset
        stands_in = self._models.is_understudy(self._models.chosen)
        return UNDERSTUDY_PRESET if stands_in and preset == DEFAULT_PRESET else preset

    def edit(self, message_id: int, text: str, keep_following: bool) -> None:
        """Put another version beside a message; a message of mine that stands last gets a new reply."""
        was_busy = self.busy
        super().edit(message_id, text, keep_following)
        last = self.last()
        if not was_busy and last is not None and last.role is Role.USER:
            self._ask(_Wish())

    def _on_prompt_changed(self) -> None:
        self.measure()

    # ---- how a reply comes -------------------------------------------------------------------------

    def _on_sent(self, message: Message) -> None:
        self._sending = False
        if self.conversation is None or self.conversation.id != message.conversation_id:
            return
        self._reload()
        self._ask(_Wish())  # first: the engine reads while the window draws
        self.message_added.emit(message)
        self.grown.emit()

    def _on_send_failed(self, error: KnownError) -> None:
        self._sending = False
        self._notices.post_error(error)
        self.state_changed.emit(self.state)  # the composer takes its text back

    def _ask(self, wish: _Wish) -> None:
        if not self._models.ensure_loaded():
            self._notices.post_error(KnownError(ErrorKind.MODEL_NONE))
            return
        if self._models.state is ModelState.READY:
            self._write(wish)
        elif self._models.state is ModelState.LOADING:
            self._wish = wish
            self._set_state(ChatState.WAITING)

    def _write(self, wish: _Wish) -> None:
        conversation, model = self.conversation, self._models.loaded
        assert conversation is not None and model is not None and self.persona is not None
        self._measuring = 0
        self._models.hold()
        try:
            written = self._prompts.prompt_of(
                conversation, model, until=wish.beside, continuing=wish.continuing
            )
        except KnownError as error:
            self._notices.post_error(error)
            return
        self.lore, self.recalled = written.lore, written.recalled
        chosen = self._models.chosen
        plan = ReplyPlan(
            conversation_id=conversation.id,
            name=self.persona.fields.spoken_name,
            prompt=written.prompt,
            sampling=self.sampling(),
            model=model,
            model_sha256=chosen.sha256 if chosen else "",
            persona_version_id=conversation.persona_version_id,
            profile_version_id=conversation.profile_version_id,
            exact=self.exact or self._preferences.value.exact,
            threads=self._power.threads(model.threads),
            history=written.history,
            lore=written.lore.hits,
            recalled=written.recalled,
            beside=wish.beside,
            continuing=wish.continuing,
            noted=written.noted,
        )
        self._follow(Reply(plan, self._store, self._engine, self))

    def _follow(self, reply: Reply) -> None:
        self._reply = reply
        reply.reading.connect(self.reading_progressed)
        reply.started.connect(self._on_started)
        reply.begun.connect(self._on_begun)
        reply.grew.connect(self.answer_grew)
        reply.failed.connect(self._notices.post_error)
        reply.ended.connect(self._on_ended)
        self._set_state(ChatState.READING)
        reply.start()

    def _on_started(self, started: protocol.Started) -> None:
        self._set_budget(started.budget)
        now = self.conversation
        if now is not None and started.budget.memory_line_id != now.memory_line_id:
            line = started.budget.memory_line_id
            self.conversation = dataclasses.replace(now, memory_line_id=line)
            self._store.post(self._store.submit(conversations.set_memory_line, now.id, line))
            self.conversation_changed.emit(self.conversation)

    def _on_begun(self, message: Message) -> None:
        self._set_state(ChatState.WRITING)
        assert self._reply is not None
        if self._reply.plan.continuing is not None:
            self.message_changed.emit(message)
        elif self._reply.plan.beside is not None:
            self._reload()
            self.path_changed.emit()
        else:
            self.message_added.emit(message)

    def _on_ended(self, message: Message | None, statistics: ReplyStatistics | None) -> None:
        if self._reply is not None:
            self._reply.deleteLater()
        self._reply = None
        self._reload()
        if statistics is not None:
            self._set_statistics(statistics)
        if message is not None:
            self.message_changed.emit(message)
        self._models.note_use()
        self._set_state(ChatState.IDLE)
        self.grown.emit()
        self.measure()

    def _on_model_state(self, state: ModelState) -> None:
        if state is ModelState.READY:
            wish, self._wish = self._wish, None
            if wish is not None and self.conversation is not None:
                self._write(wish)
            else:
                self.measure()
        elif state is not ModelState.LOADING:
            self._set_budget(None)
            self._drop_wish()

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Measured) and event.id == self._measuring:
            self._measuring = 0
            self._set_budget(event.budget)

    # ---- small things ------------------------------------------------------------------------------

    def _reserve(self, context: int) -> int:
        return min(self.sampling().max_tokens, context // 4)

    def _drop_wish(self) -> None:
        self._wish = None
        if self.state is ChatState.WAITING:
            self._set_state(ChatState.IDLE)

    def _set_budget(self, budget: Budget | None) -> None:
        self.budget = budget
        if budget is None:
            self.lore, self.recalled = None, ()
        self.budget_changed.emit(budget)

    def _set_statistics(self, statistics: ReplyStatistics | None) -> None:
        self.statistics = statistics
        self.statistics_changed.emit(statistics)

    def _set_state(self, state: ChatState) -> None:
        if state is not self.state:
            self.state = state
            self.state_changed.emit(state)


def _say(session: Session, conversation_id: int, name: str, text: str, title: str) -> Message:
    message = messages.append(session, conversation_id, Role.USER, name, text, state=MessageState.COMPLETE)
    conversations.set_draft(session, conversation_id, "")
    if title:
        conversations.rename(session, conversation_id, title)
    return message


def title_of(text: str) -> str:
    """Make a title of the first message."""
    line = " ".join(text.split())
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:.-") + "…"
