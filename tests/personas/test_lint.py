"""What stands out in a card is found, with its place; a sound card has nothing to be told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.personas import card as cards
from hermes_desktop.personas.findings import Finding, FindingKind, Weight
from hermes_desktop.personas.lint import lint
from hermes_desktop.personas.shipped import ShippedCard, shipped

PLAIN: dict[str, Any] = {"greeting": "Come in.", "system_prompt": "Be kind."}
ENTRY: dict[str, Any] = {"keys": ["lamp"], "content": "It is never out.", "enabled": True}


def found(**fields: Any) -> list[tuple[FindingKind, str, int, str]]:
    report = lint(PersonaFields("Ada", **{**PLAIN, **fields}), {})
    return [(one.kind, one.field, one.place, one.stretch) for one in report.findings]


def of_entry(**entry: Any) -> list[Finding]:
    card = {"data": {"character_book": {"entries": [{**ENTRY, **entry}]}}}
    return list(lint(PersonaFields("Ada", **PLAIN), card).findings)


def kinds(**entry: Any) -> list[FindingKind]:
    return [finding.kind for finding in of_entry(**entry)]


@pytest.mark.parametrize("item", shipped(), ids=lambda item: item.name)
def test_the_shipped_personas_are_sound(item: ShippedCard) -> None:
    card = cards.parse(item.card, item.name)
    report = lint(card.fields, json.loads(card.card))
    assert [finding for finding in report.findings if finding.weight is not Weight.NOTE] == []
    assert 100 < report.tokens < 1000


# ---- macros ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "place", "stretch"),
    [
        ("a {{weather}} b", FindingKind.MACRO_UNKNOWN, 2, "{{weather}}"),
        ("{{char::x}}", FindingKind.MACRO_UNKNOWN, 0, "{{char::x}}"),
        ("{{random::{{sky}}::b}}", FindingKind.MACRO_UNKNOWN, 10, "{{sky}}"),
        ("{{#if x}}", FindingKind.MACRO_FOREIGN, 0, "{{#if x}}"),
        ("{{? 1 + 1}}", FindingKind.MACRO_FOREIGN, 0, "{{? 1 + 1}}"),
        ("a {{char", FindingKind.BRACES, 2, "{{char"),
        ("char}} b", FindingKind.BRACES, 4, "}} b"),
        ("{user} waits", FindingKind.MACRO_SINGLE, 0, "{user}"),
        ("{{original}}", FindingKind.MACRO_MEANINGLESS, 0, "{{original}}"),
        ("it is {{time}}", FindingKind.MACRO_STILL, 6, "{{time}}"),
        ("{{ LASTMESSAGE }}", FindingKind.MACRO_STILL, 0, "{{ LASTMESSAGE }}"),
    ],
)
def test_macros_that_do_not_do_what_they_should(
    text: str, kind: FindingKind, place: int, stretch: str
) -> None:
    assert found(description=text) == [(kind, "description", place, stretch)]


@pytest.mark.parametrize(
    "text",
    [
        "{{char}} {{user}} <USER> {{pick::a::b}} {{roll {{getvar::d}}}} {{// {{weather}} }} {{trim}}",
        r"\{\{weather\}\} { braces } {{setvar::a::{user thing}}}",
        "{{hidden_key: x}}{{comment: {{y}}}}{{banned 'x'}}",
    ],
)
def test_macros_that_are_known_are_not_mentioned(text: str) -> None:
    assert found(description=text) == []


def test_a_clock_may_move_in_late_texts_and_original_stands_where_it_belongs() -> None:
    assert (
        found(post_history_instructions="{{time}} {{original}}", system_prompt="{{original}} Be kind.") == []
    )
    assert found(greeting="It is {{time}}.") == []


def test_macros_that_grow_beyond_all_bounds() -> None:
    text = "{{setvar::a::xxxx}}" + "{{setvar::a::{{getvar::a}}{{getvar::a}}}}" * 30
    (one,) = lint(PersonaFields("Ada", description=text, **PLAIN), {}).findings
    assert (one.kind, one.weight) == (FindingKind.MACRO_EXCESS, Weight.ERROR)


# ---- greetings, system prompt, size ----------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Hm.\n{{user}}: I am tired.",
        "**{{user}}**: Yes",
        "{{user}} says yes.",
        "Then <USER> slowly nods.",
        'You reply quietly, "Yes."',
    ],
)
def test_a_greeting_that_speaks_for_me(text: str) -> None:
    (one,) = found(alternate_greetings=("Fine.", text))
    assert one[:2] == (FindingKind.GREETING_SPEAKS, "alternate_greetings[1]")


@pytest.mark.parametrize(
    "text", ["Come in, {{user}}.", '"{{user}} says little," she says.', "You enter.", "What do you say?"]
)
def test_a_greeting_that_leaves_me_alone(text: str) -> None:
    assert found(greeting=text) == []


def test_what_is_missing() -> None:
    assert found(greeting=" ") == [(FindingKind.GREETING_NONE, "first_mes", 0, "")]
    assert found(system_prompt="") == [(FindingKind.SYSTEM_PROMPT, "system_prompt", 0, "")]
    assert found(system_prompt="{{// later}}") == [(FindingKind.SYSTEM_PROMPT_BLANK, "system_prompt", 0, "")]
    assert found(system_prompt="{{original}}") == []


def test_tokens_are_counted_where_they_stand() -> None:
    book = {"entries": [{"content": "x" * 40, "constant": True}, {"content": "x" * 400, "keys": ["lamp"]}]}
    persona = PersonaFields(
        "Ada", description="x" * 401, greeting="x" * 8, example_dialogue="x" * 4, system_prompt=" y "
    )
    report = lint(persona, {"character_book": book})
    assert (report.tokens, report.greeting_tokens, report.example_tokens) == (101 + 10 + 1, 2, 1)
    assert not report.has_errors
    heavy = lint(PersonaFields("Ada", description="x" * 9000, **PLAIN), {}).findings
    assert [(one.kind, one.value) for one in heavy] == [(FindingKind.HEAVY, 2252)]


# ---- lore ------------------------------------------------------------------------------------------


def test_a_sound_entry() -> None:
    assert kinds() == []
    assert kinds(keys=["灯", "/la?mp/i", "a/b", "/half"], secondary_keys=["oil"], selective=True) == []
    assert kinds(extensions={"probability": 0, "useProbability": True, "x": 1} | {"probability": 50}) == []


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"keys": []}, FindingKind.LORE_NO_KEYS),
        ({"keys": [" ", 3]}, FindingKind.LORE_NO_KEYS),
        ({"keys": None}, FindingKind.LORE_NO_KEYS),
        ({"keys": [], "extensions": {"position": 7}}, FindingKind.LORE_NO_KEYS),
        ({"content": " "}, FindingKind.LORE_NO_CONTENT),
        ({"content": 3}, FindingKind.LORE_NO_CONTENT),
        ({"enabled": False, "keys": []}, FindingKind.LORE_DISABLED),
        ({"disable": True}, FindingKind.LORE_DISABLED),
        ({"keys": ["a", "lamp"]}, FindingKind.LORE_SHORT_KEY),
        ({"keys": "lamp, é"}, FindingKind.LORE_SHORT_KEY),
        ({"keys": ["/la(mp/"]}, FindingKind.LORE_PATTERN),
        ({"keys": ["/a{1000000000}/"]}, FindingKind.LORE_PATTERN),
        ({"keys": ["/(?:(?:a{500}){500}){500}/"]}, FindingKind.LORE_PATTERN),
        ({"probability": 0}, FindingKind.LORE_IMPOSSIBLE),
        ({"extensions": {"probability": 0, "useProbability": True}}, FindingKind.LORE_IMPOSSIBLE),
        ({"extensions": {"probability": 40, "useProbability": False}}, FindingKind.LORE_PROBABILITY),
        ({"probability": 40, "use_probability": False}, FindingKind.LORE_PROBABILITY),
        (
            {"extensions": {"delay_until_recursion": 1, "exclude_recursion": True}},
            FindingKind.LORE_RECURSION,
        ),
        ({"constant": True, "selective": True, "secondary_keys": ["oil"]}, FindingKind.LORE_SECONDARY),
        ({"selective": False, "secondary_keys": "oil"}, FindingKind.LORE_SECONDARY),
        ({"extensions": {"sticky": 3, "delay": 100000}}, FindingKind.LORE_DELAY),
        ({"constant": True, "extensions": {"sticky": 3}}, FindingKind.LORE_STICKY),
        ({"content": "{{weather}}"}, FindingKind.MACRO_UNKNOWN),
    ],
)
def test_entries_that_cannot_do_what_they_should(entry: dict[str, Any], kind: FindingKind) -> None:
    (one,) = of_entry(**entry)
    assert one.kind is kind
    assert one.field == "character_book.entries[0]"


@pytest.mark.parametrize(
    "entry",
    [
        {"constant": True},
        {"content": "@@activate\nIt burns."},
        {"extensions": {"vectorized": True}},
    ],
)
def test_an_entry_that_needs_no_key(entry: dict[str, Any]) -> None:
    assert kinds(keys=[], **entry) == []


def test_entries_may_be_a_map_and_books_may_be_nonsense() -> None:
    persona = PersonaFields("Ada", **PLAIN)
    (one,) = lint(persona, {"character_book": {"entries": {"7": {"content": "x"}, "8": 3}}}).findings
    assert one.field == "character_book.entries[7]"
    for book in (None, 3, [], {}, {"entries": None}, {"entries": [None, 3]}):
        assert lint(persona, {"data": {"character_book": book}}).findings == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = (
    "keys",
    "content",
    "probability",
    "delay",
    "sticky",
    "extensions",
    "secondary_keys",
    "constant",
    "position",
)


@given(st.text(alphabet='{}<>/:user char\n"“,*'), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_card_is_too_odd(text: str, entry: dict[str, Any]) -> None:
    persona = PersonaFields("Ada", description=text, greeting=text, system_prompt=text)
    report = lint(persona, {"character_book": {"entries": [entry]}})
    assert all(0 <= one.place <= len(text) and len(one.stretch) <= 60 for one in report.findings)
