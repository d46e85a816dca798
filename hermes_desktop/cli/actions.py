"""Knows how a command and its actions are put into a parser; not which there are."""

import argparse

Commands = argparse._SubParsersAction  # the only name that argparse has for it
# What -o means wherever something is written.
TO_WHERE = (
    "written over if it is there, whole or not at all; - is stdout; without it the result goes to stdout, "
    "or, on a terminal and with --json, into a file named after it in this folder, beside what is there"
)


def add_json(command: argparse.ArgumentParser) -> None:
    """Offer JSON."""
    command.add_argument("--json", action="store_true", help="print JSON")


def group(
    commands: "Commands[argparse.ArgumentParser]", name: str, text: str
) -> "Commands[argparse.ArgumentParser]":
    """Add a command that has actions."""
    made = commands.add_parser(name, help=text)
    return made.add_subparsers(dest="action", metavar="ACTION", required=True)


def add_bin(
    group: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser, name: str, stays: str = ""
) -> None:
    """Add the ways into the bin and out of it; `stays` says what is not lost by that."""
    metavar = name.upper()
    into = "put one into the bin" + (f"; {stays}" if stays else "")
    action(group, shared, "delete", into).add_argument(name, metavar=metavar)
    action(group, shared, "restore", "take one out of the bin").add_argument(name, metavar=metavar)


def action(
    group: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser, name: str, text: str
) -> argparse.ArgumentParser:
    """Add an action; it can print JSON."""
    made = group.add_parser(name, parents=[shared], help=text)
    add_json(made)
    return made
