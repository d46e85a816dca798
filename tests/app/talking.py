"""Lets the Understudy write long replies, one after the other, in the real program until it is killed.

Run as a program: `python -m tests.app.talking FOLDER`. Says after every piece when it came, and how many
letters there are in all replies together.
"""

import sys
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QCoreApplication, QTimer

from hermes_desktop.app.chat import ChatState
from hermes_desktop.bootstrap import build
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import llama, protocol
from hermes_desktop.paths import Folders


def main(folder: Path) -> None:
    """Ask for a reply as soon as the model is there."""
    application = QCoreApplication([])
    program = build(Folders.of(folder))
    services = program.services
    length = 0

    def on_event(event: protocol.Event) -> None:
        nonlocal length
        if isinstance(event, protocol.Piece):
            length += len(event.text)
            sys.stdout.write(f"{monotonic()} {length}\n")
            sys.stdout.flush()

    def on_state(state: ChatState) -> None:
        if state is ChatState.IDLE and length:
            QTimer.singleShot(0, lambda: services.chat.send("And then?"))

    program.engine.event_arrived.connect(on_event)
    services.chat.start(services.personas.create(PersonaFields("Ada", greeting="Hello.")).id)
    model = services.models.understudy()
    assert model is not None
    # Hot, and never allowed to end its turn: it goes on as long as it may.
    forbidden = ((end_of_turn(Path(model.path)), -1e9),)
    services.chat.sampling_override = Sampling(
        temperature=2.0, min_p=0.0, top_p=1.0, max_tokens=3500, logit_bias=forbidden
    )
    services.chat.state_changed.connect(on_state)
    services.models.load(model.id, LoadOptions(context=4096, threads=1, gpu_layers=0))
    services.chat.send("Well?")
    application.exec()


def end_of_turn(path: Path) -> int:
    """Give the token that ends a turn of a model."""
    llama.start()
    model = llama.Llama(path, LoadOptions(context=256, threads=1, gpu_layers=0), lambda _: True)
    try:
        token = model.eos()
        assert token is not None
        return token
    finally:
        model.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
