"""Knows the wording of every task beside talking: summarise, note, judge, write my turn, JSON, tools.

The form of tool calls and of JSON mode is the one that Hermes 3 was trained on; source: Nous Research,
Hermes-Function-Calling. Our own code writes it, since the templates inside some model files are broken.
"""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.prompt import Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.prompting.segments import transcript

SUMMARISE = (
    "Summarise this part of a conversation in a few plain sentences. Keep names, places, promises, "
    "decisions and open questions. Add nothing that is not there."
)
CONDENSE = (
    "Tell these parts of a story again as one, in about half as many words. Keep names, places, promises, "
    "decisions and open questions. Add nothing that is not there."
)
NOTE_FACTS = (
    "List the lasting facts that this part of a conversation tells about its people and places. "
    'Answer with a JSON list of objects: {"who": name, "fact": one short sentence}. '
    "Leave out what only matters for a moment. Where there are none, answer []."
)
JUDGE = (
    "Judge whether the last reply is in character. Consider voice, knowledge and the facts given. Give "
    "one sentence of reasons, then a rating from 1 (out of character) to 10 (perfectly in it) as [[n]]."
)
WRITE_MY_TURN = "Now write the next message of {user}, in {user}'s own voice. Do not write for {char}."
# For servers that cannot go on with a turn by themselves.
CONTINUE = "Go on with your last message exactly where it ends. Write only what follows; repeat nothing."
JSON_MODE = (
    "You are a helpful assistant that answers in JSON. Here's the json schema you must adhere to:\n"
    "<schema>\n{schema}\n</schema>"
)
TOOLS = (
    "You can call functions to help {user}. Their signatures stand within <tools> </tools>. Call one or "
    "more where they help; otherwise answer in plain words. Never invent values for arguments.\n"
    "<tools>\n{tools}\n</tools>\n"
    "For each call write a JSON object with the function's name and arguments:\n"
    '<tool_call>\n{{"name": <function-name>, "arguments": <args-dict>}}\n</tool_call>\n'
    "The results come within <tool_response> </tool_response>."
)
_CALL = re.compile(r"<tool_call>\s*(.*?)\s*(?:</tool_call>|\Z)", re.DOTALL)
_RATING = re.compile(r"\[\[\s*(\d{1,2})\s*\]\]")
_CALL_LIMIT = 65_536  # characters of one call that are looked at


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants called."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenCall:
    """A call that cannot be read, with the reason that goes back to the model."""

    text: str
    reason: str


def summarise(messages: Sequence[Message], before: str = "") -> Prompt:
    """Ask for a summary of messages; `before` is the summary of what came before them."""
    known = f"What came before:\n{before}\n\n" if before else ""
    return _task(SUMMARISE, known + transcript(messages))


def condense(summaries: Sequence[str]) -> Prompt:
    """Ask for one shorter summary in place of several that follow each other."""
    return _task(CONDENSE, "\n\n".join(summary.strip() for summary in summaries))


def note_facts(messages: Sequence[Message]) -> Prompt:
    """Ask for the lasting facts in messages, as JSON."""
    return _task(NOTE_FACTS, transcript(messages))


def judge(persona: str, messages: Sequence[Message]) -> Prompt:
    """Ask how well the last message fits the persona that the text describes."""
    return _task(JUDGE, f"The persona:\n{persona}\n\nThe conversation:\n{transcript(messages)}")


def rating(text: str) -> int | None:
    """Read the rating from a judgement, 1 to 10; None where there is none."""
    found = _RATING.findall(text)
    return int(found[-1]) if found and 1 <= int(found[-1]) <= 10 else None


def write_my_turn(conversation: Prompt, user: str, char: str) -> Prompt:
    """Ask for the person's own next message in a conversation."""
    text = WRITE_MY_TURN.format(user=user, char=char)
    turn = PromptTurn(Role.SYSTEM, (Span(SpanKind.INSTRUCTIONS, text),))
    return replace(conversation, turns=(*conversation.turns, turn), prefill="")


def answer_in_json(schema: Mapping[str, Any], question: str) -> Prompt:
    """Ask for an answer that follows a JSON schema; use it with a grammar of the same schema."""
    return _task(JSON_MODE.format(schema=json.dumps(schema, ensure_ascii=False)), question)


def tools_text(tools: Sequence[Mapping[str, Any]], user: str) -> str:
    """Word the offer of tools for the system turn. Each tool is its JSON schema."""
    lines = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools)
    return TOOLS.format(user=user, tools=lines)


def tool_response(results: Sequence[tuple[str, Any]]) -> PromptTurn:
    """Give the results of calls, a name and a JSON value each, in one turn."""
    text = "\n".join(
        "<tool_response>\n"
        + json.dumps({"name": name, "content": content}, ensure_ascii=False)
        + "\n</tool_response>"
        for name, content in results
    )
    return PromptTurn(Role.TOOL, (Span(SpanKind.TURNS, text),))


def tool_calls(reply: str) -> tuple[ToolCall | BrokenCall, ...]:
    """Read the calls in a reply; a last one that was not closed counts too."""
    return tuple(_call(text) for text in _CALL.findall(reply))


def _call(text: str) -> ToolCall | BrokenCall:
    try:
        value = _parsed(text[:_CALL_LIMIT])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError) as error:
        return BrokenCall(text, f"not valid JSON: {error}")
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return BrokenCall(text, "a call is an object with a name")
    arguments = value.get("arguments", {})
    if not isinstance(arguments, dict):
        return BrokenCall(text, "the arguments are no object")
    return ToolCall(value["name"], arguments)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        # Single quotes, as some examples in training had; through JSON, since Python has other values too.
        return json.loads(json.dumps(ast.literal_eval(text)))


def _task(instructions: str, material: str) -> Prompt:
    return Prompt(
        (
            PromptTurn(Role.SYSTEM, (Span(SpanKind.INSTRUCTIONS, instructions),)),
            PromptTurn(Role.USER, (Span(SpanKind.TURNS, material),)),
        ),
        late_reserve=0,
    )
