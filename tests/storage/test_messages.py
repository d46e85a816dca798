"""The tree of messages: versions, branches, deletion, undo; nothing is overwritten."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hermes_desktop.bench import carrying
from hermes_desktop.domain.conversation import MessageState, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import check, conversations, messages
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.tables import Generation
from tests.storage.conftest import begin, say, texts

RECORD = replace(
    carrying.RECORD,
    model_sha256="ab",
    model_name="Hermes",
    devices=("CPU:2",),
    late_block="",
    schedule=(512, 9),
    exact=False,
    prompt_tokens=521,
    evaluated_tokens=521,
    generated_tokens=3,
    tokens_per_second=10.0,
    tokens=(1, 2, 128256),
    tokenizer_hash="h",
)


def test_messages_follow_each_other(session: Session) -> None:
    talk = begin(session)
    assert messages.last(session, talk.id) is None
    say(session, talk, "one", "two", "three")
    path = messages.path(session, talk.id)
    assert [(m.text, m.depth, m.position) for m in path] == [("one", 1, 1), ("two", 2, 2), ("three", 3, 3)]
    assert messages.count(session, talk.id) == 3


def test_greetings_are_versions_of_the_first_message(session: Session) -> None:
    talk = begin(session, "Hello.", "Ahoy.", "Hm.")
    first = messages.path(session, talk.id)[0]
    assert (first.text, first.version, first.versions) == ("Hello.", 1, 3)
    assert messages.switch(session, first.id, 1).text == "Ahoy."
    assert texts(session, talk) == ["Ahoy."]


def test_records_of_earlier_days_are_read(session: Session) -> None:
    talk = begin(session, "Hello.")
    row = messages.append(session, talk.id, Role.ASSISTANT, "Mira", "")
    messages.finish(session, row.id, "Yes.", MessageState.COMPLETE, StopReason.END, RECORD)
    session.flush()
    assert messages.record(session, row.id) == RECORD
    cell = session.get(Generation, row.id)
    assert cell is not None
    old = json.loads(cell.record)
    for name in ("lore", "recipe"):
        del old[name]
    cell.record = json.dumps(old)
    session.add(cell)
    session.flush()
    assert messages.record(session, row.id) == replace(RECORD, lore=(), recipe="")


def test_what_lies_before_a_message_is_read_whatever_became_of_it(session: Session) -> None:
    talk = begin(session, "Hello.")
    say(session, talk, "one", "two", "three")
    first, one, two, three = messages.path(session, talk.id)
    other = messages.sibling(session, three.id, "another three")
    messages.delete(session, one.id)
    before = messages.before(session, other.id)
    assert [message.id for message in before] == [first.id, one.id, two.id]
    assert [message.depth for message in before] == [1, 2, 3]
    assert [message.id for message in messages.before(session, three.id)] == [first.id, one.id, two.id]
    assert messages.before(session, first.id) == []
    assert [message.id for message in messages.before(session, other.id, from_depth=3)] == [two.id]
    copied = messages.branch(session, three.id)
    texts_there = [message.text for message in messages.before(session, copied.tip_id)]
    assert texts_there == ["Hello.", "one", "two"]


def test_pages_are_windows_of_the_path(session: Session) -> None:
    talk = begin(session)
    say(session, talk, *(str(number) for number in range(10)))
    assert [m.text for m in messages.page(session, talk.id, limit=3)] == ["7", "8", "9"]
    assert [m.text for m in messages.page(session, talk.id, before=4, limit=2)] == ["1", "2"]
    assert [m.text for m in messages.page(session, talk.id, after=4, limit=2)] == ["4", "5"]
    assert [m.text for m in messages.path(session, talk.id, from_depth=9)] == ["8", "9"]
    assert messages.page(session, talk.id, after=99) == []


def test_a_new_version_stands_beside_the_old_one(session: Session) -> None:
    talk = begin(session)
    _, reply = say(session, talk, "well?", "first")
    made = messages.sibling(session, reply, "second")
    assert (made.version, made.versions) == (2, 2)
    assert texts(session, talk) == ["well?", "second"]
    assert messages.get(session, reply).text == "first"


def test_going_back_to_a_version_returns_to_where_one_was_under_it(session: Session) -> None:
    talk = begin(session)
    first, *_ = say(session, talk, "a", "b", "c")
    other = messages.sibling(session, first, "A")
    say(session, talk, "B")
    assert texts(session, talk) == ["A", "B"]
    messages.switch(session, other.id, -1)
    assert texts(session, talk) == ["a", "b", "c"]
    messages.switch(session, first, 1)
    assert texts(session, talk) == ["A", "B"]


def test_switching_stops_at_the_ends(session: Session) -> None:
    talk = begin(session)
    (only,) = say(session, talk, "a")
    assert messages.switch(session, only, 5).id == only
    assert messages.switch(session, only, -5).id == only


def test_an_edit_can_keep_what_follows(session: Session) -> None:
    talk = begin(session)
    first, reply, _ = say(session, talk, "tee?", "no", "why?")
    messages.finish(session, reply, "no", MessageState.COMPLETE, StopReason.END, RECORD)
    messages.sibling(session, first, "tea?", keep_following=True)
    assert texts(session, talk) == ["tea?", "no", "why?"]
    copy = messages.path(session, talk.id)[1]
    assert copy.id != reply and messages.record(session, copy.id) == RECORD
    messages.switch(session, messages.path(session, talk.id)[0].id, -1)
    assert texts(session, talk) == ["tee?", "no", "why?"]


def test_keeping_what_follows_the_last_message_keeps_nothing(session: Session) -> None:
    talk = begin(session)
    (only,) = say(session, talk, "a")
    messages.sibling(session, only, "b", keep_following=True)
    assert texts(session, talk) == ["b"]


def test_a_version_of_a_message_off_the_path_takes_nothing_along(session: Session) -> None:
    talk = begin(session)
    first, _ = say(session, talk, "a", "b")
    messages.sibling(session, first, "A")
    messages.sibling(session, first, "AA", keep_following=True)
    assert texts(session, talk) == ["AA"]


def test_a_deleted_message_leaves_the_path_and_comes_back(session: Session) -> None:
    talk = begin(session)
    _, middle, _ = say(session, talk, "a", "b", "c")
    messages.delete(session, middle)
    messages.delete(session, middle)  # once is enough
    assert texts(session, talk) == ["a", "c"] and messages.count(session, talk.id) == 2
    assert [m.position for m in messages.path(session, talk.id)] == [1, 2]
    undone = messages.undo(session, talk.id)
    assert undone is not None and undone.act == "delete"
    assert texts(session, talk) == ["a", "b", "c"] and messages.count(session, talk.id) == 3
    assert messages.redo(session, talk.id) is not None
    assert texts(session, talk) == ["a", "c"]


def test_where_a_deleted_message_has_versions_the_nearest_takes_its_place(session: Session) -> None:
    talk = begin(session)
    _, reply = say(session, talk, "well?", "first")
    second = messages.sibling(session, reply, "second")
    messages.delete(session, second.id)
    assert texts(session, talk) == ["well?", "first"]


def test_undo_takes_a_new_version_away(session: Session) -> None:
    talk = begin(session)
    _, reply = say(session, talk, "well?", "first")
    messages.sibling(session, reply, "second")
    messages.undo(session, talk.id)
    assert texts(session, talk) == ["well?", "first"]
    assert messages.get(session, reply).versions == 1
    messages.redo(session, talk.id)
    assert texts(session, talk) == ["well?", "second"]


def test_undo_goes_back_also_where_something_was_said_since(session: Session) -> None:
    talk = begin(session)
    ask, _reply = say(session, talk, "one", "aye")
    messages.sibling(session, ask, "one, by hand")
    messages.append(session, talk.id, Role.ASSISTANT, "Mira", "no")
    messages.undo(session, talk.id)
    assert texts(session, talk) == ["one", "aye"] and messages.count(session, talk.id) == 2
    messages.append(session, talk.id, Role.USER, "Jonas", "more")
    messages.redo(session, talk.id)
    assert texts(session, talk) == ["one, by hand", "no"]
    messages.undo(session, talk.id)
    assert texts(session, talk) == ["one", "aye", "more"]


def test_undo_leaves_alone_where_one_went_meanwhile(session: Session) -> None:
    talk = begin(session)
    one, _two, three = say(session, talk, "one", "two", "three")
    messages.sibling(session, three, "three, by hand")
    messages.append(session, talk.id, Role.ASSISTANT, "Mira", "beside", parent_id=one)
    messages.undo(session, talk.id)
    assert texts(session, talk) == ["one", "beside"]


def test_there_is_nothing_to_undo_at_first(session: Session) -> None:
    talk = begin(session)
    assert messages.undo(session, talk.id) is None and messages.redo(session, talk.id) is None


def test_undo_survives_a_restart(tmp_path: Path) -> None:
    database = Database.open(tmp_path)
    with database.session() as session:
        talk = begin(session)
        first, _ = say(session, talk, "a", "b")
        messages.delete(session, first)
    database.close()
    database = Database.open(tmp_path)
    with database.session() as session:
        messages.undo(session, talk.id)
        assert texts(session, talk) == ["a", "b"]
    database.close()


def test_a_branch_is_a_conversation_of_its_own(session: Session) -> None:
    talk = begin(session, "Hello.", title="The map")
    _, second, _ = say(session, talk, "a", "b", "c")
    fresh = messages.branch(session, second)
    assert conversations.began(session, fresh.id) == conversations.began(session, talk.id)
    assert texts(session, fresh) == ["Hello.", "a", "b"] and fresh.title == "The map"
    say(session, fresh, "elsewhere")
    assert texts(session, talk) == ["Hello.", "a", "b", "c"]
    assert messages.count(session, fresh.id) == 4


def test_a_reply_grows_ends_and_goes_on(session: Session) -> None:
    talk = begin(session)
    say(session, talk, "well?")
    reply = messages.append(session, talk.id, Role.ASSISTANT, "Mira", "One", state=MessageState.RUNNING)
    messages.checkpoint(session, reply.id, "One, two")
    assert messages.get(session, reply.id).text == "One, two"
    messages.finish(session, reply.id, "One, two.", MessageState.STOPPED, StopReason.CANCELLED, RECORD)
    assert messages.get(session, reply.id).stop_reason is StopReason.CANCELLED
    assert messages.record(session, reply.id) == RECORD
    assert messages.reply_tokens(session, [reply.id], "h") == {reply.id: RECORD.tokens}
    assert messages.reply_tokens(session, [reply.id], "another") == {}
    assert messages.reopen(session, reply.id).state is MessageState.RUNNING
    messages.finish(session, reply.id, "One, two. Three.", MessageState.COMPLETE, None, None)
    assert messages.record(session, reply.id) is None


def test_a_reply_without_tokens_gives_none(session: Session) -> None:
    talk = begin(session)
    (only,) = say(session, talk, "a")
    session.add(Generation(message_id=only, record="{}", tokens=b"", tokenizer_hash="h"))
    session.flush()
    assert messages.reply_tokens(session, [only], "h") == {}


def test_what_was_being_written_is_marked_after_a_crash(session: Session) -> None:
    talk = begin(session)
    reply = messages.append(session, talk.id, Role.ASSISTANT, "Mira", "Half", state=MessageState.RUNNING)
    assert messages.mark_interrupted(session) == 1
    assert messages.get(session, reply.id).state is MessageState.INTERRUPTED
    assert messages.mark_interrupted(session) == 0


def test_text_that_no_database_holds_is_mended(session: Session) -> None:
    talk = begin(session)
    say(session, talk, "a\x00b", "\ud83d\ude00", "half \ud83d")
    assert texts(session, talk) == ["a\ufffdb", "😀", "half \ufffd"]


def test_a_message_can_be_added_under_an_earlier_one(session: Session) -> None:
    talk = begin(session)
    first, _ = say(session, talk, "a", "b")
    messages.append(session, talk.id, Role.ASSISTANT, "Mira", "c", parent_id=first)
    assert texts(session, talk) == ["a", "c"]


def test_an_unknown_message_is_a_known_error(session: Session) -> None:
    talk = begin(session)
    for act in (
        lambda: messages.get(session, 99),
        lambda: messages.get(session, talk.root_id),
        lambda: messages.delete(session, 99),
    ):
        with pytest.raises(KnownError) as caught:
            act()
        assert caught.value.kind is ErrorKind.MESSAGE_UNKNOWN


def test_changed_text_is_noticed_by_the_examination(session: Session) -> None:
    talk = begin(session)
    (only,) = say(session, talk, "a")
    assert check.check(session).sound
    session.connection().exec_driver_sql(f"update message set text = 'b' where id = {only}")
    report = check.check(session)
    assert not report.sound and report.changed_messages == (only,) and report.messages == 2


def test_the_conversation_counts_across_many_messages(session: Session) -> None:
    talk = begin(session)
    say(session, talk, *("x" for _ in range(1200)))
    path = messages.path(session, talk.id)
    assert len(path) == 1200 and path[-1].versions == 1
    assert conversations.get(session, talk.id).tip_id == path[-1].id


def test_a_version_of_a_message_deeper_than_the_path_takes_nothing_along(session: Session) -> None:
    talk = begin(session)
    first, _, third = say(session, talk, "a", "b", "c")
    messages.sibling(session, first, "A")
    messages.sibling(session, third, "C", keep_following=True)
    assert texts(session, talk) == ["a", "b", "C"]


def test_pages_cross_branches(session: Session) -> None:
    talk = begin(session)
    ids = say(session, talk, "a", "b", "c", "d")
    messages.sibling(session, ids[2], "C")
    say(session, talk, "D", "E")
    assert [m.text for m in messages.page(session, talk.id, limit=2)] == ["D", "E"]
    assert [m.text for m in messages.page(session, talk.id, limit=4)] == ["b", "C", "D", "E"]
    assert [m.text for m in messages.page(session, talk.id, before=2)] == ["a"]
    assert [m.text for m in messages.page(session, talk.id, after=0, limit=1)] == ["a"]
    assert [m.text for m in messages.page(session, talk.id, after=1, limit=2)] == ["b", "C"]
    assert [m.text for m in messages.page(session, talk.id, after=3)] == ["D", "E"]
