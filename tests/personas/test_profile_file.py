"""Files that say who a person is: read by their contents, kept whole, given back; made by hand."""

import json
from typing import Any

import pytest
import yaml

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import ProfileForm
from hermes_desktop.personas import profile_file, profile_writer, reader
from hermes_desktop.personas.profile_file import ProfileDocument, ProfileReading
from hermes_desktop.personas.swap import swapped
from tests import writing

BACKUP: dict[str, Any] = {
    "personas": {"1700-Jonas.png": "Jonas", "ada.png": "Ada", "blank.png": "  ", "odd.png": 5},
    "persona_descriptions": {
        "1700-Jonas.png": {
            "description": "Keeps bees.\r\n{{char}} knows.",
            "title": "of the hill",
            "position": 4,
            "depth": 6,
            "role": 1,
            "lorebook": "Hives",
            "connections": [{"type": "character", "id": "mira.png"}],
        },
        "ada.png": "no object",
        "nobody.png": {"description": "unnamed"},
    },
    "default_persona": "ada.png",
}
RISU = {"name": "Jonas", "personaPrompt": "Keeps bees.", "note": "for me", "largePortrait": True}
OOBA = "name: Jonas\nuser_bio: |-\n  Keeps bees.\n  Slowly.\nfavourite_colour: green\n"


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


def _read(data: bytes) -> ProfileReading:
    with pytest.raises(KnownError) as caught:
        reader.read(data, "a file")  # a reader of cards says what it is
    assert caught.value.kind is ErrorKind.CARD_PROFILE
    return profile_file.read(data, "a file")


def test_a_backup_of_sillytavern_with_everybody_in_it() -> None:
    read = _read(_json(BACKUP))
    assert read.format == "sillytavern"
    assert [(p.name, p.description) for p in read.profiles] == [
        ("Jonas", "Keeps bees.\r\n{{char}} knows."),
        ("Ada", ""),
    ]
    again = json.loads(profile_writer.write(read.profiles, ProfileForm.SILLYTAVERN))
    assert again["personas"] == {"1700-Jonas.png": "Jonas", "ada.png": "Ada"}
    jonas = BACKUP["persona_descriptions"]["1700-Jonas.png"]
    assert again["persona_descriptions"]["1700-Jonas.png"] == jonas
    assert again["persona_descriptions"]["ada.png"]["description"] == ""
    assert again["default_persona"] is None


def test_the_whole_settings_of_sillytavern_will_do() -> None:
    read = _read(_json({"power_user": BACKUP, "username": "x", "api_key": "none of ours"}))
    assert [profile.name for profile in read.profiles] == ["Jonas", "Ada"]
    assert "none of ours" not in "".join(profile.original for profile in read.profiles)


def test_a_user_of_oobabooga() -> None:
    read = _read(OOBA.encode())
    (jonas,) = read.profiles
    assert (read.format, jonas.name, jonas.description) == ("ooba", "Jonas", "Keeps bees.\nSlowly.")
    assert yaml.safe_load(profile_writer.write([jonas], ProfileForm.OOBA)) == yaml.safe_load(OOBA)


@pytest.mark.parametrize("packed", [True, False])
def test_a_persona_of_risu(packed: bool) -> None:
    picture = writing.png(writing.text("persona", writing.encoded(RISU)))
    read = _read(picture if packed else _json(RISU))
    (jonas,) = read.profiles
    assert (read.format, jonas.name, jonas.description) == ("risu", "Jonas", "Keeps bees.")
    assert jonas.picture == (picture if packed else b"")
    again = profile_writer.write([_changed(jonas, picture=writing.png())], ProfileForm.RISU)
    (back,) = _read(again).profiles
    assert json.loads(back.original)["document"] == RISU


def _changed(profile: ProfileDocument, **changes: Any) -> ProfileDocument:
    values = {name: getattr(profile, name) for name in ProfileDocument.__slots__} | changes
    return ProfileDocument(**values)


def test_our_own_file_holds_everything_whatever_it_came_as() -> None:
    jonas = _changed(
        _read(_json(BACKUP)).profiles[0], picture=b"\x89PNG", personas=("Mira", "Pim"), default=True
    )
    data = profile_writer.write([jonas, ProfileDocument("Ada", "")], ProfileForm.OWN)
    document = json.loads(data)
    document["profiles"][0]["mood"] = ["calm", None]
    read = _read(_json(document))
    first, second = read.profiles
    assert read.format == "hermes" and second == ProfileDocument("Ada", "")
    assert (first.picture, first.personas) == (b"\x89PNG", ("Mira", "Pim"))
    assert json.loads(profile_writer.write(read.profiles, ProfileForm.OWN)) == document
    tavern = json.loads(profile_writer.write(read.profiles, ProfileForm.SILLYTAVERN))
    assert tavern["persona_descriptions"]["1700-Jonas.png"]["lorebook"] == "Hives"
    assert tavern["persona_descriptions"]["hermes-2.png"]["connections"] == []


def test_what_is_written_anew_stands_in_the_old_document() -> None:
    jonas = _changed(_read(_json(BACKUP)).profiles[0], name="Jo", description="Kept bees.", default=True)
    again = json.loads(profile_writer.write([jonas, jonas], ProfileForm.SILLYTAVERN))
    assert again["personas"] == {"1700-Jonas.png": "Jo", "hermes-2.png": "Jo"}
    assert again["persona_descriptions"]["1700-Jonas.png"]["description"] == "Kept bees."
    assert again["persona_descriptions"]["1700-Jonas.png"]["depth"] == 6
    assert again["default_persona"] == "hermes-2.png"
    alone = yaml.safe_load(profile_writer.write([jonas], ProfileForm.OOBA))
    assert alone == {"name": "Jo", "user_bio": "Kept bees."}


def test_a_character_with_a_user_in_it_stays_a_character() -> None:
    data = b"name: Mira\ncontext: Keeps a light.\nuser_bio: Me\n"
    assert reader.read(data, "x").card.fields.name == "Mira"


OWN: dict[str, Any] = {"spec": "hermes_desktop_profiles", "spec_version": "1.0"}


@pytest.mark.parametrize(
    "entry",
    [
        {"original": 5},
        {"original": {"format": "sillytavern", "document": []}},
        {"original": {"format": "sillytavern", "document": {"key": 5, "description": "x"}}},
        {"original": {"format": "ooba", "document": {"half": "\ud83d", "more": 1}}, "more": {"more": 2}},
        {"avatar": "https://example.org/a.png", "personas": "Mira"},
        {"avatar": "data:image/png;base64,§§", "personas": [5, None]},
        {"description": ["no", "text"], "name": " half \ud83d\n of it "},
    ],
)
def test_odd_entries_come_in_and_go_out_in_every_form(entry: dict[str, Any]) -> None:
    (read,) = _read(_json(OWN | {"profiles": [{"name": "J"} | entry]})).profiles
    assert not read.picture and not read.personas
    for form in ProfileForm:
        data = profile_writer.write([_changed(read, picture=writing.png())], form)
        (back,) = _read(data).profiles
        assert (back.name, back.description) == (read.name, read.description)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_json(OWN), ErrorKind.CARD_UNKNOWN),
        (_json(OWN | {"profiles": [{"name": ""}, 5]}), ErrorKind.CARD_UNKNOWN),
        (_json(OWN | {"profiles": [{"name": "J"}] * 201}), ErrorKind.CARD_TOO_MUCH),
        (_json(OWN | {"profiles": [{"name": "J", "description": "x" * 200_001}]}), ErrorKind.CARD_TOO_MUCH),
        (writing.png(writing.text("persona", b"{}")), ErrorKind.CARD_UNKNOWN),
        (writing.png(writing.text("persona", writing.encoded([1]))), ErrorKind.CARD_UNKNOWN),
        (writing.png(), ErrorKind.CARD_MISSING),
        (b'{"a": 1}', ErrorKind.CARD_UNKNOWN),
        (b"[]", ErrorKind.CARD_UNKNOWN),
        (b"{", ErrorKind.CARD_NOT_JSON),
    ],
    ids=[
        "none",
        "nameless",
        "many",
        "long",
        "empty picture",
        "list in picture",
        "bare",
        "odd",
        "list",
        "cut",
    ],
)
def test_what_holds_no_profile_is_refused(data: bytes, kind: ErrorKind) -> None:
    with pytest.raises(KnownError) as caught:
        profile_file.read(data, "a file")
    assert caught.value.kind is kind


def test_user_and_char_trade_places() -> None:
    assert swapped("{{char}} likes {{ User }}. <BOT> and <user>, <CHAR>; {{charm}} {{users}}") == (
        "{{user}} likes {{char}}. {{user}} and {{char}}, {{user}}; {{charm}} {{users}}"
    )
