"""What is remembered goes out and comes in with a whole conversation, and hangs on the same messages."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.history import Entry, MemoryState
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.storage import arrivals, histories, memories, messages, remembered
from hermes_desktop.storage.arrivals import Cast
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.tables import Memory
from tests.storage.conftest import begin, say

PIN, SUMMARY, FACT = MemoryKind
LATER = '{"hermes-desktop": {"weight": 5}}'


def state(kind: str, first: int, message: int, text: str = "", **more: object) -> MemoryState:
    return replace(MemoryState(kind, first, message, text=text), **more)


def brought(session: Session, parents: list[int], kept: list[MemoryState]) -> int:
    """Bring in a tree with what is remembered of it."""
    talk = begin(session)
    cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
    head, _count, _none = histories.read(session, talk.id)
    entries = [Entry(key, parent, Role.USER, "n", str(key), key) for key, parent in enumerate(parents, 1)]
    tip = len(entries)
    return arrivals.add(session, replace(head, tip=tip, memories=tuple(kept)), entries, cast)


def told(session: Session, number: int) -> list[tuple[str, str, str]]:
    """Say of each thing remembered with which words of messages it begins and ends."""
    head, _count, entries = histories.read(session, number)
    texts = {0: ""} | {entry.key: entry.text for entry in entries}
    return [(one.kind, texts[one.first], texts[one.message]) for one in head.memories]


def test_all_that_was_ever_remembered_is_read_and_hangs_on_the_same_messages(session: Session) -> None:
    talk = begin(session)
    one, two, three = say(session, talk, "one", "two", "three")
    memories.add(session, FACT, talk.root_id, 0, "everywhere", who="Sam", by_hand=True)
    memories.add(session, SUMMARY, three, 1, "They counted.")
    memories.pin(session, two)
    messages.sibling(session, three, "another three")
    elsewhere = messages.page(session, talk.id)[-1].id
    memories.add(session, SUMMARY, elsewhere, 2, "They counted otherwise.")
    memories.remove(session, [memories.pin(session, one).id])
    assert told(session, talk.id) == [
        ("fact", "", ""),
        ("summary", "one", "three"),
        ("pin", "two", "two"),
        ("summary", "one", "another three"),  # it came along with the edit
        ("summary", "two", "another three"),
        ("pin", "one", "one"),
    ]
    fact, *_others, gone = histories.read(session, talk.id)[0].memories
    assert (fact.text, fact.who, fact.by_hand, fact.deleted_at) == ("everywhere", "Sam", True, None)
    assert fact.created_at > 0 and gone.deleted_at is not None and not gone.by_hand


def test_what_comes_in_can_be_worked_with(session: Session) -> None:
    number = brought(
        session,
        [0, 1, 1, 3],
        [
            state(SUMMARY, 1, 4, "half \ud83d", who="nul\x00", by_hand=True, created_at=7),
            state(PIN, 3, 3, deleted_at=9),
            state(FACT, 0, 0, "everywhere"),
            state(FACT, 4, 1, "begins after its end"),
            state(SUMMARY, 2, 4, "begins on another branch"),
            state(FACT, 0, 4, "begins nowhere"),
        ],
    )
    held = [
        (each.kind, each.first_depth, each.depth, each.text) for each in memories.on_path(session, number)
    ]
    assert held == [
        ("fact", 0, 0, "everywhere"),
        ("fact", 1, 1, "begins after its end"),
        ("summary", 1, 3, "half \ufffd"),
        ("summary", 2, 3, "begins on another branch"),
        ("fact", 1, 3, "begins nowhere"),
    ]
    first, gone, *_others = histories.read(session, number)[0].memories
    assert (first.who, first.by_hand, first.created_at, gone.deleted_at) == ("nul\ufffd", True, 7, 9)


def test_what_a_newer_version_brought_is_kept_and_does_nothing(session: Session) -> None:
    known, unknown = state(SUMMARY, 1, 2, "x", extra=LATER), state("mood", 1, 2, "calm", extra=LATER)
    number = brought(session, [0, 1], [known, unknown])
    assert histories.read(session, number)[0].memories == (known, unknown)
    assert [each.kind for each in memories.on_path(session, number)] == [SUMMARY]
    (mood,) = session.exec(select(Memory.id).where(Memory.kind == "mood"))
    with pytest.raises(KnownError) as caught:
        memories.get(session, mood or 0)
    assert caught.value.kind is ErrorKind.MEMORY_UNKNOWN
    last = messages.page(session, number)[-1]
    branch = messages.branch(session, last.id)
    assert histories.read(session, branch.id)[0].memories == (known, unknown)
    messages.sibling(session, last.id, "changed by hand")
    assert [json.loads(one.extra) for one in histories.read(session, number)[0].memories] == 4 * [
        {"hermes-desktop": {"weight": 5}}
    ]


def test_a_database_of_an_older_version_remembers_nothing(session: Session) -> None:
    talk = begin(session)
    say(session, talk, "one")
    assert histories.read(session, talk.id)[0].memories == ()
    memories.add(session, FACT, talk.root_id, 0, "is afraid of ghosts", who="Jonas")
    assert list(remembered.texts(session, talk.id)) == ["Jonas", "is afraid of ghosts"]
    session.connection().exec_driver_sql("drop table memory")
    assert list(remembered.texts(session, talk.id)) == []
    assert histories.read(session, talk.id)[0].memories == ()


TREES = st.lists(st.integers(0, 30), min_size=1, max_size=30)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=20)


@settings(max_examples=40)
@given(tree=TREES, spans=SPANS)
def test_a_span_begins_where_it_began_on_any_tree(
    tmp_path_factory: pytest.TempPathFactory, tree: list[int], spans: list[tuple[int, int]]
) -> None:
    parents = [min(parent, key) for key, parent in enumerate(tree)]
    ways: dict[int, list[int]] = {0: [0]}
    for key, parent in enumerate(parents, 1):
        ways[key] = [*ways[parent], key]
    asked = [(first % (len(tree) + 1), last % (len(tree) + 1)) for first, last in spans]
    database = Database.open(tmp_path_factory.mktemp("tree"))
    try:
        with database.session() as session:
            number = brought(session, parents, [state(SUMMARY, *span) for span in asked])
            words = {0: ""} | {key: str(key) for key in range(1, len(tree) + 1)}
            expected = []
            for first, last in asked:
                place = min(max(len(ways[first]) - 1, 1), len(ways[last]) - 1)
                expected.append(("summary", words[ways[last][place]], words[last]))
            assert told(session, number) == expected
            again, _count, entries = histories.read(session, number)
            talk = begin(session)
            cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
            copy = arrivals.add(session, again, list(entries), cast)
            assert histories.read(session, copy)[0].memories == again.memories
    finally:
        database.close()
