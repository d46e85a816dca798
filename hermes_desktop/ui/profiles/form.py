"""Knows the form in which a profile is written; not where profiles are kept nor what becomes of a draft."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.persona import ProfileForm as FileForm
from hermes_desktop.ui.personas.picture import Picture, PictureChooser
from hermes_desktop.ui.pieces import PAGE_WIDTH, Scroll, button, column, field, note, text_box, title
from hermes_desktop.ui.profiles.goes_with import PersonaChoice
from hermes_desktop.ui.profiles.out import export_menu
from hermes_desktop.ui.theme import Theme

_LINES = 6


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form."""

    profile_id: int  # 0 for one that is being written
    name: str = ""
    description: str = ""
    picture: Picture | None = None  # chosen now; None keeps the present one
    default: bool = False
    personas: frozenset[int] = frozenset()


class ProfileForm(Scroll):
    """Write or change a profile. Leaving is free: the draft goes out with the signal."""

    saved = Signal(object)  # Draft
    left = Signal(object)  # Draft, as it stood
    duplicate_asked = Signal(int)
    delete_asked = Signal(int)
    export_asked = Signal(int, object)  # profile id, form of the file

    def __init__(self, profiles: ProfilesService, personas: PersonasService, theme: Theme) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._profiles = profiles
        self._draft = self._began = Draft(0)
        self._title = title("")
        self._picture = PictureChooser(theme)
        self._picture.changed.connect(self._mark)
        self._name = QLineEdit()
        self._name.setMaxLength(200)
        self._name.textChanged.connect(self._on_name)
        self._default = QCheckBox(self.tr("Begin new conversations as this profile"))
        self._default.toggled.connect(self._mark)
        self._description = text_box(_LINES, self.tr("Keeps bees on the hill, asks too many questions…"))
        self._description.textChanged.connect(self._on_description)
        self._weight = note("")
        self._personas = PersonaChoice(profiles, personas, theme)
        self._personas.changed.connect(self._mark)
        self._save = button(self.tr("Save"), "primary", self.tr("Save the profile"))
        self._save.clicked.connect(lambda: self.saved.emit(self.draft))
        self._others = self._make_others()
        self._build(inside)

    # ---- showing -----------------------------------------------------------------------------------

    def edit(self, draft: Draft, picture: bytes, heading: str) -> None:
        """Show a profile as it is; `picture` is the one that it has now."""
        self._title.setText(heading)
        self._others.setVisible(bool(draft.profile_id))
        self._default.setEnabled(not draft.default)  # another one is chosen in its place
        self._draft = draft
        self._picture.show_picture(draft.name, picture, draft.picture)
        self._personas.show_choice(draft.profile_id, draft.personas)
        self._fill(draft)
        self._began = self.draft  # as the boxes give it back: they change some kinds of blanks
        self._mark()
        self.verticalScrollBar().setValue(0)
        self._name.setFocus()

    def take_up(self, draft: Draft) -> None:
        """Go on with what was left unsaved of the profile that is shown."""
        self._draft = draft
        self._picture.show_chosen(draft.picture)
        self._personas.show_choice(draft.profile_id, draft.personas)
        self._fill(draft)

    @property
    def draft(self) -> Draft:
        """Give what stands in the form now."""
        return replace(
            self._draft,
            name=self._name.text(),
            description=self._description.toPlainText(),
            picture=self._picture.chosen,
            default=self._default.isChecked(),
            personas=self._personas.chosen,
        )

    def is_changed(self) -> bool:
        """Say whether something would be lost by leaving."""
        return self.draft != self._began

    def _fill(self, draft: Draft) -> None:
        self._name.setText(draft.name)
        self._default.setChecked(draft.default)
        self._description.setPlainText(draft.description)
        self._mark()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ My profiles"), "link", self.tr("Back to my profiles"))
        back.clicked.connect(lambda: self.left.emit(self.draft))
        beside = QVBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(field(self.tr("My name"), self._name, self.tr("Personas call you by it.")))
        beside.addWidget(self._default)
        beside.addStretch(1)
        face = QVBoxLayout()
        face.setSpacing(0)
        face.addWidget(self._picture)
        face.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(20)
        head.addLayout(face)
        head.addLayout(beside, 1)
        about = QVBoxLayout()
        about.setSpacing(4)
        about.addWidget(field(self.tr("About me"), self._description))
        about.addWidget(self._weight)
        goes_with = field(
            self.tr("Goes with these personas"),
            self._personas,
            self.tr("New conversations with them begin as this profile, whichever is chosen otherwise."),
        )
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self._save)
        acts.addStretch(1)
        acts.addWidget(self._others)
        whole = column(inside, back, self._title, head, about, goes_with, acts, spacing=18)
        whole.setAlignment(back, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)

    def _make_others(self) -> QWidget:
        copy = button(self.tr("Duplicate"), name=self.tr("Duplicate this profile"))
        copy.clicked.connect(lambda: self.duplicate_asked.emit(self._draft.profile_id))
        out = button(self.tr("Export…"), name=self.tr("Export this profile"))
        menu = export_menu(out, several=False)
        menu.chosen.connect(self._on_export)
        out.clicked.connect(lambda: menu.popup(out.mapToGlobal(out.rect().bottomLeft())))
        delete = button(self.tr("Delete"), name=self.tr("Delete this profile"))
        delete.clicked.connect(lambda: self.delete_asked.emit(self._draft.profile_id))
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for each in (copy, out, delete):
            line.addWidget(each)
        return whole

    # ---- acting ------------------------------------------------------------------------------------

    def _mark(self, *_anything: object) -> None:
        fresh = not self._draft.profile_id
        self._save.setEnabled(bool(self._name.text().strip()) and (fresh or self.is_changed()))

    def _on_name(self, text: str) -> None:
        self._picture.set_name(text)
        self._mark()

    def _on_description(self) -> None:
        number = self._profiles.weight(self._description.toPlainText())
        said = self.tr("About {n} tokens in every prompt. Here {{char}} stands for whoever you talk with.")
        self._weight.setText(said.replace("{n}", QLocale().toString(number)))
        self._mark()

    def _on_export(self, form: FileForm) -> None:
        self.export_asked.emit(self._draft.profile_id, form)
