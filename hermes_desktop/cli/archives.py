"""Knows `hermes-desktop export-all` and `import-all`: how they are told; the service does the work."""

import argparse
from dataclasses import asdict

from hermes_desktop.app.archives import ArchiveReport
from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output

WRITING = frozenset({"import-all"})


def run(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Write the archive, or bring it in; give the exit status."""
    out = arguments.command == "export-all"

    def told(done: int, total: int) -> bool:
        output.status(f"{done} of {total} conversations")
        return True

    file = arguments.output if out else arguments.file
    report = (services.archives.export if out else services.archives.bring)(file, told)
    output.status("")
    if output.as_json:
        output.document({"file": str(file), **asdict(report), "failed": list(report.failed)})
    else:
        _say(output, report, f"were written to {file}" if out else f"came from {file}")
    for name in report.failed:
        output.words(f"{name} in the archive is damaged and was left out.")
    return 1 if report.failed else 0


def _say(output: Output, report: ArchiveReport, became: str) -> None:
    output.line(
        f"{report.conversations} conversations, {report.personas} personas, {report.profiles} profiles, "
        f"{report.lorebooks} lorebooks and {report.presets} presets {became}."
    )
    if report.known:
        output.line(f"{report.known} conversations are here already; nothing was added or changed in them.")
