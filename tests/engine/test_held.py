"""The cells of a real model: what is moved in them and what is inserted."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import llama_cpp
import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import Role, StopReason
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.domain.prompt import Keep, PromptTurn, Span, SpanKind
from hermes_desktop.engine import kv, protocol, schedule
from hermes_desktop.engine.backend import Ticket
from tests.engine.child import prompt
from tests.engine.desk import BATCH, FACTS, SAID, SHORT, SUMMARY, Desk, remembering, told
from tests.engine.test_again import WORDS, Made


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "noise.gguf", context=4096)


@pytest.fixture
def desk(file: Path) -> Iterator[Desk]:
    made = Desk(file)
    yield made
    made.session.unload()


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
    wide = {"llama.rope.dimension_count": 64}
    wide |= {"llama.attention.head_count": 2, "llama.attention.head_count_kv": 1}
    for path, moves in (
        (file, False),
        (tiny_gguf.write(tmp_path / "wide.gguf", context=2048, metadata=wide), True),
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
