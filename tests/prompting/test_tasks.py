"""The tasks beside talking are worded once and for all; tool calls are read as Hermes 3 writes them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.prompting import tasks
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.tasks import BrokenCall, ToolCall
from tests.prompting.samples import MIRA, PROFILE, talk

JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WEATHER = {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


def shown(prompt: Prompt) -> list[tuple[Role, str]]:
    return [(turn.role, turn.text) for turn in prompt.turns]


# ---- summaries, facts, judgements ------------------------------------------------------------------


def test_summarise() -> None:
    assert shown(tasks.summarise(talk("Come in.", "Thank you."))) == [
        (
            Role.SYSTEM,
            "Summarise this part of a conversation in a few plain sentences. Keep names, places, promises, "
            "decisions and open questions. Add nothing that is not there.",
        ),
        (Role.USER, "Mira: Come in.\nSam: Thank you."),
    ]


def test_a_summary_builds_on_the_one_before_it() -> None:
    prompt = tasks.summarise(talk("Come in."), before="They met.")
    assert prompt.turns[1].text == "What came before:\nThey met.\n\nMira: Come in."


def test_condense() -> None:
    (_, instructions), (_, material) = shown(tasks.condense(["They met.", "It rained."]))
    assert instructions.startswith("Tell these parts of a story again as one")
    assert material == "They met.\n\nIt rained."


def test_note_facts() -> None:
    assert shown(tasks.note_facts(talk("I was born here."))) == [
        (
            Role.SYSTEM,
            "List the lasting facts that this part of a conversation tells about its people and places. "
            'Answer with a JSON list of objects: {"who": name, "fact": one short sentence}. '
            "Leave out what only matters for a moment. Where there are none, answer [].",
        ),
        (Role.USER, "Mira: I was born here."),
    ]


def test_judge() -> None:
    assert shown(tasks.judge("Dry, patient.", talk("Come in."))) == [
        (
            Role.SYSTEM,
            "Judge whether the last reply is in character. Consider voice, knowledge and the facts given. "
            "Give one sentence of reasons, then a rating from 1 (out of character) to 10 (perfectly in it) "
            "as [[n]].",
        ),
        (Role.USER, "The persona:\nDry, patient.\n\nThe conversation:\nMira: Come in."),
    ]


def test_a_task_keeps_everything_and_nothing_free_for_a_late_block() -> None:
    for prompt in (tasks.note_facts(talk("a")), tasks.answer_in_json({}, "q")):
        assert prompt.late_reserve == 0
        assert prompt.prefill == ""
        assert {turn.keep for turn in prompt.turns} == {Keep.ALWAYS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In voice. [[8]]", 8),
        ("[[ 10 ]]", 10),
        ("First [[3]], on reflection [[4]].", 4),
        ("[[1]]", 1),
        ("[[0]]", None),
        ("[[11]]", None),
        ("[[3]] no, [[99]]", None),
        ("8 of 10", None),
        ("[8]", None),
        ("[[eight]]", None),
        ("", None),
    ],
)
def test_rating(text: str, expected: int | None) -> None:
    assert tasks.rating(text) == expected


# ---- my own turn -----------------------------------------------------------------------------------


def test_write_my_turn_comes_after_the_conversation() -> None:
    conversation = assemble(MIRA, PROFILE, talk("Come in."), memory_line_id=1, prefill="Well")
    prompt = tasks.write_my_turn(conversation, "Sam", "Mira")
    assert prompt.turns[:-1] == conversation.turns
    assert prompt.turns[-1] == PromptTurn(
        Role.SYSTEM,
        (
            Span(
                SpanKind.INSTRUCTIONS,
                "Now write the next message of Sam, in Sam's own voice. Do not write for Mira.",
            ),
        ),
    )
    assert prompt.prefill == ""
    assert prompt.memory_line_id == 1


def test_a_name_with_braces_is_only_a_name() -> None:
    prompt = tasks.write_my_turn(Prompt(()), "{char}", "{user}")
    assert prompt.turns[-1].text == (
        "Now write the next message of {char}, in {char}'s own voice. Do not write for {user}."
    )


# ---- JSON ------------------------------------------------------------------------------------------


def test_answer_in_json_is_worded_as_in_training() -> None:
    assert shown(tasks.answer_in_json({"type": "object", "title": "Größe"}, "How tall?")) == [
        (
            Role.SYSTEM,
            "You are a helpful assistant that answers in JSON. Here's the json schema you must adhere to:\n"
            '<schema>\n{"type": "object", "title": "Größe"}\n</schema>',
        ),
        (Role.USER, "How tall?"),
    ]


# ---- tools -----------------------------------------------------------------------------------------


def test_the_offer_of_tools() -> None:
    assert tasks.tools_text([WEATHER, {"name": "ö"}], "Sam") == (
        "You can call functions to help Sam. Their signatures stand within <tools> </tools>. Call one or "
        "more where they help; otherwise answer in plain words. Never invent values for arguments.\n"
        "<tools>\n"
        '{"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}\n'
        '{"name": "ö"}\n'
        "</tools>\n"
        "For each call write a JSON object with the function's name and arguments:\n"
        "<tool_call>\n"
        '{"name": <function-name>, "arguments": <args-dict>}\n'
        "</tool_call>\n"
        "The results come within <tool_response> </tool_response>."
    )


def test_a_users_name_with_braces_does_not_disturb_the_offer() -> None:
    assert tasks.tools_text([], "{tools}").startswith("You can call functions to help {tools}. ")
    assert "\n<tools>\n\n</tools>\n" in tasks.tools_text([], "{tools}")


def test_tool_results_stand_in_one_turn() -> None:
    turn = tasks.tool_response([("weather", {"sky": "grün"}), ("time", "noon")])
    assert turn.role is Role.TOOL
    assert turn.text == (
        '<tool_response>\n{"name": "weather", "content": {"sky": "grün"}}\n</tool_response>\n'
        '<tool_response>\n{"name": "time", "content": "noon"}\n</tool_response>'
    )


@pytest.mark.parametrize(
    ("reply", "calls"),
    [
        ("Plain words.", ()),
        (
            '<tool_call>\n{"name": "weather", "arguments": {"city": "Paris"}}\n</tool_call>',
            (ToolCall("weather", {"city": "Paris"}),),
        ),
        (
            'I look.<tool_call>{"name": "a"}</tool_call> and <tool_call> {"name": "b"} </tool_call>.',
            (ToolCall("a", {}), ToolCall("b", {})),
        ),
        ('<tool_call>\n{"name": "a", "arguments": {}}\n', (ToolCall("a", {}),)),
        ("<tool_call>{'name': 'a', 'arguments': {'on': True}}</tool_call>", (ToolCall("a", {"on": True}),)),
        ("<tool_call>{'name': 'a', 'arguments': {1: (2,)}}</tool_call>", (ToolCall("a", {"1": [2]}),)),
        (
            '<scratch_pad>Rain</scratch_pad>\n<tool_call>{"arguments": {"n": 1}, "name": "a"}</tool_call>',
            (ToolCall("a", {"n": 1}),),
        ),
    ],
)
def test_tool_calls_are_read(reply: str, calls: tuple[ToolCall, ...]) -> None:
    assert tasks.tool_calls(reply) == calls


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('["weather"]', "a call is an object with a name"),
        ('{"arguments": {}}', "a call is an object with a name"),
        ('{"name": 3}', "a call is an object with a name"),
        ('{"name": "a", "arguments": [1]}', "the arguments are no object"),
        ('{"name": "a", "arguments": null}', "the arguments are no object"),
    ],
)
def test_a_call_of_the_wrong_shape_says_what_is_wrong(text: str, reason: str) -> None:
    assert tasks.tool_calls(f"<tool_call>{text}</tool_call>") == (BrokenCall(text, reason),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "weather(Paris)",
        '{"name": "a"',
        '{"name": "a", "arguments": {"city": "Paris"}',
        "[" * 50_000,
        "{'a':" * 5000,
        "__import__('os').system('true')",
        "\x00",
        "9" * 5000,
        "{[]: 1}",
        "{**1}",
        "{'name': 'a', 'arguments': {'n': b'bytes'}}",
        "{'name': 'a', 'arguments': {'n': {1, 2}}}",
        "{'name': 'a', 'arguments': {(1, 2): 3}}",
        "-" * 60_000 + "1",
        "1+" * 30_000 + "1",
        "0x" + "f" * 60_000,
        '{"name": "' + "a" * 70_000 + '"}',
    ],
    ids=lambda text: text[:24].replace("\x00", "NUL") or "nothing",
)
def test_what_is_no_json_goes_back_with_a_reason(text: str) -> None:
    (call,) = tasks.tool_calls(f"<tool_call>{text}</tool_call>")
    assert isinstance(call, BrokenCall)
    assert call.text == text
    assert call.reason.startswith("not valid JSON: ")


@given(st.text(), st.dictionaries(st.text(), JSON_VALUES, max_size=3))
def test_every_json_call_comes_back(name: str, arguments: dict[str, Any]) -> None:
    written = json.dumps({"name": name, "arguments": arguments})
    assert tasks.tool_calls(f"Well.\n<tool_call>\n{written}\n</tool_call>") == (ToolCall(name, arguments),)


@given(st.text(alphabet="<>/_{}[]()'\":,*- abtruef019\\\n") | st.text())
def test_no_reply_is_too_odd_to_read(text: str) -> None:
    for call in tasks.tool_calls(f"<tool_call>{text}"):
        assert isinstance(call, ToolCall | BrokenCall)
