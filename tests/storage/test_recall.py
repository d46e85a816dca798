"""Old messages come back for what is said now."""

from pathlib import Path

import pytest

from hermes_desktop.bench.finding import _forget
from hermes_desktop.domain.conversation import Conversation, MessageState, Role
from hermes_desktop.storage import clues, messages, recall
from hermes_desktop.storage.database import Database, Session
from tests.storage.conftest import begin, say

TALK = [
    "We walked along the harbour and it was late.",
    "Was it? I had no idea.",
    "The lantern of Ilvara hangs behind the chapel.",
    "That is good to know about it.",
    *(f"It was the {number}th day of rain and we waited for it." for number in range(20)),
]


@pytest.fixture
def talk(session: Session) -> Conversation:
    return begin(session, "Hello.")


def found(session: Session, talk: Conversation, query: str, **more: float) -> list[str]:
    return [one.message.text for one in recall.find(session, talk.id, query, **more)]  # type: ignore[arg-type]


def test_rare_words_lead_to_a_message_and_endings_do_not_matter(session: Session, talk: Conversation) -> None:
    ids = say(session, talk, *TALK)
    (best, *_others) = recall.find(session, talk.id, "Where did we see those lanterns?")
    assert (best.message.id, best.message.position, best.message.versions) == (ids[2], 4, 1)
    assert found(session, talk, "ILVARA")[0] == TALK[2]
    assert found(session, talk, "Ilvara", below=best.message.depth) == []
    assert found(session, talk, "Nobody said xylophone") == []
    messages.delete(session, ids[0])
    (later,) = recall.find(session, talk.id, "lantern", limit=1)
    assert later.message.position == 3
    messages.delete(session, ids[2])
    assert found(session, talk, "lantern") == []


def test_small_talk_brings_nothing_back_where_it_has_to_be_telling(
    session: Session, talk: Conversation
) -> None:
    say(session, talk, *TALK)
    assert found(session, talk, "It was a long day, and it rains.") != []
    assert found(session, talk, "It was a long day, and it rains.", telling=0.4) == []
    assert found(session, talk, "Ilvara waited for it.", telling=0.4)[0] == TALK[2]


def test_the_answer_to_a_question_comes_with_it(session: Session, talk: Conversation) -> None:
    say(session, talk, *TALK, "How do you call that boat of yours?", "Galthe, after the river.", *TALK[4:9])
    say(session, talk, "The boat leaks.", " ")
    assert "Galthe, after the river." in found(session, talk, "What was the name of the boat?")


def test_only_the_path_counts_and_equal_texts_once(session: Session, talk: Conversation) -> None:
    ids = say(session, talk, *TALK, "The lantern is lit.", "Good.", "The lantern is lit.")
    messages.sibling(session, ids[2], "The ledger is wet.", keep_following=True)
    other = begin(session, "A lantern elsewhere.", name="Juno")
    assert other.id != talk.id
    assert found(session, talk, "lantern", floor=0.9) == ["The lantern is lit."]
    messages.append(session, talk.id, Role.ASSISTANT, "Mira", "lantern", state=MessageState.RUNNING)
    assert "lantern" not in found(session, talk, "lantern", floor=0.0)


@pytest.mark.parametrize("odd", ["", " ", "?!…", "NEAR( OR *", '"', "a\x00b", "\ud800", "AND", "x" * 9_000])
def test_odd_turns_find_nothing_and_break_nothing(session: Session, talk: Conversation, odd: str) -> None:
    say(session, talk, *TALK)
    assert found(session, talk, odd) == []


def test_words_that_all_say_lead_nowhere_and_many_are_cut(session: Session, talk: Conversation) -> None:
    say(session, talk, *(f"We waited {number}." for number in range(1_200)))
    assert found(session, talk, "waited") == []
    many = " ".join(f"word{number}" for number in range(100))
    assert len(clues.words_of(many + " Waited 7 a")) == clues.MOST
    assert found(session, talk, f"{many} waited 77")[0] == "We waited 77."


def test_scripts_without_spaces_are_found_by_pairs(session: Session, talk: Conversation) -> None:
    say(session, talk, "灯塔的名字是星光。", "好", "我们在路上等雨。", *TALK)
    assert found(session, talk, "你还记得灯塔的名字吗")[0] == "灯塔的名字是星光。"
    assert found(session, talk, "好") == ["好"]


def test_a_database_of_earlier_days_is_looked_through(tmp_path: Path) -> None:
    opened = Database.open(tmp_path)
    with opened.session() as session:
        talk = begin(session, "Hello.")
        say(session, talk, *TALK)
    opened.close()
    _forget(tmp_path)
    reader = Database.open(tmp_path, read_only=True)
    with reader.session() as session:
        assert found(session, talk, "Ilvara had a lantern, no?")[0] == TALK[2]
    reader.close()


def test_kin_differ_in_their_endings() -> None:
    assert clues.are_kin("lanterns", "lantern") and clues.are_kin("promised", "promising")
    assert not clues.are_kin("mira", "miranda") and not clues.are_kin("boat", "boot")
    assert [clues.stem(word) for word in ("cat", "room7", "lamp", "lantern", "promising")] == [
        *("", "", "lamp", "lante", "promis")
    ]
    assert clues.told_by([], []) == [] and clues.told_by([""], []) == [clues.Told(0, 0)]
