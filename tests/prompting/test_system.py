"""The system turn says who the persona is, where it is and who I am, in wording that never changes."""

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.prompt import Keep, SpanKind
from hermes_desktop.prompting.system import cleaned, system_turn
from tests.prompting.samples import MIRA, PROFILE

NOBODY = Profile(id=1, version_id=1, name="Sam", description="")
OWN_WORDS = (
    "You are Mira. Stay Mira in everything you write: speak in Mira's own voice, know what Mira knows, "
    "and keep to what has been said so far. Sam decides what Sam says and does. Write one reply at a time."
)


def test_every_part_has_its_wording_and_its_place() -> None:
    turn = system_turn(MIRA, PROFILE, lore=["The lamp is never out.", "{{char}} owns a cat."], tools="TOOLS")
    assert turn.text == (
        f"{OWN_WORDS}\n\n"
        "About Mira:\nMira keeps the lighthouse.\n\n"
        "Mira's personality:\nDry, patient.\n\n"
        "The scene:\nSam has come in from the rain.\n\n"
        "Known facts:\nThe lamp is never out.\nMira owns a cat.\n\n"
        "About Sam, who talks with you:\nSam mends clocks.\n\n"
        "TOOLS"
    )
    assert turn.role is Role.SYSTEM
    assert turn.keep is Keep.ALWAYS
    assert not turn.late


def test_every_part_is_labelled_for_the_inspector() -> None:
    turn = system_turn(MIRA, PROFILE, lore=["Rain."], tools="TOOLS")
    assert [span.kind for span in turn.spans] == [
        SpanKind.PERSONA,
        SpanKind.PERSONA,
        SpanKind.PERSONA,
        SpanKind.PERSONA,
        SpanKind.LORE,
        SpanKind.PROFILE,
        SpanKind.TOOLS,
    ]


def test_blank_parts_are_left_out() -> None:
    persona = PersonaFields(name="Mira", description=" \n", personality="{{// nothing}}")
    assert system_turn(persona, NOBODY, lore=["", " "]).text == OWN_WORDS


def test_the_last_part_ends_without_an_empty_line() -> None:
    assert not system_turn(MIRA, PROFILE).text.endswith("\n")
    assert system_turn(PersonaFields(name="Mira"), NOBODY).spans[-1].text == OWN_WORDS


def test_my_own_default_takes_the_place_of_the_shipped_one() -> None:
    turn = system_turn(PersonaFields(name="Mira"), NOBODY, default=" Be {{char}}. ")
    assert turn.text == "Be Mira."
    assert system_turn(PersonaFields(name="Mira"), NOBODY, default=" \n").text == OWN_WORDS


def test_a_personas_own_system_prompt_takes_the_place_of_both() -> None:
    persona = PersonaFields(name="Mira", system_prompt="{{char}} speaks in verse.")
    assert system_turn(persona, NOBODY, default="Be brief.").text == "Mira speaks in verse."


def test_original_in_it_stands_for_what_would_have_been_used() -> None:
    persona = PersonaFields(name="Mira", system_prompt="{{original}} Speak in verse.")
    assert system_turn(persona, NOBODY, default="Be {{char}}.").text == "Be Mira. Speak in verse."
    assert system_turn(persona, NOBODY).text == f"{OWN_WORDS} Speak in verse."


def test_a_system_prompt_that_comes_to_nothing_does_not_leave_the_turn_empty() -> None:
    persona = PersonaFields(name="Mira", system_prompt="{{// to do}}")
    assert system_turn(persona, NOBODY).text == OWN_WORDS


def test_my_name_is_not_read_as_a_macro() -> None:
    sly = Profile(id=1, version_id=1, name="{{char}}", description="")
    assert system_turn(PersonaFields(name="Mira", system_prompt="{{user}}!"), sly).text == "{{char}}!"


def test_cleaned_drops_carriage_returns_and_the_white_space_around() -> None:
    assert cleaned(" \r\n a\r\n b\rc \n") == "a\n b\nc"
