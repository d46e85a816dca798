"""Knows when a part of the open conversation is summed up and its facts are noted; not in which words.

In quiet moments what has left the context is summed up, and what leaves it next, so that the summary is
there when it is needed. A reply, or anything else that is written beside it, goes first.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from hermes_desktop.app import chapters, summing
from hermes_desktop.app.aside import Aside, AsideEnd, AsidesService, Wanted
from hermes_desktop.app.chapters import Part
from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.app.models import ModelsService, ModelState
from hermes_desktop.app.power import PowerService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.domain.memory import chapters as chapters_of
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.prompt import Prompt, SpanKind
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.prompting import noting
from hermes_desktop.prompting.fit import MEMORY_SHARES
from hermes_desktop.storage import memories, messages
from hermes_desktop.storage.database import Session

_log = logging.getLogger(__name__)
QUIET_MS = 4000  # without a reply, before something is summed up unasked
_NEARLY_FULL = 0.75  # of the context: from here on what leaves next is summed up, too
_FEWEST = 4  # messages that are summed up unasked
_LOOKED_BACK = 400  # messages behind the line that are looked at unasked; the rest takes a wish
_SHORTER = 0.8  # of what it was, at most, is worth keeping in its place
_NEARLY = 0.85  # of the room: before a summary has to stay out, the oldest become one
_MAY_LEAVE = (*MEMORY_SHARES, SpanKind.EXAMPLES, SpanKind.TURNS)
_PASSING = (ErrorKind.GAVE_WAY, ErrorKind.BUSY, ErrorKind.MODEL_NONE)
_TRIES = 2  # of one part, unasked


class Task(StrEnum):
    """Say what is being written."""

    SUMMARY = "summary"
    FACTS = "facts"
    SHORTER = "shorter"  # one summary in the place of several


@dataclass(frozen=True, slots=True)
class Work:
    """What is being written, and of which part of the conversation."""

    task: Task
    conversation_id: int
    first: int  # positions on the path
    last: int
    asked: bool  # by the person


class ChronicleService(QObject):
    """Sum up the open conversation, a chapter at a time."""

    changed = Signal()  # whether it is at work, and on what
    failed = Signal(object)  # KnownError: of what a person asked for

    def __init__(
        self,
        store: Store,
        chat: ChatService,
        asides: AsidesService,
        models: ModelsService,
        kept: MemoriesService,
        preferences: PreferencesService,
        power: PowerService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store, self._chat, self._asides, self._models = store, chat, asides, models
        self._kept, self._preferences, self._power = kept, preferences, power
        self.work: Work | None = None
        self._aside: Aside | None = None
        self._upto: int | None = None  # a depth: a person wants everything up to there
        self._stopping = False
        self._missed: Part | None = None  # its facts are yet to be noted
        self._tries: dict[tuple[int, int], int] = {}  # in vain, by conversation and first depth
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._on_quiet)
        heard = (chat.state_changed, chat.budget_changed, asides.changed, models.state_changed)
        for signal in (*heard, preferences.changed, power.changed):
            signal.connect(self._wait)
        chat.closed.connect(self._on_closed)

    # ---- what a person asks for ----------------------------------------------------------------------

    def start(self) -> None:
        """Sum up all that is not yet, but for the last exchange; ends at once where there is nothing."""
        conversation, last = self._chat.conversation, self._chat.last()
        if conversation is None or last is None:
            return
        self._tries.clear()
        self._upto = last.depth - 2
        if self.work is None:
            self._go_on()

    def renew(self, memory: Memory) -> None:
        """Have one summary written anew; undo brings back what it said."""
        conversation = self._chat.conversation
        if conversation is None or self.work is not None:
            return
        part = self._store.read(chapters.part_of, memory, conversation.id)
        inner = self._store.read(chapters.inner, memory, conversation.id)
        whole = part is not None and chapters.tokens_of(part.messages) <= chapters.ANEW
        if part is None or (not whole and len(inner) < 2):
            self.failed.emit(KnownError(ErrorKind.NOTHING_TO_SUM_UP))
            return
        ask = partial(chapters.summary_of, part) if whole else partial(chapters.condensed, inner)
        self._write(Task.SUMMARY, part, ask, partial(self._renewed, memory.id), asked=True)

    def stop(self) -> None:
        """End what is being written; what was kept stays."""
        self._upto = None
        if self._aside is not None:
            self._stopping = True
            self._asides.stop(self._aside)

    @property
    def possible(self) -> bool:
        """Say whether something could be summed up now, if a person asked for it."""
        return (
            self._chat.conversation is not None
            and not self._chat.busy
            and self.work is None
            and (self._models.chosen is not None or self._models.loaded is not None)
        )

    # ---- unasked -------------------------------------------------------------------------------------

    def _wait(self, *_anything: object) -> None:
        """Begin the quiet anew; what is written unasked ends where nobody wants that any more."""
        if self.work is None and self._may_unasked():
            self._quiet.start()
        elif self.work is None:
            self._quiet.stop()
        elif not self.work.asked and self._upto is None and not self._wanted():
            self.stop()

    def _wanted(self) -> bool:
        return self._preferences.value.sum_up and not self._power.saving

    def _may_unasked(self) -> bool:
        model = self._models.loaded
        return (
            self._wanted()
            and self._chat.conversation is not None
            and self._chat.budget is not None
            and not self._asides.occupied
            and self._models.state is ModelState.READY
            # A server is asked for nothing unasked, and the Understudy is too small to be trusted with it.
            and model is not None
            and model.served is None
            and not self._models.is_understudy(self._models.chosen)
        )

    def _on_quiet(self) -> None:
        if self.work is None and self._may_unasked():
            self._go_on()

    def _on_closed(self) -> None:
        self._tries.clear()
        self._missed = None
        self._quiet.stop()
        self.stop()

    # ---- what comes next -----------------------------------------------------------------------------

    def _go_on(self) -> None:
        conversation = self._chat.conversation
        if conversation is None:
            return
        if self._note_missed(conversation.id):
            return
        upto, earliest = self._due() if self._upto is None else (self._upto, 1)
        model = self._models.loaded
        tokens = (
            chapters.at_once(chapters.room_of(model.context, summing.FACTS)) if model else chapters.TOKENS
        )
        part = self._store.read(
            chapters.next_part,
            conversation.id,
            upto=upto,
            earliest=earliest,
            tokens=tokens,
            forgotten=self._upto is None,
        )
        if part is not None and self._is_enough(part, upto) and self._may_try(part):
            self._sum_up(part)
        elif not self._shorten():
            self._upto = None
            self.changed.emit()

    def _due(self) -> tuple[int, int]:
        """Give the depth up to which is summed up unasked, and the one from which on it is looked at."""
        conversation, budget = self._chat.conversation, self._chat.budget
        assert conversation is not None
        upto = self._store.read(chapters.left, conversation)
        if budget is not None and budget.leaves_next:
            filled = budget.prompt_tokens + budget.reserve + budget.late_reserve - budget.late_tokens
            if filled >= _NEARLY_FULL * budget.context:
                upto = max(upto, *map(self._chat.depth_of, budget.leaves_next))
        return upto, max(upto - _LOOKED_BACK, 1)

    def _is_enough(self, part: Part, upto: int) -> bool:
        """Say whether it is worth a chapter; what grows no more is, however little it is."""
        return self._upto is not None or len(part.messages) >= _FEWEST or part.last.depth < upto

    def _note_missed(self, conversation_id: int) -> bool:
        """Have the facts noted of a part that was summed up when something else went first."""
        part, self._missed = self._missed, None
        if part is None or part.last.conversation_id != conversation_id:
            return False
        self._note_facts(part)
        return True

    def _may_try(self, part: Part) -> bool:
        return self._tries.get((part.last.conversation_id, part.first_depth), 0) < _TRIES

    def _sum_up(self, part: Part) -> None:
        self._write(Task.SUMMARY, part, partial(chapters.summary_of, part), partial(self._summed_up, part))

    def _shorten(self) -> bool:
        """Have the oldest summaries become one where all together are too long; say whether they do."""
        conversation, model = self._chat.conversation, self._models.loaded
        if conversation is None or model is None:
            return False
        told = chapters_of(self._kept.of(conversation.id))
        room = int(self._room(model) * MEMORY_SHARES[SpanKind.SUMMARY])
        some = chapters.too_long(told, room)
        part = self._store.read(_spanned, some, conversation.id) if some else None
        if part is None or not self._may_try(part):
            return False
        ask = partial(chapters.condensed, some)
        self._write(Task.SHORTER, part, ask, partial(self._shortened, part, some))
        return True

    def _room(self, model: LoadedModel) -> float:
        """Give the tokens that the next prompt has for what may leave, rather too few."""
        budget = self._chat.budget
        if budget is None:
            return model.context / 2
        fixed = sum(each.tokens for each in budget.segments if each.kind not in _MAY_LEAVE)
        kept_free = budget.reserve + max(budget.late_reserve - budget.late_tokens, 0)
        return _NEARLY * (budget.context - kept_free - fixed)

    # ---- having it written ---------------------------------------------------------------------------

    def _write(
        self,
        task: Task,
        part: Part,
        ask: Callable[[int], Prompt],
        done: Callable[[str], None],
        *,
        asked: bool = False,
        sampling: Callable[[LoadedModel], Sampling] | None = None,
    ) -> None:
        sampling = sampling or summing.summary_sampling

        def prompt(model: LoadedModel) -> Prompt:
            return ask(chapters.room_of(model.context, sampling(model).max_tokens))

        first, last, wished = part.messages[0], part.last, asked or self._upto is not None
        self.work = Work(task, last.conversation_id, first.position, last.position, wished)
        self._aside = Aside(Wanted(prompt, sampling), self, background=not wished)
        self._aside.ended.connect(partial(self._on_ended, self._aside, part, done))
        self.changed.emit()
        self._asides.start(self._aside)

    def _on_ended(self, aside: Aside, part: Part, done: Callable[[str], None], end: AsideEnd) -> None:
        aside.deleteLater()
        work, self.work, self._aside = self.work, None, None
        stopped, self._stopping = self._stopping, False
        assert work is not None
        said = summing.tidy(end)
        if not stopped:
            try:
                if not said:
                    raise end.error or KnownError(ErrorKind.REPLY_EMPTY)
                done(said)
            except KnownError as error:  # it may also be that it cannot be kept
                self._on_nothing(work, part, error)
        if self.work is not None:
            return
        self.changed.emit()
        if self._upto is not None:
            self._go_on()
        else:
            self._wait()

    def _on_nothing(self, work: Work, part: Part, error: KnownError) -> None:
        """What gave way is tried again; what failed, once more, unless somebody waits for it."""
        if error.kind in _PASSING:
            self._missed = part if work.task is Task.FACTS else None
        else:
            key = part.last.conversation_id, part.first_depth
            self._tries[key] = self._tries.get(key, 0) + 1
            _log.info("nothing was written of %s: %s", work, error.kind)
        if work.task is Task.FACTS and error.kind is ErrorKind.REPLY_EMPTY:
            return  # a part that tells none
        wished, self._upto = work.asked or self._upto is not None, None
        if wished:
            self.failed.emit(error)

    # ---- keeping it ----------------------------------------------------------------------------------

    def _summed_up(self, part: Part, said: str) -> None:
        self._store.write(memories.add, MemoryKind.SUMMARY, part.last.id, part.first_depth, said)
        self._kept.note_change()
        self._note_facts(part)

    def _note_facts(self, part: Part) -> None:
        ask = partial(chapters.facts_of, part)
        self._write(Task.FACTS, part, ask, partial(self._noted, part), sampling=summing.facts_sampling)

    def _noted(self, part: Part, said: str) -> None:
        found = noting.read(said)
        self._store.write(chapters.keep_facts, part, found)
        self._kept.note_change()

    def _shortened(self, part: Part, some: list[Memory], said: str) -> None:
        before = sum(map(chapters.taken, some))
        made = Memory(0, MemoryKind.SUMMARY, part.last.id, part.last.depth, some[0].first_depth, 0, said)
        if chapters.taken(made) > _SHORTER * before:  # it would go on for ever
            self._tries[part.last.conversation_id, part.first_depth] = _TRIES
            return
        self._store.write(memories.add, MemoryKind.SUMMARY, part.last.id, some[0].first_depth, said)
        self._kept.note_change()

    def _renewed(self, memory_id: int, said: str) -> None:
        self._store.write(memories.rewrite, memory_id, said, by_hand=False)
        self._kept.note_change()
        self._chat.measure()


def _spanned(session: Session, some: list[Memory], conversation_id: int) -> Part | None:
    """Give the first and the last message that some summaries tell of."""
    ends = [some[0].first_depth, some[-1].depth]
    found = [messages.page(session, conversation_id, after=at - 1, limit=1) for at in ends]
    last = messages.get(session, some[-1].message_id)
    first = found[0][0] if found[0] else last
    return Part((first, last))
