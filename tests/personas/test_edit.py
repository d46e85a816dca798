"""One field of a persona is changed by the name that it has in a card, and nothing else."""

import dataclasses

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas.edit import changed, names

ADA = PersonaFields("Ada", greeting="Hi.", alternate_greetings=("One.", "Two."), tags=("a",))


@pytest.mark.parametrize(
    ("field", "ours", "value"),
    [
        ("description", "description", "new"),
        ("first_mes", "greeting", "new"),
        ("greeting", "greeting", "new"),
        ("mes_example", "example_dialogue", "new"),
        (" nickname ", "nickname", "new"),
        ("alternate_greetings[1]", "alternate_greetings", ("One.", "new")),
        ("alternate_greetings[2]", "alternate_greetings", ("One.", "Two.", "new")),
        ("tags[0]", "tags", ("new",)),
        ("tags", "tags", ("new",)),
    ],
)
def test_one_field_changes(field: str, ours: str, value: object) -> None:
    assert changed(ADA, field, "new") == dataclasses.replace(ADA, **{ours: value})  # type: ignore[arg-type]


def test_tags_come_with_commas() -> None:
    assert changed(ADA, "tags", " sea, ,night ").tags == ("sea", "night")


def test_what_takes_only_some_values() -> None:
    assert changed(ADA, "depth_prompt_depth", " 2 ").note_depth == 2
    assert changed(ADA, "note_role", "User").note_role is Role.USER
    for field, text in (("note_depth", "-1"), ("note_depth", "99999"), ("depth_prompt_role", "tool")):
        with pytest.raises(KnownError) as caught:
            changed(ADA, field, text)
        assert caught.value.kind is ErrorKind.FIELD_VALUE
    with pytest.raises(KnownError) as caught:
        changed(ADA, "note_depth[0]", "1")
    assert caught.value.kind is ErrorKind.FIELD_PLACE


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("colour", ErrorKind.FIELD_UNKNOWN),
        ("", ErrorKind.FIELD_UNKNOWN),
        ("alternate_greetings[-1]", ErrorKind.FIELD_UNKNOWN),
        ("__class__", ErrorKind.FIELD_UNKNOWN),
        ("alternate_greetings", ErrorKind.FIELD_LIST),
        ("alternate_greetings[3]", ErrorKind.FIELD_PLACE),
        ("description[0]", ErrorKind.FIELD_PLACE),
    ],
)
def test_what_is_no_field_is_said(field: str, kind: ErrorKind) -> None:
    with pytest.raises(KnownError) as caught:
        changed(ADA, field, "new")
    assert caught.value.kind is kind


def test_the_names_are_those_of_a_card() -> None:
    assert {"name", "first_mes", "mes_example", "alternate_greetings", "tags"} <= set(names())
