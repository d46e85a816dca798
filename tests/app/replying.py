"""Writes a long reply in the real program until it is killed; says after every piece how far it is.

Run as a program: `python -m tests.app.replying FOLDER MODEL SCRIPT`.
"""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from hermes_desktop.bootstrap import build
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.engine import protocol
from hermes_desktop.paths import Folders


def main(folder: Path, model: Path, script: str) -> None:
    """Ask for a reply as soon as the model is there."""
    application = QCoreApplication([])
    program = build(Folders.of(folder), engine=("--engine", "scripted", "--script", script))
    services = program.services

    def on_event(event: protocol.Event) -> None:
        if isinstance(event, protocol.Piece):
            sys.stdout.write(f"{event.tokens}\n")
            sys.stdout.flush()

    program.engine.event_arrived.connect(on_event)
    services.chat.start(services.personas.create(PersonaFields("Ada", greeting="Hello.")).id)
    services.models.load(services.models.add(model).id)
    services.chat.send("Well?")
    application.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
