"""Knows how the model is asked for a persona or a part of one, and what has come; it changes no persona."""

import dataclasses
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.aside import Aside, AsideEnd, AsidesService, AsideState, Wanted
from hermes_desktop.app.models import ModelsService
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.prompting import ghostwriting
from hermes_desktop.prompting.ghostwriting import SLOTS
from hermes_desktop.prompting.json_form import grammar_of
from hermes_desktop.prompting.json_reading import Answer, Value, read

PARTS = tuple(SLOTS)  # names of fields that can be written
WHOLE = ghostwriting.WHOLE  # those of a whole persona, in the order in which they come
_TOKENS, _TOKENS_OF_A_PART = 1600, 700
# Warm enough for two drafts to differ; a penalty on repeating would fall on the signs of JSON.
_HAND = Sampling(temperature=0.8, top_p=0.95, min_p=0.05, repeat_penalty=1.0)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the model proposes, as far as it has come."""

    values: tuple[tuple[str, Value], ...] = ()  # name of a field, text or texts
    cut: tuple[str, ...] = ()  # fields whose end is missing

    def text(self, part: str) -> str:
        """Give what is proposed for a field, lists divided by commas; "" for nothing."""
        value = dict(self.values).get(part, "")
        return value.strip() if isinstance(value, str) else ", ".join(value)


@dataclass(frozen=True, slots=True)
class Draft:
    """How a proposal ended."""

    proposal: Proposal
    whole: bool  # it is JSON with everything that was asked for
    stopped: bool = False
    full: bool = False  # the tokens were spent
    error: KnownError | None = None


class GhostwriterService(QObject):
    """Write personas, one proposal at a time."""

    began = Signal()
    loading = Signal()  # the model is loaded first
    reading = Signal(int, int)  # tokens read, tokens to read
    grew = Signal(object)  # Proposal
    ended = Signal(object)  # Draft

    def __init__(self, asides: AsidesService, models: ModelsService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asides = asides
        self._models = models
        self._parts: tuple[str, ...] = ()
        self.running = False

    @property
    def is_weak(self) -> bool:
        """Say whether what plays is the Understudy, which is too small to write anybody."""
        return self._models.is_understudy(self._models.chosen)

    def write_persona(self, idea: str, known: PersonaFields, seed: int = -1) -> None:
        """Ask for a whole persona from one line; what is written already is kept to."""
        self._ask(WHOLE, ghostwriting.invent(idea, known), _TOKENS, seed)

    def write_part(
        self, part: str, fields: PersonaFields, *, present: str = "", wish: str = "", seed: int = -1
    ) -> None:
        """Ask for one field: a first draft, or a better one than `present`."""
        prompt = ghostwriting.write_part(part, fields, present=present, wish=wish)
        self._ask((part,), prompt, _TOKENS_OF_A_PART, seed)

    def stop(self) -> None:
        """End the proposal and keep what has come."""
        if self.running:
            self._asides.stop()

    # ---- inside ------------------------------------------------------------------------------------

    def _ask(self, parts: tuple[str, ...], prompt: Prompt, tokens: int, seed: int) -> None:
        if self.running:
            return
        self.running, self._parts = True, parts
        self.began.emit()
        aside = Aside(Wanted(lambda _model: prompt, partial(self._sampling, tokens, seed)), self)
        aside.reading.connect(self.reading)
        aside.grew.connect(lambda text: self.grew.emit(self._proposal(self._read(text))))
        aside.ended.connect(partial(self._on_ended, aside))
        self._asides.start(aside)
        if aside.state is AsideState.LOADING:
            self.loading.emit()

    def _sampling(self, tokens: int, seed: int, model: LoadedModel) -> Sampling:
        """Hold the model to the form, where what plays can be held to one."""
        takes = model.served is None or "grammar" not in model.served.unknown
        grammar = grammar_of(ghostwriting.persona_slots(self._parts)) if takes else ""
        return dataclasses.replace(_HAND, max_tokens=tokens, seed=seed, grammar=grammar)

    def _read(self, text: str) -> Answer:
        return read(text, ghostwriting.persona_slots(self._parts))

    def _proposal(self, answer: Answer) -> Proposal:
        named = {SLOTS[part].name: part for part in self._parts}
        values = tuple((named[name], value) for name, value in answer.values)
        cut = [
            part for part, value in values if SLOTS[part].name == answer.unfinished or _is_full(part, value)
        ]
        return Proposal(values, tuple(cut))

    def _on_ended(self, aside: Aside, end: AsideEnd) -> None:
        aside.deleteLater()
        self.running = False
        answer = self._read(end.text)
        proposal = self._proposal(answer)
        whole = answer.whole and len(answer.values) == len(self._parts)
        error = end.error
        if end.done is not None and not end.stopped and not answer.values:
            name = end.plan.model.name if end.plan is not None else ""
            error = KnownError(ErrorKind.NOT_JSON, name=name)
        elif error is not None and error.kind is ErrorKind.REPLY_LOOPED:
            error = None  # what came before stands there, and is said to be cut
        full = end.done is not None and end.done.stop_reason in (StopReason.LENGTH, StopReason.LOOP)
        self.ended.emit(Draft(proposal, whole, end.stopped, full, error))


def _is_full(part: str, value: Value) -> bool:
    """Say whether a text is as long as it may be, so that its end was not chosen."""
    return isinstance(value, str) and len(value) >= SLOTS[part].letters
