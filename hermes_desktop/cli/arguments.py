"""Knows the words of the command line and their meaning; runs nothing."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from hermes_desktop import __version__
from hermes_desktop.cli.actions import TO_WHERE, Commands, action, add_bin, add_json, group
from hermes_desktop.cli.memory_arguments import add_memory
from hermes_desktop.cli.people import add_personas, add_profiles
from hermes_desktop.domain.device import RPC_PORT
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, KvType
from hermes_desktop.domain.remote import KEY_VARIABLE
from hermes_desktop.domain.transcript import CHOSEN_PARTS, Format, Stretch, stretches_of

EXPORT_PARTS = CHOSEN_PARTS
_ABOUT_SEARCH = (
    "Find messages by what is said in them, also in other versions and branches. Every word of the query has "
    "to be there, or a longer one that begins with it; case and accents do not matter; a phrase in quotes "
    "stands as it is. With --json the snippet is plain text without marks, and rank counts from 1, the best. "
    "Works beside an open window."
)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the words; files that stand in the place of a command are for the window."""
    whole = parser()
    shared, rest = _shared().parse_known_args(list(words))
    files = [word for word in rest if not word.startswith("-")]
    if files and files == rest and not _is_command(whole, files[0]) and _seems_a_file(files[0]):
        return argparse.Namespace(command=None, files=[Path(file) for file in files], **vars(shared))
    arguments = whole.parse_args(list(words))
    if arguments.command == "chat" and arguments.alternatives > 1 and arguments.once is None:
        whole.error("--alternatives goes with --once")
    if arguments.command is None:
        arguments.files = []
    return arguments


def _is_command(whole: argparse.ArgumentParser, word: str) -> bool:
    return any(word in each.choices for each in whole._actions if isinstance(each.choices, dict))


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
    add_personas(commands, shared)
    add_profiles(commands, shared)
    _add_conversations(commands, shared)
    add_memory(commands, shared)
    _add_models(commands, shared)
    _add_lending(commands, shared)
    _add_archives(commands, shared)
    doctor = commands.add_parser("doctor", parents=[shared], help="versions, folders, database check")
    add_json(doctor)
    bench = commands.add_parser(
        "bench", parents=[shared], help="measure the promised figures; exit 1 on a miss"
    )
    bench.add_argument(
        "--model", metavar="FILE.gguf", type=Path, help="also measure the engine with this model"
    )
    instead = bench.add_mutually_exclusive_group()
    instead.add_argument(
        "--sizes", action="store_true", help="measure memory and speed of models of the real shapes instead"
    )
    instead.add_argument(
        "--gpu",
        action="store_true",
        help="measure the real shapes on the graphics cards instead, as far as they have room there",
    )
    add_json(bench)
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


def _add_chat(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
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
    chat.add_argument(
        "--exact",
        action="store_true",
        help="move nothing in the cache, so that every reply can be replayed to the token; reads more anew",
    )
    add_json(chat)


def _add_conversations(
    commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser
) -> None:
    about = "list, show, search, import, match, export, replay and delete conversations"
    actions = group(commands, "conversations", about)
    action(actions, shared, "list", "all conversations, newest first")
    action(actions, shared, "show", "the messages of one").add_argument("id", metavar="ID")
    _add_bringing(actions, shared)
    _add_telling(actions, shared)
    _add_finding(actions, shared)
    again = action(
        actions, shared, "replay", "make a reply again and compare; 0 where it is the same, 1 where not"
    )
    again.add_argument("id", metavar="ID")
    again.add_argument(
        "--message", metavar="M", type=_positive, help="the reply with this id instead of the last one"
    )
    add_bin(actions, shared, "id")


def _add_bringing(actions: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    bring = action(
        actions,
        shared,
        "import",
        "bring in conversations of this and other programs (SillyTavern, Kobold, Oobabooga, Agnai, RisuAI, "
        "Character.AI, Backyard, ChatGPT, Claude, ShareGPT, logs)",
    )
    bring.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="a file, a folder, or a SillyTavern user's folder"
    )
    bring.add_argument(
        "--persona",
        metavar="NAME",
        help="whose the chats are that come without their persona; otherwise the one that is called as "
        "they say, and where none is, one is made from what they say",
    )
    match = action(actions, shared, "match", "let conversations go on with another persona")
    match.add_argument("ids", metavar="ID", nargs="+")
    match.add_argument("--persona", metavar="NAME", required=True)
    match.add_argument(
        "--put-away",
        action="store_true",
        help="put the persona that they had into the bin where no conversation has it any more",
    )


def _add_finding(actions: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    find = action(actions, shared, "search", "the messages that hold all of these words, best first")
    find.description = _ABOUT_SEARCH
    find.add_argument("query", metavar="QUERY", help="words, in any order; quotes keep them together")
    find.add_argument("--limit", type=_positive, metavar="N", default=50, help="at most so many (50)")


def _add_telling(actions: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    export = action(
        actions,
        shared,
        "export",
        "write one: json loses nothing, jsonl is SillyTavern's",
    )
    export.add_argument("id", metavar="ID")
    export.add_argument("--format", choices=[form.value for form in Format], required=True)
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=TO_WHERE,
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


def _add_models(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    actions = group(commands, "models", "list, add, remove, verify and estimate model files")
    action(actions, shared, "list", "all added models")
    action(actions, shared, "add", "check and remember a GGUF file").add_argument(
        "file", metavar="FILE.gguf", type=Path
    )
    remove = action(actions, shared, "remove", "forget a model; what was fetched is deleted, too")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument("--keep-file", action="store_true", help="leave the file where it is")
    verify = action(actions, shared, "verify", "hash a model's file and compare")
    which = verify.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="NAME", nargs="?")
    which.add_argument("--all", action="store_true", help="one model after the other")
    action(actions, shared, "move", "move the fetched models, and fetch there from now on").add_argument(
        "folder", metavar="FOLDER", type=Path
    )
    action(actions, shared, "catalog", "the files of Hermes 3, and which suit this machine").add_argument(
        "--measure", action="store_true", help="first measure how fast this machine is (five seconds)"
    )
    _add_fetching(actions, shared)
    fit = action(actions, shared, "fit", "what a model takes of a machine's memory")
    fit.add_argument("name", metavar="NAME|FILE.gguf|REPO/FILE")
    fit.add_argument("--endpoint", metavar="URL", help="a mirror of the hub, for a file that lies there")
    fit.add_argument("--revision", metavar="REV", help="a commit, branch or tag of the repository")
    fit.add_argument("--context", type=_positive, metavar="N", default=8192)
    fit.add_argument("--kv", choices=[kind.value for kind in KvType], default=KvType.F16.value)
    fit.add_argument("--ram", type=_size, metavar="BYTES", help="instead of what is free here; or 16G")
    fit.add_argument("--vram", type=_size, metavar="BYTES", help="of one GPU, instead of the devices here")
    served = action(actions, shared, "remote", "what a server with OpenAI's protocol offers")
    served.add_argument("address", metavar="ADDRESS")
    served.add_argument("--ask-key", action="store_true", help=f"ask for its key (also {KEY_VARIABLE})")
    devices = action(actions, shared, "devices", "what a model can lie on, here and on other computers")
    devices.add_argument("--rpc", action="append", metavar="HOST:PORT", default=[])


def _add_fetching(actions: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    search = action(actions, shared, "search", "ask the hub for repositories with GGUF files")
    search.add_argument("text", metavar="TEXT")
    search.add_argument("--endpoint", metavar="URL", help="a mirror of the hub (also HF_ENDPOINT)")
    download = action(actions, shared, "download", "fetch a model from the hub, or go on with it")
    download.add_argument("name", metavar="NAME|REPO/FILE")
    download.add_argument("--endpoint", metavar="URL", help="a mirror of the hub (also HF_ENDPOINT)")
    download.add_argument("--revision", metavar="REV", help="a commit, branch or tag of the repository")
    download.add_argument(
        "--accept-licence", action="store_true", help="you have read the model's licence and accept it"
    )


def _add_lending(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
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
    add_json(lending)


def _stretches(text: str) -> tuple[Stretch, ...]:
    found = stretches_of(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text} does not look like 1-20,25")
    return found


def _add_archives(commands: "Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    out = commands.add_parser(
        "export-all", parents=[shared], help="write all conversations, personas and profiles into one archive"
    )
    out.add_argument("-o", "--output", metavar="FILE.zip", type=Path, required=True)
    add_json(out)
    back = commands.add_parser(
        "import-all", parents=[shared], help="bring in such an archive; nothing is overwritten"
    )
    back.add_argument("file", metavar="FILE.zip", type=Path)
    add_json(back)
    save = commands.add_parser(
        "backup",
        parents=[shared],
        help="copy the database into a file and check the copy; also beside a window",
    )
    save.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    add_json(save)
    restore = commands.add_parser(
        "restore", parents=[shared], help="put such a copy in the place of the data, which is backed up first"
    )
    restore.add_argument("file", metavar="FILE", type=Path)
    add_json(restore)


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
