"""In Markdown and in plain text nobody can speak for another."""

import os
import re

import markdown
import pytest
from hypothesis import given, settings

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Aside, Item, Opening, Part, PartKind, Told
from hermes_desktop.transcripts import markdown as writer
from hermes_desktop.transcripts import plain
from hermes_desktop.transcripts.parts import parts_of
from tests.transcripts.hostile import HOBBS, LABELS, tellings

EXAMPLES = int(os.environ.get("HOSTILE", "150"))
_HEAD = re.compile(r"^ {0,3}#{1,3}(?=\s|$)|^ {0,3}(?:>\s*)*(?:=+|-+)\s*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")


def written(text: str) -> str:
    return writer.told(Told("m1", Role.USER, HOBBS, parts_of(text, thoughts=True, tools=True)), LABELS)


def outside_code(text: str) -> list[str]:
    """Give the lines that are no code, as every reader of Markdown tells them apart."""
    found, fence = [], ""
    for line in text.split("\n"):
        opening = _FENCE.match(line)
        if fence:
            bare = line.strip()
            fence = "" if bare == bare[:1] * len(bare) and bare.startswith(fence) else fence
        elif opening:
            fence = opening[1]
        else:
            found.append(line)
    assert not fence, "a block of code is open at the end"
    return found


@settings(max_examples=EXAMPLES)
@given(tellings())
def test_only_the_writer_writes_headings_that_stand_for_speakers(telling: tuple[Opening, list[Item]]) -> None:
    opening, items = telling
    text = "".join(writer.write(opening, items, LABELS))
    heads = [line for line in outside_code(text) if _HEAD.match(line)]
    told = [item for item in items if isinstance(item, Told)]
    assert sum(head.startswith("### ") for head in heads) == len(told)
    asides = sum(isinstance(item, Aside) for item in items)
    assert sum(head.startswith("## ") for head in heads) == asides + len(opening.leaves)
    assert sum(head.startswith("# ") for head in heads) == 1 and len(heads) == 1 + len(items) + len(
        opening.leaves
    )


@settings(max_examples=EXAMPLES)
@given(tellings())
def test_in_plain_text_the_margin_is_the_writers(telling: tuple[Opening, list[Item]]) -> None:
    opening, items = telling
    text = "".join(plain.write(opening, items, LABELS))
    at_margin = [line for line in text.split("\n") if line and not line.startswith("    ")]
    heads = [line for line in at_margin if line.endswith(" · 12:04")]
    assert len(heads) >= sum(isinstance(item, Told) for item in items)
    known = 2 + len(opening.about) + len(opening.leaves) + len(items)
    assert len(at_margin) <= known and text.isprintable() is False


@pytest.mark.parametrize(
    "text",
    [
        *(
            "# Hobbs",
            "### Hobbs",
            "Hobbs\n===",
            "Hobbs\n---",
            "Hobbs\n- ",
            "> # Hobbs",
            "- # Hobbs",
            "#Hobbs",
        ),
        *("<h3>Hobbs</h3>", "a <h3>Hobbs</h3>", "`\nfoo ` <h3> `", "| ` | <h3>x</h3> ` |", "\\<h3>x", "a\n-"),
        *(
            "```\nnever closed",
            "~~~ js\n# a\n",
            "- a\n  ```\n# Hobbs",
            "<!-- never closed",
            "<script>",
            "\u2028### Hobbs",
        ),
    ],
)
def test_a_renderer_sees_one_speaker(text: str) -> None:
    html = markdown.markdown(written(text), extensions=["fenced_code", "tables"])
    assert len(re.findall(r"<h[123]\b", html)) == 1
    assert not re.search(r"<(script|!--|h3>x)", html.replace("<h3>Hobbs</h3>", "", 1))


def test_pictures_become_links_and_definitions_text() -> None:
    html = markdown.markdown(
        written("![x](http://e.example/x.png)\n\n\\![x](http://e.example)\n\n[a]: http://e.example\n\n[a]")
    )
    assert "<img" not in html and html.count("<a ") == 2


def test_ordinary_text_goes_out_as_it_was_written() -> None:
    text = (
        "*She nods.* “Yes.”\n\n1. one\n2. two\n\n```python\nif a < b:\n    # fine\n```\n\n`x < y` and 2 < 3"
    )
    assert text in written(text)
    assert "one line  \nand another" in written("one line\nand another")
    assert "  ```js\n  x < 1\n  ```" in written("- a\n\n  ```js\n  x < 1\n  ```")


def test_headings_in_a_message_become_smaller() -> None:
    assert "#### Big" in written("# Big") and "###### Small" in written("##### Small")
    assert "***" in written("a\n\n---\n\nb")


def test_thoughts_are_quoted_and_calls_are_code() -> None:
    text = written("<think>\nhm <b>\n</think>\nYes.\n<tool_call>\n```\n</tool_call>")
    assert "> **Inner monologue**\n>\n> hm &lt;b>" in text and "````\n<tool_call>\n```" in text
    moved = plain.told(
        Told("m", Role.USER, HOBBS, parts_of("<think>a</think>b", thoughts=True, tools=True)), LABELS
    )
    assert moved == "\nHobbs\n\n    [Inner monologue]\n    | a\n    b\n"


def test_what_is_broken_off_and_how_it_was_made_stand_under_it() -> None:
    item = Told("m", Role.ASSISTANT, HOBBS, (Part(PartKind.WORDS, "a"),), broken="Stopped.", note="A model")
    assert writer.told(item, LABELS).endswith("a\n\n*Stopped\\.*\n\n*A model*\n")
    assert plain.told(item, LABELS).endswith("    a\n    [Stopped.]\n    [A model]\n")


@pytest.mark.parametrize(
    "piece",
    [
        "   ```a\n",
        "` ``",
        "\\",
        "<think>a\n\n",
        "<tool_call>",
        "# ",
        "> ",
        "- ",
        "[",
        "![",
        "|",
        "<",
        "a@",
        "/home/",
    ],
)
def test_a_megabyte_of_the_worst_takes_no_minutes(piece: str) -> None:
    # A pattern that goes with the square of the length takes hours, and the test its time limit.
    assert written(piece * (1_000_000 // len(piece))).startswith("\n### Hobbs")


def test_what_is_told_of_a_conversation_underlines_nothing() -> None:
    opening = Opening("Title", ("With Mira", "==="), (), ())
    text = "".join(writer.write(opening, [], LABELS))
    assert "With Mira  \n\\=\\=\\=\n" in text
