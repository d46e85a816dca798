"""Reading a conversation from its beginning to its end, and what lies beside the path."""

import pytest

from hermes_desktop.domain.conversation import MessageState, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import check, conversations, messages
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.transcripts import PAGE, Walk
from tests.storage.conftest import begin, say
from tests.storage.test_messages import RECORD


def path_of(walk: Walk) -> list[tuple[int, str]]:
    return [(each.position, each.text) for page in walk.path() for each in page]


def runs_of(walk: Walk) -> list[tuple[int, list[str]]]:
    return [
        (run.position, [each.text for page in walk.messages(run) for each in page]) for run in walk.runs()
    ]


def test_the_path_is_what_is_shown_page_by_page(session: Session) -> None:
    talk = begin(session, "Hello.")
    said = [(Role.USER if number % 2 else Role.ASSISTANT, "A", f"{number}") for number in range(PAGE + 20)]
    assert messages.extend(session, talk.id, said) == PAGE + 20
    messages.delete(session, messages.page(session, talk.id, limit=1)[0].id)
    walk = Walk(session, talk.id)
    assert [len(page) for page in walk.path()] == [PAGE, 20]
    assert [each for page in walk.path() for each in page] == messages.path(session, talk.id)
    assert walk.count(branches=False) == walk.count(branches=True) == PAGE + 20
    assert walk.names(Role.USER) == ("A",)
    first, last = walk.ends()
    assert first is not None and last is not None and (first.text, last.text) == ("Hello.", f"{PAGE + 18}")


def test_an_empty_conversation_has_no_ends(session: Session) -> None:
    walk = Walk(session, begin(session).id)
    assert path_of(walk) == [] and runs_of(walk) == [] and walk.ends() == (None, None)


def test_other_versions_and_what_followed_them_lie_beside_the_path(session: Session) -> None:
    talk = begin(session, "Hello.", "Hi.")
    ids = say(session, talk, "a", "b", "c")
    messages.sibling(session, ids[1], "b2")  # the path ends there; what followed b is beside it
    (third,) = say(session, talk, "d")
    messages.sibling(session, ids[0], "a2")
    walk = Walk(session, talk.id)
    assert path_of(walk) == [(1, "Hello."), (2, "a2")]
    assert runs_of(walk) == [(2, ["a", "b", "c"]), (1, ["Hi."]), (3, ["b2", "d"])]
    everything = [each.text for run in walk.runs() for page in walk.messages(run) for each in page]
    assert len(everything) + 2 == walk.count(branches=True) and third
    page = [each for part in walk.path() for each in part]
    assert [(each.version, each.versions) for each in page] == [(1, 2), (2, 2)]
    plain = Walk(session, talk.id, versions=False)
    assert {(each.version, each.versions) for part in plain.path() for each in part} == {(1, 1)}


def test_what_only_a_deleted_version_leads_to_is_left_out(session: Session) -> None:
    talk = begin(session)
    ids = say(session, talk, "a", "b", "c")
    messages.sibling(session, ids[2], "c2")
    messages.sibling(session, ids[1], "b2")
    messages.delete(session, ids[1])  # b2 stands in its place: c and c2 cannot be reached
    assert runs_of(Walk(session, talk.id)) == []
    messages.undo(session, talk.id)
    assert runs_of(Walk(session, talk.id)) == [(2, ["b", "c"]), (3, ["c2"])]


def test_what_follows_a_deleted_message_stays(session: Session) -> None:
    talk = begin(session, "Hello.")
    ids = say(session, talk, "a", "b", "c", "d")
    messages.delete(session, ids[0])
    messages.delete(session, ids[2])
    messages.sibling(session, ids[3], "d2")
    walk = Walk(session, talk.id)
    assert path_of(walk) == [(1, "Hello."), (2, "b"), (3, "d2")]
    assert runs_of(walk) == [(3, ["d"])]


@pytest.mark.parametrize(("first", "count", "shown"), [(1, 2, "Hb"), (2, 9, "bef"), (3, 1, "e"), (9, 5, "")])
def test_a_slice_counts_what_is_visible(session: Session, first: int, count: int, shown: str) -> None:
    talk = begin(session, "H")
    ids = say(session, talk, "a", "b", "c", "d")
    messages.delete(session, ids[0])
    messages.delete(session, ids[2])
    messages.sibling(session, ids[3], "e")
    say(session, talk, "f")
    assert "".join(each.text for each in Walk(session, talk.id).slice(first, count)) == shown


def test_a_long_slice_comes_from_more_than_one_page(session: Session) -> None:
    talk = begin(session)
    messages.extend(session, talk.id, ((Role.USER, "A", str(number)) for number in range(3 * PAGE)))
    found = Walk(session, talk.id).slice(2, PAGE + 5)
    assert [each.text for each in found] == [str(number) for number in range(1, PAGE + 6)]


def test_adding_many_is_the_same_as_adding_each(session: Session) -> None:
    talk = begin(session, "Hello.")
    assert messages.extend(session, talk.id, []) == 0
    messages.extend(session, talk.id, [(Role.USER, "A", "a"), (Role.ASSISTANT, "B", "b")])
    say(session, talk, "c")
    assert [each.text for each in messages.path(session, talk.id)] == ["Hello.", "a", "b", "c"]
    other = messages.sibling(session, messages.page(session, talk.id, limit=3)[0].id, "a2")
    assert messages.switch(session, other.id, -1).text == "a"
    assert [each.text for each in messages.path(session, talk.id)] == ["Hello.", "a", "b", "c"]
    assert check.check(session).sound


def test_records_come_without_their_tokens(session: Session) -> None:
    talk = begin(session)
    ids = say(session, talk, "a", "b")
    messages.finish(session, ids[1], "b", MessageState.COMPLETE, RECORD.stop_reason, RECORD)
    found = Walk(session, talk.id).records(ids)
    assert list(found) == [ids[1]]
    assert found[ids[1]].model_name == RECORD.model_name and found[ids[1]].tokens == ()


def test_one_in_the_bin_is_found_by_id_or_title(session: Session) -> None:
    talk = begin(session, title="Lamp")
    begin(session, title="Lamp", name="Ada")
    with pytest.raises(KnownError) as caught:
        conversations.find_deleted(session, str(talk.id))
    assert caught.value.kind is ErrorKind.CONVERSATION_NOT_DELETED
    conversations.delete(session, talk.id)
    assert conversations.find_deleted(session, "lamp").id == talk.id
    assert conversations.find_deleted(session, str(talk.id)).id == talk.id
