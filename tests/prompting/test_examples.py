"""Example dialogue becomes turns, block by block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep, SpanKind
from hermes_desktop.prompting.examples import example_turns
from hermes_desktop.prompting.macros import Names
from tests.prompting.samples import NAMES

TITLE = "An example of how Mira talks, not part of this conversation:"
SYSTEM, USER, ASSISTANT = Role.SYSTEM, Role.USER, Role.ASSISTANT


def shown(text: str, names: Names = NAMES) -> list[tuple[int, Role, str]]:
    return [(turn.block, turn.role, turn.text) for turn in example_turns(text, names)]


def test_each_block_has_a_title_and_its_turns() -> None:
    text = (
        "<START>\n{{user}}: Is it late?\n{{char}}: It is never late here.\n<START>\n{{char}}: Mind the step."
    )
    assert shown(text) == [
        (1, SYSTEM, TITLE),
        (1, USER, "Is it late?"),
        (1, ASSISTANT, "It is never late here."),
        (2, SYSTEM, TITLE),
        (2, ASSISTANT, "Mind the step."),
    ]


def test_turns_are_labelled_and_may_leave() -> None:
    for turn in example_turns("{{user}}: a\n{{char}}: b", NAMES):
        assert [span.kind for span in turn.spans] == [SpanKind.EXAMPLES]
        assert turn.keep is Keep.EXAMPLE
        assert turn.message_id == 0


@pytest.mark.parametrize("speaker", ["{{user}}", "{{USER}}", "<USER>", "<user>", "Sam", "SAM", "  Sam "])
def test_the_ways_to_name_me(speaker: str) -> None:
    assert shown(f"{speaker}: Hello.")[1:] == [(1, USER, "Hello.")]


@pytest.mark.parametrize(
    "speaker", ["{{char}}", "{{Char}}", "<BOT>", "<bot>", "<CHAR>", "Mira", "mira", "Mira "]
)
def test_the_ways_to_name_the_persona(speaker: str) -> None:
    assert shown(f"{speaker}: Hello.")[1:] == [(1, ASSISTANT, "Hello.")]


def test_lines_without_a_speaker_go_on_with_the_turn() -> None:
    assert shown("Mira: One.\n\nTwo: three.\nSam:\nFour.") == [
        (1, SYSTEM, TITLE),
        (1, ASSISTANT, "One.\n\nTwo: three."),
        (1, USER, "Four."),
    ]


def test_what_stands_before_the_first_speaker_belongs_to_the_title() -> None:
    assert shown("A stormy night.\n{{char}}: Come in, {{user}}.") == [
        (1, SYSTEM, f"{TITLE}\nA stormy night."),
        (1, ASSISTANT, "Come in, Sam."),
    ]


@pytest.mark.parametrize("mark", ["<START>", "<start>", "  <Start>\t"])
def test_text_before_the_first_mark_is_a_block_of_its_own(mark: str) -> None:
    assert [turn[0] for turn in shown(f"Mira: a\n{mark}\nMira: b")] == [1, 1, 2, 2]


def test_a_mark_within_a_line_is_no_mark() -> None:
    assert [turn[0] for turn in shown("Mira: press <START>\nSam: now")] == [1, 1, 1]


@pytest.mark.parametrize("text", ["", " \n", "<START>", "<START>\n\n<START>\n "])
def test_empty_blocks_are_nothing(text: str) -> None:
    assert example_turns(text, NAMES) == ()


def test_lines_from_windows_read_the_same() -> None:
    text = "<START>\nMira: One.\nTwo.\n<START>\nSam: Three."
    assert shown(text.replace("\n", "\r\n")) == shown(text)


def test_a_name_that_looks_like_a_macro_is_only_a_name() -> None:
    names = Names(char="{{user}}", user="Sam")
    assert shown("{{char}}: I am {{char}}.", names)[1:] == [(1, ASSISTANT, "I am {{user}}.")]


@given(st.text(alphabet="ab \n:<>{}") | st.text(), st.text(max_size=5), st.text(max_size=5))
def test_no_text_is_too_odd_to_read(text: str, char: str, user: str) -> None:
    turns = example_turns(text, Names(char=char, user=user))
    assert all(turn.keep is Keep.EXAMPLE and turn.block > 0 for turn in turns)
    assert [turn.block for turn in turns] == sorted(turn.block for turn in turns)
