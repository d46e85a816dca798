"""Knows `hermes-desktop personas export`: where the file goes and what is said; the service writes it."""

import argparse
import os
import sys
from pathlib import Path

from hermes_desktop.app import saving
from hermes_desktop.app.making import Export, Form, Purpose, Wish
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import STDOUT, Output
from hermes_desktop.domain.persona import Persona


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Write a persona or its lorebook; give the exit status."""
    refused = _refusal(output, arguments)
    if refused:
        output.words(refused)
        return 2
    persona = services.personas.find(arguments.name)
    purpose = Purpose.SHARE if arguments.share else Purpose.BACKUP
    if arguments.lorebook:
        export = services.exports.lorebook(persona, arguments.lorebook, purpose)
    else:
        wish = Wish(Form(arguments.format), arguments.spec or "", purpose, not arguments.drop_module)
        export = services.exports.export(persona, wish)
    if output.takes_file(arguments.output):
        sys.stdout.buffer.write(export.data)
        sys.stdout.buffer.flush()
        for remark in (*export.remarks, *_revealed(export, arguments)):
            output.words(remark)
        return 0
    _say(output, persona, export, _saved(export, arguments.output), arguments)
    return 0


def _refusal(output: Output, arguments: argparse.Namespace) -> str:
    """Say what makes no sense together."""
    if output.as_json and arguments.output == STDOUT:
        return "--json and -o - both want stdout; leave one of them out."
    if arguments.lorebook and arguments.spec:
        return "--spec belongs to cards, not to --lorebook."
    if arguments.drop_module and arguments.format != Form.CHARX:
        return "--drop-module belongs to --format charx."
    return ""


def _saved(export: Export, output: str | None) -> Path:
    """Write the file: over the one that is named, beside all others where none is."""
    if output is None:
        return saving.write_beside(Path(), export.name, export.data)
    return saving.write(Path(output), export.data)


def _say(output: Output, persona: Persona, export: Export, path: Path, arguments: argparse.Namespace) -> None:
    name = os.fsencode(path).decode("utf-8", "replace")
    revealed = _revealed(export, arguments)
    if output.as_json:
        output.document(
            {
                "file": name,
                "persona_id": persona.id,
                "format": export.form,
                "spec": export.spec or None,
                "bytes": len(export.data),
                "untouched": export.untouched,
                "remarks": list(export.remarks),
                "reveals": revealed,
            }
        )
        return
    output.line(f"{name} ({len(export.data):,} bytes)")
    for remark in export.remarks:
        output.line(f"  {remark}")
    if revealed:
        output.line("  It reveals:")
    for told in revealed:
        output.line(f"    {told}")


def _revealed(export: Export, arguments: argparse.Namespace) -> list[str]:
    """Say what a file tells others, where it is for others."""
    return list(export.reveals) if arguments.share else []
