"""The cells of a real model after something was written beside the conversation."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import llama_cpp
import pytest

from hermes_desktop import machine
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.replay import Batch
from hermes_desktop.engine import protocol
from tests.engine.child import GREEDY, Child, prompt
from tests.engine.desk import BATCH, FACTS, LONG, SAID, SUMMARY, Desk, remembering, told
from tests.engine.test_again import WORDS, make, replayed
from tests.engine.test_llama import ENDLESS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf.write(tmp_path_factory.mktemp("models") / "noise.gguf", context=4096)


@pytest.fixture(scope="module")
def fresh(file: Path) -> Iterator[Child]:
    with Child("--engine", "llama") as started:
        started.load(file, context=2048, batch=BATCH)
        yield started


@pytest.fixture
def desk(file: Path) -> Iterator[Desk]:
    made = Desk(file)
    yield made
    made.session.unload()


def other(text: str = "Write a scene. " + LONG[: len(WORDS) * 6]) -> Prompt:
    return prompt(text, system="You are a writer.")


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
