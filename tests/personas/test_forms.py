"""A card in another form: what V2 cannot say comes back, and a form of a form is that form."""

import json
from typing import Any

from hypothesis import given, settings

from hermes_desktop.personas import card, forms
from tests.personas.grammar import CARDS, V3_CARDS

V3: dict[str, Any] = {
    "spec": "chara_card_v3",
    "spec_version": "3.0",
    "data": {
        "name": "Ada",
        "first_mes": "Hi.",
        "nickname": "A",
        "assets": [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}],
        "group_only_greetings": ["All!"],
        "creation_date": 12,
        "character_book": {
            "entries": [
                {"keys": ["a"], "content": "@@depth 2\n@@role user\n\nIn the chat.", "extensions": {}},
                {"keys": ["b"], "content": "Plain."},
            ]
        },
        "extensions": {"z": 1},
    },
}


def same(one: object, other: object) -> bool:
    """Compare as JSON does: 0 is not 0.0, and the order of keys says nothing."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def test_v2_has_every_field_of_its_kind_and_no_other() -> None:
    made = forms.as_v2(V3, "Ada", warned=True)
    data = made["data"]
    assert (made["spec"], made["spec_version"]) == ("chara_card_v2", "2.0")
    assert not set(forms.NEWER) & set(data)
    assert data["description"] == data["scenario"] == data["mes_example"] == "" and data["tags"] == []
    assert data["creator_notes"] == forms.WARNING
    assert [entry["content"] for entry in data["character_book"]["entries"]] == ["In the chat.", "Plain."]
    assert data["extensions"]["hermes_desktop"]["v3"]["nickname"] == "A" and data["extensions"]["z"] == 1
    assert same(forms.restored(made), V3)


def test_what_others_have_changed_in_the_v2_form_stays() -> None:
    made = forms.as_v2(V3, "Ada")
    made["data"]["description"] = "Changed."
    made["data"]["nickname"] = "B"
    made["data"]["character_book"]["entries"].insert(0, {"keys": ["new"], "content": "New."})
    back: Any = forms.restored(made)
    assert back["spec"] == "chara_card_v3"
    assert back["data"]["description"] == "Changed." and back["data"]["nickname"] == "B"
    contents = [entry["content"] for entry in back["data"]["character_book"]["entries"]]
    assert contents == ["New.", "@@depth 2\n@@role user\n\nIn the chat.", "Plain."]


def test_a_plain_v2_card_is_its_own_form() -> None:
    data = dict.fromkeys(("description", "personality", "scenario", "mes_example", "system_prompt"), "")
    data |= dict.fromkeys(("creator_notes", "post_history_instructions", "creator", "character_version"), "")
    plain = {
        "spec": "chara_card_v2",
        "spec_version": "2.0",
        "data": {
            "name": "A",
            "first_mes": "x",
            **data,
            "alternate_greetings": [],
            "tags": [],
            "extensions": {},
        },
        "fav": True,
    }
    assert json.dumps(forms.as_v2(plain, "A")) == json.dumps(plain)
    newer = forms.as_v3(plain, "A")
    assert newer["data"] == plain["data"] | {"group_only_greetings": []} and newer["fav"] is True


def test_a_flat_card_keeps_its_root_and_gets_what_it_says() -> None:
    flat = {
        "name": "",
        "description": "d",
        "first_mes": "x",
        "creatorcomment": "n",
        "spec": "tavern_ai",
        "q": 1.0,
    }
    made = forms.as_v3(flat, "From the file")
    assert {key: made[key] for key in ("name", "creatorcomment", "q")} == {
        "name": "",
        "creatorcomment": "n",
        "q": 1.0,
    }
    data = made["data"]
    assert (data["name"], data["creator_notes"], made["spec"]) == ("From the file", "n", "chara_card_v3")
    assert data["extensions"]["hermes_desktop"]["before"] == {"spec": "tavern_ai"}
    old = forms.as_v2({"name": "A", "first_mes": "x"}, "A")
    assert old["spec"] == "chara_card_v2" and "hermes_desktop" not in old["data"]["extensions"]


@settings(max_examples=60)
@given(V3_CARDS)
def test_the_v2_form_loses_nothing(document: dict[str, Any]) -> None:
    for warned in (False, True):
        made = forms.as_v2(document, "Ada", warned=warned)
        assert card.spec_of(made) == "v2"
        for key in ("name", "description", "first_mes", "mes_example", "scenario", "creator_notes"):
            assert isinstance(made["data"][key], str)
        assert same(forms.restored(made), document)


@settings(max_examples=40)
@given(CARDS)
def test_forms_are_fixed_points(document: dict[str, Any]) -> None:
    newest = forms.as_v3(document, "Ada")
    assert forms.as_v3(newest, "Ada") is newest
    for start in (document, newest):
        once = forms.as_v2(start, "Ada")
        again = forms.as_v2(forms.restored(once), "Ada")  # type: ignore[arg-type]  # it is a card
        assert json.dumps(again) == json.dumps(once)
