"""Parts of a conversation are summed up: asked for or in quiet moments, and everything else goes first."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hermes_desktop.app import chapters, chronicle
from hermes_desktop.app.chronicle import Task
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import Memory, MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.engine import protocol
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.storage import conversations, memories, messages
from tests.app.beside import Bench, Replies

FACTS = json.dumps([{"who": "Sam", "fact": "bakes bread"}, {"who": "Ada", "fact": "is a keeper"}])
Make = Callable[..., "Desk"]


class Desk(Bench):
    """Somebody with a long story."""

    def __init__(self, folder: Path, qtbot: QtBot, replies: Replies | None = None) -> None:
        super().__init__(folder, qtbot, replies)
        self.services.chat.start(self.services.personas.create(PersonaFields("Ada")).id)
        self.chronicle = self.services.chronicle
        self.failed: list[ErrorKind] = []
        self.tasks: list[Task] = []
        self.chronicle.failed.connect(lambda error: self.failed.append(error.kind))
        self.chronicle.changed.connect(self.note_work)
        self.begun = 0  # replies that the engine has begun
        self.program.engine.event_arrived.connect(self.note_event)

    def note_event(self, event: protocol.Event) -> None:
        self.begun += isinstance(event, protocol.Started)

    def note_work(self) -> None:
        if self.chronicle.work is not None:
            self.tasks.append(self.chronicle.work.task)

    @property
    def talk(self) -> int:
        assert self.services.chat.conversation is not None
        return self.services.chat.conversation.id

    def fill(self, count: int, letters: int = 20) -> list[int]:
        said = [
            ((Role.USER, "Sam") if number % 2 == 0 else (Role.ASSISTANT, "Ada"))
            + (f"{number} ".ljust(letters, "a"),)
            for number in range(count)
        ]
        self.program.store.write(messages.extend, self.talk, said)
        self.services.chat.reread()
        return [message.id for message in self.services.chat.page(limit=500)]

    def begin_unasked(self) -> None:
        """Tell a story that is too long, and wait until it is being summed up."""
        self.fill(40, letters=300)
        self.load()
        self.services.chat.send("And now?")
        self.until(lambda: self.begun == 2)

    def kept(self, kind: MemoryKind) -> list[tuple[int, int, str]]:
        found = [each for each in self.services.memories.here() if each.kind is kind]
        return [(each.first_depth, each.depth, f"{each.who}: {each.text}".strip(": ")) for each in found]

    def rest(self) -> None:
        self.until(lambda: self.chronicle.work is None)

    def keep(self, first: int, message_id: int, text: str, *, by_hand: bool = False) -> Memory:
        kind = MemoryKind.SUMMARY
        return self.program.store.write(memories.add, kind, message_id, first, text, by_hand=by_hand)


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(chronicle, "QUIET_MS", 0)
    made: list[Desk] = []

    def build(*replies: str | dict[str, object]) -> Desk:
        played = [{"pieces": [reply]} if isinstance(reply, str) else reply for reply in replies]
        made.append(Desk(tmp_path, qtbot, played or None))
        return made[-1]

    yield build
    for each in made:
        each.program.close()


# ---- asked for ---------------------------------------------------------------------------------------


def test_all_but_the_last_exchange_is_summed_up_part_by_part(make: Make) -> None:
    desk = make("They met.", FACTS)
    desk.services.preferences.update(sum_up=False)
    desk.fill(12, letters=1400)
    desk.load()
    assert desk.chronicle.possible
    desk.chronicle.start()
    assert desk.chronicle.work is not None and desk.chronicle.work.asked and not desk.chronicle.possible
    assert (desk.chronicle.work.first, desk.chronicle.work.last) == (1, 2)
    desk.rest()
    spans = [(first, last) for first, last, _ in desk.kept(MemoryKind.SUMMARY)]
    assert spans == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]
    assert desk.kept(MemoryKind.FACT) == [(1, 2, "Sam: bakes bread"), (1, 2, "Ada: is a keeper")]  # each once
    assert desk.tasks[:2] == [Task.SUMMARY, Task.FACTS] and desk.failed == []
    first, second = desk.asked[0].prompt, desk.asked[2].prompt
    assert first.turns[1].text.startswith("Sam: 0 a") and "What came before:" not in first.turns[1].text
    assert second.turns[1].text.startswith("What came before:\nThey met.\n\nSam: 2 a")
    asked = len(desk.asked)
    desk.chronicle.start()  # there is nothing more
    assert desk.chronicle.work is None and len(desk.asked) == asked


def test_what_is_deleted_or_told_already_is_stepped_over(make: Make) -> None:
    desk = make("They met.", "[]")
    desk.services.preferences.update(sum_up=False)
    ids = desk.fill(12)
    desk.keep(3, ids[5], "In the middle.", by_hand=True)
    desk.program.store.write(messages.delete, ids[6])
    desk.services.chat.reread()
    desk.load()
    desk.chronicle.start()
    desk.rest()
    found = desk.kept(MemoryKind.SUMMARY)
    assert found == [(1, 2, "They met."), (3, 6, "In the middle."), (8, 10, "They met.")]
    assert desk.kept(MemoryKind.FACT) == []


def test_a_stop_keeps_what_is_there_and_begins_nothing_more(make: Make) -> None:
    desk = make("They met.", FACTS, {"pieces": ["It", " rained."], "acts": {"1": "hang"}})
    desk.services.preferences.update(sum_up=False)
    desk.fill(10, letters=1400)
    desk.load()
    desk.chronicle.start()
    desk.until(lambda: len(desk.asked) == 3)
    desk.chronicle.stop()
    desk.rest()
    assert [first for first, *_ in desk.kept(MemoryKind.SUMMARY)] == [1] and desk.failed == []


def test_what_fails_is_told_where_somebody_waits_for_it(make: Make) -> None:
    desk = make({"fail": {"kind": ErrorKind.ENGINE_GRAMMAR.value, "values": {"detail": "x"}}})
    desk.services.preferences.update(sum_up=False)
    desk.fill(6)
    desk.load()
    desk.chronicle.start()
    desk.rest()
    assert desk.failed == [ErrorKind.ENGINE_GRAMMAR] and desk.kept(MemoryKind.SUMMARY) == []


def test_a_summary_that_is_cut_ends_with_a_sentence(make: Make) -> None:
    cut = {"pieces": ["They met. It rained. And th"], "stop_reason": "length"}
    desk = make(cut, {"pieces": ['[{"who": "Sam", "fact": "bakes"}, {"who": "A'], "stop_reason": "length"})
    desk.services.preferences.update(sum_up=False)
    desk.fill(6)
    desk.load()
    desk.chronicle.start()
    desk.rest()
    assert desk.kept(MemoryKind.SUMMARY) == [(1, 4, "They met. It rained.")]
    assert desk.kept(MemoryKind.FACT) == [(1, 4, "Sam: bakes")]


def test_what_a_model_thinks_before_it_writes_is_no_part_of_the_story(make: Make) -> None:
    desk = make(
        "<think>Sum it up.\nNo more.</think>\nThey met. <SCRATCHPAD>Done", "<think>None", "It rained.", "[]"
    )
    desk.services.preferences.update(sum_up=False)
    desk.fill(8)
    desk.load()
    desk.chronicle.start()
    desk.rest()
    assert desk.kept(MemoryKind.SUMMARY) == [(1, 6, "They met.")] and desk.kept(MemoryKind.FACT) == []
    assert desk.failed == []


def test_without_a_model_or_a_conversation_nothing_is_possible(make: Make) -> None:
    desk = make("x")
    desk.services.chat.close()
    assert not desk.chronicle.possible
    desk.chronicle.start()
    assert desk.chronicle.work is None


# ---- one of them anew --------------------------------------------------------------------------------


def test_a_summary_is_written_anew_and_undo_brings_back_what_it_said(make: Make) -> None:
    desk = make("It was so.", "[]")
    desk.services.preferences.update(sum_up=False)
    ids = desk.fill(8)
    desk.keep(1, ids[1], "Before.")
    old = desk.keep(3, ids[5], "Wrong.", by_hand=True)
    desk.load()
    desk.chronicle.renew(old)
    desk.rest()
    assert desk.kept(MemoryKind.SUMMARY)[-1] == (3, 6, "It was so.")
    material = desk.asked[-1].prompt.turns[1].text
    assert material.startswith("What came before:\nBefore.\n\nSam: 2 a") and "\nAda: 5 a" in material
    assert not desk.services.memories.here()[-1].by_hand
    desk.services.chat.undo()
    assert desk.kept(MemoryKind.SUMMARY)[-1] == (3, 6, "Wrong.")


def test_a_wide_one_is_made_anew_of_those_within_it(make: Make) -> None:
    desk = make("All of it.")
    desk.services.preferences.update(sum_up=False)
    ids = desk.fill(12, letters=2000)
    parts = [desk.keep(1, ids[3], "One."), desk.keep(5, ids[7], "Two.")]
    wide = desk.keep(1, ids[7], "Both.")
    desk.load()
    desk.chronicle.renew(wide)
    desk.rest()
    assert desk.asked[-1].prompt.turns[1].text == "One.\n\nTwo."
    assert (1, 8, "All of it.") in desk.kept(MemoryKind.SUMMARY)
    desk.services.memories.forget(*(each.id for each in parts))
    desk.chronicle.renew(desk.services.memories.here()[-1])
    assert desk.failed == [ErrorKind.NOTHING_TO_SUM_UP] and desk.chronicle.work is None


# ---- in quiet moments --------------------------------------------------------------------------------


def test_what_has_left_is_summed_up_once_it_is_quiet(make: Make) -> None:
    desk = make("Yes.", "They met.", FACTS)
    desk.fill(40, letters=300)
    desk.load()
    desk.services.chat.send("And now?")
    desk.until(lambda: bool(desk.kept(MemoryKind.FACT)))
    chat = desk.services.chat
    assert chat.conversation is not None and chat.conversation.memory_line_id is not None
    line = chat.depth_of(chat.conversation.memory_line_id)
    desk.until(lambda: desk.kept(MemoryKind.SUMMARY)[-1][1] >= line - 4)
    desk.rest()
    found = desk.kept(MemoryKind.SUMMARY)
    assert found[0][0] == 1 and all(one[1] + 1 == two[0] for one, two in pairwise(found))
    chat.send("Hm?")
    desk.until(lambda: not chat.busy)
    asked = [each for each in desk.asked if each.prompt.turns[-1].text == "Hm?"]
    texts = [turn.text for turn in asked[-1].prompt.turns]
    assert "The story so far:\nThey met." in texts or "The story so far:\nYes." in texts


def test_long_messages_are_summed_up_unasked_however_few_make_a_part(make: Make) -> None:
    desk = make("Yes.", "They met.", "[]")
    ids = desk.fill(20, letters=1400)
    desk.keep(3, ids[3], "In the middle.")
    desk.load()
    desk.services.chat.send("And now?")
    desk.until(lambda: len(desk.kept(MemoryKind.SUMMARY)) >= 6)
    found = desk.kept(MemoryKind.SUMMARY)
    assert found[0][0] == 1 and all(one[1] + 1 == two[0] for one, two in pairwise(found))


def test_facts_that_gave_way_to_a_reply_are_noted_later(make: Make) -> None:
    slow = {"pieces": ["[", "]"], "delay": 60.0}
    desk = make("Yes.", "They met.", slow, "Here.", FACTS)
    desk.fill(40, letters=300)
    desk.load()
    desk.services.chat.send("And now?")
    desk.until(lambda: desk.begun == 3)
    assert desk.chronicle.work is not None and desk.chronicle.work.task is Task.FACTS
    first = desk.kept(MemoryKind.SUMMARY)[0][:2]
    desk.services.chat.send("Hello?")
    desk.until(lambda: bool(desk.kept(MemoryKind.FACT)))
    assert desk.kept(MemoryKind.FACT)[0] == (*first, "Sam: bakes bread")


def test_what_was_let_go_is_not_summed_up_again_unasked(make: Make) -> None:
    desk = make("They met.", "[]")
    desk.services.preferences.update(sum_up=False)
    ids = desk.fill(20)
    gone = desk.keep(3, ids[5], "Forget it.")
    desk.services.memories.forget(gone.id)
    for forgotten, first in ((True, 7), (False, 3)):
        part = desk.program.store.read(
            chapters.next_part, desk.talk, upto=12, earliest=3, forgotten=forgotten
        )
        assert part is not None and (part.first_depth, part.last.depth, part.before) == (first, 12, "")
    desk.load()
    desk.chronicle.start()
    desk.rest()
    assert [each[:2] for each in desk.kept(MemoryKind.SUMMARY)] == [(1, 18)]


def test_a_line_on_another_path_passes_nothing_here(make: Make) -> None:
    desk = make("x")
    ids = desk.fill(40)
    store, chat = desk.program.store, desk.services.chat
    store.write(conversations.set_memory_line, desk.talk, ids[29])
    chat.reread()
    assert chat.conversation is not None and store.read(chapters.left, chat.conversation) == 29
    chat.edit(ids[4], "Something else.", keep_following=False)
    assert store.read(chapters.left, chat.conversation) == 0


def test_what_cannot_be_kept_is_told_where_somebody_waits_for_it(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make("They met.")
    desk.services.preferences.update(sum_up=False)
    desk.fill(6)
    desk.load()

    def full(*_anything: object, **_more: object) -> None:
        raise KnownError(ErrorKind.DISK_FULL, path="x")

    monkeypatch.setattr(memories, "add", full)
    desk.chronicle.start()
    desk.rest()
    assert desk.failed == [ErrorKind.DISK_FULL] and len(desk.asked) == 1


def test_what_came_before_and_what_becomes_one_have_room(make: Make) -> None:
    desk = make("Shorter.")
    desk.services.preferences.update(sum_up=False)
    ids = desk.fill(8, letters=400)
    told = [desk.keep(1, ids[1], "x" * 20_000), desk.keep(3, ids[3], "y" * 20_000)]
    part = desk.program.store.read(chapters.next_part, desk.talk, upto=8)
    assert part is not None and len(part.messages) == 4
    room = chapters.room_of(2048, 360)
    for prompt in (
        chapters.summary_of(part, room),
        chapters.facts_of(part, 300),
        chapters.condensed(told, room),
    ):
        assert sum(estimated(turn.text) for turn in prompt.turns) < 2048 - 360
    material = chapters.summary_of(part, room).turns[1].text
    assert "x … x" not in material and "y … y" in material and material.endswith(part.last.text)


def test_nothing_is_summed_up_unasked_where_it_is_not_wanted(make: Make) -> None:
    desk = make("Yes.", "They met.")
    desk.fill(40, letters=300)
    desk.services.preferences.update(sum_up=False)
    desk.load()
    desk.services.chat.send("And now?")
    desk.until(lambda: bool(desk.asked) and not desk.services.chat.busy)
    desk.until(lambda: desk.services.chat.budget is not None)
    assert not desk.chronicle._quiet.isActive() and len(desk.asked) == 1
    desk.services.preferences.update(sum_up=True)
    desk.until(lambda: bool(desk.kept(MemoryKind.SUMMARY)))


def test_a_reply_goes_first_and_the_part_is_tried_again(make: Make) -> None:
    slow = {"pieces": ["They", " met."], "delay": 60.0}
    desk = make("Yes.", slow, "Here.", "They met at last.", "[]")
    desk.begin_unasked()
    assert desk.chronicle.work is not None and not desk.chronicle.work.asked
    desk.services.chat.send("Hello?")
    desk.until(lambda: len(desk.asked) >= 3)
    assert desk.asked[2].prompt.turns[-1].text == "Hello?"
    desk.until(lambda: bool(desk.kept(MemoryKind.SUMMARY)))
    assert desk.kept(MemoryKind.SUMMARY)[0][2] == "They met at last." and desk.failed == []


def test_a_wish_that_came_meanwhile_is_not_dropped_without_a_word(make: Make) -> None:
    slow = {"pieces": ["They", " met."], "delay": 60.0}
    desk = make("Yes.", slow, "Here.", "They met at last.", "[]")
    desk.begin_unasked()
    desk.chronicle.start()
    desk.services.chat.send("Hello?")
    desk.until(lambda: bool(desk.failed))
    assert desk.failed == [ErrorKind.GAVE_WAY]


def test_a_model_that_is_put_away_is_no_failure_of_the_part(make: Make) -> None:
    desk = make({"pieces": ["They", " met."], "delay": 60.0})
    ids = desk.fill(40)
    desk.program.store.write(conversations.set_memory_line, desk.talk, ids[29])
    desk.services.chat.reread()
    desk.load()
    for number in range(1, 4):
        desk.until(lambda number=number: desk.begun == number)  # type: ignore[misc]
        desk.services.models.unload()
        desk.rest()
        assert desk.services.models.ensure_loaded()


def test_it_ends_where_it_is_not_wanted_any_more(make: Make) -> None:
    desk = make("Yes.", {"pieces": ["They", " met."], "delay": 60.0})
    desk.begin_unasked()
    desk.services.preferences.update(sum_up=False)
    desk.rest()
    assert desk.kept(MemoryKind.SUMMARY) == [] and desk.failed == []


def test_what_else_is_written_beside_goes_first(make: Make) -> None:
    slow = {"pieces": ["They", " met."], "delay": 60.0}
    desk = make("Yes.", slow, json.dumps({"name": "Ida"}))
    desk.begin_unasked()
    with desk.qtbot.waitSignal(desk.services.ghostwriter.ended) as ended:
        desk.services.ghostwriter.write_part("name", PersonaFields(""))
    assert ended.args[0].error is None and ended.args[0].proposal.text("name") == "Ida"


def test_what_waits_for_room_can_be_stopped(make: Make) -> None:
    slow = {"pieces": ["They", " met."], "delay": 60.0, "acts": {"0": "hang"}}
    desk = make("Yes.", slow)
    desk.begin_unasked()
    with desk.qtbot.waitSignal(desk.services.ghostwriter.ended) as ended:
        desk.services.ghostwriter.write_part("name", PersonaFields(""))
        desk.services.ghostwriter.stop()
    assert ended.args[0].error is None and ended.args[0].proposal.text("name") == ""


def test_what_fails_unasked_is_tried_twice_and_told_to_nobody(make: Make) -> None:
    desk = make("Yes.", {"fail": {"kind": ErrorKind.ENGINE_GRAMMAR.value, "values": {"detail": "x"}}})
    desk.fill(40, letters=300)
    desk.load()
    desk.services.chat.send("And now?")
    desk.until(lambda: len(desk.asked) >= 3 and desk.chronicle.work is None)
    desk.until(lambda: not desk.chronicle._quiet.isActive())
    assert desk.failed == [] and desk.told == []


def test_another_conversation_ends_it(make: Make) -> None:
    slow = {"pieces": ["They", " met."], "delay": 60.0}
    desk = make("Yes.", slow)
    desk.begin_unasked()
    desk.services.chat.close()
    desk.rest()
    assert desk.failed == []


def test_the_oldest_summaries_become_one_where_all_are_too_long(make: Make) -> None:
    desk = make("Shorter.")
    ids = desk.fill(40)
    long = "They spoke of the weather and of bread. " * 12
    for at in range(0, 32, 4):
        desk.keep(at + 1, ids[at + 3], long, by_hand=at == 0)
    desk.load()
    desk.until(lambda: (5, 20, "Shorter.") in desk.kept(MemoryKind.SUMMARY))
    assert desk.tasks[0] is Task.SHORTER
    assert desk.asked[0].prompt.turns[1].text == "\n\n".join([long.strip()] * 4)


def test_one_that_is_no_shorter_is_not_kept(make: Make) -> None:
    long = "They spoke of the weather and of bread. " * 12
    desk = make(long * 4)
    ids = desk.fill(40)
    for at in range(0, 32, 4):
        desk.keep(at + 1, ids[at + 3], long)
    desk.load()
    desk.until(lambda: bool(desk.asked) and desk.chronicle.work is None)
    assert len(desk.kept(MemoryKind.SUMMARY)) == 8


# ---- which part --------------------------------------------------------------------------------------


def test_a_part_ends_behind_an_answer_and_holds_one_message_at_least(make: Make) -> None:
    desk = make("x")
    ids = desk.fill(9, letters=400)
    part = desk.program.store.read(chapters.next_part, desk.talk, upto=9, tokens=300)
    assert part is not None and [each.id for each in part.messages] == ids[:2]
    part = desk.program.store.read(chapters.next_part, desk.talk, upto=9, tokens=1)
    assert part is not None and [each.id for each in part.messages] == ids[:1]
    part = desk.program.store.read(chapters.next_part, desk.talk, upto=9, earliest=8)
    assert part is not None and [each.id for each in part.messages] == ids[7:]
    assert desk.program.store.read(chapters.next_part, desk.talk, upto=0) is None


def test_not_all_is_read_again_of_what_is_far_too_long(make: Make) -> None:
    desk = make("x")
    ids = desk.fill(300, letters=400)
    wide = desk.keep(1, ids[249], "All of it.")
    part = desk.program.store.read(chapters.part_of, wide, desk.talk)
    assert part is not None and part.last.id == ids[249] and len(part.messages) < 100
    assert chapters.tokens_of(part.messages) > chapters.ANEW


def test_nothing_is_left_of_what_a_summary_tells(make: Make) -> None:
    desk = make("x")
    ids = desk.fill(4)
    kept = desk.keep(3, ids[3], "Gone.")
    for number in ids[2:]:
        desk.program.store.write(messages.delete, number)
    desk.services.chat.reread()
    assert desk.program.store.read(chapters.part_of, kept, desk.talk) is None
    desk.load()
    desk.chronicle.renew(kept)
    assert desk.failed == [ErrorKind.NOTHING_TO_SUM_UP]


@pytest.mark.parametrize(
    ("by_hand", "chosen"),
    [([], [0, 1]), ([0], [1, 2]), ([1], [2, 3]), ([0, 2], []), ([0, 1, 2, 3], [])],
)
def test_only_what_no_person_wrote_becomes_shorter(by_hand: list[int], chosen: list[int]) -> None:
    told = [
        Memory(n, MemoryKind.SUMMARY, n, n * 2 + 2, n * 2 + 1, 0, "x" * 400, by_hand=n in by_hand)
        for n in range(4)
    ]
    assert [one.id for one in chapters.too_long(told, 300)] == chosen
    assert chapters.too_long(told, 3000) == []


def test_a_gap_parts_what_becomes_one() -> None:
    spans = [(1, 2), (5, 6), (7, 8)]
    told = [Memory(n, MemoryKind.SUMMARY, n, b, a, 0, "x" * 400) for n, (a, b) in enumerate(spans)]
    assert [one.id for one in chapters.too_long(told, 10)] == [1, 2]


# ---- real llama.cpp ----------------------------------------------------------------------------------


def test_the_understudy_sums_up_what_it_is_asked_to(make: Make) -> None:
    desk = make()
    model = desk.services.models.understudy()
    assert model is not None
    said = [
        (Role.USER, "Sam", "My brother is called Tom."),
        (Role.ASSISTANT, "Ada", "I will remember that. " + "The lighthouse is far away. " * 2_000),
        (Role.USER, "Sam", "Good."),
        (Role.ASSISTANT, "Ada", "Yes."),
    ]
    desk.program.store.write(messages.extend, desk.talk, said)
    desk.services.chat.reread()
    desk.load_id(model.id)
    assert not desk.chronicle._quiet.isActive()  # it is too small to be trusted with it unasked
    desk.chronicle.start()
    desk.rest()
    # The second one is far too long for the context, so what is in its middle is left out.
    assert [(first, last) for first, last, _ in desk.kept(MemoryKind.SUMMARY)] == [(1, 1), (2, 2)]
    assert desk.failed == []
