"""A persona's names and greetings."""

from hermes_desktop.domain.persona import PersonaFields


def test_the_nickname_is_spoken_where_there_is_one() -> None:
    assert PersonaFields(name="Mirabel Ashdown", nickname="Mira").spoken_name == "Mira"
    assert PersonaFields(name="Mira", nickname="  ").spoken_name == "Mira"


def test_blank_greetings_are_left_out() -> None:
    fields = PersonaFields(name="Mira", greeting=" ", alternate_greetings=("Hello.", "\n", "Oh."))
    assert fields.greetings == ("Hello.", "Oh.")
