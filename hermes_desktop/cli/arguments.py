"""Knows the words of the command line and their meaning; runs nothing."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from hermes_desktop import __version__
from hermes_desktop.domain.device import RPC_PORT
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, KvType
from hermes_desktop.domain.persona import ProfileForm
from hermes_desktop.domain.remote import KEY_VARIABLE
from hermes_desktop.domain.transcript import CHOSEN_PARTS, Format, Stretch, stretches_of

EXPORT_FORMATS = (*(form.value for form in Format),)
EXPORT_PARTS = CHOSEN_PARTS

_ABOUT_EXPORT = (
    "Write a persona to a file. A card that nobody has changed goes out byte for byte as it came, where the "
    "format is the one it came in; a changed one differs in what was changed. Nothing is left out unless "
    "--share is given. Works beside an open window."
)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words; files that stand in the place of a command are for the window."""
    whole = parser()
    shared, rest = _shared().parse_known_args(list(words))
    files = [word for word in rest if not word.startswith("-")]
    if files and files == rest and not _is_command(whole, files[0]) and _seems_a_file(files[0]):
        return argparse.Namespace(command=None, files=[Path(file) for file in files], **vars(shared))
    arguments = whole.parse_args(list(words))
    if arguments.command is None:
        arguments.files = []
    return arguments


def _is_command(whole: argparse.ArgumentParser, word: str) -> bool:
    return any(word in action.choices for action in whole._actions if isinstance(action.choices, dict))


def _seems_a_file(word: str) -> bool:
    return os.sep in word or "." in word or os.path.lexists(word)


def parser() -> argparse.ArgumentParser:
    """Build the parser of `hermes-desktop`."""
    shared = _shared()
    top = argparse.ArgumentParser(
        prog="hermes-desktop",
        description="Talk with personas on your own computer. Without a command, open the window; "
        "files in its place (cards, profiles, models) are opened in it.",
        parents=[shared],
    )
    top.add_argument("--version", action="version", version=f"hermes-desktop {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_chat(commands, shared)
    _add_personas(commands, shared)
    _add_profiles(commands, shared)
    _add_conversations(commands, shared)
    _add_models(commands, shared)
    _add_lending(commands, shared)
    doctor = commands.add_parser("doctor", parents=[shared], help="versions, folders, database check")
    _add_json(doctor)
    bench = commands.add_parser(
        "bench", parents=[shared], help="measure the promised figures; exit 1 on a miss"
    )
    bench.add_argument(
        "--model", metavar="FILE.gguf", type=Path, help="also measure the engine with this model"
    )
    bench.add_argument(
        "--sizes", action="store_true", help="measure memory and speed of models of the real shapes instead"
    )
    _add_json(bench)
    return top


def _shared() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument(
        "--data-dir",
        metavar="DIR",
        type=Path,
        help="keep everything in this folder (also HERMES_DESKTOP_DATA)",
    )
    return shared


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


_Commands = argparse._SubParsersAction  # the only name that argparse has for it


def _group(
    commands: "_Commands[argparse.ArgumentParser]", name: str, text: str
) -> "_Commands[argparse.ArgumentParser]":
    group = commands.add_parser(name, help=text)
    return group.add_subparsers(dest="action", metavar="ACTION", required=True)


def _action(
    group: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser, name: str, text: str
) -> argparse.ArgumentParser:
    action = group.add_parser(name, parents=[shared], help=text)
    _add_json(action)
    return action


def _add_chat(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    chat = commands.add_parser("chat", parents=[shared], help="a conversation in the terminal")
    chat.add_argument("--persona", metavar="NAME")
    chat.add_argument("--model", metavar="NAME|FILE.gguf")
    chat.add_argument("--conversation", metavar="ID", help="go on with this one instead of a new one")
    chat.add_argument("--once", metavar="TEXT", help="send one message, print the reply, end")
    chat.add_argument("--seed", type=_seed, metavar="N")
    chat.add_argument("--temperature", type=float, metavar="T")
    chat.add_argument("--max-tokens", type=_positive, metavar="N")
    chat.add_argument("--context", type=_positive, metavar="N")
    chat.add_argument("--kv", choices=[kind.value for kind in KvType])
    chat.add_argument("--preset", metavar="NAME")
    chat.add_argument("--gpu-layers", type=_layers, metavar="auto|all|N")
    elsewhere = chat.add_mutually_exclusive_group()
    elsewhere.add_argument(
        "--rpc",
        action="append",
        metavar="HOST:PORT",
        default=[],
        help="put layers on devices of that computer",
    )
    elsewhere.add_argument(
        "--remote",
        metavar="ADDRESS",
        help="let a server with OpenAI's protocol play; replies come from there",
    )
    chat.add_argument(
        "--ask-key", action="store_true", help=f"ask for the key of that server (also {KEY_VARIABLE})"
    )
    chat.add_argument(
        "--alternatives", type=_positive, metavar="N", default=1, help="write N versions of the reply"
    )
    _add_json(chat)


def _add_personas(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    group = _group(commands, "personas", "list, show, import, export, change and delete personas")
    _action(group, shared, "list", "all personas")
    _action(group, shared, "show", "one persona's card").add_argument("name", metavar="NAME")
    bring = _action(
        group,
        shared,
        "import",
        "bring in character cards (PNG, CHARX, JSON, JPEG, WebP, YAML, BYAF) and lorebooks",
    )
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder of them")
    _add_export(group, shared)
    change = _action(group, shared, "set", "change one field, as description or alternate_greetings[1]")
    change.add_argument("name", metavar="NAME")
    change.add_argument("field", metavar="FIELD")
    change.add_argument("text", metavar="TEXT")
    _action(
        group, shared, "lint", "what stands out in a card; exit 1 where something can never work"
    ).add_argument("name", metavar="NAME|FILE")
    _action(group, shared, "delete", "put one into the bin; its conversations stay").add_argument(
        "name", metavar="NAME"
    )
    _action(group, shared, "restore", "take one out of the bin").add_argument("name", metavar="NAME")


def _add_profiles(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    group = _group(commands, "profiles", "list, show, import, export, change and delete your profiles")
    _action(group, shared, "list", "all profiles")
    _action(group, shared, "show", "what one says").add_argument("name", metavar="NAME")
    bring = _action(group, shared, "import", "bring in profiles (our JSON, SillyTavern, Oobabooga, RisuAI)")
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder of them")
    out = _action(group, shared, "export", "write profiles into a file")
    out.add_argument("names", metavar="NAME", nargs="*", help="without one, all of them")
    out.add_argument("--format", choices=[form.value for form in ProfileForm], default=ProfileForm.OWN.value)
    out.add_argument("-o", "--output", metavar="FILE", type=Path, help="otherwise to stdout, but PNG")
    change = _action(group, shared, "set", "change the name, the description, or the personas it is for")
    change.add_argument("name", metavar="NAME")
    change.add_argument("field", metavar="FIELD", help="name, description or personas")
    change.add_argument("text", metavar="TEXT", help="of personas: their names or ids, divided by commas")
    use = _action(group, shared, "use", "begin new conversations as this one")
    use.add_argument("name", metavar="NAME")
    _action(group, shared, "delete", "put one into the bin; conversations keep it").add_argument(
        "name", metavar="NAME"
    )
    _action(group, shared, "restore", "take one out of the bin").add_argument("name", metavar="NAME")


def _add_export(group: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    export = _action(
        group,
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
        help="written over if it is there, whole or not at all; - is stdout; without it a file "
        "named after the persona in this folder, with a number where the name is taken",
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


def _add_conversations(
    commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser
) -> None:
    group = _group(commands, "conversations", "list, show, export and delete conversations")
    _action(group, shared, "list", "all conversations, newest first")
    _action(group, shared, "show", "the messages of one").add_argument("id", metavar="ID")
    _add_telling(group, shared)
    _action(group, shared, "delete", "put one into the bin").add_argument("id", metavar="ID")
    _action(group, shared, "restore", "take one out of the bin").add_argument("id", metavar="ID")


def _add_telling(group: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    export = _action(group, shared, "export", "write one to a file, for people to read")
    export.add_argument("id", metavar="ID")
    export.add_argument("--format", choices=EXPORT_FORMATS, required=True)
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="written over if it is there, whole or not at all; - is stdout; without it a file named after "
        "the conversation in this folder, with a number where the name is taken",
    )
    export.add_argument(
        "--preset", metavar="NAME", default="", help="read (the default), share, everything, or one of yours"
    )
    for option, text in (("--with", "put in"), ("--without", "leave out")):
        export.add_argument(
            option,
            dest=option.strip("-") + "_parts",
            action="append",
            choices=EXPORT_PARTS,
            default=[],
            help=f"{text}, whatever the preset says; may be given several times",
        )
    export.add_argument("--my-name", metavar="NAME", help="stands in the place of yours, also in the text")
    export.add_argument("--persona-name", metavar="NAME", help="the same for the persona's")
    export.add_argument(
        "--messages", metavar="1-20,25", type=_stretches, default=(), help="only these, counted from 1"
    )


def _add_models(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    group = _group(commands, "models", "list, add, remove, verify and estimate model files")
    _action(group, shared, "list", "all added models")
    _action(group, shared, "add", "check and remember a GGUF file").add_argument(
        "file", metavar="FILE.gguf", type=Path
    )
    remove = _action(group, shared, "remove", "forget a model; what was fetched is deleted, too")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--keep-file", action="store_true", help="leave the file where it is")
    verify = _action(group, shared, "verify", "hash a model's file and compare")
    which = verify.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="NAME", nargs="?")
    which.add_argument("--all", action="store_true", help="one model after the other")
    _action(group, shared, "move", "move the fetched models, and fetch there from now on").add_argument(
        "folder", metavar="FOLDER", type=Path
    )
    _action(group, shared, "catalog", "the files of Hermes 3, and which suit this machine").add_argument(
        "--measure", action="store_true", help="first measure how fast this machine is (five seconds)"
    )
    _add_fetching(group, shared)
    fit = _action(group, shared, "fit", "what a model takes of a machine's memory")
    fit.add_argument("name", metavar="NAME|FILE.gguf|REPO/FILE")
    fit.add_argument("--endpoint", metavar="URL", help="a mirror of the hub, for a file that lies there")
    fit.add_argument("--revision", metavar="REV", help="a commit, branch or tag of the repository")
    fit.add_argument("--context", type=_positive, metavar="N", default=8192)
    fit.add_argument("--kv", choices=[kind.value for kind in KvType], default=KvType.F16.value)
    fit.add_argument("--ram", type=_size, metavar="BYTES", help="instead of what is free here; or 16G")
    fit.add_argument("--vram", type=_size, metavar="BYTES", help="of one GPU, instead of the devices here")
    served = _action(group, shared, "remote", "what a server with OpenAI's protocol offers")
    served.add_argument("address", metavar="ADDRESS")
    served.add_argument("--ask-key", action="store_true", help=f"ask for its key (also {KEY_VARIABLE})")
    devices = _action(group, shared, "devices", "what a model can lie on, here and on other computers")
    devices.add_argument("--rpc", action="append", metavar="HOST:PORT", default=[])


def _add_fetching(group: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    search = _action(group, shared, "search", "ask the hub for repositories with GGUF files")
    search.add_argument("text", metavar="TEXT")
    search.add_argument("--endpoint", metavar="URL", help="a mirror of the hub (also HF_ENDPOINT)")
    download = _action(group, shared, "download", "fetch a model from the hub, or go on with it")
    download.add_argument("name", metavar="NAME|REPO/FILE")
    download.add_argument("--endpoint", metavar="URL", help="a mirror of the hub (also HF_ENDPOINT)")
    download.add_argument("--revision", metavar="REV", help="a commit, branch or tag of the repository")
    download.add_argument(
        "--accept-licence", action="store_true", help="you have read the model's licence and accept it"
    )


def _add_lending(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    lending = commands.add_parser(
        "rpc-server", parents=[shared], help="lend this computer's devices to another one"
    )
    lending.add_argument("--host", metavar="ADDRESS", default="127.0.0.1", help="whom to listen to")
    lending.add_argument("--port", type=_positive, metavar="N", default=RPC_PORT)
    lending.add_argument(
        "--device",
        action="append",
        metavar="NAME",
        default=[],
        help="as `models devices` names it; otherwise the graphics cards, or the processor",
    )
    _add_json(lending)


def _stretches(text: str) -> tuple[Stretch, ...]:
    found = stretches_of(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} does not look like 1-20,25")
    return found


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def _size(text: str) -> int:
    """Read bytes: 8589934592, 8G, 512M."""
    units = {"K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
    unit = units.get(text[-1:].upper(), 0)
    value = int(float(text[:-1]) * unit) if unit else int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 4294967295")
    return value


def _layers(text: str) -> int:
    named = {"auto": AUTO_LAYERS, "all": ALL_LAYERS}
    if text in named:
        return named[text]
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than 0")
    return value
