"""An object of texts: its schema and grammar, and how it is read while it is still being written."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.prompting.json_form import Slot, grammar_of, schema_of
from hermes_desktop.prompting.json_reading import Value, read

NAME, TAGS = Slot("name", "how it is called", 60), Slot("tags", "words", 24, items=3)
SLOTS = (NAME, TAGS)


# ---- the form ----------------------------------------------------------------------------------------


def test_the_schema_names_every_entry() -> None:
    assert schema_of(SLOTS) == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "how it is called"},
            "tags": {
                "type": "array",
                "items": {"type": "string"},
                "maxItems": 3,
                "description": "words",
            },
        },
        "required": ["name", "tags"],
    }


def test_the_grammar_has_a_rule_for_every_entry() -> None:
    first, *rules = grammar_of((*SLOTS, Slot("more", "any length"))).splitlines()
    assert first == (
        r'root ::= "{" gap "\"name\":" gap value-0 gap "," gap "\"tags\":" gap value-1'
        r' gap "," gap "\"more\":" gap value-2 gap "}"'
    )
    assert r'value-0 ::= "\"" letter{1,60} "\""' in rules
    assert (
        r'value-1 ::= "[" gap "\"" letter{1,24} "\"" (gap "," gap "\"" letter{1,24} "\""){0,2} gap "]"'
        in rules
    )
    assert r'value-2 ::= "\"" letter+ "\""' in rules


# ---- reading -----------------------------------------------------------------------------------------


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
WORDS = TEXTS.map(lambda text: text.replace(",", "").strip()).filter(bool)
OTHERS: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.fixed_dictionaries(
    {"name": TEXTS, "tags": st.lists(WORDS, max_size=3)}, optional={"other": OTHERS, "more": OTHERS}
)


def begins(value: Value | None, whole: Value) -> bool:
    if value is None:
        return True
    if isinstance(value, str) or isinstance(whole, str):
        return isinstance(value, str) and isinstance(whole, str) and whole.startswith(value)
    if not value:
        return True
    *done, last = value
    return tuple(done) == whole[: len(done)] and whole[len(done)].startswith(last)


@settings(max_examples=40)
@given(OBJECTS, st.booleans(), st.sampled_from([None, 2]))
def test_any_beginning_gives_beginnings_of_the_texts(
    value: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    text = "Here it is: " + json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    whole = read(text, SLOTS)
    name, tags = str(value["name"]), tuple(value["tags"])  # type: ignore[arg-type]  # as drawn above
    assert whole.whole and dict(whole.values) == {"name": name, "tags": tags}
    for end in range(len(text)):
        answer = read(text[:end], SLOTS)
        assert not answer.whole
        assert begins(answer.get("name"), name) and begins(answer.get("tags"), tags)


@given(st.text(max_size=60), st.text(st.sampled_from('{}[]",:\\un1 abd8'), max_size=60))
def test_nothing_makes_it_fail(anything: str, signs: str) -> None:
    for text in (anything, signs, "{" + signs, '{"name":' + signs, '{"tags":[' + signs):
        for name, value in read(text, SLOTS).values:
            parts = [value] if isinstance(value, str) else value
            assert name in ("name", "tags")
            assert all(letter < "\ud800" or letter > "\udfff" for part in parts for letter in part)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"name": "a\\u00e9\\ud83d\\ude00"}', {"name": "aé😀"}),
        ('{"name": "\\ud83d!", "tags": []}', {"name": "\ufffd!", "tags": ()}),
        ('{"name": "\\u12", "tags": ["x"],}', {"name": "u12", "tags": ("x",)}),
        ('{"name": "two\nlines\\q", "tags": "sea, salt,"}', {"name": "two\nlinesq", "tags": ("sea", "salt")}),
        (
            '{"name": ["Ada", "Ida"], "tags": [1, "x", {"y": ["}"]}, " "]}',
            {"name": "Ada, Ida", "tags": ("x",)},
        ),
        ('{"name": 12, "tags": ["a", "b", "c", "d"]}', {"tags": ("a", "b", "c")}),
        ('{"other": {"name": "no"}, "name": "yes"}', {"name": "yes"}),
        ("{}", {}),
    ],
)
def test_what_servers_write(text: str, values: dict[str, Value]) -> None:
    answer = read(text, SLOTS)
    assert dict(answer.values) == values and answer.whole


@pytest.mark.parametrize(
    ("text", "values", "unfinished"),
    [
        ('{"name": "Ad', {"name": "Ad"}, "name"),
        ('{"name": "Ada\\', {"name": "Ada"}, "name"),
        ('{"name": "Ada\\u00', {"name": "Ada"}, "name"),
        ('{"name": "Ada\\ud83d', {"name": "Ada"}, "name"),
        ('{"name": "Ada", "tags": ["sea", "sa', {"name": "Ada", "tags": ("sea", "sa")}, "tags"),
        ('{"name": "Ada", "tags": ["sea", 1', {"name": "Ada", "tags": ("sea",)}, "tags"),
        ('{"name": "Ada", "other": {"x": [', {"name": "Ada"}, ""),
        ('{"name": "Ada", "tags": ', {"name": "Ada"}, ""),
        ('{"name": "Ada" no', {"name": "Ada"}, ""),
        ('{"name" "Ada"}', {}, ""),
        ("no object at all", {}, ""),
        ("{ not JSON }", {}, ""),
    ],
)
def test_what_was_cut_or_is_none(text: str, values: dict[str, Value], unfinished: str) -> None:
    answer = read(text, SLOTS)
    assert dict(answer.values) == values and answer.unfinished == unfinished and not answer.whole
