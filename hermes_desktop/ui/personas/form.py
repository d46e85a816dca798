"""Knows the form in which a persona is written; not where personas are kept nor what becomes of a draft."""

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.personas.greetings import GreetingList
from hermes_desktop.ui.personas.picture import PictureChooser
from hermes_desktop.ui.pieces import PAGE_WIDTH, Fold, Scroll, button, column, field, note, text_box, title
from hermes_desktop.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form."""

    persona_id: int  # 0 for one that is being written
    fields: PersonaFields
    picture: bytes | None = None  # chosen now; None keeps the present one


class PersonaForm(Scroll):
    """Write or change a persona. Leaving is free: the draft goes out with the signal."""

    shown = Signal()  # another draft
    saved = Signal(object)  # Draft
    left = Signal(object)  # Draft, as it stood

    def __init__(self, theme: Theme) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._draft = self._began = Draft(0, PersonaFields(""))
        self._title = title("")
        self.aids = QVBoxLayout()  # for what helps with writing, above the boxes
        self._picture = PictureChooser(theme)
        self._name = self._line()
        self._name.textChanged.connect(self._on_name)
        self._tags = self._line(self.tr("fantasy, mystery"))
        self._description = text_box(6, self.tr("{{char}} keeps the lighthouse at Skerry Point…"))
        self._personality = text_box(2, self.tr("Dry, patient, quick to laugh"))
        self._scenario = text_box(3, self.tr("{{user}} comes ashore in a storm…"))
        self._greetings = GreetingList()
        self._notes = text_box(2)
        self._system = text_box(4)
        self._examples = text_box(6, "<START>\n{{user}}: …\n{{char}}: …")
        self._after = text_box(3)
        self._said = note("")
        self._save = button(self.tr("Save"), "primary", self.tr("Save the persona"))
        self._save.clicked.connect(self._on_save)
        self._discard = button(self.tr("Discard the draft"), "link")
        self._discard.clicked.connect(self._on_discard)
        self._build(inside)

    def edit(self, draft: Draft, avatar: bytes, heading: str) -> None:
        """Show a draft; `avatar` is the picture the persona has now."""
        self._draft = draft
        self._title.setText(heading)
        self._picture.show_picture(draft.fields.name, avatar, draft.picture)
        self.take_up(draft)
        self._began = self.draft  # as the boxes give it back: they change some kinds of blanks
        self._discard.hide()
        self._said.clear()
        self.verticalScrollBar().setValue(0)
        self._name.setFocus()
        self.shown.emit()

    def take_up(self, draft: Draft) -> None:
        """Show what was left unsaved; what the form began with stays what a change is measured by."""
        fields = draft.fields
        self._name.setText(fields.name)
        self._tags.setText(", ".join(fields.tags))
        self._tags.setCursorPosition(0)
        for edit, text in self._texts(fields):
            edit.setPlainText(text)
        self._greetings.show_greetings((fields.greeting, *fields.alternate_greetings))
        self._picture.show_chosen(draft.picture)
        self._said.setText(self.tr("This draft was not saved yet."))
        self._discard.show()

    @property
    def draft(self) -> Draft:
        """Give what stands in the form now."""
        greeting, *others = self._greetings.greetings() or ("",)
        fields = replace(
            self._draft.fields,
            name=self._name.text().strip(),
            tags=tuple(tag for part in self._tags.text().split(",") if (tag := part.strip())),
            description=self._description.toPlainText(),
            personality=self._personality.toPlainText(),
            scenario=self._scenario.toPlainText(),
            greeting=greeting,
            alternate_greetings=tuple(others),
            creator_notes=self._notes.toPlainText(),
            system_prompt=self._system.toPlainText(),
            example_dialogue=self._examples.toPlainText(),
            post_history_instructions=self._after.toPlainText(),
        )
        return replace(self._draft, fields=fields, picture=self._picture.chosen)

    @property
    def greetings(self) -> GreetingList:
        """Give the part that holds the greetings."""
        return self._greetings

    def boxes(self) -> dict[str, QLineEdit | QPlainTextEdit]:
        """Give the boxes of the texts by the names of their fields."""
        return {
            "name": self._name,
            "tags": self._tags,
            "description": self._description,
            "personality": self._personality,
            "scenario": self._scenario,
            "greeting": self._greetings.first,
            "creator_notes": self._notes,
            "system_prompt": self._system,
            "example_dialogue": self._examples,
            "post_history_instructions": self._after,
        }

    def is_changed(self) -> bool:
        """Tell whether anything differs from what the form began with."""
        return self.draft != self._began

    def say(self, sentence: str) -> None:
        """Say beside the save button why nothing was saved."""
        self._said.setText(sentence)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back; the draft is kept"))
        back.clicked.connect(lambda: self.left.emit(self.draft))
        top = QHBoxLayout()
        top.setSpacing(20)
        names = QWidget()
        column(
            names,
            field(self.tr("Name"), self._name),
            field(self.tr("Tags"), self._tags, self.tr("Divided by commas.")),
            spacing=12,
        )
        top.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(names, 1)
        whole = column(inside, spacing=16)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addLayout(self.aids)
        whole.addLayout(top)
        for part in (*self._basics(), Fold(self.tr("More"), self._more())):
            whole.addWidget(part)
        whole.addLayout(self._bottom())
        whole.addStretch(1)

    def _basics(self) -> tuple[QWidget, ...]:
        about = self.tr(
            "Who it is, how it looks, what it knows. {{char}} stands for its name, {{user}} for yours."
        )
        scene = self.tr("Where and how the two of you meet.")
        return (
            field(self.tr("Description"), self._description, about),
            field(self.tr("Personality"), self._personality, self.tr("A few words are enough.")),
            field(self.tr("Scenario"), self._scenario, scene),
            self._greetings,
        )

    def _more(self) -> QWidget:
        inside = QWidget()
        shown = self.tr("A line for the gallery; the model never reads it.")
        system = self.tr("Replaces the app’s own instruction to play the role. Leave it empty to use that.")
        examples = self.tr("Shows how it talks. Each example begins with a line <START>.")
        after = self.tr("Read by the model right after your newest message.")
        column(
            inside,
            field(self.tr("Notes"), self._notes, shown),
            field(self.tr("Example dialogue"), self._examples, examples),
            field(self.tr("System prompt"), self._system, system),
            field(self.tr("Last instructions"), self._after, after),
            spacing=16,
        )
        return inside

    def _bottom(self) -> QHBoxLayout:
        bottom = QHBoxLayout()
        bottom.setSpacing(12)
        bottom.addWidget(self._save)
        bottom.addWidget(self._discard)
        bottom.addWidget(self._said, 1)
        return bottom

    def _line(self, placeholder: str = "") -> QLineEdit:
        line = QLineEdit()
        line.setPlaceholderText(placeholder)
        return line

    def _texts(self, fields: PersonaFields) -> tuple[tuple[QPlainTextEdit, str], ...]:
        return (
            (self._description, fields.description),
            (self._personality, fields.personality),
            (self._scenario, fields.scenario),
            (self._notes, fields.creator_notes),
            (self._system, fields.system_prompt),
            (self._examples, fields.example_dialogue),
            (self._after, fields.post_history_instructions),
        )

    # ---- acting ------------------------------------------------------------------------------------

    def _on_name(self, text: str) -> None:
        self._picture.set_name(text.strip())
        if text.strip():
            self._said.clear()

    def _on_discard(self) -> None:
        self.take_up(self._began)
        self._said.clear()
        self._discard.hide()

    def _on_save(self) -> None:
        if not self._name.text().strip():
            self.say(self.tr("A persona needs a name."))
            self._name.setFocus()
            self.ensureWidgetVisible(self._name)
            return
        self.saved.emit(self.draft)
