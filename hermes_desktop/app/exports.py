"""Knows which personas and lorebooks become files, and when; how one is made is in `making`."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from hermes_desktop.app import saving
from hermes_desktop.app.making import Export, Form, Material, Purpose, Wish, has_module, made
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas import card, lore_writer, private

_NOBODY = ("You", "User")  # names that a profile has before somebody gives it one


class ExportsService(QObject):
    """Write personas and their lorebooks; nothing of them is changed by that."""

    def __init__(
        self,
        personas: PersonasService,
        profiles: ProfilesService,
        tasks: Tasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas, self._profiles, self._tasks = personas, profiles, tasks

    def export(self, persona: Persona, wish: Wish) -> Export:
        """Write a persona here and now; raises EXPORT_SPEC."""
        return made(self._material(persona), wish)

    def start(
        self,
        persona: Persona,
        wish: Wish,
        done: Callable[[Export], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Write a persona off the event loop."""
        self._tasks.run(partial(made, self._material(persona), wish), done, failed)

    def _material(self, persona: Persona) -> Material:
        names = (profile.name for profile in self._profiles.all())
        return Material(
            persona,
            self._personas.card(persona),
            self._personas.original(persona),
            self._personas.origin(persona),
            self._personas.picture(persona.avatar),
            tuple(name for name in names if name not in _NOBODY),
        )

    def save(
        self, file: Path, export: Export, done: Callable[[Path], None], failed: Callable[[KnownError], None]
    ) -> None:
        """Put a file where the person wants it, off the event loop."""
        self._tasks.run(partial(saving.write, file, export.data), done, failed)

    def has_module(self, persona: Persona) -> bool:
        """Say whether a packed module of RisuAI travels with a persona."""
        return has_module(self._personas.origin(persona))

    def lorebook(self, persona: Persona, form: str, purpose: Purpose = Purpose.BACKUP) -> Export:
        """Write a persona's book, as "st" (SillyTavern's world info) or "v3"; raises LOREBOOK_NONE."""
        document: dict[str, Any] = json.loads(self._personas.card(persona))
        if not card.lore_entries(card.data_of(document)):
            raise KnownError(ErrorKind.LOREBOOK_NONE, name=persona.name)
        if purpose is Purpose.SHARE:
            document = private.shared(document)
        text = lore_writer.WRITERS[form](document)
        name = saving.file_name(f"{persona.name} lorebook", "json")
        return Export(text.encode("utf-8"), name, "lorebook", form, False, (), ())

    def card_text(self, persona: Persona, purpose: Purpose) -> str:
        """Give a card as text for the clipboard."""
        export = self.export(persona, Wish(Form.JSON, "v3", purpose))
        return export.data.decode("utf-8")

    def start_all(
        self,
        folder: Path,
        wish: Wish,
        wanted: Sequence[Persona],
        done: Callable[[int], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Write several personas into a folder, one after the other, over nothing that is there."""

        def step(number: int) -> None:
            if number == len(wanted):
                done(number)
                return
            work = partial(_write_beside, folder, self._material(wanted[number]), wish)
            self._tasks.run(work, lambda _path: step(number + 1), failed)

        step(0)


def _write_beside(folder: Path, material: Material, wish: Wish) -> Path:
    export = made(material, wish)
    return saving.write_beside(folder, export.name, export.data)
