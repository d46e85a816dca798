"""Stored replies made again through the services, in real llama.cpp: the same, or told why not."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app import recipe as recipes
from hermes_desktop.app.models import ModelState
from hermes_desktop.app.replay import ReplayState
from hermes_desktop.app.replay_wording import outcome_words, reason_words
from hermes_desktop.app.sentences import sentence
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.conversation import FiredLore, GenerationRecord, Message, MessageState, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.replay import Batch, Cause, ReadMessages, ReadText, Recipe, ReplayOutcome
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.paths import Folders
from hermes_desktop.storage import memories, messages
from tests.app.beside import Bench
from tests.app.test_chat import WAIT_MS, Room
from tests.app.test_lore import CAT, _meet
from tests.engine.test_llama import ENDLESS

HOT = Sampling(temperature=1.5, top_p=1.0, min_p=0.0, seed=11, max_tokens=24)
End = tuple[ReplayOutcome | None, KnownError | None]


class Again(Room):
    """A room in which replies are made again."""

    def replay(self, message_id: int) -> End:
        replay, ends = self.services.replay, []
        replay.ended.connect(lambda *end: ends.append(end))
        replay.start(message_id)
        self.qtbot.waitUntil(lambda: bool(ends) and not replay.busy, timeout=WAIT_MS)
        self.rest_of_models()
        (end,) = ends
        replay.ended.disconnect()
        return end

    def rest_of_models(self) -> None:
        models = self.services.models
        self.qtbot.waitUntil(lambda: models.state is not ModelState.LOADING, timeout=WAIT_MS)

    def outcome(self, message_id: int) -> ReplayOutcome:
        outcome, error = self.replay(message_id)
        assert error is None and outcome is not None, error
        return outcome

    def refused(self, message_id: int) -> ErrorKind:
        try:
            _, error = self.replay(message_id)
        except KnownError as refusal:
            error = refusal
        assert error is not None and sentence(error).hint
        return error.kind

    def replies(self) -> list[Message]:
        """List all replies that a model wrote, older versions too."""
        found = []
        for number in range(1, 200):
            try:
                message, record = self.services.conversations.reply(number)
            except KnownError:
                continue
            if record is not None:
                found.append(message)
        return found

    def record(self, message_id: int) -> GenerationRecord:
        _, record = self.services.conversations.reply(message_id)
        assert record is not None
        return record

    def tamper(self, message_id: int, **changes: object) -> None:
        """Change what is noted of a reply."""
        message, record = self.services.conversations.reply(message_id)
        assert record is not None
        changed = dataclasses.replace(record, **changes)  # type: ignore[arg-type]
        self.program.store.write(
            messages.finish, message_id, message.text, message.state, message.stop_reason, changed
        )

    def last(self) -> Message:
        last = self.services.chat.last()
        assert last is not None
        return last

    def again(self) -> None:
        """Write another version of the last reply."""
        chat, versions = self.services.chat, self.last().versions
        chat.regenerate()
        self.qtbot.waitUntil(lambda: self.last().versions > versions and not chat.busy, timeout=WAIT_MS)


@pytest.fixture
def room(qtbot: QtBot, tmp_path: Path) -> Iterator[Again]:
    program = build(Folders.of(tmp_path / "data"))
    made = Again(program, qtbot)
    made.services.preferences.update(load=LoadOptions(context=2048, threads=1, batch=64), exact=True)
    made.services.chat.sampling_override = HOT
    yield made
    program.close()


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    return tiny_gguf.write(tmp_path / "noise.gguf", context=2048)


def test_every_reply_of_a_conversation_is_identical_whatever_has_changed_since(
    room: Again, noise: Path, tmp_path: Path
) -> None:
    room.load(noise)
    _meet(room, tmp_path, CAT)
    chat = room.services.chat
    room.say("Well?")
    chat.set_authors_note("It is {{time}}, and the die shows {{roll:d20}} {{random::a::b::c}}.")
    room.say("Where is the cat?")
    room.again()
    chat.set_authors_note("Another note.")
    chat.set_note_depth(3)
    room.say("And where is the cat now?")
    room.services.preferences.update(system_prompt="You are somebody else.", load=LoadOptions(context=1024))
    found = room.replies()
    assert len(found) == 4
    for reply in found:
        outcome = room.outcome(reply.id)
        assert outcome.identical and outcome.difference is None and outcome.whole and not outcome.reasons
        assert outcome.tokens == len(room.record(reply.id).tokens) > 0
        assert (
            outcome_words(outcome).startswith("The replay is identical: all") and reason_words(outcome) == ""
        )
    lore = [room.record(reply.id).lore for reply in found]
    assert lore[0] == () and lore[1] == (FiredLore("", "Fog", "persona", "key", "cat"),)
    kept = [room.record(reply.id).kept_tokens for reply in found]
    assert kept[0] == 0 and all(kept[1:])
    assert [message.text for message in room.replies()] == [message.text for message in found]


def test_a_reply_that_remembers_is_identical_and_says_what_was_brought_back(
    room: Again, noise: Path, tmp_path: Path
) -> None:
    room.load(noise)
    _meet(room, tmp_path, CAT)
    chat, kept = room.services.chat, room.services.memories
    assert chat.conversation is not None
    said = [
        (Role.USER, "Sam", "The lantern of Ottoline hangs in the chapel."),
        (Role.ASSISTANT, "Ada", "I keep that in mind."),
        *[
            (Role.USER if n % 2 else Role.ASSISTANT, "x", f"{n}. It rains and rains. " * 8)
            for n in range(1, 14)
        ],
    ]
    room.program.store.write(messages.extend, chat.conversation.id, said)
    chat.reread()
    kept.add_fact(chat.conversation.id, "is afraid of dogs", "Sam")
    kept.pin(chat.page(limit=50)[2].id)
    early = chat.page(limit=50)[4].id
    room.program.store.write(memories.add, MemoryKind.SUMMARY, early, 2, "They spoke of the rain.")
    room.say("Well?")
    room.say("Where did Ottoline's lantern hang?")
    record = room.record(room.last().id)
    assert record.recalled == (2,) and "Sam: The lantern of Ottoline hangs" in record.late_block
    texts = [turn.text for turn in recipes.unpacked(record.recipe).turns if isinstance(turn, ReadText)]
    for text in ("They spoke of the rain.", "Sam: is afraid of dogs", "Ada: I keep that in mind."):
        assert any(text in each for each in texts), text
    kept.forget(*(each.id for each in kept.here()))  # the record has what it was
    outcomes = [room.outcome(reply.id) for reply in room.replies()]
    assert outcomes and all(outcome.identical for outcome in outcomes)


def test_one_that_went_out_and_came_back_is_identical(room: Again, noise: Path, tmp_path: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    room.say("And?")
    assert room.services.chat.conversation is not None
    file = tmp_path / "out.json"
    room.services.conversations.export_to(room.services.chat.conversation.id, "json", file)
    other = build(Folders.of(tmp_path / "other"))
    try:
        there = Again(other, room.qtbot)
        there.services.models.add(noise)
        (report,) = there.services.chats.run([file])
        assert report.ok
        for reply in there.replies():
            assert there.outcome(reply.id).identical
        assert len(there.replies()) == 2
    finally:
        other.close()


def test_the_first_other_token_and_the_likely_reasons_are_told(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    reply = room.last()
    record = room.record(reply.id)
    tokens = (*record.tokens[:3], record.tokens[3] ^ 1, *record.tokens[4:])
    room.tamper(reply.id, tokens=tokens)
    outcome = room.outcome(reply.id)
    assert not outcome.identical and outcome.tokens == 3 and outcome.difference is not None
    assert outcome.difference.position == 4 and outcome.difference.then is not None
    assert outcome.difference.then.token == tokens[3]
    assert [reason.cause for reason in outcome.reasons] == [Cause.NONE]
    assert "The replay differs from token 4 on: then “" in outcome_words(outcome)
    assert "No reason is known" in reason_words(outcome)
    recipe = dataclasses.replace(
        recipes.unpacked(record.recipe), batches=(Batch(0, 9, 0),), flash_attention=False, batch=10**9
    )
    room.tamper(
        reply.id,
        seed=record.seed + 1,
        build="an older one",
        devices=("CUDA0:1", "CPU:1"),
        kv_type="q2",
        context=1024,
        threads=1,
        model_sha256="",
        recipe=recipes.packed(recipe),
    )
    other = room.outcome(reply.id)
    causes = [reason.cause for reason in other.reasons]
    assert causes == [Cause.BUILD, Cause.DEVICES, Cause.KV_TYPE, Cause.MOVED, Cause.FILE]
    assert "another build of llama.cpp (an older one; now llama-cpp-python" in reason_words(other)


def test_a_reply_that_was_left_is_identical_as_far_as_it_came(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    chat = room.services.chat
    # Nothing ends it but the limit.
    chat.sampling_override = dataclasses.replace(HOT, max_tokens=900, logit_bias=ENDLESS.logit_bias)
    grown: list[str] = []
    chat.answer_grew.connect(lambda _id, text: grown.append(text))
    chat.send("Well?")
    room.qtbot.waitUntil(lambda: bool(grown), timeout=WAIT_MS)
    chat.close()
    room.program.store.write(lambda _: None)  # all that was queued is there
    (reply,) = room.replies()
    assert reply.state is MessageState.INTERRUPTED and reply.text
    assert room.record(reply.id).tokens == ()
    outcome = room.outcome(reply.id)
    assert outcome.identical and not outcome.whole and outcome.tokens > 0
    assert outcome_words(outcome).startswith("The replay is identical as far as the reply came")
    chat.sampling_override = HOT
    chat.open(reply.conversation_id)
    room.say("And?")
    assert room.outcome(room.last().id).identical


def test_what_no_model_wrote_here_says_so(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    greeting = room.last()
    with pytest.raises(KnownError) as none:
        room.services.replay.last_reply(0)
    assert none.value.kind is ErrorKind.CONVERSATION_UNKNOWN
    room.say("Well?")
    mine, reply = room.services.chat.page()[1:]
    assert room.services.replay.last_reply(reply.conversation_id) == reply
    assert room.refused(greeting.id) is ErrorKind.REPLAY_UNRECORDED
    assert room.refused(mine.id) is ErrorKind.REPLAY_MINE
    room.services.chat.edit(reply.id, "By hand.", False)
    assert room.refused(room.last().id) is ErrorKind.REPLAY_UNRECORDED
    assert room.outcome(reply.id).identical  # the version that the model wrote
    assert room.refused(10_000) is ErrorKind.MESSAGE_UNKNOWN
    only = room.services.personas.find("Ada")
    conversation = room.services.chat.start(only.id)
    room.services.chat.delete(room.last().id)
    with pytest.raises(KnownError) as empty:
        room.services.replay.last_reply(conversation.id)
    assert empty.value.kind is ErrorKind.REPLAY_NONE


def test_what_was_continued_says_so_and_what_followed_it_as_well(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    first = room.last()
    room.say("And?")
    second = room.last()
    chat = room.services.chat
    chat.delete(second.id)
    chat.delete(room.last().id)
    assert room.outcome(second.id).identical  # what was deleted is still there
    chat.continue_reply()
    room.qtbot.waitUntil(lambda: len(room.last().text) > len(first.text) and not chat.busy, timeout=WAIT_MS)
    assert room.refused(first.id) is ErrorKind.REPLAY_CONTINUED
    assert room.refused(second.id) is ErrorKind.REPLAY_PROMPT


def test_records_that_do_not_suffice_say_why(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    reply = room.last()
    record = room.record(reply.id)
    far = Recipe((ReadMessages(1, 10**12),), "0", (), 64, flash_attention=True)
    twice = dataclasses.replace(far, turns=(ReadMessages(1, 2), ReadMessages(2, 2)))
    none = dataclasses.replace(far, turns=(ReadMessages(2, 1),))
    text = dataclasses.replace(far, turns=(ReadText(Role.USER, "?"),))
    for changes, kind in (
        ({"recipe": ""}, ErrorKind.REPLAY_OLD),
        ({"recipe": "", "tokens": ()}, ErrorKind.REPLAY_CONTINUED),
        ({"recipe": "no base64"}, ErrorKind.REPLAY_OLD),
        ({"recipe": "aaaa"}, ErrorKind.REPLAY_OLD),
        ({"recipe": recipes.packed(far)}, ErrorKind.REPLAY_PROMPT),
        ({"recipe": recipes.packed(twice)}, ErrorKind.REPLAY_PROMPT),
        ({"recipe": recipes.packed(none)}, ErrorKind.REPLAY_PROMPT),
        ({"recipe": recipes.packed(text)}, ErrorKind.REPLAY_PROMPT),
        ({"sampling": "{"}, ErrorKind.REPLAY_OLD),
        ({"sampling": '{"seed": "x"}'}, ErrorKind.REPLAY_OLD),
        ({"tokenizer_hash": ""}, ErrorKind.REPLAY_REMOTE),
        ({"model_sha256": "0" * 64}, ErrorKind.REPLAY_MODEL),
    ):
        room.program.store.write(
            messages.finish, reply.id, reply.text, reply.state, reply.stop_reason, record
        )
        room.tamper(reply.id, **changes)
        assert room.refused(reply.id) is kind, changes
    room.program.store.write(
        messages.finish, reply.id, reply.text, MessageState.INTERRUPTED, reply.stop_reason, None
    )
    assert room.refused(reply.id) is ErrorKind.REPLAY_CUT


def test_another_file_is_not_taken_for_the_model(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    reply = room.last()
    room.services.models.unload()
    with noise.open("ab") as file:
        file.write(b"\0" * 32)
    assert room.refused(reply.id) is ErrorKind.MODEL_CHANGED
    noise.unlink()
    assert room.refused(reply.id) is ErrorKind.FILE_MISSING


def test_the_model_of_the_conversations_comes_back(room: Again, noise: Path) -> None:
    room.load(noise)
    room.meet()
    room.say("Well?")
    models, states = room.services.models, []
    models.state_changed.connect(states.append)
    assert room.outcome(room.last().id).identical
    room.qtbot.waitUntil(lambda: models.state is ModelState.READY, timeout=WAIT_MS)
    assert states == [ModelState.UNLOADED, ModelState.LOADING, ModelState.READY]
    room.say("And?")
    models.unload()
    states.clear()
    assert room.outcome(room.last().id).identical and states == []  # one that was put away stays away


# ---- beside other things; the engine plays a script -----------------------------------------------------


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, qtbot, [{"pieces": ["Aye", ", so", " it is."], "delay": 0.05}])
    yield made
    made.program.close()


def _talk(bench: Bench) -> int:
    bench.load()
    chat = bench.services.chat
    chat.start(bench.services.personas.find("Hobbs").id)
    chat.send("Well?")
    bench.until(lambda: len(chat.page()) == 3 and not chat.busy)
    return chat.page()[-1].id


def test_it_tells_how_far_it_is_and_can_be_stopped(bench: Bench) -> None:
    reply = _talk(bench)
    replay = bench.services.replay
    ends: list[End] = []
    states: list[ReplayState] = []
    far: list[tuple[int, int]] = []
    replay.ended.connect(lambda *end: ends.append(end))
    replay.state_changed.connect(states.append)
    replay.progressed.connect(lambda *steps: far.append(steps))
    replay.start(reply)
    assert replay.message_id == reply
    for refused in (lambda: replay.start(reply),):
        with pytest.raises(KnownError) as busy:
            refused()
        assert busy.value.kind is ErrorKind.REPLAY_BUSY
    bench.until(lambda: replay.state is ReplayState.WRITING)
    replay.cancel()
    assert ends == [(None, None)] and replay.message_id == 0
    replay.cancel()  # of nothing
    assert len(ends) == 1
    assert states == [ReplayState.LOADING, ReplayState.READING, ReplayState.WRITING, ReplayState.IDLE]
    assert (0, 1000) in far and (1000, 1000) in far
    bench.until(lambda: bench.services.models.state is ModelState.READY)
    replay.start(reply)
    bench.until(lambda: len(ends) == 2)
    outcome = ends[1][0]
    assert outcome is not None and outcome.identical


def test_it_gives_way_to_a_reply_in_a_conversation(bench: Bench) -> None:
    reply = _talk(bench)
    services, ends = bench.services, []
    services.replay.ended.connect(lambda *end: ends.append(end))
    services.replay.start(reply)
    bench.until(lambda: services.replay.state is ReplayState.WRITING)
    services.chat.send("And?")
    bench.until(lambda: len(services.chat.page()) == 5 and not services.chat.busy)
    ((outcome, error),) = ends
    assert outcome is None and error is not None and error.kind is ErrorKind.REPLAY_GAVE_WAY
    services.chat.send("Now?")
    with pytest.raises(KnownError) as busy:
        services.replay.start(reply)
    assert busy.value.kind is ErrorKind.REPLAY_BUSY


def test_an_engine_that_dies_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    script = [{"pieces": ["Aye."]}]
    bench = Bench(tmp_path, qtbot, script)
    try:
        reply = _talk(bench)
        (tmp_path / "script.json").write_text('{"replies": [{"pieces": ["A"], "acts": {"0": "exit:3"}}]}')
        ends: list[End] = []
        bench.services.replay.ended.connect(lambda *end: ends.append(end))
        bench.services.replay.start(reply)
        bench.until(lambda: bool(ends))
        error = ends[0][1]
        assert error is not None and error.kind is ErrorKind.ENGINE_CRASHED
        bench.until(lambda: bench.services.models.state is ModelState.READY)
        bench.services.replay.start(reply)  # the program ends in the middle of one
    finally:
        bench.program.close()
