"""What stands in a prompt beside the turns has a wording that is fixed from the first day."""

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep, Span, SpanKind
from hermes_desktop.prompting.segments import (
    instructions_turn,
    late_turn,
    pinned_turn,
    summary_turn,
    transcript,
)
from tests.prompting.samples import NAMES, message, talk


def test_the_summary() -> None:
    turn = summary_turn(" They met.\r\nIt rained. ")
    assert turn is not None
    assert turn.role is Role.SYSTEM
    assert turn.spans == (Span(SpanKind.SUMMARY, "The story so far:\nThey met.\nIt rained."),)
    assert summary_turn(" \n") is None


def test_pinned_messages() -> None:
    turn = pinned_turn(talk("Come in.", "Thank you.\n"))
    assert turn is not None
    assert turn.role is Role.SYSTEM
    assert turn.spans == (
        Span(SpanKind.PINNED, "Keep this in mind, word for word:\nMira: Come in.\nSam: Thank you."),
    )
    assert pinned_turn([]) is None


def test_the_late_block_in_its_order() -> None:
    turn = late_turn(
        NAMES,
        recalled=talk("Come in."),
        lore=["{{char}} owns a cat.", " ", "It is called Fog."],
        note="Let {{user}} ask first.",
    )
    assert turn is not None
    assert turn.spans == (
        Span(SpanKind.RECALLED, "From earlier in this conversation:\nMira: Come in.\n\n"),
        Span(SpanKind.LORE, "What matters here:\nMira owns a cat.\nIt is called Fog.\n\n"),
        Span(SpanKind.NOTE, "Note for the next reply:\nLet Sam ask first."),
    )
    assert turn.role is Role.SYSTEM
    assert turn.late
    assert turn.keep is Keep.ALWAYS


def test_a_late_block_of_one_part() -> None:
    turn = late_turn(NAMES, note=" Be brief. ")
    assert turn is not None
    assert turn.spans == (Span(SpanKind.NOTE, "Note for the next reply:\nBe brief."),)


def test_an_empty_late_block_is_none() -> None:
    assert late_turn(NAMES) is None
    assert late_turn(NAMES, lore=["", "{{// later}}"], note="\n") is None


def test_instructions_have_no_title() -> None:
    turn = instructions_turn(" Answer as {{char}}. ", NAMES)
    assert turn is not None
    assert turn.role is Role.SYSTEM
    assert turn.spans == (Span(SpanKind.INSTRUCTIONS, "Answer as Mira."),)
    assert instructions_turn("{{// none}}", NAMES) is None


def test_a_transcript_leaves_what_was_said_alone() -> None:
    said = [message(1, Role.USER, "I like {{char}} and <USER>. "), message(2, Role.ASSISTANT, "Do\r\nyou?")]
    assert transcript(said) == "Sam: I like {{char}} and <USER>.\nMira: Do\nyou?"
    assert transcript([]) == ""
