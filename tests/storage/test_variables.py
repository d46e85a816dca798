"""What macros have noted: it follows the path, and what holds everywhere stands by itself."""

from functools import partial

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.variables import LIMIT, NO_VARIABLES, Noted, Variables
from hermes_desktop.storage import check, conversations, histories, messages, variables
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.tables import MessageVariables
from tests.storage.conftest import begin, say


def here(session: Session, talk: int, below: int | None = None) -> dict[str, str]:
    return dict(variables.known(session, talk, below=below).here)


def noted(session: Session, message: int, **values: str) -> None:
    variables.note(session, message, Noted(values))


def test_they_hold_from_a_message_on(session: Session) -> None:
    talk = begin(session)
    assert variables.known(session, talk.id) == NO_VARIABLES
    one, two, three = say(session, talk, "one", "two", "three")
    noted(session, two, mood="calm", half="\ud83d\x00")
    assert here(session, talk.id) == here(session, talk.id, below=3) == {"mood": "calm", "half": "\ud83d\x00"}
    assert here(session, talk.id, below=2) == {}
    noted(session, three, mood="wild")
    assert here(session, talk.id) == {"mood": "wild"}
    messages.delete(session, three)
    assert here(session, talk.id)["mood"] == "calm"
    noted(session, one)
    assert here(session, talk.id, below=2) == {}


def test_the_same_as_before_takes_no_room(session: Session) -> None:
    talk = begin(session)
    one, two = say(session, talk, "one", "two")
    noted(session, one, n="1")
    noted(session, two, n="1")
    assert session.get(MessageVariables, two) is None
    noted(session, two, n="2")
    assert here(session, talk.id) == {"n": "2"}
    noted(session, two, n="1")
    assert session.get(MessageVariables, two) is None and here(session, talk.id) == {"n": "1"}


def test_a_version_has_its_own_and_an_edit_takes_them_along(session: Session) -> None:
    talk = begin(session)
    _one, two, _three = say(session, talk, "one", "two", "three")
    noted(session, two, n="1")
    edited = messages.sibling(session, two, "two, by hand", keep_following=True)
    assert here(session, talk.id) == {"n": "1"}
    noted(session, edited.id, n="9")
    assert here(session, talk.id) == {"n": "9"}
    messages.switch(session, edited.id, -1)
    assert here(session, talk.id) == {"n": "1"}


def test_a_branch_knows_what_its_path_knew(session: Session) -> None:
    talk = begin(session)
    variables.put_here(session, talk.id, "a", "0")
    one, two, _three = say(session, talk, "one", "two", "three")
    assert here(session, talk.id) == {"a": "0"}
    branch = messages.branch(session, one)
    assert here(session, branch.id) == {"a": "0"}
    noted(session, two, a="1")
    branch = messages.branch(session, two)
    assert here(session, branch.id) == {"a": "1"} and here(session, branch.id, below=1) == {"a": "0"}
    messages.append(session, branch.id, Role.USER, "Jonas", "on")
    assert here(session, branch.id) == {"a": "1"} and check.check(session).sound


def test_everywhere_is_one_for_all(session: Session) -> None:
    talk, other = begin(session), begin(session)
    (one,) = say(session, talk, "one")
    variables.note(session, one, Noted({}, {"coins": "3", "\ud83d": "\x00"}))
    known = variables.known(session, other.id)
    assert known.everywhere == {"coins": "3", "\ud83d": "\x00"} and known.here == {}
    variables.note(session, one, Noted({}, {"late": "1"}))  # begun before the others were known
    assert variables.add_everywhere(session, {"coins": "9", "more": "1"}) == ["more"]
    wanted = {"coins": "3", "\ud83d": "\x00", "late": "1", "more": "1"}
    assert variables.everywhere(session) == wanted
    variables.put_everywhere(session, "late", "")
    assert variables.everywhere(session) == {name: held for name, held in wanted.items() if name != "late"}


def test_there_is_room_for_so_much_and_what_is_here_stays(session: Session) -> None:
    talk = begin(session)
    variables.put_here(session, talk.id, "small", "y")
    for put in (variables.put_everywhere, partial(variables.put_here, conversation_id=talk.id)):
        with pytest.raises(KnownError) as caught:
            put(session, name="small", value="x" * LIMIT)
        assert caught.value.kind is ErrorKind.VARIABLES_FULL
    assert here(session, talk.id) == {"small": "y"}
    variables.put_everywhere(session, "mine", "precious")
    assert variables.add_everywhere(session, {"junk": "x" * (LIMIT - 20), "bit": "z"}) == ["bit"]
    assert variables.everywhere(session) == {"mine": "precious", "bit": "z"}


def test_a_change_by_hand_holds_for_what_comes_next_and_for_another_version(session: Session) -> None:
    talk = begin(session, "Hello.")
    ask, reply = say(session, talk, "one", "two")
    noted(session, reply, n="1", mood="calm")
    variables.put_here(session, talk.id, "mood", "wild")
    assert here(session, talk.id) == {"n": "1", "mood": "wild"}
    depth = messages.get(session, reply).depth
    assert here(session, talk.id, below=depth) == {"mood": "wild"}
    messages.delete(session, reply)
    variables.put_here(session, talk.id, "mood", "sad")
    assert here(session, talk.id) == {"mood": "sad"}
    messages.delete(session, ask)
    messages.delete(session, messages.page(session, talk.id)[0].id)
    variables.put_here(session, talk.id, "mood", "")
    assert here(session, talk.id) == {} and messages.count(session, talk.id) == 0


def test_an_older_database_that_may_only_be_read_has_none(database: Database) -> None:
    with database.session() as session:
        talk = begin(session)
        say(session, talk, "one")
        for table in ("message_variables", "common_variables"):
            session.connection().exec_driver_sql(f"drop table {table}")
    reader = database.reader()
    with reader.session() as session:
        assert variables.known(session, talk.id) == NO_VARIABLES
        head, _count, entries = histories.read(session, talk.id)
        assert head.variables == {} and [entry.variables for entry in entries] == [None]
    reader.close()


def test_they_stay_when_the_database_is_opened_again(database: Database) -> None:
    with database.session() as session:
        talk = begin(session)
        noted(session, say(session, talk, "one")[0], n="1")
        variables.put_everywhere(session, "m", "2")
    folder = database.path.parent
    database.close()
    opened = Database.open(folder)
    with opened.session() as session:
        assert variables.known(session, talk.id) == Variables({"n": "1"}, {"m": "2"})
        assert conversations.get(session, talk.id).id == talk.id
    opened.close()
