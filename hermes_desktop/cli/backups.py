"""Knows `hermes-desktop backup` and `restore`: how they are told; the copying is done elsewhere."""

import argparse

from hermes_desktop.app import backups
from hermes_desktop.app.sentences import byte_size
from hermes_desktop.cli.output import Output
from hermes_desktop.paths import Folders


def run(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    """Copy the database into a file, or put one back; give the exit status."""
    if arguments.command == "backup":
        return _save(folders, output, arguments)
    return _bring_back(folders, output, arguments)


def _save(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    size = backups.save(folders, arguments.output)
    if output.as_json:
        output.document({"file": str(arguments.output), "size": size})
    else:
        output.line(
            f"The database was copied to {arguments.output} ({byte_size(size)}), and the copy checked."
        )
    return 0


def _bring_back(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    kept = backups.bring_back(folders, arguments.file)
    if output.as_json:
        output.document({"file": str(arguments.file), "kept": str(kept) if kept else None})
        return 0
    output.line(f"The data is that of {arguments.file} now.")
    if kept is not None:
        output.line(f"What was there before is in {kept}.")
    return 0
