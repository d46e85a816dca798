"""Thoughts, calls of tools and names, found and taken out or replaced."""

import pytest

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Choices, Leaf, Part, PartKind, RevealKind, Speaker, Told
from hermes_desktop.transcripts.parts import Names, one_line, parts_of, plain
from hermes_desktop.transcripts.reveals import Watch

WORDS, THOUGHT, TOOL = PartKind.WORDS, PartKind.THOUGHT, PartKind.TOOL
CALL = '<tool_call>\n{"name": "clock"}\n</tool_call>'
FENCED = f"```\n{CALL}\n```"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", [(WORDS, "plain")]),
        ("<think>\na\n</think>\nb", [(THOUGHT, "a"), (WORDS, "b")]),
        ("a\n<think>b</think>c\n<thinking>\nd", [(WORDS, "a"), (THOUGHT, "b"), (WORDS, "c"), (THOUGHT, "d")]),
        (f"a\n{CALL}\nb", [(WORDS, "a"), (TOOL, CALL), (WORDS, "b")]),
        (f"a\n\n{FENCED}\n\n{CALL}", [(WORDS, f"a\n\n{FENCED}"), (TOOL, CALL)]),
        ("<tool_call>never closed", [(TOOL, "<tool_call>never closed")]),
        ("in a line <tool_call>x</tool_call>", [(WORDS, "in a line <tool_call>x</tool_call>")]),
    ],
)
def test_a_message_is_cut(text: str, parts: list[tuple[PartKind, str]]) -> None:
    assert parts_of(text, thoughts=True, tools=True) == tuple(Part(*part) for part in parts)
    kept = "\n\n".join(words for kind, words in parts if kind is WORDS)
    assert "".join(part.text for part in parts_of(text, thoughts=False, tools=False)) == kept


def test_a_thought_is_found_behind_thousands_of_blocks() -> None:
    text = "\n\n".join(f"<b> {number}" for number in range(12_000)) + "\n\n<think>secret</think>\n\nend"
    (part,) = parts_of(text, thoughts=False, tools=False)
    assert "secret" not in part.text and part.text.endswith("<b> 11999\n\nend")


def test_names_are_replaced_as_words_in_every_script() -> None:
    names = Names(["Jo", "ロブ", "You"], "X", ["Ada Lovelace", "Ada"], "Y")
    assert (
        names.text("Jo, JO's Joke, ADA LOVELACE and Ada. You ロブさん") == "X, X's Joke, Y and Y. You Xさん"
    )
    assert names.label("You", Role.USER) == "X" and names.label("Ada", Role.ASSISTANT) == "Y"
    assert names.label("Jo's\nclock", Role.TOOL) == "X's clock"
    kept = Names(["Jo"], "", ["Ada"], "")
    assert kept.text("Jo and Ada") == "Jo and Ada" and kept.label("Jo", Role.USER) == "Jo"


def test_a_name_cannot_turn_or_break_what_stands_beside_it() -> None:
    assert one_line("a\u202eb\u2066\nc\x00") == "ab c"
    assert plain("a\r\nb\u2028c\x85d\x00\ud83de") == "a\nb\nc\nde"


def told(text: str, **more: str) -> Told:
    speaker = Speaker("Jo", mine=True, picture=b"png")
    return Told("m1", Role.USER, speaker, (Part(WORDS, text),), **more)


def test_what_is_private_is_counted_and_shown() -> None:
    watch = Watch(Choices())
    for number in range(5):
        watch.see(
            told(f"mail{number}@a.example or C:\\Users\\jo\\x.txt and https://e.example/home/x", time="12:04")
        )
    found = {each.kind: each for each in watch.reveals(Leaf("About", "word " * 90), ())}
    assert found[RevealKind.MAIL].count == 5 and found[RevealKind.MAIL].shown.endswith(", …")
    assert found[RevealKind.PATHS].shown == "C:\\Users\\jo\\x.txt" and RevealKind.PICTURES in found
    assert found[RevealKind.PROFILE].shown.endswith("…") and found[RevealKind.TIMES].shown == "12:04"


def test_what_says_nothing_is_not_private() -> None:
    watch = Watch(Choices(my_name="X"))
    watch.see(
        Told("m1", Role.USER, Speaker("X", mine=True), (Part(WORDS, "1 / 2 or 3 @ home"),), note="A · B")
    )
    assert [each.kind for each in watch.reveals(None, ())] == [RevealKind.MODELS]
