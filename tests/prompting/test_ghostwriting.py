"""Asking a model for a persona, or for one part of it: the words, and what it is told of the rest."""

from dataclasses import fields, replace

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.prompting import ghostwriting
from hermes_desktop.prompting.ghostwriting import SLOTS, WHOLE, invent, write_part

ADA = PersonaFields("Ada", description="Keeps the light.", tags=("sea", "night"))


def question(prompt: Prompt) -> str:
    system, user = prompt.turns
    assert system.role is Role.SYSTEM and "answers in JSON" in system.text
    return user.text


def test_every_part_is_a_field_of_a_persona() -> None:
    assert SLOTS.keys() <= {field.name for field in fields(PersonaFields)} and set(WHOLE) <= SLOTS.keys()


def test_a_whole_persona_from_one_line() -> None:
    prompt = invent(" A keeper {of} lies. ", PersonaFields(""))
    assert question(prompt) == (
        "Invent a character for a role-play from this idea:\nA keeper {of} lies.\n\n"
        "Keep to the idea and add what makes this one unlike all others. Write {{char}} where its name "
        "would stand, and {{user}} for the person it talks with. Never say what {{user}} says or does."
    )
    assert all(f'"{SLOTS[part].name}"' in prompt.turns[0].text for part in WHOLE)


def test_what_is_written_already_is_reworked() -> None:
    asked = question(invent("make her bolder", ADA))
    assert asked.startswith("Rework the character below after this idea:\nmake her bolder\n\nChange what")
    assert asked.endswith(
        "What is known of the character:\nname: Ada\ndescription: Keeps the light.\ntags: sea, night"
    )


def test_a_name_alone_is_nobody_yet() -> None:
    asked = question(invent("a keeper", PersonaFields("Ada", tags=("sea",))))
    assert asked.startswith("Invent a character")
    assert asked.endswith("What is known of the character:\nname: Ada\ntags: sea")


def test_a_part_from_the_rest() -> None:
    prompt = write_part("greeting", ADA, wish="shorter ")
    assert question(prompt) == (
        "Write the first_mes of the character below. Keep to everything that is known of it. Write {{char}} "
        "for its name, and {{user}} for the person it talks with. Never say what {{user}} says or does."
        "\n\nWhat is known of the character:\nname: Ada\ndescription: Keeps the light.\ntags: sea, night"
        "\n\nThis is what is wished for: shorter"
    )
    assert '"first_mes"' in prompt.turns[0].text and '"description": {' not in prompt.turns[0].text


def test_a_part_that_is_there_is_written_anew() -> None:
    asked = question(write_part("description", ADA, present=ADA.description))
    assert asked.startswith("Write the description of the character below anew")
    assert asked.count("Keeps the light.") == 1 and "So far it reads:\nKeeps the light." in asked


def test_of_a_long_part_the_beginning_is_told() -> None:
    long = replace(ADA, description="sea " * 1000)
    assert len(question(write_part("scenario", long))) < 2500
    assert ghostwriting.persona_slots(("name",)) == (SLOTS["name"],)
