"""Pins, summaries and facts: they follow the path, come along with copies, and undo takes them back."""

import pytest

from hermes_desktop.domain.conversation import MessageState
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.storage import conversations, memories, messages
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.tables import Memory
from tests.storage.conftest import begin, say

PIN, SUMMARY, FACT = MemoryKind


def here(session: Session, talk: int) -> list[tuple[str, int, int, str]]:
    found = memories.on_path(session, talk)
    return [(each.kind.value, each.first_depth, each.depth, each.text) for each in found]


def test_a_pin_holds_on_every_path_through_its_message(session: Session) -> None:
    talk = begin(session)
    one, two, three = say(session, talk, "one", "two", "three")
    assert here(session, talk.id) == []
    pinned = memories.pin(session, two)
    assert (pinned.kind, pinned.message_id, pinned.depth, pinned.first_depth) == (PIN, two, 2, 2)
    assert memories.pin(session, two) == pinned and here(session, talk.id) == [("pin", 2, 2, "")]
    messages.sibling(session, three, "another three")
    assert here(session, talk.id) == [("pin", 2, 2, "")]
    messages.sibling(session, one, "another one")
    assert here(session, talk.id) == []


def test_a_pin_goes_with_its_message_and_comes_back_with_it(session: Session) -> None:
    talk = begin(session)
    _one, two, _three = say(session, talk, "one", "two", "three")
    memories.pin(session, two)
    memories.add(session, SUMMARY, two, 1, "They counted.")
    messages.delete(session, two)
    assert here(session, talk.id) == [("summary", 1, 2, "They counted.")]
    messages.undo(session, talk.id)
    assert [kind for kind, *_ in here(session, talk.id)] == ["pin", "summary"]


def test_what_a_person_does_is_taken_back_and_done_again(session: Session) -> None:
    talk = begin(session)
    _one, two = say(session, talk, "one", "two")
    pinned = memories.pin(session, two)
    messages.undo(session, talk.id)
    assert here(session, talk.id) == []
    messages.redo(session, talk.id)
    assert here(session, talk.id) == [("pin", 2, 2, "")]
    memories.remove(session, [pinned.id])
    assert here(session, talk.id) == []
    memories.remove(session, [pinned.id])  # once more does nothing, and leaves nothing to undo
    messages.undo(session, talk.id)
    assert here(session, talk.id) == [("pin", 2, 2, "")]
    memories.remove(session, [pinned.id])
    assert memories.pin(session, two).id == pinned.id
    messages.undo(session, talk.id)
    assert here(session, talk.id) == []


def test_what_the_model_wrote_is_not_what_undo_takes_back(session: Session) -> None:
    talk = begin(session)
    one, two = say(session, talk, "one", "two")
    memories.add(session, FACT, one, 1, "counts", who="Jonas", by_hand=True)
    memories.add(session, SUMMARY, two, 1, "They counted.")
    messages.undo(session, talk.id)
    assert here(session, talk.id) == [("summary", 1, 2, "They counted.")]


def test_what_is_rewritten_keeps_its_place_and_what_it_said_before(session: Session) -> None:
    talk = begin(session)
    say(session, talk, "one", "two")
    two = messages.path(session, talk.id)[-1].id
    first = memories.add(session, SUMMARY, two, 1, "They counted.")
    second = memories.rewrite(session, first.id, "They counted to two.")
    assert second.by_hand and (second.first_depth, second.depth) == (1, 2)
    third = memories.rewrite(session, second.id, "Counting.", by_hand=False)
    assert not third.by_hand and here(session, talk.id) == [("summary", 1, 2, "Counting.")]
    messages.undo(session, talk.id)
    assert here(session, talk.id) == [("summary", 1, 2, "They counted to two.")]
    messages.undo(session, talk.id)
    assert here(session, talk.id) == [("summary", 1, 2, "They counted.")]
    assert memories.get(session, second.id).text == "They counted to two."
    fact = memories.add(session, FACT, two, 2, "is old", who="The lamp")
    assert memories.rewrite(session, fact.id, "is new", "The lantern").who == "The lantern"


def test_what_stands_at_the_root_holds_everywhere(session: Session) -> None:
    talk = begin(session)
    root = conversations.get(session, talk.id).root_id
    memories.add(session, FACT, root, 0, "is allergic to nuts", who="Sam", by_hand=True)
    (one,) = say(session, talk, "one")
    messages.sibling(session, one, "another one")
    assert here(session, talk.id) == [("fact", 0, 0, "is allergic to nuts")]


def test_only_a_fact_holds_everywhere(session: Session) -> None:
    """A file may say that the root is pinned, or summed up."""
    talk = begin(session)
    say(session, talk, "one")
    memories.add(session, SUMMARY, talk.root_id, 0, "x")
    session.add(
        Memory(conversation_id=talk.id, kind=PIN, message_id=talk.root_id, first_depth=0, created_at=1)
    )
    assert here(session, talk.id) == []


def test_no_model_brings_back_what_was_let_go_and_a_pin_says_nothing_else(session: Session) -> None:
    talk = begin(session)
    one, two = say(session, talk, "one", "two")
    gone = memories.add(session, SUMMARY, two, 1, "They counted.")
    memories.remove(session, [gone.id])
    for known, by_hand in ((gone, False), (memories.pin(session, one), True)):
        with pytest.raises(KnownError) as caught:
            memories.rewrite(session, known.id, "Something else.", by_hand=by_hand)
        assert caught.value.kind is ErrorKind.MEMORY_UNKNOWN
    assert here(session, talk.id) == [("pin", 1, 1, "")]
    assert memories.rewrite(session, gone.id, "By hand.").text == "By hand."


def test_places_are_counted_without_what_was_deleted(session: Session) -> None:
    talk = begin(session)
    _one, two, three, four = say(session, talk, "one", "two", "three", "four")
    memories.add(session, SUMMARY, four, 2, "x")
    memories.add(session, FACT, talk.root_id, 0, "y")
    memories.add(session, SUMMARY, two, 2, "z")

    def places() -> list[tuple[int, int]]:
        return [memories.positions(session, each) for each in memories.on_path(session, talk.id)]

    assert places() == [(0, 0), (2, 2), (2, 4)]
    messages.delete(session, three)
    assert places() == [(0, 0), (2, 2), (2, 3)]
    messages.delete(session, four)
    messages.delete(session, two)
    assert places() == [(0, 0), (2, 2), (2, 2)]


def test_a_span_lies_within_the_path(session: Session) -> None:
    talk = begin(session)
    (one,) = say(session, talk, "one")
    assert memories.add(session, SUMMARY, one, -5, "x").first_depth == 1
    assert memories.add(session, SUMMARY, one, 9, "x").first_depth == 1


def test_an_edit_takes_along_what_ends_there_or_below(session: Session) -> None:
    talk = begin(session)
    _one, two, three, four = say(session, talk, "one", "two", "three", "four")
    memories.pin(session, two)
    memories.pin(session, four)
    memories.add(session, SUMMARY, three, 1, "Three.")
    gone = memories.add(session, FACT, three, 1, "gone")
    memories.remove(session, [gone.id])
    whole = here(session, talk.id)
    messages.sibling(session, two, "two, by hand", keep_following=True)
    assert here(session, talk.id) == whole
    messages.undo(session, talk.id)
    assert here(session, talk.id) == whole
    messages.sibling(session, four, "four, by hand")
    assert here(session, talk.id) == whole


def test_a_reply_written_anew_is_not_pinned(session: Session) -> None:
    talk = begin(session)
    _one, two = say(session, talk, "one", "two")
    memories.pin(session, two)
    messages.sibling(session, two, "", state=MessageState.RUNNING)
    assert here(session, talk.id) == []


def test_a_branch_has_its_own(session: Session) -> None:
    talk = begin(session)
    _one, two, three = say(session, talk, "one", "two", "three")
    memories.pin(session, two)
    memories.add(session, SUMMARY, three, 1, "Beyond the fork.")
    memories.add(session, FACT, talk.root_id, 0, "everywhere", by_hand=True)
    branch = messages.branch(session, two)
    assert here(session, branch.id) == [("fact", 0, 0, "everywhere"), ("pin", 2, 2, "")]
    memories.remove(session, [each.id for each in memories.on_path(session, branch.id)])
    assert here(session, branch.id) == [] and len(here(session, talk.id)) == 3
    messages.undo(session, branch.id)
    assert len(here(session, branch.id)) == 2


def test_what_is_not_there(session: Session) -> None:
    talk = begin(session)
    for act, kind in (
        (lambda: memories.get(session, 99), ErrorKind.MEMORY_UNKNOWN),
        (lambda: memories.remove(session, [99]), ErrorKind.MEMORY_UNKNOWN),
        (lambda: memories.pin(session, talk.root_id), ErrorKind.MESSAGE_UNKNOWN),
        (lambda: memories.add(session, FACT, 99, 0, ""), ErrorKind.MESSAGE_UNKNOWN),
    ):
        with pytest.raises(KnownError) as caught:
            act()
        assert caught.value.kind is kind


def test_a_database_of_an_older_version_remembers_nothing(session: Session) -> None:
    talk = begin(session)
    session.connection().exec_driver_sql("drop table memory")
    assert memories.on_path(session, talk.id) == []
    assert Memory.__tablename__ == "memory"
