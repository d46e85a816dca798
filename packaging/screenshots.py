"""Makes the pictures of the documents: the real window, on a scripted story. No model is at work."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"": (1440, 900), "-small": (760, 560)}
PUBLISHED = {
    *("conversation-light", "conversation-dark", "conversation-light-small", "code-dark"),
    *("personas-light", "persona-dark", "models-light", "settings-sampling-dark"),
}
WORD = re.compile(r"\S+\s*|\s+")


def main() -> int:
    """Take the pictures of the documents, or those whose names are given; "all" takes every view."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    story = json.loads((ROOT / "packaging" / "story.json").read_text("utf-8"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="hermes-pictures-") as folder, stage(Path(folder), story) as the_stage:
        tell(the_stage, story)
        photograph(the_stage, set(sys.argv[1:]) or PUBLISHED)
    return 0


class Stage:
    """The window on a folder of its own, and an event loop that runs for a while."""

    def __init__(self, program: Any, window: Any) -> None:
        self.program, self.window, self.services = program, window, program.services

    def until(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Process events until the condition holds; raises TimeoutError."""
        from PySide6.QtCore import QCoreApplication

        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the story does not go on")
            QCoreApplication.processEvents()
            time.sleep(0.002)

    def rest(self, seconds: float = 0.3) -> None:
        """Let everything settle."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def idle(self) -> None:
        """Wait for the end of a reply."""
        self.until(lambda: not self.services.chat.busy)

    def save(self, name: str) -> None:
        """Write a picture of the window."""
        self.window.grab().save(str(PICTURES / f"{name}.png"))


@contextmanager
def stage(folder: Path, story: dict[str, Any]) -> Iterator[Stage]:
    """Open the window with an engine that plays the story."""
    from PySide6.QtCore import QLocale

    from hermes_desktop.bootstrap import build
    from hermes_desktop.paths import Folders
    from hermes_desktop.ui import application
    from hermes_desktop.ui.theme import Theme
    from hermes_desktop.ui.window import Window

    script = folder / "script.json"
    script.write_text(json.dumps({"replies": list(_replies(story))}), "utf-8")
    application.make()
    QLocale.setDefault(QLocale("en_GB"))  # pictures do not depend on the machine
    program = build(Folders.of(folder / "data"), engine=("--engine", "scripted", "--script", str(script)))
    program.services.profiles.update(program.services.profiles.current().id, story["profile"], "")
    theme = Theme(program.services.preferences)
    window = Window(program.services, theme)
    theme.dress()
    window.show()
    program.services.notices.release()
    try:
        yield Stage(program, window)
    finally:
        window.close()
        program.close()
        window.deleteLater()


def _replies(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for conversation in story["conversations"]:
        for _said, reply in conversation["turns"]:
            yield {"pieces": WORD.findall(reply), "delay": 0.002}
        if "again" in conversation:
            yield {"pieces": WORD.findall(conversation["again"])}
        if "last" in conversation:
            pieces = WORD.findall(conversation["last"][1])
            yield {"pieces": [*pieces, " "], "acts": {str(len(pieces)): "hang"}}


def tell(the_stage: Stage, story: dict[str, Any]) -> None:
    """Play the story up to the middle of its last reply."""
    from hermes_desktop.bench import tiny_gguf

    file = the_stage.services.folders.data / story["model"]
    tiny_gguf.write(file)
    the_stage.services.models.load(the_stage.services.models.add(file).id)
    chat = the_stage.services.chat
    the_stage.until(lambda: the_stage.services.models.loaded is not None)
    ids = {persona.name: persona.id for persona in the_stage.services.personas.all()}
    for conversation in story["conversations"]:
        chat.start(ids[conversation["persona"]])
        chat.set_title(conversation["title"])
        for said, _reply in conversation["turns"]:
            chat.send(said)
            the_stage.idle()
        if "again" in conversation:
            chat.regenerate()
            the_stage.idle()
            chat.switch_version(chat.last().id, -1)
            the_stage.rest()


def photograph(the_stage: Stage, wanted: set[str]) -> None:
    """Take the pictures in both palettes and both sizes."""
    from hermes_desktop.domain.preferences import Theme

    for theme in (Theme.LIGHT, Theme.DARK):
        the_stage.services.preferences.update(theme=theme)
        for suffix, size in SIZES.items():
            the_stage.window.resize(*size)
            for name, show in _views(the_stage).items():
                picture = f"{name}-{theme.value}{suffix}"
                if wanted & {"all", name, picture}:
                    show()
                    the_stage.rest()
                    the_stage.save(picture)


def _views(the_stage: Stage) -> dict[str, Callable[[], object]]:
    window, chat = the_stage.window, the_stage.services.chat
    conversations = {each.title: each.id for each in the_stage.services.conversations.summaries()}
    names = {each.name: each.id for each in the_stage.services.personas.all()}

    def opened(title: str) -> Callable[[], object]:
        return lambda: window.open_conversation(conversations[title])

    def settings(part: str) -> None:
        window.show_page("settings")
        window.settings_page.show_page(part)

    def persona(edit: bool) -> None:
        window.show_page("personas")
        (window.gallery.edit if edit else window.gallery.show_persona)(names["Mira"])

    def gallery() -> None:
        window.show_page("personas")
        window.gallery.show_cards()

    def empty() -> None:
        chat.close()
        window.show_page("conversation")

    return {
        "conversation": opened("The lighthouse map"),
        "code": opened("Parsing the tide table"),
        "personas": gallery,
        "persona": lambda: persona(False),
        "form": lambda: persona(True),
        "models": lambda: window.show_page("models"),
        **{f"settings-{part}": partial(settings, part) for part in _PARTS},
        "empty": empty,
    }


_PARTS = ("general", "appearance", "sampling", "keys", "about")

if __name__ == "__main__":
    sys.exit(main())
