"""Who I am: profiles in conversations, bound to personas, brought in and given out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from hermes_desktop import paths
from hermes_desktop.app import paper, profile_files
from hermes_desktop.app.imports import Pasted
from hermes_desktop.app.services import Services
from hermes_desktop.bootstrap import Program, build
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields, ProfileForm
from hermes_desktop.paths import Folders
from tests import writing
from tests.app.test_imports import picture

BACKUP = {
    "personas": {"a.png": "Jonas", "b.png": "Ada"},
    "persona_descriptions": {"a.png": {"description": "Keeps bees.", "depth": 4}},
}


@pytest.fixture(scope="module")
def program(qapp_cls: type[QApplication], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    assert QApplication.instance() or qapp_cls([])
    opened = build(Folders.of(tmp_path_factory.mktemp("data")), engine=("--engine", "scripted"))
    yield opened
    opened.close()


@pytest.fixture
def services(program: Program, qapp: QApplication) -> Services:
    """One program for all; each test begins without profiles."""
    assert qapp is not None
    profiles = program.services.profiles
    for profile in profiles.all():
        profiles.bind(profile.id, ())
        profiles.delete(profile.id)
    return program.services


def _face() -> bytes:
    image = QImage.fromData(picture(8))
    image.setPixelColor(2, 3, QColor("red"))
    return paper._png(image)


def _talk(services: Services, name: str = "Hobbs") -> str:
    services.chat.start(services.personas.find(name).id)
    assert services.chat.profile is not None
    return services.chat.profile.name


def test_a_persona_s_own_profile_goes_before_the_chosen_one(services: Services) -> None:
    profiles = services.profiles
    jonas, ada = profiles.create("Jonas", ""), profiles.create("Ada", "")
    hobbs = services.personas.find("Hobbs").id
    assert _talk(services) == "Jonas"  # the oldest
    profiles.choose(ada.id)
    assert _talk(services) == "Ada"
    profiles.bind(jonas.id, (hobbs,))
    assert _talk(services) == "Jonas" and _talk(services, "Mira") == "Ada"
    assert profiles.personas_of(jonas.id) == (hobbs,) and profiles.bound(hobbs) == jonas
    profiles.delete(jonas.id)
    assert _talk(services) == "Ada"
    profiles.restore(jonas.id)
    assert _talk(services) == "Jonas"
    profiles.delete(ada.id)
    assert profiles.current().id == jonas.id


def test_a_conversation_keeps_its_profile_until_it_is_moved(services: Services) -> None:
    profiles, chat = services.profiles, services.chat
    jonas = profiles.create("Jonas", "Keeps bees.", _face())
    ada = profiles.create("Ada", "")
    _talk(services)
    talk = chat.conversation
    assert talk is not None
    changed = profiles.update(jonas.id, "Jo", "Kept bees.", b"")
    chat.close()
    chat.open(talk.id)
    assert chat.profile == jonas and chat.newest_profile() == changed
    told: list[str] = []
    chat.conversation_changed.connect(lambda _now: told.append(chat.profile.name if chat.profile else ""))
    chat.switch_profile(jonas.id)
    assert chat.profile == changed and told == ["Jo"]
    assert chat.my_avatar("Jo") == chat.my_avatar("") == "" and chat.my_avatar("Jonas") == jonas.avatar
    chat.switch_profile(ada.id)
    assert chat.my_avatar("Jonas") == jonas.avatar and chat.my_avatar("Ada") == ""
    chat.close()
    assert chat.newest_profile() is None
    chat.switch_profile(jonas.id)  # nothing is open
    chat.open(talk.id)
    assert chat.profile == ada


def test_the_newest_persona_is_told_with_its_people(services: Services) -> None:
    persona = services.personas.create(PersonaFields("Bo"))
    services.chat.start(persona.id)
    services.personas.update(persona.id, PersonaFields("Bo Two"))
    told: list[str] = []
    chat = services.chat
    chat.conversation_changed.connect(lambda _now: told.append(chat.persona.name if chat.persona else ""))
    chat.move_to_newest_persona()
    assert told == ["Bo Two"]


def test_a_profile_of_a_persona(services: Services) -> None:
    fields = PersonaFields(
        "Ada Byron", nickname="Ada", description="{{char}} likes {{user}}.", personality="Dry"
    )
    persona = services.personas.create(fields, picture(8))
    swapped = services.profiles.from_persona(persona, swap=True)
    assert (swapped.name, swapped.description) == ("Ada", "{{user}} likes {{char}}.\n\nDry")
    assert swapped.avatar == persona.avatar
    assert (
        services.profiles.from_persona(persona, swap=False).description == "{{char}} likes {{user}}.\n\nDry"
    )


def test_a_copy_and_fields_by_their_name(services: Services) -> None:
    profiles = services.profiles
    jonas = profiles.create("  ", "Keeps bees.", _face())
    assert jonas.name == "You" and profiles.weight("Keeps bees.") > 0
    copy = profiles.duplicate(jonas.id)
    assert (copy.name, copy.avatar, copy.description) == ("You (copy)", jonas.avatar, "Keeps bees.")
    profiles.set_field(jonas, "name", "Jonas")
    changed = profiles.set_field(profiles.get(jonas.id), "description", "Kept.")
    assert (changed.name, changed.description, changed.avatar) == ("Jonas", "Kept.", jonas.avatar)
    with pytest.raises(KnownError) as caught:
        profiles.set_field(jonas, "age", "5")
    assert caught.value.kind is ErrorKind.PROFILE_FIELD


def test_files_of_profiles_come_in_beside_cards_and_nothing_twice(services: Services) -> None:
    card = json.dumps({"name": "Cardy", "description": "A card.", "first_mes": "Hi."}).encode()
    first, second, third = services.imports.run(
        [
            Pasted("a", json.dumps(BACKUP).encode()),
            Pasted("b", card),
            Pasted("c", json.dumps(BACKUP).encode()),
        ]
    )
    assert first.ok and not first.persona_id and first.name == "Jonas, Ada" and first.format == "sillytavern"
    assert [services.profiles.get(number).name for number in first.profile_ids] == ["Jonas", "Ada"]
    assert len(first.notes) == 1 and "profile" in first.notes[0]
    assert second.ok and second.persona_id and not second.profile_ids
    assert third.duplicate and third.profile_ids == first.profile_ids
    assert [profile.name for profile in services.profiles.all()] == ["Ada", "Jonas"]
    grown = {
        "personas": BACKUP["personas"] | {"c.png": "Eve"},
        "persona_descriptions": BACKUP["persona_descriptions"],
    }
    fourth = services.imports.run([Pasted("d", json.dumps(grown).encode())])[0]
    assert not fourth.duplicate and len(fourth.notes) == 2 and len(services.profiles.all()) == 3


def test_a_list_of_many_names_is_short(services: Services) -> None:
    many = {"personas": {f"{n}.png": f"N{n}" for n in range(20)}, "persona_descriptions": {}}
    (report,) = services.imports.run([Pasted("a", json.dumps(many).encode())])
    assert report.name.endswith("N11 + 8") and len(report.profile_ids) == 20


@pytest.mark.parametrize("form", ProfileForm)
def test_what_goes_out_comes_in_again(services: Services, form: ProfileForm, tmp_path: Path) -> None:
    profiles = services.profiles
    jonas = profiles.create("Jonas", "Keeps bees.", _face())
    bare = profiles.create("Bare", "")
    hobbs = services.personas.find("Hobbs").id
    profiles.bind(jonas.id, (hobbs,))
    profiles.choose(jonas.id)
    chosen = [jonas, bare] if form.holds_several else [jonas]
    for number, each in enumerate((chosen, [bare])):
        profiles.export(each, form, tmp_path / f"{number}.{form.suffix}")
    (again, _more) = services.imports.run([tmp_path])
    assert again.duplicate
    for profile in (jonas, bare):
        profiles.delete(profile.id)
    reports = services.imports.run([tmp_path])
    assert all(report.ok for report in reports)
    back = {profile.name: profile for profile in profiles.all()}
    assert set(back) == {"Jonas", "Bare"} and back["Jonas"].description == "Keeps bees."
    keeps = form in (ProfileForm.OWN, ProfileForm.RISU)
    assert back["Jonas"].avatar == (jonas.avatar if keeps else "") and back["Bare"].avatar == ""
    if form is ProfileForm.OWN:
        assert profiles.personas_of(back["Jonas"].id) == (hobbs,)
    if form is ProfileForm.RISU:
        assert not QImage(str(tmp_path / "1.png")).isNull()


def test_a_binding_that_somebody_has_is_not_taken_away(services: Services) -> None:
    mine = services.profiles.create("Me", "")
    hobbs = services.personas.find("Hobbs").id
    services.profiles.bind(mine.id, (hobbs,))
    entry = {"name": "Other", "description": "x", "personas": ["HOBBS", "Mira", "Nobody"]}
    own = {"spec": "hermes_desktop_profiles", "profiles": [entry]}
    (report,) = services.imports.run([Pasted("a", json.dumps(own).encode())])
    assert services.profiles.bound(hobbs) == mine
    assert services.profiles.personas_of(report.profile_ids[0]) == (services.personas.find("Mira").id,)


def test_a_picture_that_cannot_be_used_costs_only_the_picture(services: Services) -> None:
    text = writing.text("persona", writing.encoded({"name": "Jonas", "personaPrompt": "x"}))
    broken = writing.png(text, idat=writing.chunk(b"IDAT", b"broken"))
    (report,) = services.imports.run([Pasted("a.png", broken)])
    assert report.ok and any("picture" in note for note in report.notes)
    assert services.profiles.get(report.profile_ids[0]).avatar == ""


def test_an_avatar_keeps_nothing_but_pixels(services: Services) -> None:
    said = {"name": "Jonas", "personaPrompt": "Keeps bees.", "more": "secret " * 20}
    file = writing.png(
        writing.text("persona", writing.encoded(said)), writing.text("Comment", b"secret " * 20)
    )
    (report,) = services.imports.run([Pasted("a.png", file)])
    made = services.profiles.update(report.profile_ids[0], "Jonas", "", file)
    assert not QImage.fromData(services.personas.picture(made.avatar)).textKeys()


def test_one_file_holds_one_where_its_form_wants_that(services: Services) -> None:
    both = [services.profiles.create("A", ""), services.profiles.create("B", "")]
    with pytest.raises(KnownError) as caught:
        services.profiles.written(both, ProfileForm.OOBA)
    assert caught.value.kind is ErrorKind.PROFILE_ONE


def test_names_of_files(services: Services) -> None:
    jonas = services.profiles.create("J./on\\as: <b>", "")
    assert profile_files.file_name([jonas], ProfileForm.RISU) == "J on as b.png"
    assert profile_files.file_name([jonas, jonas], ProfileForm.OWN) == "profiles.json"
    assert profile_files.file_name([jonas], ProfileForm.SILLYTAVERN) == "personas_J on as b.json"


@pytest.mark.parametrize(("number", "kind"), [(28, ErrorKind.DISK_FULL), (13, ErrorKind.FOLDER_READ_ONLY)])
def test_a_file_that_cannot_be_written_is_told(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: ErrorKind
) -> None:
    def refuse(_file: Path, _data: bytes) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(paths, "atomic_write", refuse)
    jonas = services.profiles.create("Jonas", "")
    with pytest.raises(KnownError) as caught:
        services.profiles.export([jonas], ProfileForm.OWN, tmp_path / "a.json")
    assert caught.value.kind is kind
