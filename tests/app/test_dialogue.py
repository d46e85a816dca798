"""Example dialogue as turns gives the text back as it was, and a changed one as it is read in a prompt."""

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.app.dialogue import Block, Turn, Who, read, written
from hermes_desktop.domain.conversation import Role
from hermes_desktop.prompting.examples import example_turns
from hermes_desktop.prompting.macros import Names

PIECES = (
    "<START>",
    " <start>\t",
    "{{user}}: Hm",
    "{{char}}:",
    "Mira :x",
    "Sam:",
    "note: a",
    "",
    " ",
    "\r",
    "\x0b",
)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8)).map("\n".join))
def test_what_is_not_touched_comes_back(text: str) -> None:
    assert written(read(text, "Mira", "Sam")) == text


def test_blocks_and_turns() -> None:
    text = "Before.\n<START>\n{{user}}: Hi\nthere\n\nMira:  Oh: well.\n<start>\nSAM: Bye"
    first, second, third = read(text, "Mira", "Sam")
    assert (first.mark, [turn.text for turn in first.turns]) == ("", ["Before."])
    assert [(turn.who, turn.text) for turn in second.turns] == [
        (Who.YOU, "Hi\nthere"),
        (Who.PERSONA, "Oh: well."),
    ]
    assert [(turn.who, turn.text, turn.tail) for turn in third.turns] == [(Who.YOU, "Bye", "")]


def test_changes_are_written_as_a_prompt_reads_them() -> None:
    blocks = read("{{user}}: Hi\n{{char}}: Oh.", "Mira", "Sam")
    blocks[0].turns[1].text = "Well."
    blocks[0].turns[0].let_speak(Who.PERSONA)
    blocks[0].turns[1].let_speak(Who.YOU)
    blocks[0].turns.append(Turn.by(Who.PERSONA, "Yes."))
    blocks.append(Block(turns=[Turn.by(Who.YOU, "More?")]))
    text = written(blocks)
    assert text == "{{char}}: Hi\n{{user}}: Well.\n{{char}}: Yes.\n<START>\n{{user}}: More?\n"
    spoken = [(turn.role, turn.text) for turn in example_turns(text, Names("Mira", "Sam"))]
    assert [one for one in spoken if one[0] is not Role.SYSTEM] == [
        (Role.ASSISTANT, "Hi"),
        (Role.USER, "Well."),
        (Role.ASSISTANT, "Yes."),
        (Role.USER, "More?"),
    ]
