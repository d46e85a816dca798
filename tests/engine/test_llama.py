"""The engine child with real llama.cpp and a tiny model in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from hermes_desktop import machine
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.containers import model_header
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.domain.setting import Reason
from hermes_desktop.engine import llama, protocol
from hermes_desktop.fitting import memory
from tests.engine.child import GREEDY, Child, prompt


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_gguf.write(folder / "noise.gguf", context=2048)
    tiny_gguf.write(folder / "says.gguf", says=["Aye", ", so", " it is."])
    tiny_gguf.write(folder / "loops.gguf", says=["again "], loops=True)
    tiny_gguf.write(folder / "silent.gguf", says=[])
    tiny_gguf.write(folder / "letters.gguf", says=["caf", b"\xc3", b"\xa9"])
    tiny_gguf.write(folder / "other.gguf", template=tiny_gguf.LLAMA_3, chatml=False, says=["Hi"])
    return folder


@pytest.fixture
def child() -> "Child":
    with Child("--engine", "llama") as started:
        yield started


@pytest.fixture(scope="module")
def noise(files: Path) -> "Child":
    with Child("--engine", "llama") as started:
        started.load(files / "noise.gguf", context=1024)
        yield started


def test_the_child_says_what_it_is(child: Child) -> None:
    assert child.hello.protocol == protocol.PROTOCOL and child.hello.kind == "llama"
    assert "llama-cpp-python" in child.hello.build


def test_loading_reports_progress_and_what_was_done(child: Child, files: Path) -> None:
    options = LoadOptions(context=512, kv_type=KvType.Q8_0, threads=2, batch=64, mmap=False)
    child.send(protocol.Load(1, str(files / "noise.gguf"), options))
    planned = child.wait(protocol.Planned).setting
    assert planned.options == replace(options, flash_attention=True) and planned.reason is Reason.GIVEN
    fractions = []
    for event in child.events():
        if isinstance(event, protocol.LoadProgress):
            fractions.append(event.fraction)
        else:
            break
    assert isinstance(event, protocol.Loaded)
    model = event.model
    assert fractions == sorted(fractions) and fractions[-1] == pytest.approx(1.0)
    assert (model.context, model.kv_type, model.threads, model.batch) == (512, KvType.Q8_0, 2, 64)
    assert model.template == "chatml" and not model.mmap and model.devices[0].name == "CPU"


@pytest.mark.parametrize("kv_type", list(KvType))
@pytest.mark.parametrize("context", [256, 512])
def test_the_context_takes_what_was_estimated(files: Path, kv_type: KvType, context: int) -> None:
    path = files / "noise.gguf"
    model = llama.Llama(path, LoadOptions(context=context, kv_type=kv_type), lambda _: True)
    try:
        estimated = memory.memory(model_header.read_geometry(path), context, kv_type)
        assert model.allocated.kv == pytest.approx(estimated.kv, abs=5243)  # it is told to 0.01 MiB
        assert model.allocated.weights == pytest.approx(estimated.weights, rel=0.01)
    finally:
        model.close()


def test_a_file_is_mapped_only_where_it_pays(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = (files / "noise.gguf").stat().st_size
    for free, mapped in ((100 * size, False), (size, True)):
        monkeypatch.setattr(machine, "free_memory", lambda free=free: free)
        model = llama.Llama(files / "noise.gguf", LoadOptions(context=256), lambda _: True)
        assert model.mmap is mapped
        model.close()


@pytest.mark.parametrize("context", [2048, 1024])
@pytest.mark.parametrize("kv_type", [KvType.F16, KvType.Q8_0])
def test_what_is_left_open_is_chosen_by_what_is_free(
    files: Path, monkeypatch: pytest.MonkeyPatch, kv_type: KvType, context: int
) -> None:
    path = files / "noise.gguf"
    need = memory.fit(model_header.read_geometry(path), context, kv_type, ram=0).total_ram
    monkeypatch.setattr(machine, "free_memory", lambda: int(need / memory.TIGHT) + 1)
    model = llama.Llama(path, LoadOptions(), lambda _: True)
    try:
        assert (model.context, model.kv_type) == (context, kv_type)
    finally:
        model.close()


def test_a_small_model_gets_one_thread(files: Path) -> None:
    llama.start()
    model = llama.Llama(files / "noise.gguf", LoadOptions(context=256), lambda _: True)
    try:
        assert model.threads == 1
    finally:
        model.close()


def test_the_child_never_imports_qt(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf")
    maps = Path(f"/proc/{child.process.pid}/maps").read_text()
    assert "llama" in maps and "PySide6" not in maps and "libQt6" not in maps


def test_what_c_prints_never_reaches_the_wire(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf")
    descriptors = Path(f"/proc/{child.process.pid}/fd")
    assert (descriptors / "1").readlink() == (descriptors / "2").readlink()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("missing", ErrorKind.FILE_MISSING),
        ("text", ErrorKind.MODEL_NOT_GGUF),
        ("cut", ErrorKind.MODEL_TRUNCATED),
    ],
)
def test_a_file_that_is_no_model_is_refused(child: Child, tmp_path: Path, name: str, kind: ErrorKind) -> None:
    file = tmp_path / f"{name}.gguf"
    if name == "text":
        file.write_text("Dear reader")
    elif name == "cut":
        tiny_gguf.write(file, cut=100_000)
    failed = child.fail(protocol.Load(1, str(file), LoadOptions()))
    assert failed.kind in (kind.value, ErrorKind.ENGINE_LOAD_FAILED.value)
    tiny_gguf.write(tmp_path / "good.gguf")
    child.load(tmp_path / "good.gguf")  # the child lives on


def test_a_tensor_that_is_missing_is_a_failed_load(child: Child, tmp_path: Path) -> None:
    file = tiny_gguf.write(tmp_path / "holes.gguf", without="blk.0.attn_q.weight")
    failed = child.fail(protocol.Load(1, str(file), LoadOptions()))
    assert failed.kind == ErrorKind.ENGINE_LOAD_FAILED.value


def test_nothing_can_be_asked_of_an_empty_engine(child: Child) -> None:
    for command in (
        protocol.Count(1, ("a",)),
        protocol.Measure(2, prompt("a"), 10),
        protocol.Generate(3, prompt("a"), GREEDY),
    ):
        assert child.fail(command).kind == ErrorKind.MODEL_NONE.value


def test_unloading(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf")
    child.send(protocol.Unload(2))
    child.wait(protocol.Unloaded)
    assert child.fail(protocol.Count(3, ("a",))).kind == ErrorKind.MODEL_NONE.value


def test_counting(noise: Child) -> None:
    noise.send(protocol.Count(noise.next_id(), ("", "a", "the the", "<|im_start|>")))
    counted = noise.wait(protocol.Counted).tokens
    assert counted[0] == 0 and counted[1] == 1 and counted[2] >= 2
    assert counted[3] > 1  # what a person writes is text, never a special token


def test_measuring_fits_without_a_reply(noise: Child) -> None:
    noise.send(protocol.Measure(noise.next_id(), prompt("Hello there"), 100))
    budget = noise.wait(protocol.Measured).budget
    assert budget.context == 1024 and budget.reserve == 100 and 0 < budget.prompt_tokens < 100


def test_a_scripted_model_says_its_words(child: Child, files: Path) -> None:
    child.load(files / "says.gguf")
    child.send(protocol.Generate(5, prompt("Well?"), GREEDY))
    pieces = []
    for event in child.events():
        if isinstance(event, protocol.Piece):
            pieces.append(event.text)
        if isinstance(event, protocol.Done):
            break
    assert isinstance(event, protocol.Done)
    assert "".join(pieces) == event.text == "Aye, so it is."
    assert event.stop_reason is StopReason.END
    assert event.generated_tokens == len(event.tokens) >= 3
    assert event.prompt_tokens == event.evaluated_tokens == sum(event.schedule)


def test_a_letter_that_is_split_over_tokens_is_never_shown_broken(child: Child, files: Path) -> None:
    child.load(files / "letters.gguf")
    child.send(protocol.Generate(5, prompt("Well?"), GREEDY))
    texts = []
    for event in child.events():
        if isinstance(event, protocol.Piece):
            texts.append(event.text)
        if isinstance(event, protocol.Done):
            break
    assert "".join(texts) == "café" and all("\ufffd" not in text for text in texts)


def test_an_empty_reply_is_noticed(child: Child, files: Path) -> None:
    child.load(files / "silent.gguf")
    assert child.generate(prompt("Well?")).stop_reason is StopReason.EMPTY


def test_an_endless_loop_is_noticed(child: Child, files: Path) -> None:
    child.load(files / "loops.gguf", context=4096)
    done = child.generate(prompt("Well?"), replace(GREEDY, max_tokens=2000))
    assert done.stop_reason is StopReason.LOOP and done.generated_tokens < 2000


def test_the_length_limit(noise: Child) -> None:
    done = noise.generate(prompt("Hello"), replace(GREEDY, max_tokens=5))
    assert done.stop_reason is StopReason.LENGTH and done.generated_tokens == 5


def test_a_template_of_another_family_is_rendered(child: Child, files: Path) -> None:
    model = child.load(files / "other.gguf")
    assert model.template == "gguf"
    assert child.generate(prompt("Well?")).text == "Hi"


def test_greedy_is_repeatable(noise: Child) -> None:
    first = noise.generate(prompt("Hello"))
    assert noise.generate(prompt("Hello")).tokens == first.tokens


def test_a_reply_may_be_given_fewer_threads_and_the_next_has_them_all(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf", context=1024, threads=2)

    def reply(threads: int) -> protocol.Done:
        asked = protocol.Generate(child.next_id(), prompt("Hello"), GREEDY, exact=True, threads=threads)
        child.send(asked)
        return child.wait(protocol.Done)

    done = [reply(threads) for threads in (0, 1, 0, 8, -1)]
    assert [each.threads for each in done] == [2, 1, 2, 2, 2]  # never more than it was loaded with
    assert len({each.tokens for each in done}) == 1 and done[0].generated_tokens > 1


def test_the_seed_decides(noise: Child) -> None:
    hot = replace(Sampling(), temperature=1.5, top_p=1.0, min_p=0.0, seed=11, max_tokens=16)
    first = noise.generate(prompt("Hello"), hot, exact=True)
    assert first.seed == 11
    assert noise.generate(prompt("Hello"), hot, exact=True).tokens == first.tokens
    assert noise.generate(prompt("Hello"), replace(hot, seed=12), exact=True).tokens != first.tokens
    fresh = noise.generate(prompt("Hello"), replace(hot, seed=-1))
    assert fresh.seed >= 0  # the one that was drawn is told, for a replay


HOT = replace(Sampling(), temperature=2.0, top_p=1.0, min_p=0.0, repeat_penalty=1.0, seed=5, max_tokens=16)

_KNOWN = tiny_gguf.vocabulary(im_end_first=False, says=(), chatml=True)
ENDLESS = replace(  # nothing ends it but the limit
    HOT,
    max_tokens=900,
    logit_bias=tuple(
        (_KNOWN.id(name), -1000.0) for name in ("<|im_start|>", "<|im_end|>", *tiny_gguf.CONTROLS)
    ),
)


@pytest.mark.parametrize(
    "narrow", [{"top_k": 1}, {"top_p": 0.0001}, {"min_p": 1.0}, {"temperature": 0.0}], ids=str
)
def test_a_narrow_choice_is_the_greedy_one(noise: Child, narrow: dict[str, float]) -> None:
    greedy = noise.generate(prompt("Hello"), replace(GREEDY, max_tokens=16), exact=True).tokens
    assert noise.generate(prompt("Hello"), replace(HOT, **narrow), exact=True).tokens == greedy
    assert noise.generate(prompt("Hello"), HOT, exact=True).tokens != greedy


@pytest.mark.parametrize(
    "knob",
    [
        {"typical_p": 0.2},
        {"repeat_penalty": 2.0, "repeat_last_n": -1},
        {"presence_penalty": 2.0, "repeat_last_n": -1},
        {"frequency_penalty": 2.0, "repeat_last_n": -1},
        {"dry_multiplier": 5.0, "dry_allowed_length": 1},
        {"xtc_probability": 1.0, "xtc_threshold": 0.001},
        {"mirostat": 1, "mirostat_tau": 1.0},
        {"mirostat": 2, "mirostat_tau": 1.0},
    ],
    ids=lambda knob: next(iter(knob)) + str(knob.get("mirostat", "")),
)
def test_every_knob_changes_what_is_said(noise: Child, knob: dict[str, float]) -> None:
    plain = replace(HOT, max_tokens=60, temperature=0.7)
    first = noise.generate(prompt("Hello hello hello"), plain, exact=True).tokens
    assert noise.generate(prompt("Hello hello hello"), replace(plain, **knob), exact=True).tokens != first


def test_a_grammar_is_obeyed(noise: Child) -> None:
    grammar = 'root ::= ("yes" | "no") "!"'
    done = noise.generate(prompt("Well?"), replace(HOT, grammar=grammar))
    assert done.text in ("yes!", "no!")


def test_a_wrong_grammar_is_told(noise: Child) -> None:
    failed = noise.fail(
        protocol.Generate(noise.next_id(), prompt("Well?"), replace(GREEDY, grammar="root := nonsense ((("))
    )
    assert failed.kind == ErrorKind.ENGINE_GRAMMAR.value


def test_a_stop_text_ends_the_reply_before_it(child: Child, files: Path) -> None:
    child.load(files / "says.gguf")
    done = child.generate(prompt("Well?"), replace(GREEDY, stop=(" it",)))
    assert (done.text, done.stop_reason) == ("Aye, so", StopReason.STOP_TEXT)


def test_a_logit_bias_forces_a_token(noise: Child) -> None:
    first = noise.generate(prompt("Hello"), replace(GREEDY, max_tokens=1)).tokens[0]
    done = noise.generate(prompt("Hello"), replace(GREEDY, max_tokens=4, logit_bias=((first + 1, 1000.0),)))
    assert set(done.tokens) == {first + 1}


def test_a_cancel_is_obeyed_at_the_next_token(noise: Child) -> None:
    wanted = noise.next_id()
    noise.send(protocol.Generate(wanted, prompt("Hello"), ENDLESS))
    noise.wait(protocol.Piece)
    noise.send(protocol.Cancel(noise.next_id(), wanted))
    done = noise.wait(protocol.Done)
    assert done.stop_reason is StopReason.CANCELLED and 0 < done.generated_tokens < 900


def test_counting_goes_on_during_a_reply(noise: Child) -> None:
    wanted = noise.next_id()
    noise.send(protocol.Generate(wanted, prompt("Hello"), ENDLESS))
    noise.wait(protocol.Piece)
    noise.send(protocol.Count(noise.next_id(), ("the the",)))
    noise.wait(protocol.Counted)
    noise.send(protocol.Cancel(noise.next_id(), wanted))
    noise.wait(protocol.Done)


def test_a_second_reply_has_to_wait(noise: Child) -> None:
    wanted = noise.next_id()
    noise.send(protocol.Generate(wanted, prompt("Hello"), ENDLESS))
    noise.wait(protocol.Piece)
    refused = noise.fail(protocol.Generate(noise.next_id(), prompt("Hello"), GREEDY))
    assert refused.kind == ErrorKind.BUSY.value
    noise.send(protocol.Cancel(noise.next_id(), wanted))
    noise.wait(protocol.Done)


def test_a_foreground_reply_takes_the_place_of_a_background_one(noise: Child) -> None:
    behind = noise.next_id()
    noise.send(protocol.Generate(behind, prompt("Hello"), ENDLESS, background=True))
    noise.wait(protocol.Piece)
    front = noise.next_id()
    noise.send(protocol.Generate(front, prompt("Hi"), replace(GREEDY, max_tokens=3)))
    first, second = noise.wait(protocol.Done), noise.wait(protocol.Done)
    assert (first.id, first.stop_reason) == (behind, StopReason.CANCELLED)
    assert (second.id, second.generated_tokens) == (front, 3)


def test_only_what_is_new_is_read_again(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf", context=1024)
    first = child.generate(prompt("Hello there"), replace(GREEDY, max_tokens=4))
    assert first.kept_tokens == 0
    told = prompt("Hello there", first.text, "And then?")
    turns = (*told.turns[:2], replace(told.turns[2], tokens=first.tokens), told.turns[3])
    second = child.generate(replace(told, turns=turns), replace(GREEDY, max_tokens=4))
    assert second.kept_tokens >= first.prompt_tokens
    assert second.evaluated_tokens < second.prompt_tokens - first.prompt_tokens + 1 + len(first.tokens)


def test_a_long_story_goes_on_past_the_context(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf", context=512)
    story = [f"turn {number} the the the the the the" for number in range(41)]
    done = child.generate(prompt(*story), replace(GREEDY, max_tokens=8))
    assert done.generated_tokens == 8 and done.prompt_tokens < 512


def test_a_message_that_cannot_fit_is_told(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf", context=256)
    failed = child.fail(protocol.Generate(9, prompt("word " * 2000), GREEDY))
    assert failed.kind == ErrorKind.PROMPT_TOO_LONG.value


def test_a_bad_frame_ends_nothing_else(child: Child, files: Path) -> None:
    child.send_bytes(b"{]\n\n\x00\xff\n" + b'{"frame":"Nonsense"}\n')
    child.load(files / "says.gguf")


def test_the_child_ends_with_its_parent(child: Child, files: Path) -> None:
    child.load(files / "noise.gguf")
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(10) == 0
