"""Knows how a persona becomes a file for others; how each form is written is in `personas`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from hermes_desktop.app import paper, saving
from hermes_desktop.app.card_words import note_words
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.tasks import Tasks
from hermes_desktop.containers import png
from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona
from hermes_desktop.personas import (
    card,
    charx,
    charx_writer,
    forms,
    lore_writer,
    ooba_writer,
    pictured,
    private,
    reader,
    reveals,
)
from hermes_desktop.personas.notes import Note, NoteKind

_RISU_LIMIT = 5 * 1024 * 1024  # letters of a text in a picture that RisuAI reads
_FILES_NAMED = 5
_NOBODY = ("You", "User")  # names that a profile has before somebody gives it one


class Form(StrEnum):
    """Say what kind of file it is to be."""

    PNG = "png"
    JSON = "json"
    CHARX = "charx"
    YAML = "yaml"


SPECS = {Form.PNG: ("v3", "v2"), Form.JSON: ("v3", "v2"), Form.CHARX: ("v3",), Form.YAML: ()}
# The form in which a file came, by the name that its reader gave it.
_CAME = {
    "png": Form.PNG,
    "apng": Form.PNG,
    "json": Form.JSON,
    "yaml": Form.YAML,
    "charx": Form.CHARX,
}


class Purpose(StrEnum):
    """Say whom it is for: others, or oneself."""

    SHARE = "share"  # without what is nobody else's business
    BACKUP = "backup"  # with everything


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of an export."""

    form: Form
    spec: str = ""  # "v2" or "v3"; nothing: as it came, or the newest where it must be written anew
    purpose: Purpose = Purpose.BACKUP
    keep_module: bool = True  # of RisuAI, in CHARX


@dataclass(frozen=True, slots=True)
class Export:
    """A file that can be written."""

    data: bytes
    name: str  # of the file
    form: str
    spec: str  # that was written; the name of another format where it goes as it came from there
    untouched: bool  # it is the file that came, byte for byte
    remarks: tuple[str, ...]  # what the form loses
    reveals: tuple[str, ...]  # what it tells beside the persona


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
        """Write a persona; raises EXPORT_SPEC."""
        if wish.spec and wish.spec not in SPECS[wish.form]:
            raise KnownError(ErrorKind.EXPORT_SPEC, form=wish.form.upper(), spec=wish.spec)
        document: dict[str, Any] = json.loads(self._personas.card(persona))
        made = _Making(self._personas, persona, wish, document)
        data, spec = made.written()
        untouched = made.untouched
        names = tuple(profile.name for profile in self._profiles.all() if profile.name not in _NOBODY)
        told = made.telling(spec, names)
        return Export(
            data,
            saving.file_name(persona.name, wish.form.value),
            wish.form.value,
            spec,
            untouched,
            tuple(note_words(note) for note in made.notes),
            tuple(note_words(note) for note in told),
        )

    def start(
        self,
        persona: Persona,
        wish: Wish,
        done: Callable[[Export], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Write a persona off the event loop."""
        self._tasks.run(partial(self.export, persona, wish), done, failed)

    def save(
        self, file: Path, export: Export, done: Callable[[Path], None], failed: Callable[[KnownError], None]
    ) -> None:
        """Put a file where the person wants it, off the event loop."""
        self._tasks.run(partial(saving.write, file, export.data), done, failed)

    def has_module(self, persona: Persona) -> bool:
        """Say whether a packed module of RisuAI travels with a persona."""
        origin = self._personas.origin(persona)
        return (
            origin is not None and origin[1] == "charx" and charx_writer.MODULE in Archive(origin[0]).members
        )

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

    def save_all(self, folder: Path, wish: Wish, wanted: list[Persona]) -> list[Path]:
        """Write several personas into a folder, over nothing that is there; raises what saving raises."""
        made = ((self.export(persona, wish)) for persona in wanted)
        return [saving.write_beside(folder, each.name, each.data) for each in made]

    def start_all(
        self,
        folder: Path,
        wish: Wish,
        wanted: list[Persona],
        done: Callable[[list[Path]], None],
        failed: Callable[[KnownError], None],
    ) -> None:
        """Write several personas off the event loop."""
        self._tasks.run(partial(self.save_all, folder, wish, wanted), done, failed)


class _Making:
    """Writes one persona once, and notes what is lost on the way."""

    def __init__(
        self, personas: PersonasService, persona: Persona, wish: Wish, document: dict[str, Any]
    ) -> None:
        self._personas, self._persona, self._wish = personas, persona, wish
        self._whole = document
        self._share = wish.purpose is Purpose.SHARE
        self._document = private.shared(document) if self._share else document
        self._origin = personas.origin(persona)
        self._picture = self._found_picture()
        self.notes: list[Note] = []
        self.untouched = False

    def written(self) -> tuple[bytes, str]:
        """Give the file's bytes and the version of the card in it."""
        original = self._personas.original(self._persona)
        if original is not None and self._goes_as_it_came(*original):
            self.untouched = True
            return original[0], self._persona.spec
        return {
            Form.PNG: self._png,
            Form.JSON: self._json,
            Form.CHARX: self._charx,
            Form.YAML: self._yaml,
        }[self._wish.form]()

    def _goes_as_it_came(self, data: bytes, form: str) -> bool:
        if self._wish.spec or _CAME.get(form) is not self._wish.form:
            return False
        if not self._wish.keep_module and form == "charx":
            return False
        if not self._share:
            return True
        bare = form == "json" or (self._wish.form is Form.PNG and pictured.is_bare(data))
        return bare and self._document is self._whole

    # ---- the forms ---------------------------------------------------------------------------------

    def _png(self) -> tuple[bytes, str]:
        name, document = self._persona.name, self._document
        if self._wish.spec == "v2":
            cards = {"chara": self._as_v2(document)}
        else:
            newest = forms.as_v3(document, name)
            cards = {"chara": forms.as_v2(newest, name, warned=True), "ccv3": newest}
        longest = max(len(pictured.encoded(each)) for each in cards.values())
        if longest > _RISU_LIMIT:
            self.notes.append(Note(NoteKind.LARGE, f"{longest / 1024 / 1024:.1f} MB"))
        self._note_files()
        try:
            data = pictured.written(self._png_picture(), cards, share=self._share)
        except DamagedError:
            self.notes.append(Note(NoteKind.MADE_ANEW))
            data = pictured.written(self._small_picture(), cards, share=self._share)
        return data, self._wish.spec or "v3"

    def _as_v2(self, document: dict[str, Any]) -> dict[str, Any]:
        made = forms.as_v2(document, self._persona.name)
        if any(key in card.data_of(document) and key not in made["data"] for key in forms.NEWER):
            self.notes.append(Note(NoteKind.PARKED))
        return made

    def _json(self) -> tuple[bytes, str]:
        name, document = self._persona.name, self._document
        if self._wish.spec:
            document = forms.as_v3(document, name) if self._wish.spec == "v3" else self._as_v2(document)
        if self._picture and not charx.picture_in(document):
            self.notes.append(Note(NoteKind.PICTURE_STAYS))
        self._note_files()
        return charx_writer.card_file(document), self._wish.spec or card.spec_of(document) or ""

    def _charx(self) -> tuple[bytes, str]:
        document = forms.as_v3(self._document, self._persona.name)
        if self._origin is not None and self._origin[1] == "charx":
            made = self._charx_again(document, *self._origin)
        else:
            picture = self._picture or self._small_picture()
            try:
                made = charx_writer.fresh(document, picture, share=self._share)
            except DamagedError:
                self.notes.append(Note(NoteKind.MADE_ANEW))
                made = charx_writer.fresh(document, self._small_picture(), share=self._share)
        if made.lost:
            self.notes.append(Note(NoteKind.FILES_LOST, str(len(made.lost))))
        return made.data, "v3"

    def _charx_again(
        self, document: dict[str, Any], original: bytes, _form: str, avatar: str
    ) -> charx_writer.Written:
        icon = self._picture if avatar != self._persona.avatar else b""
        if charx_writer.MODULE in Archive(original).members:
            if not self._wish.keep_module:
                self.notes.append(Note(NoteKind.MODULE_LEFT_OUT))
            elif self._lore_has_changed(original):
                self.notes.append(Note(NoteKind.MODULE_OLDER))
        return charx_writer.again(
            original, document, icon=icon, keep_module=self._wish.keep_module, share=self._share
        )

    def _lore_has_changed(self, original: bytes) -> bool:
        before = card.data_of(json.loads(reader.read(original, self._persona.name).card.card))
        return bool(before.get("character_book") != card.data_of(self._whole).get("character_book"))

    def _yaml(self) -> tuple[bytes, str]:
        self.notes.append(Note(NoteKind.LOSSY))
        return ooba_writer.written(self._persona.fields), ""

    def _note_files(self) -> None:
        number = charx.files_of(self._document)
        if number and (self._wish.form is not Form.PNG or self._origin is None or self._origin[1] == "charx"):
            self.notes.append(Note(NoteKind.FILES_STAY, str(number)))

    # ---- the picture -------------------------------------------------------------------------------

    def _found_picture(self) -> bytes:
        """Give the picture as it came, or the one that was chosen since; nothing where there is none."""
        if self._origin is not None and self._origin[2] == self._persona.avatar:
            try:
                return reader.read(self._origin[0], self._persona.name).picture
            except KnownError:  # it could be read when it came
                return self._personas.picture(self._persona.avatar)
        return self._personas.picture(self._persona.avatar)

    def _png_picture(self) -> bytes:
        if not self._picture or self._picture.startswith(png.SIGNATURE):
            return self._picture or self._small_picture()
        try:
            turned = paper.whole_png(self._picture, self._persona.name)
        except KnownError:
            return self._small_picture()
        self.notes.append(Note(NoteKind.PICTURE_TURNED))
        return turned

    def _small_picture(self) -> bytes:
        """Give the avatar, or draw one."""
        avatar = self._personas.picture(self._persona.avatar)
        if avatar.startswith(png.SIGNATURE):
            return avatar
        self.notes.append(Note(NoteKind.PICTURE_DRAWN))
        return paper.drawn_png(self._persona.name)

    # ---- what it tells -----------------------------------------------------------------------------

    def telling(self, _spec: str, own_names: tuple[str, ...]) -> list[Note]:
        """List what the file tells about people and computers."""
        document: dict[str, Any] = self._document
        if self._wish.form is Form.YAML:
            fields = self._persona.fields
            document = {"name": fields.name, "first_mes": fields.greeting}
            document["description"] = ooba_writer.context(fields)
        told = reveals.reveals(document, own_names=own_names, home=Path.home().name)
        if self._share:
            return told
        pictured_in = self._wish.form in (Form.PNG, Form.CHARX)
        said = pictured.sayings(self._picture) if pictured_in and self._picture else []
        if said:
            told.append(Note(NoteKind.PICTURE_SAYS, ", ".join(said[:_FILES_NAMED])))
        others = self._other_files()
        if others:
            told.append(Note(NoteKind.OTHER_FILES, ", ".join(others[:_FILES_NAMED])))
        return told

    def _other_files(self) -> list[str]:
        """Name the files in the archive that belong to other programs."""
        if self._wish.form is not Form.CHARX or self._origin is None or self._origin[1] != "charx":
            return []
        try:
            names = list(Archive(self._origin[0]).members)
        except (DamagedError, TooMuchError):
            return []
        dropped = () if self._wish.keep_module else (charx_writer.MODULE,)
        return [
            name for name in names if name not in (charx.CARD, *dropped) and not name.startswith("assets/")
        ]
