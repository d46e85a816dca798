"""Knows `hermes-desktop doctor`: what a person needs to say when something does not work."""

import os
import platform
import shutil
import subprocess
import sys
from typing import Any

import PySide6

from hermes_desktop import __version__, graphics
from hermes_desktop.app import devices
from hermes_desktop.app.examination import Examination, examine, sqlite_version
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.engine import protocol, wire
from hermes_desktop.paths import Folders

_ENGINE_SECONDS = 30


def run(folders: Folders, output: Output) -> int:
    """Print versions, engine, folders and the state of the database; give 1 where something is wrong."""
    engine = _engine()
    database = _database(folders)
    sound = bool(engine["works"]) and bool(database["sound"])
    report = {
        "versions": _versions(),
        "engine": engine,
        "devices": _devices(),
        "folders": _folders(folders),
        "database": database,
        "sound": sound,
    }
    if output.as_json:
        output.document(report)
    else:
        for section, values in report.items():
            if isinstance(values, dict):
                output.line(section)
                output.table([("  " + name, str(value)) for name, value in values.items()])
    return 0 if sound else 1


def _versions() -> dict[str, str]:
    return {
        "hermes-desktop": __version__,
        "python": platform.python_version(),
        "qt": PySide6.__version__,
        "sqlite": sqlite_version(),
        "system": platform.platform(),
    }


def _engine() -> dict[str, Any]:
    """Start an engine child and hear its first word; it ends when its input does."""
    command = [sys.executable, "-m", "hermes_desktop", "--engine", "llama"]
    try:
        ended = subprocess.run(command, input=b"", capture_output=True, timeout=_ENGINE_SECONDS, check=False)
        hello = wire.decode_event(ended.stdout.splitlines(keepends=True)[0])
    except (subprocess.TimeoutExpired, IndexError, wire.BadFrameError) as error:
        return {"works": False, "detail": str(error) or type(error).__name__}
    if not isinstance(hello, protocol.Hello):
        return {"works": False, "detail": "it did not introduce itself"}
    return {"works": True, "build": hello.build, "gpu_offload": hello.gpu_offload}


def _devices() -> dict[str, str]:
    """List the devices, and what the build leaves idle; a driver that crashes is said, not met."""
    found = devices.survey()
    listed = {device.name: devices.words_of(device) for device in found.devices}
    idle = devices.unused(found.devices, graphics.built_in())
    listed |= {gpu.description: devices.unused_words(gpu) for gpu in idle}
    return listed | {f"failure {at}": sentence(error).text for at, error in enumerate(found.failures, 1)}


def _folders(folders: Folders) -> dict[str, str]:
    free = shutil.disk_usage(folders.data).free
    return {
        "data": str(folders.data),
        "config": str(folders.config),
        "cache": str(folders.cache),
        "logs": str(folders.logs),
        "writable": str(os.access(folders.data, os.W_OK)),
        "free": byte_size(free),
    }


def _database(folders: Folders) -> dict[str, Any]:
    if not folders.database.exists():
        return {"sound": True, "detail": "there is none yet"}
    try:
        found: Examination = examine(folders.data)
    except KnownError as error:
        words = sentence(error)
        return {"sound": False, "detail": f"{words.text} {words.hint}"}
    return {
        "sound": found.sound,
        "size": byte_size(folders.database.stat().st_size),
        "messages": found.messages,
        "structure": found.structure,
        "changed_messages": len(found.changed_messages),
        "broken_references": found.broken_references,
    }
