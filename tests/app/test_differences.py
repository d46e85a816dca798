"""What differs between two texts and two versions is told whole, in order and by words."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.app.differences import Change, FieldChange, Stretch, changes, stretches
from hermes_desktop.domain.persona import Persona, PersonaFields

TEXTS = st.lists(st.sampled_from(["sea", "night", " ", "\n", ".", "ab", "a b"])).map("".join)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_what_is_told(before: str, after: str) -> None:
    told = stretches(before, after)
    assert "".join(one.text for one in told if one.change is not Change.ADDED) == before
    assert "".join(one.text for one in told if one.change is not Change.REMOVED) == after


def test_words_are_told_apart() -> None:
    assert stretches("The old lamp.\nIt rains.", "The new lamp.\nIt rains.") == [
        Stretch(Change.SAME, "The "),
        Stretch(Change.REMOVED, "old"),
        Stretch(Change.ADDED, "new"),
        Stretch(Change.SAME, " lamp.\nIt rains."),
    ]
    assert stretches("same", "same") == [Stretch(Change.SAME, "same")]
    assert stretches("lamplight", "lamps") == [
        Stretch(Change.REMOVED, "lamplight"),
        Stretch(Change.ADDED, "lamps"),
    ]


def test_what_is_too_long_is_told_as_a_whole() -> None:
    before, after = "a " * 2000 + "x", "b " * 2000 + "y"
    assert stretches(before, after) == [Stretch(Change.REMOVED, before), Stretch(Change.ADDED, after)]


def test_long_texts_are_compared_by_lines() -> None:
    before = "".join(f"line {number}\n" for number in range(400))
    told = stretches(before, before.replace("line 7\n", "line seven\n").replace("line 9\n", ""))
    assert [one.text for one in told if one.change is Change.REMOVED] == ["7", "line 9\n"]
    many = "x\n" * 1000 + "y"
    assert stretches(many, "z\n" * 1000) == [
        Stretch(Change.REMOVED, many),
        Stretch(Change.ADDED, "z\n" * 1000),
    ]


def test_the_fields_that_differ() -> None:
    fields = PersonaFields("Ada", alternate_greetings=("One.", "Two."), tags=("sea",))
    one = Persona(1, 1, 1, fields, "own", "", 0, "", False, False)
    later = replace(
        fields, description="Text.", alternate_greetings=("One.",), tags=("sea", "night"), note_depth=2
    )
    assert changes(one, replace(one, fields=later, avatar="key", lore_entries=2)) == [
        FieldChange("description", -1, "", "Text."),
        FieldChange("alternate_greetings", 1, "Two.", ""),
        FieldChange("tags", -1, "sea", "sea, night"),
        FieldChange("note_depth", -1, "4", "2"),
        FieldChange("picture", -1, "", ""),
    ]
    assert changes(one, one) == []
