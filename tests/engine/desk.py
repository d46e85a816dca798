"""A session in this process, whose cells can be looked at."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import llama_cpp

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.engine import protocol
from hermes_desktop.engine.backend import Ticket
from hermes_desktop.engine.cells import BESIDE
from hermes_desktop.engine.held import Held
from hermes_desktop.engine.session import Session
from hermes_desktop.prompting import fit
from tests.engine.child import prompt
from tests.engine.test_again import HOT, WORDS

BATCH = 64
SHORT = replace(HOT, max_tokens=4)
SAID = ("Hello. " + WORDS, "Yes. " + WORDS * 3, "And? " + WORDS, "So. " + WORDS * 3, "Then? " + WORDS)
SUMMARY = PromptTurn(Role.SYSTEM, (Span(SpanKind.SUMMARY, "Earlier: " + WORDS * 9),), Keep.MEMORY)
FACTS = PromptTurn(Role.SYSTEM, (Span(SpanKind.FACTS, "Known: " + WORDS),), Keep.MEMORY)
LONG = WORDS * 15  # takes many batches
_KEPT = {Keep.MEMORY: Keep.ALWAYS}


def remembering(wanted: Prompt, *memories: PromptTurn, gone: int = 0) -> Prompt:
    """Put memories before the window, of which the first turns have left."""
    system, *window = wanted.turns
    return replace(wanted, turns=(system, *memories, *window), memory_line_id=gone + 1 if gone else None)


class Desk:
    """A session in this process, whose cells can be looked at."""

    def __init__(self, file: Path, kv_type: KvType = KvType.F16) -> None:
        self.session = Session()
        self.events: list[protocol.Event] = []
        options = LoadOptions(context=2048, batch=BATCH, threads=1, kv_type=kv_type)
        self.session.load(protocol.Load(1, str(file), options), self.events.append, Ticket())
        assert self.session._held is not None
        self.held: Held = self.session._held
        self.session._fit = self._fit  # type: ignore[method-assign]
        self.model = self.held.model
        self.on_event: Callable[[protocol.Event], None] = lambda _: None

    def _fit(self, held: Held, wanted: Prompt, reserve: int) -> fit.Fitted:
        """Keep all memories: which of them are needed is not what is asked here."""
        made = [replace(turn, keep=_KEPT.get(turn.keep, turn.keep)) for turn in wanted.turns]
        origin = {id(each): turn for each, turn in zip(made, wanted.turns, strict=True)}
        fitted = fit.fit(replace(wanted, turns=tuple(made)), held.model.context, reserve, held.form.count)
        return replace(fitted, turns=tuple(origin[id(turn)] for turn in fitted.turns))

    def _hear(self, event: protocol.Event) -> None:
        self.events.append(event)
        self.on_event(event)

    def generate(self, wanted: Prompt, *, exact: bool = False, aside: bool = False) -> protocol.Done:
        """Write a reply; it is cancelled where `on_event` interrupts."""
        asked = protocol.Generate(2, wanted, SHORT, exact=exact, aside=aside)
        self.session.generate(asked, self._hear, Ticket())
        self.session.resume()
        self.check()
        done = self.events[-1]
        assert isinstance(done, protocol.Done)
        return done

    def check(self) -> None:
        """Check that what is noted of the cells is what they hold."""
        length = sum(len(run.tokens) for run in self.held.resident)
        assert self.model.cells.span() == (0 if length else -1, length - 1)
        assert self.model.cells.span(BESIDE) == (-1, -1)
        assert sum(batch.kept * batch.times for batch in self.held.batches) == length

    def logits(self) -> list[float]:
        """Give what the model thinks comes next."""
        found = llama_cpp.llama_get_logits_ith(self.model._context, -1)
        return list(found[: self.model.vocabulary])

    def next_logits(self) -> list[float]:
        """Read one more token behind what is resident."""
        length = sum(len(run.tokens) for run in self.held.resident)
        self.model.evaluate((65,), length)
        self.model.cells.remove(length, -1)
        return self.logits()


def told(done: protocol.Done) -> Prompt:
    """Go on with the conversation behind a reply."""
    wanted = prompt(*SAID[:3], done.text, SAID[4])
    turns = list(wanted.turns)
    turns[-2] = replace(turns[-2], tokens=done.tokens)
    return replace(wanted, turns=tuple(turns))
