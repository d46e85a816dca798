"""Macros stand for names; everything else in a text stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.prompting.macros import Names, expand

NAMES = Names(char="Mira", user="Sam")
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="{}<>\\"))


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{{char}} greets {{user}}.", "Mira greets Sam."),
        ("<BOT> greets <USER>.", "Mira greets Sam."),
        ("<CHAR> waits.", "Mira waits."),
        ("{{CHAR}}, {{User}}, <bot>, <User>, <cHaR>", "Mira, Sam, Mira, Sam, Mira"),
        ("{{ char }} and {{\tuser\n}}", "Mira and Sam"),
        ("{{char}}{{user}}<USER><BOT>", "MiraSamSamMira"),
        ("{{char}}'s hat", "Mira's hat"),
        ("", ""),
        ("no macro", "no macro"),
    ],
)
def test_names_are_put_in(text: str, expanded: str) -> None:
    assert expand(text, NAMES) == expanded


@pytest.mark.parametrize(
    "text",
    [
        "{{time}}",
        "{{random}}",
        "{{ char x }}",
        "{{}}",
        "{{chars}}",
        "{{char::x}}",
        "{{time::noon}}",
        "{{isodate}} {{datetimeformat YYYY}} {{time_UTC+2}}",
        "{{description}} {{charVersion}}",
        "{{rollover d6}}",
        "{{#if x}}yes{{/if}}",
        "{char}",
        "{ {char} }",
        "<person>",
        "< user >",
        "</user>",
        "{{char",
        "char}}",
        "}}{{",
        "{{time {{weather}}}}",
        "a { b } c",
    ],
)
def test_what_is_no_macro_stays_as_it_is(text: str) -> None:
    assert expand(text, NAMES) == text


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a{{// a remark}}b", "ab"),
        ("a{{ // a remark }}b", "ab"),
        ("a{{//}}b", "ab"),
        ("a{{comment: a remark}}b", "ab"),
        ("a{{ COMMENT: over\ntwo lines}}b", "ab"),
        ("a{{// about {{char}} and {{time}}}}b", "ab"),
        ("a{{comment}}b", "a{{comment}}b"),
        ("https://{{char}}", "https://Mira"),
    ],
)
def test_comments_leave_nothing_behind(text: str, expanded: str) -> None:
    assert expand(text, NAMES) == expanded


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{{weather::{{char}},{{user}}}}", "{{weather::Mira,Sam}}"),
        ("{{time {{user}}", "{{time Sam"),
        ("{{ {{ {{char}} }} }}", "{{ {{ Mira }} }}"),
        ("{{time <BOT>}}", "{{time Mira}}"),
        ("{{char}}}}", "Mira}}"),
        ("{{{char}}}", "{{{char}}}"),
        ("{ {{char}} }", "{ Mira }"),
    ],
)
def test_inner_macros_are_expanded_where_the_outer_one_is_unknown(text: str, expanded: str) -> None:
    assert expand(text, NAMES) == expanded


def test_original_stands_for_the_text_that_is_overridden() -> None:
    names = Names(char="Mira", user="Sam", original="Be {{char}}.")
    assert expand("{{original}} Be brief, {{user}}.", names) == "Be {{char}}. Be brief, Sam."
    assert expand("[{{original}}]", NAMES) == "[]"


def test_escaped_braces_are_braces_that_mean_nothing() -> None:
    assert expand(r"write \{\{char\}\} for {{char}}", NAMES) == "write {{char}} for Mira"


def test_a_name_is_never_read_as_a_macro() -> None:
    names = Names(char="{{user}}", user="<BOT>{{char}}")
    assert (
        expand("{{char}} meets {{user}} and <USER>", names)
        == "{{user}} meets <BOT>{{char}} and <BOT>{{char}}"
    )


@pytest.mark.parametrize("sly", ["char", "user", "// gone", "comment: gone", "original"])
@pytest.mark.parametrize("text", ["{{ {{user}} }}", "{{<USER>}}", "{{{{user}}}}", "{{ {{user}}{{// x}} }}"])
def test_a_name_between_braces_does_not_become_a_macro(sly: str, text: str) -> None:
    names = Names(char="Mira", user=sly, original="secret")
    assert sly in expand(text, names)
    assert "Mira" not in expand(text, names)


def test_very_deep_braces_are_plain_text() -> None:
    assert expand("{{a " * 60 + "{{char}}" + "}}" * 60, NAMES) == "{{a " * 60 + "Mira" + "}}" * 60
    assert expand("{{" * 500 + "char" + "}}" * 500, NAMES) == "{{" * 499 + "Mira" + "}}" * 499
    text = "{{" * 500 + "{{noop}}" + "}}" * 500
    assert expand(text, NAMES) == text
    assert expand("{{" * 100_000, NAMES) == "{{" * 100_000


@given(PLAIN)
def test_a_text_without_braces_stays_the_same(text: str) -> None:
    assert expand(text, NAMES) == text


@given(PLAIN, st.sampled_from(["{{char}}", "{{ChAr}}", "<BOT>"]), PLAIN, PLAIN)
def test_whatever_the_name_is_it_goes_in_once_and_whole(
    before: str, macro: str, after: str, name: str
) -> None:
    hostile = "{{user}}" + name + "}}<USER>{{// {{char}}"
    assert expand(before + macro + after, Names(char=hostile, user="Sam")) == before + hostile + after


@given(st.lists(st.sampled_from(["{{", "}}", "{", "}", "char", "time", "user", " ", "x", "::"]), max_size=30))
def test_without_a_known_macro_nothing_changes(pieces: list[str]) -> None:
    text = "".join(pieces)
    expanded = expand(text, Names(char="{{char}}", user="{{user}}"))
    assert "".join(expanded.split()) == "".join(text.split())
