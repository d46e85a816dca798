"""Conversations as wholes: read from one database and put into another, they say the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.bench import carrying
from hermes_desktop.domain.conversation import MessageState, PromptOrder, Role, StopReason
from hermes_desktop.domain.history import (
    Entry,
    PersonaHistory,
    PictureBytes,
    ProfileHistory,
    ProfileState,
    digest,
)
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import (
    arrivals,
    conversations,
    histories,
    memories,
    messages,
    originals,
    people,
    personas,
    pictures,
    profiles,
    variables,
)
from hermes_desktop.storage.arrivals import Cast
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.tables import PersonaVersion, ProfileVersion
from tests.storage.conftest import begin, say

RECORD = replace(carrying.RECORD, tokens=(5, -1, 2**31 - 1))


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Session]:
    """A second database."""
    (tmp_path / "other").mkdir()
    opened = Database.open(tmp_path / "other")
    with opened.session() as session:
        yield session
    opened.close()


def moved(session: Session, number: int, other: Session) -> int:
    """Put a conversation into another database with everybody in it."""
    head, _count, entries = histories.read(session, number)
    for picture in head.pictures:
        pictures.put(other, picture.data, picture.mime)
    who = [people.settle_persona(other, each) for each in head.personas]
    mine = [people.settle_profile(other, each) for each in head.profiles]
    versions = {key: at for each in who for key, at in each.versions.items()}
    own = {key: at for each in mine for key, at in each.versions.items()}
    owner = next(each.id for each in who if head.persona in each.versions)
    cast = Cast(owner, versions[head.persona], own[head.profile], versions, own)
    return arrivals.add(other, head, entries, cast)


def rich(session: Session) -> int:
    """A conversation with everything that one can have."""
    talk = begin(session, "Hi.", "Hello.", title="Half \ud83d a title\x00")
    first = personas.get(session, talk.persona_id)
    key = pictures.put(session, b"picture", "image/png")
    fields = PersonaFields("Mira", tags=("a",), note="n", note_depth=2, note_role=Role.USER)
    personas.update(session, first.id, replace(fields, group_greetings=("All!",)), card='{"a":1}', avatar=key)
    me = profiles.default(session)
    session.get_one(ProfileVersion, me.version_id).original = '{"format": "ooba"}'
    profiles.update(session, me.id, "Jonas", "It is me.", key)
    ids = say(session, talk, "one", "two 😀", "اهلا", "four")
    for place in (1, 3):
        line = ids[0] if place == 3 else None
        made = replace(
            RECORD,
            persona_version_id=first.version_id if place == 1 else 99_999,
            profile_version_id=me.version_id,
            memory_line_id=line,
        )
        messages.finish(session, ids[place], "four", MessageState.STOPPED, StopReason.LENGTH, made)
    messages.sibling(session, ids[1], "another two", keep_following=True)
    messages.sibling(session, ids[0], "another one", state=MessageState.INTERRUPTED)
    messages.switch(session, messages.page(session, talk.id)[-1].id, -1)
    messages.delete(session, messages.page(session, talk.id)[-1].id)
    session.flush()
    conversations.set_memory_line(session, talk.id, ids[0])
    conversations.set_view(session, talk.id, ids[1], -3)
    conversations.set_authors_note(session, talk.id, "note")
    conversations.set_note_depth(session, talk.id, 4)
    conversations.set_prompt_order(session, talk.id, PromptOrder.TAVERN)
    conversations.set_preset(session, talk.id, "Precise")
    conversations.set_draft(session, talk.id, "dra")
    conversations.set_favourite(session, talk.id, True)
    variables.attach(session, talk.root_id, {"begun": "yes"})
    variables.attach(session, ids[0], {"n": "1", "\ud83d": "\x00"})
    memories.add(session, MemoryKind.FACT, talk.root_id, 0, "Half \ud83d", who="\x00", by_hand=True)
    memories.add(session, MemoryKind.SUMMARY, ids[3], 2, "They counted.")
    memories.remove(session, [memories.pin(session, ids[2]).id])
    return talk.id


def test_a_conversation_says_the_same_in_another_database(session: Session, other: Session) -> None:
    number = rich(session)
    there = moved(session, number, other)
    assert arrivals.dump_one(other, there) == arrivals.dump_one(session, number)
    assert messages.count(other, there) == messages.count(session, number)
    told = [m.text for m in messages.path(session, number)]
    assert [m.text for m in messages.path(other, there)] == told
    talk = conversations.get(other, there)
    assert (talk.note_depth, talk.prompt_order) == (4, PromptOrder.TAVERN)
    assert profiles.original(other, talk.profile_version_id) == '{"format": "ooba"}'


def test_it_goes_on_as_one_that_began_here(session: Session, other: Session) -> None:
    there = moved(session, rich(session), other)
    at = messages.append(other, there, Role.USER, "Jonas", "more")
    assert messages.last(other, there) == at
    messages.sibling(other, at.id, "else")
    assert messages.undo(other, there) is not None
    fresh = messages.branch(other, at.id)
    assert [m.text for m in messages.path(other, fresh.id)][-1] == "more"


def test_everything_of_a_database_can_be_compared(session: Session, other: Session) -> None:
    originals.put(session, b"card", "json")
    number = rich(session)
    conversations.delete(session, number)
    assert arrivals.dump(session) != arrivals.dump(other)
    for picture in pictures.all(session):
        pictures.put(other, picture.data, picture.mime)
    for _key, form, data in originals.all(session):
        originals.put(other, data, form)
    for whole in people.personas_of(session).found:
        assert people.settle_persona(other, whole, all_versions=True).added
    for mine in people.profiles_of(session).found:
        assert people.settle_profile(other, mine).added
    moved(session, number, other)
    assert arrivals.dump(session) == arrivals.dump(other)
    assert conversations.ids(other) == [1]


def test_a_running_reply_is_an_interrupted_one_elsewhere(session: Session) -> None:
    talk = begin(session)
    messages.append(session, talk.id, Role.ASSISTANT, "Mira", "wri", state=MessageState.RUNNING)
    _head, count, entries = histories.read(session, talk.id, pictures=False)
    assert count == 1 and next(entries).state is MessageState.INTERRUPTED


def test_people_that_are_here_are_not_added_again(session: Session, other: Session) -> None:
    number = rich(session)
    moved(session, number, other)
    moved(session, number, other)
    assert len(personas.all(other)) == 1 and len(profiles.all(other)) == 1
    (whole,) = people.personas_of(session).found
    assert not people.settle_persona(other, whole, all_versions=True).added  # it gets its second version
    alone = replace(whole, versions=whole.versions[1:])
    assert not people.settle_persona(other, alone).added
    changed = replace(whole.versions[0], card='{"b":2}')
    assert people.settle_persona(other, PersonaHistory((changed,))).added


def test_a_shipped_persona_becomes_what_it_was(session: Session, other: Session) -> None:
    for each in (session, other):
        personas.add(each, PersonaFields("Robin"), spec="v3", card="{}", shipped="robin")
    mine = personas.all(session)[0]
    personas.update(session, mine.id, PersonaFields("Robin", description="x"), card='{"x":1}')
    personas.set_favourite(session, mine.id, True)
    personas.delete(session, mine.id)
    session.flush()
    (whole,) = people.personas_of(session).found
    settled = people.settle_persona(other, whole, all_versions=True)
    assert not settled.added and settled.id == personas.all(other, include_deleted=True)[0].id
    assert arrivals.dump(session) == arrivals.dump(other)
    # A persona that is used here keeps its own marks.
    talk = begin(other)
    other.flush()
    row = personas.get(other, talk.persona_id)
    (used,) = people.personas_of(other, {row.version_id}).found
    people.settle_persona(other, replace(used, favourite=True), all_versions=True)
    assert not personas.get(other, row.id).favourite


def test_a_profile_is_known_by_all_that_it_says(session: Session) -> None:
    me = ProfileState(1, 1, "Jonas", "a", "", 5)
    first = people.settle_profile(session, ProfileHistory((me,)))
    assert first.added and not people.settle_profile(session, ProfileHistory((me,))).added
    assert people.settle_profile(session, ProfileHistory((replace(me, description="b"),), 9)).added
    assert len(profiles.all(session)) == 1


def test_a_profile_is_known_by_what_it_came_as_where_that_is_said(session: Session) -> None:
    me = ProfileState(1, 1, "Jonas", "a", "", 5, '{"format": "risu"}')
    first = people.settle_profile(session, ProfileHistory((me,)))
    vague = ProfileHistory((replace(me, original=""),))
    assert people.settle_profile(session, vague).id == first.id  # as earlier files have it
    assert people.settle_profile(session, ProfileHistory((replace(me, original="{}"),))).added
    other = people.settle_profile(session, vague, taken=(first.id,))
    assert not other.added and other.id != first.id
    assert people.settle_profile(session, vague, taken=(first.id, other.id)).added


def test_a_persona_kept_in_earlier_days_is_the_same(session: Session) -> None:
    ada = personas.add(session, PersonaFields("Ada"), spec="own", card="{}")
    (whole,) = people.personas_of(session).found
    row = session.get_one(PersonaVersion, ada.version_id)
    row.fields = '{"name": "Ada"}'
    session.flush()
    assert people.settle_persona(session, whole).id == ada.id
    twin = people.settle_persona(session, replace(whole, deleted_at=7), taken=(ada.id,))
    assert twin.added
    session.flush()
    assert people.settle_persona(session, replace(whole, deleted_at=9)).id == twin.id


def test_a_file_is_known_again(session: Session) -> None:
    talk = begin(session, "Hi.")
    head, count, entries = histories.read(session, talk.id)
    said = digest(entries)
    assert arrivals.find_same(session, "") is None and arrivals.find_same(session, said) is None
    assert arrivals.find_twin(session, head, count, said) == talk.id
    assert arrivals.find_twin(session, head, count, "other") is None
    assert arrivals.find_twin(session, replace(head, deleted_at=1), count, said) is None
    cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
    came = arrivals.add(session, replace(head, digest=said), [Entry(1, 0, Role.USER, "a", "b")], cast)
    assert arrivals.find_same(session, said) == came
    conversations.delete(session, came)
    assert arrivals.find_same(session, said) is None


def test_a_branch_keeps_what_other_programs_said(session: Session) -> None:
    talk = begin(session)
    head, _count, _entries = histories.read(session, talk.id)
    cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
    head = replace(head, first=1, tip=1, extra='{"sillytavern": {"header": {}}}')
    came = arrivals.add(session, head, [Entry(1, 0, Role.USER, "a", "b", extra='{"x": {"y": 1}}')], cast)
    message = messages.last(session, came)
    assert message is not None
    fresh = messages.branch(session, message.id)
    copied, _count, entries = histories.read(session, fresh.id)
    assert json.loads(next(entries).extra) == {"x": {"y": 1}} and copied.extra == head.extra


def test_pictures_that_are_gone_are_passed_over(session: Session) -> None:
    fields = PersonaFields("Ada")
    ada = personas.add(session, fields, spec="own", card="{}", avatar="f" * 64)
    talk = conversations.create(session, ada, profiles.default(session), ())
    assert histories.read(session, talk.id)[0].pictures == ()
    key = pictures.put(session, b"x", "image/png")
    assert list(pictures.all(session)) == [PictureBytes(key, "image/png", b"x")]


TREE = st.lists(
    st.tuples(st.integers(0, 40), st.text(max_size=30), st.booleans(), st.sampled_from(list(Role))),
    max_size=40,
)


@settings(max_examples=40)
@given(tree=TREE)
def test_any_tree_comes_out_as_it_went_in(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[int, str, bool, Role]]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    database = Database.open(folder)
    try:
        with database.session() as session:
            talk = begin(session)
            cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
            head, _count, _none = histories.read(session, talk.id)
            entries = [
                Entry(key, min(parent, key - 1), role, "n", text, key, deleted_at=key if gone else None)
                for key, (parent, text, gone, role) in enumerate(tree, 1)
            ]
            number = arrivals.add(session, head, entries, cast)
            again = arrivals.add(session, head, list(histories.read(session, number)[2]), cast)
            assert arrivals.dump_one(session, number) == arrivals.dump_one(session, again)
            said = sorted((entry.role, entry.text.replace("\x00", "\ufffd")) for entry in entries)
            assert sorted((e.role, e.text) for e in histories.read(session, again)[2]) == said
    finally:
        database.close()


def test_a_long_conversation_comes_in_by_parts(session: Session) -> None:
    talk = begin(session)
    cast = Cast(talk.persona_id, talk.persona_version_id, talk.profile_version_id, {}, {})
    head, _count, _none = histories.read(session, talk.id)
    entries = [
        Entry(key, key - 1, Role.USER, "n", "x", active_child=(key + 1) % 2501) for key in range(1, 2501)
    ]
    number = arrivals.add(session, replace(head, first=1, tip=2500), entries, cast)
    assert list(histories.read(session, number)[2]) == entries and messages.count(session, number) == 2500
