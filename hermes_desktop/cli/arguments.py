"""Knows the words of the command line and their meaning; runs nothing."""

import argparse
from pathlib import Path

from hermes_desktop import __version__
from hermes_desktop.domain.device import RPC_PORT
from hermes_desktop.domain.model_file import ALL_LAYERS, AUTO_LAYERS, KvType
from hermes_desktop.domain.remote import KEY_VARIABLE


def parser() -> argparse.ArgumentParser:
    """Build the parser of `hermes-desktop`."""
    shared = _shared()
    top = argparse.ArgumentParser(
        prog="hermes-desktop",
        description="Talk with personas on your own computer. Without a command, open the window.",
        parents=[shared],
    )
    top.add_argument("--version", action="version", version=f"hermes-desktop {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_chat(commands, shared)
    _add_personas(commands, shared)
    _add_conversations(commands, shared)
    _add_models(commands, shared)
    _add_lending(commands, shared)
    _add_archives(commands, shared)
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


CHAT_FORMS = ("json", "jsonl")  # those that `app.chat_forms` writes; a test keeps them the same
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
    group = _group(commands, "personas", "list, show, import, change and delete personas")
    _action(group, shared, "list", "all personas")
    _action(group, shared, "show", "one persona's card").add_argument("name", metavar="NAME")
    bring = _action(
        group, shared, "import", "bring in character cards (PNG, CHARX, JSON, JPEG, WebP, YAML, BYAF)"
    )
    bring.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder of them")
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


def _add_conversations(
    commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser
) -> None:
    group = _group(commands, "conversations", "list, show, import and export conversations")
    _action(group, shared, "list", "all conversations, newest first")
    _action(group, shared, "show", "the messages of one").add_argument("id", metavar="ID")
    bring = _action(
        group,
        shared,
        "import",
        "bring in conversations of this and other programs (SillyTavern, Kobold, Oobabooga, Agnai, RisuAI, "
        "Character.AI, Backyard, ChatGPT, Claude, ShareGPT, logs)",
    )
    bring.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="a file, a folder, or a SillyTavern user's folder"
    )
    out = _action(group, shared, "export", "write one: json loses nothing, jsonl is SillyTavern's")
    out.add_argument("id", metavar="ID")
    out.add_argument("--format", choices=CHAT_FORMS, required=True)
    out.add_argument("-o", "--output", metavar="FILE", type=Path, help="otherwise it is printed")


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


def _add_archives(commands: "_Commands[argparse.ArgumentParser]", shared: argparse.ArgumentParser) -> None:
    out = commands.add_parser(
        "export-all", parents=[shared], help="write all conversations, personas and profiles into one archive"
    )
    out.add_argument("-o", "--output", metavar="FILE.zip", type=Path, required=True)
    _add_json(out)
    back = commands.add_parser(
        "import-all", parents=[shared], help="bring in such an archive; nothing is overwritten"
    )
    back.add_argument("file", metavar="FILE.zip", type=Path)
    _add_json(back)


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
