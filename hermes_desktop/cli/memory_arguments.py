"""Knows the words of `memory` on the command line; not what they do."""

import argparse
from pathlib import Path

from hermes_desktop.cli.actions import Commands, action, group

_ABOUT_SHOW = (
    "Say how the next prompt fills the context of the last reply (or that of the settings), estimated from "
    "the texts (“about” in JSON), since no model is loaded. line_position is the position of the first "
    "message that is read itself: 1 where all are, null where there is no message yet; left_out counts what "
    "is remembered and has no room. Works beside an open window."
)
_ABOUT_RECALL = (
    "Find the messages of the current path that matter for a text, best first while they fit, and print them "
    "in the order of the conversation. Needs no model: a message counts as a token for four letters, and 8. "
    "Each line of a file of queries is a JSON object with “id” and “query”; the answers come a line each, as "
    "JSON. Works beside an open window."
)


def add_memory(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    """Offer `memory` and its actions."""
    actions = group(commands, "memory", "how the context is filled, what is remembered, and what comes back")
    show = action(actions, shared, "show", "how the context is filled, and where memory begins")
    show.description = _ABOUT_SHOW
    _of_conversation(show)
    recall = action(actions, shared, "recall", "the old messages that matter for a text, as many as fit")
    recall.description = _ABOUT_RECALL
    _of_conversation(recall)
    recall.add_argument("--budget", metavar="TOKENS", type=_budget, required=True)
    asked = recall.add_mutually_exclusive_group(required=True)
    asked.add_argument("--query", metavar="TEXT", help="what was just said")
    asked.add_argument("--queries", metavar="FILE.jsonl", type=Path, help="many of these, a line each")
    _of_conversation(action(actions, shared, "list", "what is remembered: pins, summaries, facts"))
    pin = action(actions, shared, "pin", "repeat a message word for word once it has left the context")
    pin.add_argument("message", metavar="MESSAGE_ID", type=int)
    forget = action(actions, shared, "forget", "forget one of these; undo brings it back")
    forget.add_argument("id", metavar="ID", type=int)
    add = action(actions, shared, "add", "remember a fact, wherever the conversation is")
    _of_conversation(add)
    add.add_argument("--who", metavar="NAME", default="", help="whom it is about")
    add.add_argument("text", metavar="TEXT")
    edit = action(actions, shared, "edit", "let a summary or a fact say something else")
    edit.add_argument("id", metavar="ID", type=int)
    edit.add_argument("text", metavar="TEXT")


def _of_conversation(command: argparse.ArgumentParser) -> None:
    command.add_argument("--conversation", metavar="ID", required=True)


def _budget(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value
