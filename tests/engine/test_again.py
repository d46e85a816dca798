"""A reply made again by a fresh engine: the same to the token, and told where it is not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.domain.conversation import Role, StopReason
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.replay import Batch
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol
from tests.engine.child import GREEDY, Child, prompt
from tests.engine.test_llama import ENDLESS

HOT = Sampling(temperature=1.5, top_p=1.0, min_p=0.0, max_tokens=40, seed=11)
WORDS = "the quick brown fox jumps over the lazy dog and goes on "


@dataclass(frozen=True)
class Made:
    """A reply and all that is known of it."""

    prompt: Prompt
    sampling: Sampling
    started: protocol.Started
    done: protocol.Done

    def again(self, child: Child, **changes: object) -> protocol.Replay:
        return replace(self.asked(child.next_id()), **changes)  # type: ignore[arg-type]

    def asked(self, id_: int) -> protocol.Replay:
        done = self.done
        return protocol.Replay(
            id=id_,
            turns=tuple(self.prompt.turns[place] for place in self.started.turns),
            prompt_sha256=self.started.prompt_sha256,
            batches=self.started.batches,
            sampling=self.sampling,
            seed=done.seed,
            threads=done.threads,
            tokens=done.tokens,
            text=done.text,
            stop_reason=done.stop_reason,
        )


def make(
    child: Child, wanted: Prompt, sampling: Sampling = HOT, *, exact: bool = True, threads: int = 0
) -> Made:
    asked = child.next_id()
    child.send(protocol.Generate(asked, wanted, sampling, exact=exact, threads=threads))
    started = child.wait(protocol.Started)
    return Made(wanted, sampling, started, child.wait(protocol.Done))


def replayed(child: Child, made: Made, **changes: object) -> protocol.Replayed:
    child.send(made.again(child, **changes))
    return child.wait(protocol.Replayed)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_gguf.write(folder / "noise.gguf", context=4096)
    tiny_gguf.write(folder / "says.gguf", says=["Aye", ", so", " it is."])
    tiny_gguf.write(folder / "letters.gguf", says=["caf", b"\xc3", b"\xa9"])
    tiny_gguf.write(folder / "nul.gguf", says=["a", b"\0", "b"])
    tiny_gguf.write(folder / "plain.gguf", says=["Aye", "<|im", "_end|>", " and more"], chatml=False)
    return folder


@pytest.fixture(scope="module")
def noise(files: Path) -> Iterator[Child]:
    with Child("--engine", "llama") as started:
        started.load(files / "noise.gguf", context=2048, batch=64)
        yield started


@pytest.fixture(scope="module")
def fresh(files: Path) -> Iterator[Child]:
    """An engine that has written none of the replies."""
    with Child("--engine", "llama") as started:
        started.load(files / "noise.gguf", context=2048, batch=64)
        yield started


def talk(child: Child) -> list[Made]:
    """Talk for a while: replies that keep what is resident, two versions, and an edit far back."""
    system = "You are Mira. " + WORDS * 4
    said: list[str] = [WORDS * 5]
    made: list[Made] = []
    sampled: dict[int, tuple[int, ...]] = {}  # by place

    def ask(sampling: Sampling) -> Made:
        wanted = prompt(*said, system=system)
        turns = [replace(turn, tokens=sampled.get(place, ())) for place, turn in enumerate(wanted.turns)]
        return make(child, replace(wanted, turns=tuple(turns)), sampling)

    for number in range(4):
        made.append(ask(HOT))
        if number == 2:
            made.append(ask(replace(HOT, seed=12)))
        said += [made[-1].done.text, WORDS * (number + 1)]
        sampled[len(said) - 1] = made[-1].done.tokens
    said[2:] = ["Once more from here. " + WORDS * 2]  # what followed is gone, and a batch was cut
    made.append(ask(HOT))
    return made


def test_every_reply_of_a_talk_is_made_again_to_the_token(noise: Child, fresh: Child) -> None:
    made = talk(noise)
    assert all(each.started.kept_tokens > 0 for each in made[1:])
    batches = [batch for each in made for batch in each.started.batches]
    assert any(batch.kept < batch.size for batch in batches)  # cut ones are among them
    for each in reversed(made):  # in no order that would help
        assert replayed(fresh, each) == protocol.Replayed(fresh._last, len(each.done.tokens))


def test_each_part_is_evaluated_with_the_threads_of_then(files: Path) -> None:
    # Short: two threads wait long for each other where a core is busy elsewhere.
    short = replace(HOT, max_tokens=4)
    with Child("--engine", "llama") as one, Child("--engine", "llama") as other:
        for child in (one, other):
            child.load(files / "noise.gguf", context=512, batch=64, threads=2)
        make(one, prompt("Hello"), short, threads=1)
        both = make(one, prompt("Hello", "Yes", "And?"), short)
        assert {batch.threads for batch in both.started.batches} == {1, 2} and both.done.threads == 2
        assert replayed(other, both).difference is None


def test_no_more_threads_are_started_than_were_asked_for(noise: Child, fresh: Child) -> None:
    made = make(noise, prompt("Hello"))
    many = tuple(replace(batch, threads=10**6) for batch in made.started.batches)
    assert replayed(fresh, made, batches=many, threads=10**6).difference is None


def test_other_batches_give_another_reply(noise: Child, fresh: Child) -> None:
    """The positive control: were the batches of no account, the test above would show nothing."""
    long = replace(HOT, max_tokens=300, temperature=2.0, logit_bias=ENDLESS.logit_bias)
    made = [make(noise, prompt(WORDS * 5), replace(long, seed=seed)) for seed in (1, 2)]
    assert not any(replayed(fresh, each).difference for each in made)
    one_by_one = (Batch(1, 1, 1, 10_000),)
    assert any(replayed(fresh, each, batches=one_by_one).difference for each in made)


def test_the_cache_may_be_of_less_than_16_bits(files: Path) -> None:
    with Child("--engine", "llama") as one, Child("--engine", "llama") as other:
        for child in (one, other):
            child.load(files / "noise.gguf", context=2048, batch=64, kv_type=KvType.Q8_0)
        for each in talk(one)[1:3]:
            assert replayed(other, each).difference is None


def test_a_conversation_goes_on_after_a_replay(noise: Child) -> None:
    first = make(noise, prompt("Hello", system=WORDS))
    assert replayed(noise, first).difference is None
    again = make(noise, prompt("Hello", system=WORDS))
    assert again.started.kept_tokens == 0 and again.done.tokens == first.done.tokens
    assert replayed(noise, again).difference is None


def test_moved_cells_are_told_and_exact_mode_does_not_keep_them(noise: Child, fresh: Child) -> None:
    late = prompt("Hello", "Yes", "And?", system=WORDS)
    noted = list(late.turns)
    note = replace(noted[0], spans=(replace(noted[0].spans[0], text="A note."),), late=True)
    with_note = replace(late, turns=(noted[0], note, *noted[1:]))
    make(noise, with_note)
    moved = make(noise, late, exact=False)
    assert moved.started.shifted_tokens > 0
    assert Batch(0, moved.started.shifted_tokens, 0) in moved.started.batches
    exact = make(noise, prompt("Hello", "Yes", "And now?", system=WORDS))
    assert 0 < exact.started.kept_tokens < moved.started.kept_tokens + moved.started.shifted_tokens
    assert all(batch.size for batch in exact.started.batches)  # what had been moved was read anew
    assert replayed(fresh, exact).difference is None


def test_the_first_other_token_is_told(fresh: Child, noise: Child) -> None:
    made = make(noise, prompt("Hello", system=WORDS))
    tokens = list(made.done.tokens)
    tokens[4] = tokens[4] + 1 if tokens[4] < 100 else tokens[4] - 1
    found = replayed(fresh, made, tokens=tuple(tokens))
    assert found.tokens == 4 and found.difference is not None and found.difference.position == 5
    then, now = found.difference.then, found.difference.now
    assert then is not None and now is not None
    assert (then.token, now.token) == (tokens[4], made.done.tokens[4])
    strange = replayed(fresh, made, tokens=(10**9,))
    assert strange.difference is not None and strange.difference.then is not None
    assert strange.difference.then.text == ""


def test_another_ending_is_told(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "says.gguf", context=1024)
        made = make(child, prompt("Well?"), GREEDY)
        tokens = made.done.tokens
        assert made.done.stop_reason is StopReason.END
        longer = replayed(child, made, tokens=(*tokens, 5))
        assert longer.difference is not None and longer.difference.position == len(tokens) + 1
        assert longer.difference.then is not None and longer.difference.then.token == 5
        assert longer.difference.now is not None  # the token that ends a turn
        shorter = replayed(child, made, tokens=tokens[:-1])
        assert shorter.difference is not None and shorter.difference.then is None
        assert shorter.difference.now is not None and shorter.difference.now.token == tokens[-1]
        limited = replayed(child, made, stop_reason=StopReason.LENGTH)
        assert limited.difference is not None
        assert (limited.difference.then, limited.difference.now) == (None, None)


def test_a_stop_text_ends_it_in_the_same_place(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "says.gguf", context=1024)
        made = make(child, prompt("Well?"), replace(GREEDY, stop=(" it",)))
        assert made.done.stop_reason is StopReason.STOP_TEXT
        assert replayed(child, made) == protocol.Replayed(child._last, len(made.done.tokens))
        inside = make(child, prompt("Well?"), replace(GREEDY, stop=("y",)))
        assert (inside.done.text, inside.done.tokens) == ("A", ())  # its end lies inside of a token
        assert replayed(child, inside).difference is None


def test_a_turn_that_is_ended_in_letters(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "plain.gguf", context=1024)
        made = make(child, prompt("Well?"), GREEDY)
        assert made.done.text == "Aye" and made.done.stop_reason is StopReason.END
        assert replayed(child, made).difference is None


def test_what_was_broken_off_is_compared_as_far_as_it_came(fresh: Child, noise: Child) -> None:
    made = make(noise, prompt("Hello", system=WORDS))
    cut = replayed(fresh, made, tokens=made.done.tokens[:7], stop_reason=StopReason.CANCELLED)
    assert (cut.tokens, cut.difference) == (7, None)
    text = made.done.text[:9]
    told = replayed(fresh, made, tokens=(), text=text, stop_reason=StopReason.CANCELLED)
    assert told.difference is None and 0 < told.tokens < len(made.done.tokens)
    other = replayed(fresh, made, tokens=(), text=text[:-1] + "\x01", stop_reason=StopReason.CANCELLED)
    assert other.difference is not None and other.difference.then is not None
    assert (other.difference.then.token, other.difference.then.text) == (-1, "\x01")
    longer = replayed(fresh, made, tokens=(), text=made.done.text + "more")
    assert longer.difference is not None and longer.difference.now is None


def test_what_a_database_cannot_keep_makes_no_difference(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "nul.gguf", context=1024)
        made = make(child, prompt("Well?"), GREEDY)
        assert made.done.text == "a\0b"
        assert replayed(child, made, tokens=(), text="a\ufffdb").difference is None
        found = replayed(child, made, tokens=(), text="a\ufffdc").difference
        assert found is not None and found.position == 3


def test_a_prompt_of_other_tokens_is_refused(fresh: Child, noise: Child) -> None:
    made = make(noise, prompt("Hello", system=WORDS))
    failed = fresh.fail(made.again(fresh, prompt_sha256="0" * 64))
    assert failed.kind == ErrorKind.REPLAY_PROMPT.value
    other = prompt("Hullo", system=WORDS)
    failed = fresh.fail(made.again(fresh, turns=other.turns))
    assert failed.kind == ErrorKind.REPLAY_PROMPT.value


def test_a_prompt_that_has_no_room_is_refused(files: Path, noise: Child) -> None:
    made = make(noise, prompt("Hello", system=WORDS * 6))
    with Child("--engine", "llama") as small:
        assert small.fail(made.again(small)).kind == ErrorKind.MODEL_NONE.value
        small.load(files / "noise.gguf", context=256)
        assert small.fail(made.again(small)).kind == ErrorKind.PROMPT_TOO_LONG.value


def test_smaller_batches_than_then(files: Path, noise: Child) -> None:
    made = make(noise, prompt("Hello", system=WORDS * 6))
    with Child("--engine", "llama") as small:
        small.load(files / "noise.gguf", context=2048, batch=16)
        assert isinstance(replayed(small, made), protocol.Replayed)  # it ends, whatever it finds


def test_it_can_be_stopped_while_it_reads_and_while_it_writes(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "noise.gguf", context=4096)
        made = make(child, prompt("Hello", system=WORDS * 40))
        slow = made.again(child, batches=(Batch(1, 1, 1, 10_000),))
        for kind in (protocol.Evaluating, protocol.Piece):
            child.send(
                replace(
                    slow,
                    id=(asked := child.next_id()),
                    batches=() if kind is protocol.Piece else slow.batches,
                )
            )
            child.wait(kind)
            child.send(protocol.Cancel(child.next_id(), asked))
            found = child.wait(protocol.Replayed)
            assert found.id == asked and found.difference is None
            assert found.cancelled or kind is protocol.Piece  # it may have been over


def test_a_reply_in_a_conversation_goes_first(files: Path) -> None:
    with Child("--engine", "llama") as child:
        child.load(files / "noise.gguf", context=4096)
        made = make(child, prompt("Hello", system=WORDS * 40))
        child.send(made.again(child, batches=(Batch(1, 1, 1, 10_000),)))
        child.wait(protocol.Evaluating)
        child.send(protocol.Generate(child.next_id(), prompt("Now"), GREEDY))
        assert child.wait(protocol.Replayed).cancelled
        assert child.wait(protocol.Done).text


def test_turns_that_did_not_fit_are_not_among_those_that_were_read(noise: Child) -> None:
    wanted = prompt(*(f"{number} " + WORDS * 6 for number in range(9)))
    made = make(noise, wanted, replace(HOT, max_tokens=200))
    read = made.started.turns
    assert read[0] == 0 and read[-1] == 9 and len(read) < 10
    assert wanted.turns[read[1]].role is Role.USER
    assert replayed(noise, made).difference is None


def test_a_server_cannot_make_a_reply_again() -> None:
    with Child("--engine", "remote") as child:
        asked = protocol.Replay(1, (), "", (), GREEDY, 0, 1, (), "", StopReason.END)
        assert child.fail(asked).kind == ErrorKind.REPLAY_REMOTE.value
