"""Knows how one persona becomes a file, and what is lost and told by that; reads and writes none itself."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from hermes_desktop.app import paper, saving
from hermes_desktop.app.card_words import note_words
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
    ooba_writer,
    pictured,
    private,
    reader,
    reveals,
)
from hermes_desktop.personas.notes import Note, NoteKind

_RISU_LIMIT = 5 * 1024 * 1024  # letters of a text in a picture that RisuAI reads
_FILES_NAMED = 5


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


@dataclass(frozen=True, slots=True)
class Material:
    """What a file is made of."""

    persona: Persona
    card: str
    original: tuple[bytes, str] | None  # the file that this very version came as, and its format
    origin: tuple[bytes, str, str] | None  # the one that an earlier version came as, and its avatar's key
    avatar: bytes
    own_names: tuple[str, ...]  # of the person


def made(material: Material, wish: Wish) -> Export:
    """Write a persona; raises EXPORT_SPEC. It can be called in any thread."""
    if wish.spec and wish.spec not in SPECS[wish.form]:
        raise KnownError(ErrorKind.EXPORT_SPEC, form=wish.form.upper(), spec=wish.spec)
    making = _Making(material, wish)
    data, spec = making.written()
    told = making.telling()
    return Export(
        data,
        saving.file_name(material.persona.name, wish.form.value),
        wish.form.value,
        spec,
        making.untouched,
        tuple(note_words(note) for note in making.notes),
        tuple(note_words(note) for note in told),
    )


def has_module(origin: tuple[bytes, str, str] | None) -> bool:
    """Say whether a packed module of RisuAI travels in the archive that a persona came as."""
    return origin is not None and origin[1] == "charx" and charx_writer.MODULE in Archive(origin[0]).members


class _Making:
    """Writes one persona once, and notes what is lost on the way."""

    def __init__(self, material: Material, wish: Wish) -> None:
        self._material, self._persona, self._wish = material, material.persona, wish
        self._whole: dict[str, Any] = json.loads(material.card)
        self._share = wish.purpose is Purpose.SHARE
        self._document = private.shared(self._whole) if self._share else self._whole
        self._origin = material.origin
        self._picture = self._found_picture()
        self.notes: list[Note] = []
        self.untouched = False

    def written(self) -> tuple[bytes, str]:
        """Give the file's bytes and the version of the card in it."""
        original = self._material.original
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
        except (DamagedError, TooMuchError):
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
            except (DamagedError, TooMuchError):
                self.notes.append(Note(NoteKind.MADE_ANEW))
                made = charx_writer.fresh(document, self._small_picture(), share=self._share)
        if made.lost:
            self.notes.append(Note(NoteKind.FILES_LOST, str(len(made.lost))))
        return made.data, "v3"

    def _charx_again(
        self, document: dict[str, Any], original: bytes, _form: str, avatar: str
    ) -> charx_writer.Written:
        icon = self._picture if avatar != self._persona.avatar else b""
        if has_module(self._origin):
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
                return self._material.avatar
        return self._material.avatar

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
        avatar = self._material.avatar
        if avatar.startswith(png.SIGNATURE):
            return avatar
        self.notes.append(Note(NoteKind.PICTURE_DRAWN))
        return paper.drawn_png(self._persona.name)

    # ---- what it tells -----------------------------------------------------------------------------

    def telling(self) -> list[Note]:
        """List what the file tells about people and computers."""
        document: dict[str, Any] = self._document
        if self._wish.form is Form.YAML:
            fields = self._persona.fields
            document = {"name": fields.name, "first_mes": fields.greeting}
            document["description"] = ooba_writer.context(fields)
        told = reveals.reveals(document, own_names=self._material.own_names, home=Path.home().name)
        kept = self._wish.form in (Form.PNG, Form.CHARX) and not self._share
        said = self._sayings() if kept and self._picture else []
        if said:
            told.append(Note(NoteKind.PICTURE_SAYS, ", ".join(said[:_FILES_NAMED])))
        others = self._other_files()
        if others:
            told.append(Note(NoteKind.OTHER_FILES, ", ".join(others[:_FILES_NAMED])))
        return told

    def _sayings(self) -> list[str]:
        try:
            return pictured.sayings(self._picture)
        except TooMuchError:
            return []

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
