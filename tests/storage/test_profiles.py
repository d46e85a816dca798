"""My profiles: versions, the bin, the personas they go with, and a folder from before they had these."""

import sqlite3
from pathlib import Path

import pytest

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields, ProfileForm
from hermes_desktop.storage import conversations, database, journal, personas, profiles
from hermes_desktop.storage.database import Database, Session
from tests.storage.conftest import begin, say, texts


def _persona(session: Session, name: str) -> int:
    return personas.add(session, PersonaFields(name), spec="own", card="{}").id


def test_there_always_is_a_profile(session: Session) -> None:
    first = profiles.default(session)
    assert first.name == "You" and profiles.default(session).id == first.id
    profiles.delete(session, first.id)
    assert profiles.all(session) == [] and profiles.default(session).id != first.id


def test_a_change_is_a_new_version_that_keeps_what_the_profile_came_as(session: Session) -> None:
    first = profiles.add(session, "Jonas", "Keeps bees.", "pic", '{"a": 1}')
    second = profiles.update(session, first.id, "Jonas B.", "Keeps bees.")
    assert (second.version, second.avatar) == (2, "pic")
    assert profiles.original(session, second.version_id) == '{"a": 1}'
    assert profiles.update(session, first.id, "Jonas B.", "Keeps bees.") == second
    third = profiles.update(session, first.id, "Jonas B.", "", "")
    assert (third.version, third.avatar) == (3, "")
    assert profiles.get_version(session, first.version_id).name == "Jonas"
    assert profiles.get(session, first.id) == third
    assert profiles.avatar_called(session, "Jonas") == "pic" and profiles.avatar_called(session, "Ada") == ""


def test_the_bin_gives_the_same_profile_back(session: Session) -> None:
    jonas = profiles.add(session, "Jonas", "")
    with pytest.raises(KnownError) as caught:
        profiles.find_deleted(session, "Jonas")
    assert caught.value.kind is ErrorKind.PROFILE_NOT_DELETED
    profiles.delete(session, jonas.id)
    assert profiles.all(session) == [] and profiles.get(session, jonas.id).deleted
    assert profiles.find_deleted(session, "jonas").id == jonas.id
    profiles.restore(session, jonas.id)
    assert profiles.all(session) == [jonas]
    undone = journal.undo(session, None)
    assert undone is not None and undone.act == "restore profile" and profiles.all(session) == []


def test_finding_a_profile(session: Session) -> None:
    jonas = profiles.add(session, "Jonas", "")
    for _ in range(2):
        profiles.add(session, "Ada", "")
    assert profiles.find(session, str(jonas.id)) == profiles.find(session, "JONAS") == jonas
    for name, kind in (("Ada", ErrorKind.NAME_AMBIGUOUS), ("Eve", ErrorKind.PROFILE_UNKNOWN)):
        with pytest.raises(KnownError) as caught:
            profiles.find(session, name)
        assert caught.value.kind is kind
    for act in (profiles.get, profiles.get_version, profiles.original, profiles.delete, profiles.restore):
        with pytest.raises(KnownError) as caught:
            act(session, 99)
        assert caught.value.kind is ErrorKind.PROFILE_UNKNOWN


def test_the_same_profile_is_known_again(session: Session) -> None:
    jonas = profiles.add(session, "Jonas", "Keeps bees.", "pic")
    newer = profiles.update(session, jonas.id, "Jonas", "Kept bees.")
    for description, avatar in (("Keeps bees.", ""), ("Kept bees.", "pic")):
        assert profiles.find_same(session, "Jonas", description, avatar) == newer
    assert profiles.find_same(session, "Jonas", "Keeps bees.", "another") is None
    assert profiles.find_same(session, "Ada", "Keeps bees.") is None
    profiles.delete(session, jonas.id)
    assert profiles.find_same(session, "Jonas", "Keeps bees.") is None


def test_a_persona_has_one_profile_at_most(session: Session) -> None:
    jonas, ada = profiles.add(session, "Jonas", ""), profiles.add(session, "Ada", "")
    mira, pim = _persona(session, "Mira"), _persona(session, "Pim")
    assert profiles.bound(session, mira) is None
    profiles.bind(session, jonas.id, (mira, pim))
    profiles.bind(session, ada.id, (pim,))
    assert profiles.personas_of(session, jonas.id) == (mira,)
    assert profiles.bound(session, pim) == ada
    profiles.bind(session, jonas.id, ())
    assert profiles.bound(session, mira) is None
    personas.delete(session, pim)
    assert profiles.personas_of(session, ada.id) == ()
    personas.restore(session, pim)
    profiles.delete(session, ada.id)
    assert profiles.bound(session, pim) is None
    profiles.restore(session, ada.id)
    assert profiles.bound(session, pim) == ada
    with pytest.raises(KnownError):
        profiles.bind(session, 99, (mira,))


def test_forms_of_files() -> None:
    assert {form: form.holds_several for form in ProfileForm} == {
        ProfileForm.OWN: True,
        ProfileForm.SILLYTAVERN: True,
        ProfileForm.OOBA: False,
        ProfileForm.RISU: False,
    }
    assert [form.suffix for form in ProfileForm] == ["json", "json", "yaml", "png"]


def test_a_folder_from_before_opens_with_everything_in_it(tmp_path: Path) -> None:
    steps = database.steps()
    older = next(number for number, step in enumerate(steps) if "profile_binding" in step)
    connection = sqlite3.connect(tmp_path / database.NAME, isolation_level=None)
    connection.executescript("begin;" + "".join(steps[:older]) + f"pragma user_version = {older}; commit;")
    connection.executescript(
        """
        insert into profile values (1, null), (2, 5);
        insert into profile_version (id, profile_id, number, name, description, avatar, created_at)
            values (1, 1, 1, 'Jonas', '', '', 1), (2, 1, 2, 'Jonas', 'Keeps bees.', 'pic', 2),
                   (3, 2, 1, 'Gone', '', '', 3);
        """
    )
    connection.close()
    opened = Database.open(tmp_path)
    with opened.session() as session:
        (jonas,) = profiles.all(session)
        assert (jonas.description, jonas.avatar, jonas.version) == ("Keeps bees.", "pic", 2)
        assert [p.name for p in profiles.all(session, include_deleted=True)] == ["Gone", "Jonas"]
        assert profiles.original(session, jonas.version_id) == ""
        talk = begin(session, "Hello.")
        say(session, talk, "Aye.")
        assert texts(session, talk) == ["Hello.", "Aye."]
        profiles.bind(session, jonas.id, (talk.persona_id,))
        assert profiles.bound(session, talk.persona_id) == jonas
        assert conversations.get(session, talk.id).profile_version_id == jonas.version_id
    opened.close()
