"""Knows the words of `personas` and `profiles` on the command line; not what they do."""

import argparse
from pathlib import Path

from hermes_desktop.cli.actions import TO_WHERE, Commands, action, add_bin, group
from hermes_desktop.domain.persona import ProfileForm

_ABOUT_EXPORT = (
    "Write a persona to a file. A card that nobody has changed goes out byte for byte as it came, where the "
    "format is the one it came in; a changed one differs in what was changed. Nothing is left out unless "
    "--share is given. Works beside an open window."
)


def add_personas(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    actions = group(commands, "personas", "list, show, import, export, change and delete personas")
    action(actions, shared, "list", "all personas")
    action(actions, shared, "show", "one persona's card").add_argument("name", metavar="NAME")
    bring = action(
        actions,
        shared,
        "import",
        "bring in character cards (PNG, CHARX, JSON, JPEG, WebP, YAML, BYAF) and lorebooks",
    )
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder of them")
    _add_export(actions, shared)
    change = action(actions, shared, "set", "change one field, as description or alternate_greetings[1]")
    change.add_argument("name", metavar="NAME")
    change.add_argument("field", metavar="FIELD")
    change.add_argument("text", metavar="TEXT")
    action(
        actions, shared, "lint", "what stands out in a card; exit 1 where something can never work"
    ).add_argument("name", metavar="NAME|FILE")
    add_bin(actions, shared, "name", "its conversations stay")


def _add_export(actions: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    export = action(
        actions,
        shared,
        "export",
        "write a persona, or its lorebook, to a file; it goes out as it is unless --share is given",
    )
    export.description = _ABOUT_EXPORT
    export.add_argument("name", metavar="NAME")
    what = export.add_mutually_exclusive_group(required=True)
    what.add_argument("--format", choices=["png", "json", "charx", "yaml"], help="what kind of card file")
    what.add_argument(
        "--lorebook",
        choices=["st", "v3"],
        help="write its lorebook instead: st is SillyTavern's world info, v3 is lorebook_v3",
    )
    export.add_argument(
        "--spec",
        choices=["v2", "v3"],
        help="the version of the card; without it a JSON card keeps its own, and a picture holds both",
    )
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=TO_WHERE,
    )
    export.add_argument(
        "--share",
        action="store_true",
        help="leave out what is private: favourite marks, names of conversations, places on this computer, "
        "what is written into the picture",
    )
    export.add_argument(
        "--drop-module", action="store_true", help="leave a packed module of RisuAI out of CHARX"
    )


def add_profiles(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    actions = group(commands, "profiles", "list, show, import, export, change and delete your profiles")
    action(actions, shared, "list", "all profiles")
    action(actions, shared, "show", "what one says").add_argument("name", metavar="NAME")
    bring = action(actions, shared, "import", "bring in profiles (our JSON, SillyTavern, Oobabooga, RisuAI)")
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder of them")
    out = action(actions, shared, "export", "write profiles into a file")
    out.add_argument("names", metavar="NAME", nargs="*", help="without one, all of them")
    out.add_argument("--format", choices=[form.value for form in ProfileForm], default=ProfileForm.OWN.value)
    out.add_argument("-o", "--output", metavar="FILE", type=Path, help="otherwise to stdout, but PNG")
    change = action(actions, shared, "set", "change the name, the description, or the personas it is for")
    change.add_argument("name", metavar="NAME")
    change.add_argument("field", metavar="FIELD", help="name, description or personas")
    change.add_argument("text", metavar="TEXT", help="of personas: their names or ids, divided by commas")
    use = action(actions, shared, "use", "begin new conversations as this one")
    use.add_argument("name", metavar="NAME")
    add_bin(actions, shared, "name", "conversations keep it")
