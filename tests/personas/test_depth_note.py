"""The character's note is read from any card and written back without touching what stands beside it."""

import json
from typing import Any

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import CardExtras, PersonaFields
from hermes_desktop.personas import card

NOTED = PersonaFields("Ada", note="Rain.", note_depth=2, note_role=Role.USER)


def _card(extensions: object, **more: object) -> str:
    data = {"name": "Ada", "first_mes": "Hi.", "extensions": extensions, **more}
    return json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": data})


def _fields(text: str) -> PersonaFields:
    return card.parse(text.encode(), "a.json").fields


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({"prompt": "Rain.", "depth": 2, "role": "USER "}, ("Rain.", 2, Role.USER)),
        ({"prompt": "Rain.", "depth": "3", "role": 2}, ("Rain.", 3, Role.ASSISTANT)),
        ({"prompt": "Rain."}, ("Rain.", 4, Role.SYSTEM)),
        ({"prompt": ["Rain."], "depth": None, "role": 9}, ("", 4, Role.SYSTEM)),
        ({"prompt": "Rain.", "depth": -5, "role": "narrator"}, ("Rain.", 0, Role.SYSTEM)),
        ("Rain.", ("", 4, Role.SYSTEM)),
    ],
)
def test_a_note_is_read_whatever_its_writer_made_of_it(note: object, said: tuple[object, ...]) -> None:
    read = _fields(_card({"depth_prompt": note}))
    assert (read.note, read.note_depth, read.note_role) == said


def test_only_what_changed_is_written() -> None:
    before = _card({"fav": True, "depth_prompt": {"prompt": "Sun.", "depth": "2", "odd": 1}})
    changed: dict[str, Any] = json.loads(
        card.patch(before, PersonaFields("Ada", greeting="Hi.", note="Rain.", note_depth=2))
    )
    assert changed["data"]["extensions"] == {
        "fav": True,
        "depth_prompt": {"prompt": "Rain.", "depth": "2", "odd": 1},
    }


@pytest.mark.parametrize("extensions", [{}, {"depth_prompt": 3}, None, "x"])
def test_a_card_without_a_note_gets_a_whole_one(extensions: object) -> None:
    written = json.loads(card.patch(_card(extensions), NOTED))
    assert written["data"]["extensions"]["depth_prompt"] == {"prompt": "Rain.", "depth": 2, "role": "user"}


def test_a_card_that_is_written_here_has_its_note() -> None:
    assert _fields(card.new(NOTED)) == NOTED
    assert json.loads(card.new(PersonaFields("Ada")))["data"]["extensions"] == {}


def test_what_nobody_changes_is_shown() -> None:
    notes = {"en": "Slow.", "de": "Langsam.", "fr": " ", "it": 3}
    text = _card({}, source="https://e.org/a", creator_notes_multilingual=notes)
    assert card.extras(text) == CardExtras(("https://e.org/a",), (("en", "Slow."), ("de", "Langsam.")))
    assert card.extras(_card({}, source=["a", 3])) == CardExtras(("a",))
