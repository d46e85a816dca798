"""What is remembered is steered by hand, follows what is shown, and reaches the next prompt."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.prompt import Keep, SpanKind
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.storage import memories, messages
from hermes_desktop.storage.database import Session
from tests.app.beside import Bench

SAID = [
    (
        Role.USER if number % 2 == 0 else Role.ASSISTANT,
        "Sam" if number % 2 == 0 else "Ada",
        f"Turn {number}. " * 12,
    )
    for number in range(60)
]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, qtbot, replies=[{"pieces": ["Yes."]}])
    made.services.preferences.update(sum_up=False)
    made.services.chat.start(made.services.personas.create(PersonaFields("Ada")).id)
    yield made
    made.program.close()


def fill(bench: Bench, count: int = 60) -> list[int]:
    talk = bench.services.chat.conversation
    assert talk is not None
    bench.program.store.write(messages.extend, talk.id, SAID[:count])
    bench.services.chat.reread()
    return [message.id for message in bench.services.chat.page(limit=100)]


def say(bench: Bench, text: str) -> list[str]:
    """Say something; give the texts of the memories in the prompt that was made of it."""
    bench.services.chat.send(text)
    bench.until(lambda: bool(bench.asked) and not bench.services.chat.busy)
    prompt = bench.asked.pop().prompt
    return [turn.text for turn in prompt.turns if turn.keep is Keep.MEMORY]


def kinds(bench: Bench) -> list[MemoryKind]:
    return [memory.kind for memory in bench.services.memories.here()]


def test_a_pin_is_there_with_the_reply_in_which_its_message_leaves(bench: Bench) -> None:
    ids = fill(bench)
    kept = bench.services.memories
    assert kept.here() == () and kept.pin_of(ids[1]) is None
    with bench.qtbot.waitSignal(kept.changed):
        assert kept.toggle_pin(ids[1])
    pinned = kept.pin_of(ids[1])
    assert pinned is not None and kept.pin(ids[1]) == pinned
    bench.load()
    pin = f"Keep this in mind, word for word:\nAda: {SAID[1][2].strip()}"
    assert say(bench, "And now?") == [pin]
    chat = bench.services.chat
    bench.until(lambda: chat.budget is not None)
    assert chat.conversation is not None and chat.conversation.memory_line_id not in (None, ids[0], ids[1])
    assert chat.budget is not None
    assert [each.messages for each in chat.budget.segments if each.kind is SpanKind.PINNED] == [1]
    assert say(bench, "And then?") == [pin]
    assert not kept.toggle_pin(ids[1]) and say(bench, "And later?") == []
    chat.undo()
    assert kinds(bench) == [MemoryKind.PIN] and say(bench, "Again?") == [pin]


def test_facts_and_summaries_are_written_changed_and_let_go(bench: Bench) -> None:
    fill(bench, 4)
    chat, kept = bench.services.chat, bench.services.memories
    assert chat.conversation is not None
    fact = kept.add_fact(chat.conversation.id, "  is allergic to nuts ", " Sam ")
    bench.load()
    assert say(bench, "Hm?") == ["What is known:\nSam: is allergic to nuts"]
    changed = kept.rewrite(fact.id, "likes nuts", "Sam")
    assert [memory.text for memory in kept.here()] == ["likes nuts"] and changed.by_hand
    kept.forget(changed.id)
    assert kept.here() == () and say(bench, "Hm?") == []
    chat.undo()
    assert [memory.text for memory in kept.here()] == ["likes nuts"]


def test_the_first_facts_leave_where_all_of_them_have_no_room(bench: Bench) -> None:
    fill(bench)
    assert bench.services.chat.conversation is not None
    for number in range(40):
        bench.services.memories.add_fact(bench.services.chat.conversation.id, f"fact {number} " * 3)
    bench.load()
    bench.until(lambda: bench.services.chat.budget is not None)
    budget = bench.services.chat.budget
    assert budget is not None and budget.memories_left_out > 0
    assert SpanKind.FACTS in [each.kind for each in budget.segments]


def test_it_follows_what_is_shown(bench: Bench) -> None:
    ids = fill(bench, 4)
    chat, kept = bench.services.chat, bench.services.memories
    assert chat.conversation is not None
    kept.pin(ids[3])
    chat.edit(ids[1], "Something else.", keep_following=False)
    assert kept.here() == ()
    chat.switch_version(chat.page()[1].id, -1)
    assert kinds(bench) == [MemoryKind.PIN]
    first = chat.conversation.id
    chat.branch(ids[1])
    assert kept.here() == () and len(kept.of(first)) == 1
    chat.close()
    assert kept.here() == ()


def test_a_reply_written_anew_knows_nothing_of_what_came_after(bench: Bench) -> None:
    ids = fill(bench, 6)
    bench.program.store.write(memories.add, MemoryKind.SUMMARY, ids[5], 5, "Later.")
    bench.program.store.write(memories.add, MemoryKind.SUMMARY, ids[1], 1, "Earlier.")
    bench.load()
    bench.services.chat.regenerate(ids[3])
    bench.until(lambda: bool(bench.asked) and not bench.services.chat.busy)
    prompt = bench.asked.pop().prompt
    assert [turn.text for turn in prompt.turns if turn.keep is Keep.MEMORY] == ["The story so far:\nEarlier."]


def test_many_facts_push_no_pin_and_no_summary_out(bench: Bench) -> None:
    ids = fill(bench)

    def keep(session: Session) -> None:
        memories.add(session, MemoryKind.SUMMARY, ids[3], 1, "They counted.")
        for number in range(1100):
            memories.add(session, MemoryKind.FACT, ids[4 + number % 20], 5, f"fact {number}")

    bench.program.store.write(keep)
    bench.services.memories.pin(ids[1])
    bench.load()
    said = say(bench, "And now?")
    assert said[0] == "The story so far:\nThey counted." and said[-1].endswith(SAID[1][2].strip())


def test_what_has_left_is_read_itself_where_a_reply_among_it_is_written_anew(bench: Bench) -> None:
    ids = fill(bench)
    bench.load()
    say(bench, "And now?")
    chat = bench.services.chat
    assert chat.conversation is not None and chat.conversation.memory_line_id not in (None, *ids[:20])
    chat.regenerate(ids[9])
    bench.until(lambda: bool(bench.asked) and not chat.busy)
    said = [turn.message_id for turn in bench.asked.pop().prompt.turns if turn.message_id]
    assert said == [message.id for message in chat.page() if message.depth < 10]
    assert chat.conversation.memory_line_id is None


def test_a_memory_comes_in_and_what_stands_behind_it_is_not_read_anew(qtbot: QtBot, tmp_path: Path) -> None:
    """With real llama.cpp: examples leave, the line moves, a chapter and a pin come in, the window stays."""
    bench = Bench(tmp_path, qtbot)
    chat = bench.services.chat
    try:
        bench.services.preferences.update(sum_up=False)
        example = "<START>\n{{user}}: Well?\n{{char}}: " + "Well and good. " * 20
        made = bench.services.personas.create(PersonaFields("Ada", example_dialogue=example[:160]))
        chat.start(made.id)
        chat.sampling_override = Sampling(temperature=0.0, seed=1, max_tokens=8)
        ids = fill(bench, 6)
        bench.services.memories.pin(ids[1])
        bench.program.store.write(memories.add, MemoryKind.SUMMARY, ids[3], 1, "They counted.")
        bench.load()
        kinds: list[set[SpanKind]] = []
        while not kinds or SpanKind.PINNED not in kinds[-1]:
            say(bench, f"Number {len(kinds)} of those that fill it. " * 3)
            bench.until(lambda: chat.budget is not None)
            figures, budget = chat.statistics, chat.budget
            assert figures is not None and budget is not None
            kinds.append({each.kind for each in budget.segments})
            assert len(kinds) == 1 or figures.evaluated < figures.prompt_tokens // 3
        assert SpanKind.EXAMPLES in kinds[0] and SpanKind.SUMMARY in kinds[-1]
        assert figures.shifted > figures.prompt_tokens // 2
    finally:
        bench.program.close()
