"""Knows `hermes-desktop personas`: how personas are printed; the service does the work."""

import argparse
import dataclasses
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hermes_desktop.app import linting
from hermes_desktop.app.imports import ImportReport
from hermes_desktop.app.services import Services
from hermes_desktop.cli import exports
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas.findings import Finding, Weight

WRITING = frozenset({"import", "set", "delete", "restore"})


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Do one action of `personas`; give the exit status."""
    if arguments.action == "list":
        return _list(services, output)
    if arguments.action == "show":
        return _show(services, output, arguments.name)
    if arguments.action == "lint":
        return _lint(services, output, arguments.name)
    if arguments.action == "import":
        return _import(services, output, arguments)
    if arguments.action == "export":
        return exports.run(services, output, arguments)
    return _change(services, output, arguments)


def _list(services: Services, output: Output) -> int:
    personas = services.personas.all()
    if output.as_json:
        output.document([_listed(persona) for persona in personas])
    else:
        output.table([(str(p.id), p.name, ", ".join(p.fields.tags)) for p in personas])
    return 0


def _listed(persona: Persona) -> dict[str, Any]:
    return {
        "persona_id": persona.id,
        "name": persona.name,
        "tags": list(persona.fields.tags),
        "spec": persona.spec,
        "lore_entries": persona.lore_entries,
    }


def _show(services: Services, output: Output, name: str) -> int:
    persona = services.personas.find(name)
    card: dict[str, Any] = json.loads(services.personas.card(persona))
    if output.as_json:
        output.document(card | {"persona_id": persona.id, "version": persona.version})
        return 0
    output.line(f"{persona.name} (persona {persona.id}, version {persona.version}, {persona.spec})")
    for field in dataclasses.fields(persona.fields):
        value = getattr(persona.fields, field.name)
        text = "\n".join(value) if isinstance(value, tuple) else str(value)
        if field.name in ("note_depth", "note_role") and not persona.fields.note.strip():
            continue
        if text.strip() and field.name != "name":
            output.line(f"\n{field.name.replace('_', ' ')}\n  " + text.strip().replace("\n", "\n  "))
    return 0


def _change(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Set a field, delete or restore, and say what the persona is now."""
    personas = services.personas
    if arguments.action == "set":
        persona = personas.set_field(personas.find(arguments.name), arguments.field, arguments.text)
        said = f"{arguments.field} of {persona.name} was set (version {persona.version})."
    elif arguments.action == "delete":
        persona = personas.find(arguments.name)
        personas.delete(persona.id)
        said = f"{persona.name} was deleted; “personas restore {persona.id}” takes it back."
    else:
        persona = personas.find_deleted(arguments.name)
        personas.restore(persona.id)
        said = f"{persona.name} is back."
    if output.as_json:
        now = personas.get(persona.id)
        output.document(_listed(now) | {"version": now.version, "deleted": now.deleted})
    else:
        output.line(said)
    return 0


def _lint(services: Services, output: Output, name: str) -> int:
    """Say what stands out; only what can never work is a failure."""
    checked = linting.named(services.personas, name)
    report = checked.report
    if output.as_json:
        output.document(
            {
                "name": checked.name,
                "errors": sum(finding.weight is Weight.ERROR for finding in report.findings),
                "warnings": sum(finding.weight is Weight.WARNING for finding in report.findings),
                "tokens": report.tokens,
                "greeting_tokens": report.greeting_tokens,
                "example_tokens": report.example_tokens,
                "findings": [_found(finding) for finding in report.findings],
            }
        )
    else:
        for finding in report.findings:
            where = f"{finding.field}: " if finding.field else ""
            output.line(f"{finding.weight.value}: {where}{linting.words(finding)}")
        output.line(linting.weighed(report))
    return 1 if report.has_errors else 0


def _found(finding: Finding) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "weight": finding.weight.value,
        "field": finding.field,
        "place": finding.place,
        "text": finding.stretch,
        "value": finding.value,
        "words": linting.words(finding),
    }


def _import(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    return bring_in(services, output, arguments.files)


def bring_in(services: Services, output: Output, files: Sequence[Path]) -> int:
    """Import files, say what became of each, and give the exit status."""
    return output.reports(services.imports.run(files), _reported, partial(_say, output))


def _say(output: Output, report: ImportReport) -> None:
    kind = f"persona {report.persona_id}, {report.spec}"
    if report.profile_ids:
        kind = "profile " + ", ".join(map(str, report.profile_ids))
    if report.lorebook_id:
        kind = f"lorebook {report.lorebook_id}, {report.spec}"
    output.line(f"{report.name} ({kind}, {report.format}) from {report.file}")
    if report.lorebook_id:
        output.line(f"  lore entries: {report.lore_entries}")
    for label, keys in (("kept, not used yet", report.kept), ("not understood, kept", report.ignored)):
        if keys:
            output.line(f"  {label}: {', '.join(keys)}")
    for note in report.notes:
        output.line(f"  {note}")


def _reported(report: ImportReport) -> dict[str, Any]:
    return {
        "file": report.file,
        "ok": report.ok,
        "persona_id": report.persona_id or None,
        "profile_ids": list(report.profile_ids),
        "lorebook_id": report.lorebook_id or None,
        "name": report.name or None,
        "format": report.format or None,
        "spec": report.spec or None,
        "lore_entries": report.lore_entries,
        "fields": {"used": list(report.used), "kept": list(report.kept), "ignored": list(report.ignored)},
        "notes": list(report.notes),
        "duplicate": report.duplicate,
        "error": report.error or None,
    }
