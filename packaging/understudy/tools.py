"""Knows the examples with tools: which are offered, how a call is asked for, what it gives."""

import json
import operator
from collections.abc import Callable
from typing import Any

from hermes_desktop.domain.conversation import Role
from hermes_desktop.prompting import tasks
from understudy import talk
from understudy.draw import Draw, has_values, is_held_out, words
from understudy.scene import draw_scene
from understudy.story import Case, Story

_DICE = {
    "name": "roll_dice",
    "description": "Roll dice",
    "parameters": {
        "type": "object",
        "properties": {"count": {"type": "integer"}, "sides": {"type": "integer"}},
        "required": ["count", "sides"],
    },
}
_CLOCK = {
    "name": "get_time",
    "description": "Tell the time",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
}
_CALCULATOR = {
    "name": "calculate",
    "description": "Calculate",
    "parameters": {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
    },
}
_DICE_ASKED = (
    "Roll {a} dice with {b} sides.",
    "Please roll {a} dice with {b} sides each.",
    "I need {a} dice, {b} sides.",
    "Throw {a} dice that have {b} sides.",
    "Roll {a}d{b}.",
    "Can you roll {a} dice with {b} sides for me?",
)
_TIME_ASKED = (
    "What time is it in {a}?",
    "Tell me the time in {a}.",
    "How late is it in {a}?",
    "What is the time in {a}?",
    "Do you know the time in {a}?",
    "I need the time in {a}.",
)
_CALCULATION_ASKED = (
    "What is {a} {w} {b}?",
    "Calculate {a} {w} {b}.",
    "How much is {a} {w} {b}?",
    "Please work out {a} {w} {b}.",
    "I need to know {a} {w} {b}.",
    "Can you tell me {a} {w} {b}?",
)
_OPERATIONS: tuple[tuple[str, str, Callable[[int, int], int]], ...] = (
    ("plus", "+", operator.add), ("minus", "-", operator.sub), ("times", "*", operator.mul),
)  # fmt: skip
_RESULTS = ("The result is {v}.", "It is {v}.", "I have it: {v}.")

WILD_KEYS = 0.4  # of the names of parameters and tools in training are of no kind
_ANY_KIND = ("names", "places", "things", "codes", "colours", "foods")
Tool = dict[str, Any]
_Request = tuple[Tool, dict[str, Any], str]


def draw_tool(draw: Draw) -> Tool:
    """Make up a tool. Its name is in no training example where the source holds out."""
    while True:
        verb, thing = draw.one(words("verbs")), draw.one(words("objects"))
        if not draw.held and draw.chance(WILD_KEYS):
            thing = draw.wild(1).lower()
        name = f"{verb}_{thing}".replace(" ", "_")
        if is_held_out(name) == draw.held:
            break
    count = draw.random.choices((1, 2, 3), (4, 4, 2))[0]
    properties: dict[str, Any] = {}
    for entry in draw.some(parameters(draw), count):
        key, _, kind = entry.partition("=")
        properties[key] = {"type": "integer" if kind == "numbers" else "string"}
    described = draw.one((f"{verb} a {thing}", f"{verb} the {thing}")).capitalize()
    return {
        "name": name,
        "description": described,
        "parameters": {"type": "object", "properties": properties, "required": list(properties)},
    }


def parameters(draw: Draw) -> list[str]:
    """List the names of parameters, as `name=kind`, that have values on this side of the split.

    In training some have a name that says nothing of what they hold, so that it has to be read.
    """
    found = [entry for entry in words("parameters") if has_values(entry.partition("=")[2], held=draw.held)]
    if draw.held:
        return found
    return [
        f"{draw.wild(1).lower()}={entry.partition('=')[2]}" if draw.chance(WILD_KEYS) else entry
        for entry in found
    ]


def _kind_of(draw: Draw, parameter: str) -> str:
    pairs = (entry.partition("=") for entry in words("parameters"))
    return next((kind for name, _, kind in pairs if name == parameter), draw.one(_ANY_KIND))


def _request(draw: Draw, tool: Tool) -> _Request:
    """Draw arguments for a tool and the words that ask for the call."""
    if tool["name"] == "roll_dice":
        count, sides = draw.number(1, 9), draw.one((4, 6, 8, 10, 12, 20, 100))
        text = draw.phrase(_DICE_ASKED).replace("{a}", str(count)).replace("{b}", str(sides))
        return tool, {"count": count, "sides": sides}, text
    if tool["name"] == "get_time":
        place = draw.value("places")
        return tool, {"place": place}, draw.phrase(_TIME_ASKED).replace("{a}", place)
    if tool["name"] == "calculate":
        word, sign, _ = draw.one(_OPERATIONS)
        a, b = draw.value("numbers"), draw.value("numbers")
        text = draw.phrase(_CALCULATION_ASKED).replace("{a}", a).replace("{b}", b).replace("{w}", word)
        return tool, {"expression": f"{a} {sign} {b}"}, text
    arguments: dict[str, Any] = {}
    for key, schema in tool["parameters"]["properties"].items():
        value = draw.value("numbers" if schema["type"] == "integer" else _kind_of(draw, key))
        arguments[key] = int(value) if schema["type"] == "integer" else value
    return tool, arguments, _called(draw, tool, arguments)


def _called(draw: Draw, tool: Tool, arguments: dict[str, Any]) -> str:
    pairs = [f"{draw.one(('', 'the '))}{key} {value}" for key, value in arguments.items()]
    draw.random.shuffle(pairs)
    joined = " and ".join(pairs) if len(pairs) < 3 else f"{pairs[0]}, {pairs[1]} and {pairs[2]}"
    described = tool["description"]
    text = draw.phrase(talk.CALLED).replace("{d}", described)
    text = text.replace("{l}", described[0].lower() + described[1:])
    return text.replace("{p}", joined).replace("{c}", joined[0].upper() + joined[1:])


def call_text(name: str, arguments: dict[str, Any]) -> str:
    """Write a call as the prompt asks for it."""
    return (
        "<tool_call>\n"
        + json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
        + "\n</tool_call>"
    )


def tools(draw: Draw) -> Case:
    """Offer tools; ask for a call, for what a call has given, or for something that needs none."""
    offered = [draw_tool(draw) for _ in range(draw.number(1, 3))]
    if draw.chance(0.5):
        offered.append(draw.one((_DICE, _CLOCK, _CALCULATOR)))
    offered = list({tool["name"]: tool for tool in offered}.values())
    draw.random.shuffle(offered)
    scene = draw_scene(draw, facts=draw.number(0, 2))
    listed = [{"type": "function", "function": tool} for tool in offered]
    story = Story(draw, scene, {"tools": tasks.tools_text(listed, scene.profile.name)})
    for _ in range(draw.number(0, 3)):
        story.go_on() if draw.chance(0.3) else _call(draw, story, draw.one(offered), respond=True)
    if draw.chance(0.15):
        story.go_on()
        return story.case("tools-none")
    tool, arguments = _call(draw, story, draw.one(offered), respond=draw.chance(0.25))
    if story.messages[-2].role is Role.TOOL:
        return story.case("tool-response", wanted=(story.result,))
    return story.case("tools", data=(tool["name"], arguments))


def _call(draw: Draw, story: Story, offered: Tool, *, respond: bool) -> tuple[Tool, dict[str, Any]]:
    tool, arguments, text = _request(draw, offered)
    story.copied.update((tool["name"], *arguments, *map(str, arguments.values())))
    story.add(Role.USER, text)
    story.add(Role.ASSISTANT, call_text(tool["name"], arguments))
    if respond:
        content = _content(draw, tool, arguments)
        story.add(Role.TOOL, tasks.tool_response([(tool["name"], content)]).text)
        core = draw.one(_RESULTS).replace("{v}", str(content))
        story.add(Role.ASSISTANT, story.scene.manner.wear(draw, core))
        story.result = str(content)
        story.copied.add(story.result)
    return tool, arguments


def _content(draw: Draw, tool: Tool, arguments: dict[str, Any]) -> Any:
    if tool["name"] == "calculate":
        a, sign, b = arguments["expression"].split(" ")
        return next(work(int(a), int(b)) for _, known, work in _OPERATIONS if known == sign)
    if tool["name"] == "roll_dice":
        return sum(draw.number(1, arguments["sides"]) for _ in range(arguments["count"]))
    if tool["name"] == "get_time":
        return f"{draw.number(0, 23)}:{draw.number(0, 59):02}"
    return draw.one((draw.number(1, 999), draw.value("names"), draw.value("codes"), draw.value("things")))
