"""Makes the pictures of the documents: the real window, on a scripted story.

No model is at work in it; in the pictures of the first start the Understudy really speaks.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hermes_desktop.bench.stage import Stage
    from hermes_desktop.ui.window import Window

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
SIZES = {"": (1440, 900), "-small": (760, 560)}
PUBLISHED = {
    *("conversation-light", "conversation-dark", "conversation-light-small", "code-dark"),
    *("first-light", "personas-light", "persona-dark", "models-light", "settings-sampling-dark"),
}
_DELAY = 0.04  # seconds a word: a speed that a laptop has
WORD = re.compile(r"\S+\s*|\s+")


def main() -> int:
    """Take the pictures of the documents, or those whose names are given; "all" takes every view."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    story = json.loads((ROOT / "packaging" / "story.json").read_text("utf-8"))
    PICTURES.mkdir(parents=True, exist_ok=True)
    from PySide6.QtCore import QLocale

    from hermes_desktop.bench.stage import stage

    QLocale.setDefault(QLocale("en_GB"))  # pictures do not depend on the machine
    with TemporaryDirectory(prefix="hermes-pictures-") as folder:
        script = Path(folder) / "script.json"
        script.write_text(json.dumps({"replies": list(_replies(story))}), "utf-8")
        engine = ("--engine", "scripted", "--script", str(script))
        with stage(Path(folder) / "data", engine) as opened:
            tell(opened, story)
            wanted = set(sys.argv[1:]) or PUBLISHED
            photograph(opened, _views(opened), wanted)
        with stage(Path(folder) / "first") as opened:
            begin(opened)
            views = {"first": partial(opened.window.show_page, "conversation")}
            views |= {"first-models": partial(models, opened), "model": partial(understudy, opened)}
            photograph(opened, views | {"steps": partial(opened.window.show_page, "first_steps")}, wanted)
    return 0


def rest(opened: "Stage", seconds: float = 0.3) -> None:
    """Let everything settle."""
    end = time.monotonic() + seconds
    opened.run_until(lambda: time.monotonic() > end)


def _replies(story: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for conversation in story["conversations"]:
        for _said, reply in conversation["turns"]:
            yield {"pieces": WORD.findall(reply), "delay": _DELAY}
        if "again" in conversation:
            yield {"pieces": WORD.findall(conversation["again"]), "delay": _DELAY}
        if "last" in conversation:
            pieces = WORD.findall(conversation["last"][1])
            yield {"pieces": [*pieces, " "], "acts": {str(len(pieces)): "hang"}}


def tell(opened: "Stage", story: dict[str, Any]) -> None:
    """Play the story up to the middle of its last reply."""
    from hermes_desktop.bench import tiny_gguf

    profiles = opened.program.services.profiles
    profiles.update(profiles.current().id, story["profile"], "")
    file = opened.program.services.folders.data / story["model"]
    tiny_gguf.write(file)
    opened.program.services.models.load(opened.program.services.models.add(file).id)
    chat = opened.program.services.chat
    opened.run_until(lambda: opened.program.services.models.loaded is not None)
    ids = {persona.name: persona.id for persona in opened.program.services.personas.all()}
    for conversation in story["conversations"]:
        chat.start(ids[conversation["persona"]])
        chat.set_title(conversation["title"])
        for said, _reply in conversation["turns"]:
            chat.send(said)
            opened.run_until(lambda: not chat.busy)
        remember(opened, conversation)
        if "again" in conversation:
            chat.regenerate()
            opened.run_until(lambda: not chat.busy)
            chat.switch_version(chat.page(limit=1)[0].id, -1)
            rest(opened)


def remember(opened: "Stage", told: dict[str, Any]) -> None:
    """Pin the replies and note the facts of a conversation that is open."""
    services = opened.program.services
    now = services.chat.conversation
    assert now is not None
    replies = [message for message in services.chat.page() if message.role.value == "assistant"]
    for number in told.get("pinned", ()):
        services.memories.pin(replies[number].id)
    for who, text in told.get("facts", ()):
        services.memories.add_fact(now.id, text, who)


def begin(opened: "Stage") -> None:
    """Start for the first time, and say something to whoever is there."""
    from hermes_desktop.app.welcome import welcome

    services = opened.program.services
    services.models.choose_last()
    welcome(services)
    for said in ("Hello, who are you?", "I have a dog called Bruno.", "What is my dog called?"):
        services.chat.send(said)
        opened.run_until(lambda: not services.chat.busy)


def models(opened: "Stage") -> None:
    """Show the page of models, which measures the machine when it is shown for the first time."""
    opened.window.show_page("models")
    opened.window.models_page.show_all()
    opened.run_until(lambda: not opened.program.services.speeds.measuring)


def understudy(opened: "Stage") -> None:
    """Show the page of the model that ships."""
    models(opened)
    model = opened.program.services.models.understudy()
    assert model is not None
    opened.window.models_page.show_details(model.id)


def photograph(opened: "Stage", views: Mapping[str, Callable[[], object]], wanted: set[str]) -> None:
    """Take the pictures in both palettes and both sizes."""
    from hermes_desktop.domain.preferences import Theme

    for theme in (Theme.LIGHT, Theme.DARK):
        opened.program.services.preferences.update(theme=theme)
        for suffix, size in SIZES.items():
            opened.window.resize(*size)
            for name, show in views.items():
                picture = f"{name}-{theme.value}{suffix}"
                if wanted & {"all", name, picture}:
                    show()
                    rest(opened)
                    opened.window.grab().save(str(PICTURES / f"{picture}.png"))


def _views(opened: "Stage") -> dict[str, Callable[[], object]]:
    window, chat = opened.window, opened.program.services.chat
    conversations = {each.title: each.id for each in opened.program.services.conversations.summaries()}
    names = {each.name: each.id for each in opened.program.services.personas.all()}

    def talk(title: str) -> Callable[[], object]:
        return lambda: window.open_conversation(conversations[title])

    def empty() -> None:
        chat.close()
        window.show_page("conversation")

    def search() -> None:
        sidebar = window.sidebar
        talk("The lighthouse map")()
        window.keys.action("search").trigger()
        sidebar.look_for("light")
        opened.run_until(lambda: sidebar.answered)

    return {
        "conversation": talk("The lighthouse map"),
        "search": search,
        "code": talk("Parsing the tide table"),
        **_persona_views(window, names["Mira"]),
        "profiles": partial(window.show_page, "profiles"),
        "models": partial(models, opened),
        **{f"settings-{part}": partial(settings, window, part) for part in _PARTS},
        "empty": empty,
    }


def settings(window: "Window", part: str) -> None:
    """Show a part of the settings."""
    window.show_page("settings")
    window.settings_page.show_page(part)


def _persona_views(window: "Window", mira: int) -> dict[str, Callable[[], object]]:
    def show(*acts: Callable[[], object]) -> Callable[[], object]:
        def shown() -> None:
            window.show_page("personas")
            for act in acts:
                act()

        return shown

    gallery = window.gallery
    form = partial(gallery.edit, mira)
    return {
        "personas": show(gallery.show_cards),
        "persona": show(partial(gallery.show_persona, mira)),
        "form": show(form),
        "prompt": show(form, gallery.show_prompt),
        "versions": show(partial(gallery.show_versions, mira)),
        "share": show(partial(gallery.share, mira)),
    }


_PARTS = ("general", "appearance", "sampling", "keys", "devices", "network", "about")

if __name__ == "__main__":
    sys.exit(main())
