"""Knows which command runs in which kind of program: with a window, with an event loop, or without."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from hermes_desktop import __version__, imports
from hermes_desktop.app import devices as app_devices
from hermes_desktop.app import faults
from hermes_desktop.cli import devices, offers, remote
from hermes_desktop.cli.arguments import parse
from hermes_desktop.cli.output import Output
from hermes_desktop.cli.search import TerminalSearch, is_asking
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import Folders

# What needs the database is imported where it is wanted: that takes longer than to judge a model.
if TYPE_CHECKING:
    from hermes_desktop.app.services import Services
    from hermes_desktop.cli.chat import TerminalChat
    from hermes_desktop.cli.downloads import TerminalDownload
    from hermes_desktop.cli.replay import TerminalReplay

    _Action = Callable[[Services, Output, argparse.Namespace], int]


def main(words: Sequence[str]) -> int:
    """Run the command that the words name; give its exit status."""
    arguments = parse(words)
    output = Output(as_json=getattr(arguments, "json", False))
    if arguments.command is None and not has_display():
        arguments = _without_window(words, arguments, output)
    try:
        folders = Folders.of(getattr(arguments, "data_dir", None))
        return _run(arguments, folders, output)
    except KnownError as error:
        output.error(error)
        return 1
    except BrokenPipeError:  # the reader of our output has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    finally:
        faults.stop()


def _without_window(
    words: Sequence[str], arguments: argparse.Namespace, output: Output
) -> argparse.Namespace:
    """Do in the terminal what the window would have done."""
    if not arguments.files:
        output.words("There is no display here, so the conversation opens in this terminal.")
        return parse([*words, "chat"])
    output.words("There is no display here, so the files are brought in without a window.")
    folder = ["--data-dir", str(arguments.data_dir)] if hasattr(arguments, "data_dir") else []
    return parse([*folder, "personas", "import", *map(str, arguments.files)])


def has_display() -> bool:
    """Say whether a window can be opened here."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _run(arguments: argparse.Namespace, folders: Folders, output: Output) -> int:
    faults.log_to(folders.logs)
    if arguments.command is None:
        return _window(folders, output, arguments.files)
    if arguments.command == "doctor":
        from hermes_desktop.cli import doctor

        return doctor.run(folders, output)
    if arguments.command in ("backup", "restore"):
        from hermes_desktop.cli import backups

        return backups.run(folders, output, arguments)
    if arguments.command == "bench":
        from hermes_desktop.bench import figures

        return figures.run(arguments, output)
    if _opens_connections(arguments) and _is_sealed(folders):
        raise KnownError(ErrorKind.SEALED)
    if arguments.command == "rpc-server":
        return devices.lend(folders, output, arguments)
    application = headless(draws=getattr(arguments, "format", "") == "pdf")
    if arguments.command == "models" and is_asking(arguments):
        return _ask(application, arguments, folders, output)
    if arguments.command == "models" and arguments.action == "remote":
        return remote.run(folders, output, arguments)
    if arguments.command == "models" and arguments.action == "devices":
        return devices.run(folders, output, arguments)
    if arguments.command == "models" and arguments.action in offers.ACTIONS:
        return offers.run(folders, output, arguments)
    return _run_with_data(application, arguments, folders, output)


def _is_sealed(folders: Folders) -> bool:
    from hermes_desktop.bootstrap import is_sealed

    return is_sealed(folders)


def _run_with_data(
    application: QCoreApplication, arguments: argparse.Namespace, folders: Folders, output: Output
) -> int:
    with imports.quickly():
        from hermes_desktop.bootstrap import build
        from hermes_desktop.cli import archives, conversations, memory, models, personas, profiles
    if arguments.command == "chat":
        from hermes_desktop.cli.chat import TerminalChat

        return _drive(application, arguments, folders, output, TerminalChat)
    if arguments.command == "models" and arguments.action == "download":
        from hermes_desktop.cli.downloads import TerminalDownload

        return _drive(application, arguments, folders, output, TerminalDownload)
    if arguments.command == "conversations" and arguments.action == "replay":
        from hermes_desktop.cli.replay import TerminalReplay

        return _drive(application, arguments, folders, output, TerminalReplay, may_share=True)
    actions: dict[str, tuple[_Action, frozenset[str]]] = {
        "personas": (personas.run, personas.WRITING),
        "profiles": (profiles.run, profiles.WRITING),
        "conversations": (conversations.run, conversations.WRITING),
        "memory": (memory.run, memory.WRITING),
        "models": (models.run, models.WRITING),
        "export-all": (archives.run, archives.WRITING),
        "import-all": (archives.run, archives.WRITING),
    }
    run, writing = actions[arguments.command]
    program = build(folders, may_share=getattr(arguments, "action", arguments.command) not in writing)
    try:
        return run(program.services, output, arguments)
    finally:
        program.close()


def _opens_connections(arguments: argparse.Namespace) -> bool:
    """Say whether other computers are named; what asks the hub looks for itself."""
    named = getattr(arguments, "rpc", ()) or getattr(arguments, "remote", None)
    asks = arguments.command == "models" and arguments.action == "remote"
    return bool(named) or asks or arguments.command == "rpc-server"


def _window(folders: Folders, output: Output, files: Sequence[Path]) -> int:
    with imports.quickly():
        from hermes_desktop.app import instance
        from hermes_desktop.bootstrap import build
        from hermes_desktop.ui import application
    qt = application.make()
    while True:
        try:
            program = build(folders)
        except KnownError as error:
            if error.kind is ErrorKind.FOLDER_IN_USE and instance.raise_first(folders.data, files):
                output.words("Hermes Desktop is open already; its window was brought to the front.")
                return 0
            if error.kind is ErrorKind.DATABASE_DAMAGED and _restored(folders, error):
                continue
            application.tell(error)
            raise
        status = application.run(qt, program.services, read_only=program.read_only, files=files)
        files = ()  # a window that opens again has them already
        program.close()
        if program.services.backups.wanted is None:
            return status
        try:
            program.services.backups.restore_now()
        except KnownError as error:
            application.tell(error)  # nothing was touched: the window opens on what there is


def _restored(folders: Folders, error: KnownError) -> bool:
    """Offer the newest backup in the place of a damaged database; say whether it was put there."""
    from hermes_desktop.app import backups
    from hermes_desktop.ui import application

    newest = next(iter(backups.of(folders)), None)
    if newest is None or not application.offer_backup(error, newest):
        return False
    backups.put_back(folders, newest)
    return True


def headless(*, draws: bool = False) -> QCoreApplication:
    """Make the event loop of a program without a window; with `draws` it can draw letters."""
    if draws:
        from hermes_desktop.app import pages

        return pages.application("hermes-desktop", __version__)
    application = QCoreApplication.instance() or QCoreApplication(["hermes-desktop"])
    application.setApplicationName("hermes-desktop")
    application.setApplicationVersion(__version__)
    return application


def _drive(
    application: QCoreApplication,
    arguments: argparse.Namespace,
    folders: Folders,
    output: Output,
    kind: "type[TerminalChat] | type[TerminalDownload] | type[TerminalReplay]",
    *,
    may_share: bool = False,
) -> int:
    """Run what needs the event loop, until it says that it has ended."""
    from hermes_desktop.bootstrap import build

    program = build(folders, may_share=may_share)
    try:
        return _loop(application, kind(program.services, output, arguments))
    finally:
        program.close()


def _ask(
    application: QCoreApplication, arguments: argparse.Namespace, folders: Folders, output: Output
) -> int:
    """Run what asks the hub and needs no database."""
    from hermes_desktop.bootstrap import asking

    root = QObject()
    rooms = app_devices.rooms(folders.cache, arguments.vram) if arguments.action == "fit" else ()
    return _loop(application, TerminalSearch(asking(folders, root), output, arguments, rooms))


def _loop(
    application: QCoreApplication,
    driven: "TerminalChat | TerminalDownload | TerminalReplay | TerminalSearch",
) -> int:
    from hermes_desktop.cli.chat import InterruptWatch

    watch = InterruptWatch(driven)
    watch.interrupted.connect(driven.interrupt)
    watch.terminated.connect(application.quit)
    driven.ended.connect(application.exit)
    QTimer.singleShot(0, driven, driven.start)
    return application.exec()
