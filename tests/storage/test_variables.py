"""What macros have noted: it follows the path, and what holds everywhere stands by itself."""

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.variables import LIMIT, NO_VARIABLES, Variables
from hermes_desktop.storage import check, conversations, messages, variables
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.storage.tables import MessageVariables
from tests.storage.conftest import begin, say


def here(session: Session, talk: int, below: int | None = None) -> dict[str, str]:
    return dict(variables.known(session, talk, below=below).here)


def noted(session: Session, message: int, **values: str) -> None:
    variables.note(session, message, Variables(values, variables.everywhere(session)))


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
    variables.set_here(session, talk.id, {"a": "0"})
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
    variables.note(session, one, Variables({}, {"coins": "3", "\ud83d": "\x00"}))
    known = variables.known(session, other.id)
    assert known.everywhere == {"coins": "3", "\ud83d": "\x00"} and known.here == {}
    variables.add_everywhere(session, {"coins": "9", "more": "1"})
    assert variables.everywhere(session) == {"more": "1", "coins": "3", "\ud83d": "\x00"}
    variables.set_everywhere(session, {})
    assert variables.everywhere(session) == {}


def test_what_is_put_there_is_bounded(session: Session) -> None:
    talk = begin(session)
    variables.set_here(session, talk.id, {"big": "x" * LIMIT, "small": "y"})
    assert here(session, talk.id) == {"small": "y"}
    variables.set_everywhere(session, {str(number): "" for number in range(LIMIT)})
    assert len(variables.everywhere(session)) < LIMIT // 8


def test_they_stay_when_the_database_is_opened_again(database: Database) -> None:
    with database.session() as session:
        talk = begin(session)
        noted(session, say(session, talk, "one")[0], n="1")
        variables.set_everywhere(session, {"m": "2"})
    folder = database.path.parent
    database.close()
    opened = Database.open(folder)
    with opened.session() as session:
        assert variables.known(session, talk.id) == Variables({"n": "1"}, {"m": "2"})
        assert conversations.get(session, talk.id).id == talk.id
    opened.close()
