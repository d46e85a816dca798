"""The cells of a real model: memories that are inserted, and what an aside leaves as it was."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import llama_cpp
import pytest

from hermes_desktop import machine
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.domain.replay import Batch
from hermes_desktop.engine import kv, protocol, schedule
from hermes_desktop.engine.backend import Ticket
from hermes_desktop.engine.cells import BESIDE
from hermes_desktop.engine.held import Held
from hermes_desktop.engine.session import Session
from hermes_desktop.prompting import fit
from tests.engine.child import GREEDY, Child, prompt
from tests.engine.test_again import HOT, WORDS, Made, make, replayed
from tests.engine.test_llama import ENDLESS

BATCH = 64
SHORT = replace(HOT, max_tokens=4)
SAID = ("Hello. " + WORDS, "Yes. " + WORDS * 3, "And? " + WORDS, "So. " + WORDS * 3, "Then? " + WORDS)
SUMMARY = PromptTurn(Role.SYSTEM, (Span(SpanKind.SUMMARY, "Earlier: " + WORDS * 9),), Keep.MEMORY)
FACTS = PromptTurn(Role.SYSTEM, (Span(SpanKind.FACTS, "Known: " + WORDS),), Keep.MEMORY)
LONG = WORDS * 15  # takes many batches
WIDE = {"llama.rope.dimension_count": 64}
_KEPT = {Keep.MEMORY: Keep.ALWAYS}


def remembering(wanted: Prompt, *memories: PromptTurn, gone: int = 0) -> Prompt:
    """Put memories before the window, of which the first turns have left."""
    system, *window = wanted.turns
    return replace(wanted, turns=(system, *memories, *window), memory_line_id=gone + 1 if gone else None)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "noise.gguf", context=4096)


@pytest.fixture(scope="module")
def fresh(file: Path) -> Iterator[Child]:
    with Child("--engine", "llama") as started:
        started.load(file, context=2048, batch=BATCH)
        yield started


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


@pytest.fixture
def desk(file: Path) -> Iterator[Desk]:
    made = Desk(file)
    yield made
    made.session.unload()


# ---- memories ---------------------------------------------------------------------------------------


def test_a_memory_is_all_that_is_read_beside_the_new_turn(desk: Desk) -> None:
    first = desk.generate(prompt(*SAID[:3]))
    wanted = remembering(told(first), SUMMARY)
    made = desk.generate(wanted)
    plain = first.prompt_tokens + len(first.tokens)
    assert made.kept_tokens + made.shifted_tokens >= plain - 1 and made.kept_tokens < made.shifted_tokens
    started = next(each for each in reversed(desk.events) if isinstance(each, protocol.Started))
    new = made.prompt_tokens - made.kept_tokens - made.shifted_tokens
    assert made.evaluated_tokens == sum(made.schedule) == new == started.to_evaluate_tokens
    assert sum(batch.kept * batch.times for batch in started.batches) == made.prompt_tokens
    assert made.generated_tokens == 4
    assert desk.generate(wanted).evaluated_tokens == 1  # the next reply has it all


def test_an_exact_reply_after_an_insertion_is_made_again_to_the_token(desk: Desk, file: Path) -> None:
    desk.generate(prompt(*SAID[:3]))
    wanted = remembering(prompt(*SAID[:3]), SUMMARY)
    assert desk.generate(wanted).shifted_tokens
    done = desk.generate(wanted, exact=True)
    assert not done.shifted_tokens and done.kept_tokens and done.evaluated_tokens > len(WORDS)
    started = next(each for each in reversed(desk.events) if isinstance(each, protocol.Started))
    assert all(batch.size for batch in started.batches)
    fresh = Desk(file)
    fresh.session.replay(Made(wanted, SHORT, started, done).asked(3), fresh.events.append, Ticket())
    assert fresh.events[-1] == protocol.Replayed(3, 4)
    fresh.session.unload()


def test_progress_counts_what_is_inserted(desk: Desk) -> None:
    desk.generate(prompt(*SAID[:3]))
    desk.events.clear()
    done = desk.generate(remembering(prompt(*SAID[:3]), SUMMARY))
    seen = [(each.done, each.total) for each in desk.events if isinstance(each, protocol.Evaluating)]
    total = done.evaluated_tokens
    assert len(seen) == len(done.schedule) >= 3 and seen[-1] == (total, total)
    assert seen == sorted(seen) and all(each[1] == total for each in seen)


def test_an_exact_reply_inserts_nothing(desk: Desk) -> None:
    first = desk.generate(prompt(*SAID[:3]))
    done = desk.generate(remembering(prompt(*SAID[:3]), SUMMARY), exact=True)
    assert done.shifted_tokens == 0 and done.kept_tokens < first.prompt_tokens // 2


def test_a_memory_is_read_as_if_nothing_stood_behind_it(desk: Desk) -> None:
    """It comes out as in a prompt that ends with it."""
    bare = remembering(prompt(SAID[0]), SUMMARY)
    runs = desk.held.form.runs(bare.turns[:2])[:2]
    ids = kv.flat(runs)
    start = len(runs[0].tokens)
    for at in (0, *range(start, len(ids), BATCH)):
        stop = start if at < start else min(at + BATCH, len(ids))
        desk.model.evaluate(ids[at:stop], at)
    straight = desk.logits()
    desk.model.cells.clear()

    thoughts: list[list[float]] = []
    desk.generate(prompt(*SAID[:3]))
    desk.on_event = lambda event: (
        thoughts.append(desk.logits()) if isinstance(event, protocol.Evaluating) else None
    )
    done = desk.generate(remembering(prompt(*SAID[:3]), SUMMARY))
    last = -(-(len(ids) - start) // BATCH) - 1
    assert done.schedule[last] == (len(ids) - start) % BATCH
    assert thoughts[last] == pytest.approx(straight, abs=0.02)


def test_what_is_reused_is_where_it_was_read(desk: Desk) -> None:
    """The next thought is nearly that of a prompt that was read from its beginning."""
    wanted = remembering(prompt(*SAID[:3]), FACTS)
    desk.generate(prompt(*SAID[:3]))
    inserted = desk.generate(wanted)
    assert inserted.shifted_tokens
    near = desk.next_logits()
    desk.held.forget()
    desk.generate(wanted)
    whole = desk.next_logits()
    apart = max(abs(one - other) for one, other in zip(near, whole, strict=True))
    assert apart < (max(whole) - min(whole)) / 2


def test_memories_come_where_turns_have_left_and_stay_together(desk: Desk) -> None:
    desk.generate(prompt(*SAID))
    wanted = remembering(prompt(*SAID), SUMMARY, gone=2)
    first = desk.generate(wanted)
    assert first.kept_tokens and first.shifted_tokens
    second = desk.generate(remembering(prompt(*SAID), FACTS, SUMMARY, gone=2))
    assert second.shifted_tokens > first.shifted_tokens
    assert desk.held.batches[1].size == 0  # whatever follows is of no batch that could be repeated
    assert schedule.sound(desk.held.batches) == second.kept_tokens
    third = desk.generate(remembering(prompt(*SAID), FACTS, replace(SUMMARY, spans=()), gone=2))
    assert third.shifted_tokens < second.shifted_tokens  # another summary: the window is read anew


def test_a_full_context_has_room_for_an_insertion(desk: Desk) -> None:
    """While a memory is read no more cells are taken than the prompt has in the end."""
    texts = [f"{number}. " + WORDS * 5 for number in range(5)]
    desk.generate(prompt(*texts))
    room = desk.model.context - SHORT.max_tokens - 1
    filler = FACTS
    while True:
        more = replace(filler, spans=(Span(SpanKind.FACTS, filler.text + WORDS),))
        runs = desk.held.form.runs(remembering(prompt(*texts), more).turns)
        if sum(len(run.tokens) for run in runs) > room:
            break
        filler = more
    done = desk.generate(remembering(prompt(*texts), filler))
    assert done.generated_tokens == 4 and done.shifted_tokens
    assert desk.model.context - done.prompt_tokens < 2 * len(WORDS)


@pytest.mark.parametrize("batches", [1, 3, 5])
def test_a_cancelled_insertion_keeps_what_was_there(desk: Desk, batches: int) -> None:
    desk.generate(prompt(*SAID))
    wanted = remembering(prompt(*SAID), SUMMARY, FACTS, gone=2)

    def cancel(event: protocol.Event) -> None:
        nonlocal batches
        batches -= isinstance(event, protocol.Evaluating)
        if not batches:
            desk.session.interrupt()

    desk.on_event = cancel
    cut = desk.generate(wanted)
    assert cut.stop_reason is StopReason.CANCELLED and not cut.generated_tokens
    desk.on_event = lambda _: None
    again = desk.generate(wanted)
    assert again.kept_tokens + again.shifted_tokens >= cut.kept_tokens + cut.shifted_tokens
    assert again.generated_tokens == 4


def test_a_failed_insertion_forgets_everything(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.generate(prompt(*SAID))
    monkeypatch.setattr(llama_cpp, "llama_decode", lambda *_: -3)
    with pytest.raises(RuntimeError):
        desk.generate(remembering(prompt(*SAID), SUMMARY))
    desk.check()
    monkeypatch.undo()
    done = desk.generate(remembering(prompt(*SAID), SUMMARY))
    assert done.kept_tokens == 0 and done.generated_tokens == 4


def test_cells_whose_moving_was_broken_off_are_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.generate(prompt(*SAID))
    decode = llama_cpp.llama_decode

    def interrupted(*arguments: object) -> int:
        desk.session.interrupt()  # the first thing it does is to move them
        return int(decode(*arguments))

    monkeypatch.setattr(llama_cpp, "llama_decode", interrupted)
    done = desk.generate(remembering(prompt(*SAID), SUMMARY))
    assert done.stop_reason is StopReason.CANCELLED and done.shifted_tokens
    assert not desk.held.resident
    monkeypatch.undo()
    assert desk.generate(remembering(prompt(*SAID), SUMMARY)).kept_tokens == 0


def test_a_model_that_cannot_move_cells_reads_anew(desk: Desk) -> None:
    desk.generate(prompt(*SAID))
    desk.model.cells._shifts = False
    done = desk.generate(remembering(prompt(*SAID), SUMMARY))
    assert done.shifted_tokens == 0 and done.kept_tokens


def test_a_quantised_cache_is_moved_only_where_llama_cpp_can(file: Path, tmp_path: Path) -> None:
    """It would end the process for heads that are no multiple of 64."""
    wide = {"llama.attention.head_count": 2, "llama.attention.head_count_kv": 1}
    for path, moves in (
        (file, False),
        (tiny_gguf.write(tmp_path / "wide.gguf", context=2048, metadata={**wide, **WIDE}), True),
    ):
        desk = Desk(path, KvType.Q8_0)
        desk.generate(prompt(*SAID))
        done = desk.generate(remembering(prompt(*SAID), SUMMARY, gone=2))
        assert bool(done.shifted_tokens) is moves and done.generated_tokens == 4
        desk.session.unload()


def test_what_has_left_and_is_remembered_counts_as_gone(desk: Desk) -> None:
    """A pinned message bears the id of the message that has left the window."""
    desk.generate(prompt(*SAID))
    pin = PromptTurn(
        Role.ASSISTANT, (Span(SpanKind.PINNED, SAID[1]),), Keep.MEMORY, message_id=2, stands_for=2
    )
    done = desk.generate(remembering(prompt(*SAID), SUMMARY, pin, gone=2))
    new = sum(len(run.tokens) for run in desk.held.form.runs((SUMMARY,))[:1])
    assert (
        done.shifted_tokens and done.evaluated_tokens < new + len(WORDS) // 2
    )  # the pin was there as a turn


# ---- asides -----------------------------------------------------------------------------------------


def other(text: str = "Write a scene. " + LONG[: len(WORDS) * 6]) -> Prompt:
    return prompt(text, system="You are a writer.")


def told(done: protocol.Done) -> Prompt:
    """Go on with the conversation behind a reply."""
    wanted = prompt(*SAID[:3], done.text, SAID[4])
    turns = list(wanted.turns)
    turns[-2] = replace(turns[-2], tokens=done.tokens)
    return replace(wanted, turns=tuple(turns))


def beside(child: Child, wanted: Prompt, *, cancel: bool = False) -> protocol.Done:
    asked = child.next_id()
    sampling = ENDLESS if cancel else replace(GREEDY, max_tokens=8)
    child.send(protocol.Generate(asked, wanted, sampling, aside=True))
    if cancel:
        child.wait(protocol.Evaluating)
        child.send(protocol.Cancel(child.next_id(), asked))
    return child.wait(protocol.Done)


@pytest.mark.parametrize("how", ["whole", "cancelled", "failed"])
def test_an_aside_leaves_the_cache_as_it_was(file: Path, fresh: Child, how: str) -> None:
    with Child("--engine", "llama") as child:
        child.load(file, context=2048, batch=BATCH)
        first = make(child, prompt(*SAID[:3]))
        wanted = told(first.done)
        if how == "failed":
            grammar = replace(GREEDY, grammar="root := nonsense (((")
            failed = child.fail(protocol.Generate(child.next_id(), other(), grammar, aside=True))
            assert failed.kind == ErrorKind.ENGINE_GRAMMAR.value
        else:
            done = beside(child, other(LONG if how == "cancelled" else "Write."), cancel=how == "cancelled")
            assert (done.stop_reason is StopReason.CANCELLED) == (how == "cancelled")
        after = make(child, wanted)
        make(fresh, prompt(*SAID[:3]))
        without = make(fresh, wanted)
        assert after.started.kept_tokens == without.started.kept_tokens > first.done.prompt_tokens
        assert after.started.batches == without.started.batches
        assert after.done.tokens == without.done.tokens
        assert replayed(fresh, after).difference is None


@pytest.mark.parametrize("kv_type", list(KvType))
def test_cells_that_were_put_back_are_the_same_to_the_bit(file: Path, kv_type: KvType) -> None:
    desk = Desk(file, kv_type)
    desk.generate(prompt(*SAID))
    desk.generate(prompt(*SAID[:3], *SAID[:2], *SAID[:2]))  # a tail was cut and others read
    before, noted = desk.next_logits(), (desk.held.resident, desk.held.batches)
    desk.generate(other(), aside=True)
    assert (desk.held.resident, desk.held.batches) == (list(noted[0]), list(noted[1]))
    assert desk.next_logits() == before
    desk.session.unload()


def test_cells_that_lie_elsewhere_are_put_back_too(desk: Desk) -> None:
    """After an insertion they lie in no order; none of it could be repeated, and all of it can be used."""
    desk.generate(prompt(*SAID))
    wanted = remembering(prompt(*SAID), SUMMARY, FACTS, gone=2)
    desk.generate(wanted)
    before = desk.next_logits()
    desk.generate(other(), aside=True)
    assert desk.next_logits() == pytest.approx(before, abs=0.02)
    assert desk.generate(wanted).evaluated_tokens == 1


def test_nothing_is_kept_where_nothing_would_be_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(desk.model.cells), "state", lambda _: pytest.fail("it was copied"))
    first = desk.generate(prompt(*SAID[:3]), aside=True)  # nothing is there yet
    assert desk.generate(told(first), aside=True).kept_tokens > first.prompt_tokens  # all of it stays


def test_a_cache_that_has_no_room_beside_itself_is_read_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for free, kept in ((1.9, False), (2.1, True)):
        desk.generate(prompt(*SAID))
        size = desk.model.cells.size()
        monkeypatch.setattr(machine, "free_memory", lambda free=free * size: int(free))
        desk.generate(other(), aside=True)
        assert (desk.generate(prompt(*SAID)).evaluated_tokens == 1) is kept


@pytest.mark.parametrize("function", ["llama_state_seq_get_data", "llama_state_seq_set_data"])
def test_a_copy_that_fails_is_no_cache(desk: Desk, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    desk.generate(prompt(*SAID))
    monkeypatch.setattr(llama_cpp, function, lambda *_: 0)
    done = desk.generate(other(), aside=True)
    assert done.generated_tokens == 4
    monkeypatch.undo()
    again = desk.generate(prompt(*SAID))
    assert again.evaluated_tokens > again.prompt_tokens // 2 and again.generated_tokens == 4


def test_a_copy_of_other_length_is_no_cache(desk: Desk) -> None:
    desk.generate(prompt(*SAID))
    kept = desk.held.keep(())
    assert kept is not None
    desk.held.put_back(replace(kept, resident=kept.resident[:-1]))
    desk.check()
    assert not desk.held.resident


def test_there_is_no_copy_without_memory_or_of_moved_cells(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.generate(prompt(*SAID))
    desk.model.cells.move(0, -1, 0)
    assert desk.held.keep(()) is None
    desk.next_logits()
    assert desk.held.keep(()) is not None
    monkeypatch.setattr(desk.model.cells, "size", lambda: (_ for _ in ()).throw(MemoryError))
    assert desk.model.cells.state() is None


def test_a_failing_aside_puts_back_what_was_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = desk.generate(prompt(*SAID))
    monkeypatch.setattr(llama_cpp, "llama_decode", lambda *_: -3)
    with pytest.raises(RuntimeError):
        desk.generate(other(), aside=True)
    monkeypatch.undo()
    desk.check()
    assert desk.generate(prompt(*SAID)).evaluated_tokens == 1 < first.evaluated_tokens


def test_an_aside_that_does_not_fit_leaves_everything(desk: Desk) -> None:
    desk.generate(prompt(*SAID))
    with pytest.raises(KnownError) as failed:
        desk.generate(other(WORDS * 400), aside=True)
    assert failed.value.kind is ErrorKind.PROMPT_TOO_LONG
    assert desk.generate(prompt(*SAID)).evaluated_tokens == 1


def test_moved_cells_stay_unsound_over_an_aside(desk: Desk) -> None:
    desk.generate(prompt(*SAID))
    desk.generate(remembering(prompt(*SAID), SUMMARY))
    desk.generate(other(), aside=True)
    assert any(batch.size == 0 for batch in desk.held.batches)
    exact = desk.generate(remembering(prompt(*SAID), SUMMARY), exact=True)
    assert exact.shifted_tokens == 0
    assert Batch(0, 1, 0) not in desk.held.batches and all(batch.size for batch in desk.held.batches)


def test_a_cache_that_forgets_all_or_nothing_is_read_anew(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove = desk.model.cells.remove
    for exact in (False, True):
        desk.generate(prompt(*SAID))
        desk.generate(remembering(prompt(*SAID), SUMMARY))
        answers = iter([False])
        monkeypatch.setattr(
            desk.model.cells, "remove", lambda *span, first=answers: next(first, True) and remove(*span)
        )
        done = desk.generate(prompt(*SAID), exact=exact)
        assert (done.kept_tokens, done.shifted_tokens) == (0, 0)  # and the counts say so
        assert done.evaluated_tokens == done.prompt_tokens
        monkeypatch.undo()


def test_a_cancelled_prompt_keeps_what_was_read(desk: Desk) -> None:
    desk.on_event = lambda event: desk.session.interrupt() if isinstance(event, protocol.Evaluating) else None
    assert desk.generate(prompt(*SAID)).stop_reason is StopReason.CANCELLED
    desk.on_event = lambda _: None
    assert desk.generate(prompt(*SAID)).kept_tokens == BATCH
