"""Finding messages by what is said in them; what keeps the index whole; getting to what was found."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Conversation, MessageState, Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.hit import Excerpt
from hermes_desktop.storage import check, conversations, database, hits, messages, soundness, wanted
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.excerpts import WIDTH, excerpt
from tests.storage.conftest import begin, say, texts

LAMPS = "The lamps of the café burn low."


def found(session: Session, line: str) -> list[str]:
    return [hit.excerpt.text for hit in hits.find(session, line)]


def assert_whole(session: Session) -> None:
    """Let SQLite hold the index against the texts; it raises where one of them differs."""
    session.flush()
    session.connection().exec_driver_sql(
        "insert into message_words (message_words, rank) values ('integrity-check', 1)"
    )


@pytest.fixture
def talk(session: Session) -> Conversation:
    return begin(session, "Hello.", title="Harbour")


def test_every_word_has_to_be_there_or_a_longer_one(session: Session, talk: Conversation) -> None:
    ids = say(session, talk, LAMPS, "A lamp alone, it's low.", "The clamp.")
    (hit, other) = hits.find(session, "LOW lamp")
    assert [hit.message_id, other.message_id] == ids[1::-1], "a whole word counts for more"
    assert (hit.rank, other.rank, hit.role, hit.name) == (1, 2, Role.ASSISTANT, "Jonas")
    assert (hit.conversation_id, hit.title, hit.persona_name) == (talk.id, "Harbour", "Mira")
    assert hit.shown and hit.created_at > 0 and hit.avatar == ""
    assert [other.excerpt.text[low:high] for low, high in other.excerpt.marks] == ["lamp", "low"]
    assert found(session, "lamp ledger") == [] and len(found(session, "its")) == 0


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("cafe", True),
        ("CAFÉ of", True),
        ("cafe\u0301 of", True),  # as some systems write it
        ('"of the café"', True),
        ("“of the caf", False),  # a phrase stands as it is
        ('"the of"', False),
        ("caf-", True),
        ("(low)", True),
        ("low OR lamp", False),
        ("la*", True),
        ("NEAR(lamps", False),
        ("text:lamps", False),
        ("lamps NOT", False),
    ],
)
def test_a_line_is_read_as_people_write(
    session: Session, talk: Conversation, line: str, answer: bool
) -> None:
    say(session, talk, LAMPS)
    assert found(session, line) == ([LAMPS] if answer else [])


@pytest.mark.parametrize("line", ["", "  \n", '"', '" "', "“”"])
def test_nothing_to_look_for_is_told(session: Session, line: str) -> None:
    with pytest.raises(KnownError) as caught:
        hits.find(session, line)
    assert caught.value.kind is ErrorKind.SEARCH_EMPTY


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab\"'*()^:-+{}.%_\\\x00灯😀\ud83dORNEAT ") | st.characters(), max_size=12))
def test_no_line_is_an_error(session: Session, line: str) -> None:
    if not session.info.get("talk"):
        session.info["talk"] = begin(session, "a b % _ 灯 NEAR(a, b) OR 😀")
    terms = wanted.terms_of(line)
    for hit in hits.find(session, line) if terms else ():
        ends = [place for mark in hit.excerpt.marks for place in mark]
        assert ends == sorted(ends) and all(0 <= end <= len(hit.excerpt.text) for end in ends)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("灯塔", "我的Mira很好，灯塔"),
        ("灯", "我的Mira很好，灯塔"),
        ("mira", "我的Mira很好，灯塔"),
        ('"mira很" 塔', "我的Mira很好，灯塔"),
        ("灯 塔守", None),
        ("บ้าน", "ฉันกลับบ้านแล้ว"),
        ("등대", "등대로 갔다"),  # Korean has spaces
        ("c++", "C++ costs 5 € 😀 100%"),
        ("costs--", "C++ costs 5 € 😀 100%"),  # marks that mean nothing are passed over
        ("c++ cost", "C++ costs 5 € 😀 100%"),
        ("c+-", None),
        ("😀", "C++ costs 5 € 😀 100%"),
        ("%", "C++ costs 5 € 😀 100%"),
        ("5€", None),
    ],
)
def test_scripts_without_spaces_and_signs(
    session: Session, talk: Conversation, line: str, answer: str | None
) -> None:
    say(session, talk, "我的Mira很好，灯塔", "ฉันกลับบ้านแล้ว", "등대로 갔다", "C++ costs 5 € 😀 100%", "Court.")
    expected = [answer] if answer else []
    assert found(session, line) == expected


def test_where_it_is_said_most_comes_first_without_an_index(session: Session, talk: Conversation) -> None:
    say(session, talk, "灯" + "水" * 50, "灯灯灯", "灯")
    assert found(session, "灯") == ["灯灯灯", "灯", "灯" + "水" * 50]


def test_the_step_and_the_search_mean_the_same_scripts() -> None:
    assert sum(f"glob '*[{wanted.SCRIPTS}]*'" in step for step in database.steps()) == 1


def test_no_more_than_is_wanted(session: Session, talk: Conversation) -> None:
    say(session, talk, *(f"lamp {number}" for number in range(9)))
    assert len(hits.find(session, "lamp", 3)) == 3 and len(hits.find(session, "lamp")) == 9
    many = " ".join(f"w{number}" for number in range(wanted.MOST + 5))
    say(session, talk, " ".join(f"w{number}" for number in range(wanted.MOST)))
    assert len(found(session, many)) == 1, "what is more than anybody asks for is passed over"


# ---- what is found ------------------------------------------------------------------------------------


def test_versions_count_and_the_bin_does_not(session: Session, talk: Conversation) -> None:
    (first,) = say(session, talk, "The lamp is lit.")
    second = messages.sibling(session, first, "The lamp is out.")
    (out, lit) = hits.find(session, "lamp")
    assert {(hit.message_id, hit.shown) for hit in (out, lit)} == {(first, False), (second.id, True)}
    messages.delete(session, second.id)
    assert found(session, "lamp") == ["The lamp is lit."]
    messages.undo(session, talk.id)
    assert len(found(session, "lamp")) == 2
    conversations.delete(session, talk.id)
    session.flush()
    assert found(session, "lamp") == []
    conversations.restore(session, talk.id)
    assert len(found(session, "lamp")) == 2
    assert_whole(session)


def test_a_copy_on_another_version_is_the_same(session: Session, talk: Conversation) -> None:
    first, second = say(session, talk, "Is it lit?", "The lamp is.")
    messages.sibling(session, first, "Is it on?", keep_following=True)
    (hit,) = hits.find(session, "lamp")
    assert hit.message_id != second and hit.shown
    messages.switch(session, messages.path(session, talk.id)[1].id, -1)
    (hit,) = hits.find(session, "lamp")
    assert hit.message_id == second and hit.shown
    branched = messages.branch(session, second)
    assert {hit.conversation_id for hit in hits.find(session, "lamp")} == {talk.id, branched.id}
    assert_whole(session)


def test_a_reply_is_found_when_it_has_ended(session: Session, talk: Conversation) -> None:
    reply = messages.append(session, talk.id, Role.ASSISTANT, "Mira", "", state=MessageState.RUNNING)
    messages.checkpoint(session, reply.id, "The lamp")
    session.flush()
    assert found(session, "lamp") == []
    messages.finish(session, reply.id, LAMPS, MessageState.COMPLETE, StopReason.END, None)
    session.flush()
    assert found(session, "lamp") == [LAMPS]
    messages.reopen(session, reply.id)
    messages.checkpoint(session, reply.id, LAMPS + " And")
    session.flush()
    assert found(session, "lamp") == []
    assert messages.mark_interrupted(session) == 1
    session.flush()
    assert found(session, "lamp") == [LAMPS + " And"]
    assert_whole(session)


def test_what_is_changed_or_removed_by_whatever_hand_is_known(session: Session, talk: Conversation) -> None:
    first, second = say(session, talk, "The lamp.", "The tide.")
    run = session.connection().exec_driver_sql
    run("update message set text = 'The ledger.' where id = ?", (first,))
    run("update conversation set tip_id = root_id")
    run("update message set active_child_id = null")
    run("delete from message where id = ?", (second,))
    assert found(session, "lamp") == found(session, "tide") == [] and len(found(session, "ledger")) == 1
    assert_whole(session)


def test_the_check_would_notice(session: Session, talk: Conversation) -> None:
    (first,) = say(session, talk, "The lamp.")
    run = session.connection().exec_driver_sql
    run("drop trigger message_said_changed")
    run("update message set text = 'The ledger.' where id = ?", (first,))
    with pytest.raises(Exception, match="malformed"):
        assert_whole(session)
    session.rollback()


def test_what_an_older_sqlite_cannot_look_into_is_no_damage() -> None:
    unable = "unable to validate the inverted index for FTS5 table main.message_words: attempt to write ..."
    answers = {"(1)": [unable], "(9)": [unable]}

    def run(words: str) -> list[str]:
        return answers[words[-3:]]

    assert soundness.examined(run, soundness.QUICK) == soundness.OK
    answers["(9)"] = [unable, "row 3 missing from index message_parent"]
    assert soundness.examined(run, soundness.QUICK).startswith("row 3")


def test_an_older_database_gets_its_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (index,) = (step for step in database.steps() if "message_words" in step)
    others = [step for step in database.steps() if step != index]
    monkeypatch.setattr(database, "steps", lambda: others)
    older = Database.open(tmp_path)
    with older.session() as session:
        talk = begin(session, "Hello.")
        say(session, talk, LAMPS, "灯塔")
        messages.append(session, talk.id, Role.ASSISTANT, "Mira", "lamp", state=MessageState.RUNNING)
    older.close()
    monkeypatch.setattr(database, "steps", lambda: [*others, index])  # whichever came after it in truth
    reader = Database.open(tmp_path, read_only=True)  # by a folder that cannot be written, or an older window
    with reader.session() as session:
        assert found(session, "lamp LOW") == [LAMPS] and found(session, "灯") == ["灯塔"]
    reader.close()
    opened = Database.open(tmp_path)
    with opened.session() as session:
        assert found(session, "lamp") == [LAMPS] and found(session, "灯") == ["灯塔"]
        assert_whole(session)
        assert check.check(session).sound
    reader = opened.reader()
    with reader.session() as session:
        assert found(session, "lamp") == [LAMPS] and check.check(session).sound
    reader.close()
    opened.close()


# ---- getting there ------------------------------------------------------------------------------------


def test_going_to_a_message_on_another_version(session: Session, talk: Conversation) -> None:
    first, second, third = say(session, talk, "one", "two", "three")
    other = messages.sibling(session, second, "two again")
    messages.append(session, talk.id, Role.USER, "Jonas", "elsewhere")
    messages.sibling(session, first, "one again")
    assert texts(session, talk) == ["Hello.", "one again"]
    assert hits.stands(session, talk.tip_id) and not hits.stands(session, second)
    hits.reveal(session, second)
    assert texts(session, talk) == ["Hello.", "one", "two", "three"] and hits.stands(session, third)
    hits.reveal(session, third)
    messages.undo(session, talk.id)
    assert texts(session, talk) == ["Hello.", "one again"], "it was one act, and the second one none"
    hits.reveal(session, other.id)
    assert texts(session, talk) == ["Hello.", "one", "two again", "elsewhere"]


def test_one_in_the_bin_is_not_gone_to(session: Session, talk: Conversation) -> None:
    first, second = say(session, talk, "one", "two")
    other = messages.sibling(session, second, "two again")
    messages.delete(session, second)
    hits.reveal(session, second)
    assert texts(session, talk)[-1] == "two again" and not hits.stands(session, second)
    messages.delete(session, other.id)
    assert not hits.stands(session, other.id) and hits.stands(session, first)
    with pytest.raises(KnownError) as caught:
        hits.stands(session, 999)
    assert caught.value.kind is ErrorKind.MESSAGE_UNKNOWN


# ---- excerpts -----------------------------------------------------------------------------------------


def cut(text: str, line: str) -> str:
    """Give an excerpt with brackets around what was looked for."""
    made = excerpt(text, wanted.terms_of(line))
    shown, at = "", 0
    for low, high in made.marks:
        shown += f"{made.text[at:low]}[{made.text[low:high]}]"
        at = high
    return shown + made.text[at:]


def test_an_excerpt_shows_what_was_looked_for() -> None:
    assert cut("  The\n\nlamps  burn. ", "lamp") == "The [lamp]s burn."
    assert cut("It’s not 'it is', it's.", "it's") == "[It’s] not 'it is', [it's]."
    assert cut("clamp", "lamp") == "c[lamp]", "better than nothing, where words cannot be told"
    assert cut("The tide.", "lamp") == "The tide."
    assert cut('a low  lamp, "low lamps"', '"low lamp"') == 'a [low lamp], "low lamps"'
    assert cut("lamplight", "lamp lampl") == "[lamp]light", "one inside of another is one"
    assert excerpt("", wanted.terms_of("x")) == Excerpt("")
    assert cut("<INNER_MONOLOGUE>\nA lamp.\n</INNER_MONOLOGUE>\n<b>Yes.", "lamp") == "A [lamp]. <b>Yes."


def test_the_best_place_of_a_long_text_is_cut_out() -> None:
    filling = "word " * 100
    long = f"lamp {filling}the low lamp by the sea {filling}low"
    assert "[low] [lamp] by the [sea]" in cut(long, "lamp low sea")
    shown = excerpt(long, wanted.terms_of("lamp low sea")).text
    assert shown.startswith("… word") and shown.endswith("word …") and len(shown) < WIDTH + 24
    assert cut(long, "lamp").startswith("[lamp] word") and cut(long, "lamp").endswith(" …")
    end = cut(filling + "lamp", "lamp")
    assert end.endswith("[lamp]") and len(end) > WIDTH - 24, "the end fills the excerpt, too"
    assert len(excerpt("水" * 900 + "灯" + "水" * 900, wanted.terms_of("灯")).text) == WIDTH + 4
    assert excerpt("lamp " * 900, wanted.terms_of("lamp")).marks[:2] == ((0, 4), (5, 9))
