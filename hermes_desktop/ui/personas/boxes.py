"""Knows the controls in which a persona is written, and how its fields go in and come out; not the form."""

from collections.abc import Iterator
from dataclasses import fields, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from hermes_desktop.app.studio import Weights
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import CardExtras, PersonaFields
from hermes_desktop.ui.personas.examples import ExampleEditor
from hermes_desktop.ui.personas.greetings import GreetingList
from hermes_desktop.ui.personas.macro_text import MacroText
from hermes_desktop.ui.personas.weighing import WeighedField
from hermes_desktop.ui.pieces import caption, column, emptied, field, words
from hermes_desktop.ui.theme import Theme

_DEPTH_LIMIT = 9_999


class Boxes(QObject):
    """Hold a control for every field of a persona, in groups that the form lays out."""

    changed = Signal()

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._fields = self._shown = PersonaFields("")
        self.name, self.nickname, self.tags = QLineEdit(), QLineEdit(), QLineEdit()
        self.creator, self.version = QLineEdit(), QLineEdit()
        self.tags.setPlaceholderText(self.tr("fantasy, mystery"))
        self.description = MacroText(theme, 6, self.tr("{{char}} keeps the lighthouse at Skerry Point…"))
        self.personality = MacroText(theme, 2, self.tr("Dry, patient, quick to laugh"))
        self.scenario = MacroText(theme, 3, self.tr("{{user}} comes ashore in a storm…"))
        self.system, self.after = MacroText(theme, 4), MacroText(theme, 3)
        self.note, self.creator_notes = MacroText(theme, 2), MacroText(theme, 2)
        self.depth, self.role = self._make_depth(), self._make_role()
        self.greetings, self.group_greetings = GreetingList(theme), GreetingList(theme, main=False)
        self.examples = ExampleEditor(theme)
        self.extras = _Extras()
        self._weighed: dict[str, WeighedField] = {}
        for line in (self.name, self.nickname, self.tags, self.creator, self.version):
            line.textChanged.connect(self.changed)
        for box in self._texts():
            box[1].textChanged.connect(self.changed)
        for part in (self.greetings, self.group_greetings, self.examples):
            part.changed.connect(self.changed)
        self.depth.valueChanged.connect(self.changed)
        self.role.currentIndexChanged.connect(self.changed)

    # ---- in and out --------------------------------------------------------------------------------

    def show_fields(self, persona: PersonaFields, user: str) -> None:
        """Show what a persona says; `user` is what I am called in examples."""
        self._fields = persona
        for line, text in (
            (self.name, persona.name),
            (self.nickname, persona.nickname),
            (self.tags, ", ".join(persona.tags)),
            (self.creator, persona.creator),
            (self.version, persona.character_version),
        ):
            line.setText(text)
            line.setCursorPosition(0)
        for name, box in self._texts():
            box.setPlainText(getattr(persona, name))
        self.depth.setValue(persona.note_depth)
        self.role.setCurrentIndex(max(self.role.findData(persona.note_role.value), 0))
        self.greetings.show_greetings((persona.greeting, *persona.alternate_greetings))
        self.group_greetings.show_greetings(persona.group_greetings)
        self.examples.show_text(persona.example_dialogue, persona.spoken_name, user)
        self._shown = self._given()

    def fields(self) -> PersonaFields:
        """Give what stands in the controls; what nobody touched is as it was, down to its line ends."""
        given = self._given()
        kept = {
            field.name: getattr(self._fields, field.name)
            for field in fields(PersonaFields)
            if getattr(given, field.name) == getattr(self._shown, field.name)
        }
        return replace(given, **kept)

    def _given(self) -> PersonaFields:
        greeting, *others = self.greetings.greetings() or ("",)
        texts = {name: box.toPlainText() for name, box in self._texts()}
        return replace(
            self._fields,
            name=self.name.text().strip(),
            nickname=self.nickname.text().strip(),
            tags=tuple(tag for part in self.tags.text().split(",") if (tag := part.strip())),
            greeting=greeting,
            alternate_greetings=tuple(others),
            group_greetings=self.group_greetings.greetings(),
            example_dialogue=self.examples.text(),
            creator=self.creator.text().strip(),
            character_version=self.version.text().strip(),
            note_depth=self.depth.value(),
            note_role=Role(self.role.currentData()),
            **texts,
        )

    def by_field(self) -> dict[str, QLineEdit | QPlainTextEdit]:
        """Give the boxes of texts by the names of their fields; of the greetings the main one."""
        return {
            "name": self.name,
            "tags": self.tags,
            **dict(self._texts()),
            "greeting": self.greetings.first,
            "example_dialogue": self.examples.raw,
        }

    def show_weights(self, weights: Weights) -> None:
        """Show what each field weighs."""
        for name, shown in self._weighed.items():
            shown.show_weight(weights.of(name), weights.about)
        self.greetings.show_weights(weights, "greeting")
        self.group_greetings.show_weights(weights, "group_greetings")

    def _texts(self) -> tuple[tuple[str, MacroText], ...]:
        return (
            ("description", self.description),
            ("personality", self.personality),
            ("scenario", self.scenario),
            ("creator_notes", self.creator_notes),
            ("system_prompt", self.system),
            ("post_history_instructions", self.after),
            ("note", self.note),
        )

    # ---- groups ------------------------------------------------------------------------------------

    def names(self) -> Iterator[QWidget]:
        """Give what stands beside the picture."""
        nickname = self.tr("What it is called in conversation; empty means by its name.")
        yield field(self.tr("Name"), self.name)
        yield field(self.tr("Nickname"), self.nickname, nickname)
        yield field(self.tr("Tags"), self.tags, self.tr("Divided by commas."))

    def basics(self) -> Iterator[QWidget]:
        """Give what nearly every persona has."""
        about = self.tr(
            "Who it is, how it looks, what it knows. {{char}} stands for its name, {{user}} for yours; "
            "two braces offer the rest."
        )
        scene = self.tr("Where and how the two of you meet.")
        few = self.tr("A few words are enough.")
        yield self._field("description", self.tr("Description"), self.description, about)
        yield self._field("personality", self.tr("Personality"), self.personality, few)
        yield self._field("scenario", self.tr("Scenario"), self.scenario, scene)
        yield self.greetings

    def instructions(self) -> Iterator[QWidget]:
        """Give what is said to the model alone."""
        system = self.tr("Replaces the app’s own instruction to play the role. Leave it empty to use that.")
        after = self.tr("Read by the model right after your newest message.")
        noted = self.tr("Stands between the messages, so many of them before the end.")
        yield self._field("system_prompt", self.tr("System prompt"), self.system, system)
        yield self._field("post_history_instructions", self.tr("Last instructions"), self.after, after)
        box = self._field("note", self.tr("Character’s note"), self.note, noted)
        line = QHBoxLayout()
        line.setSpacing(8)
        for text, control in ((self.tr("Messages after it"), self.depth), (self.tr("Said by"), self.role)):
            label = QLabel(text)
            label.setProperty("role", "soft")
            label.setBuddy(control)
            line.addWidget(label)
            line.addWidget(control)
            line.addSpacing(12)
        line.addStretch(1)
        whole = QWidget()
        column(whole, box, line, spacing=8)
        yield whole

    def dialogue(self) -> Iterator[QWidget]:
        """Give how it talks."""
        yield self._field("example_dialogue", self.tr("Example dialogue"), self.examples)

    def card(self) -> Iterator[QWidget]:
        """Give what the model never reads."""
        shown = self.tr("A line for the gallery and for those who get the card; the model never reads it.")
        yield field(self.tr("Notes"), self.creator_notes, shown)
        yield field(self.tr("Creator"), self.creator)
        yield field(self.tr("Version of the card"), self.version)
        label = QLabel(self.tr("Greetings for groups"))
        label.setProperty("role", "field")
        whole = QWidget()
        column(whole, label, self.group_greetings, spacing=4)
        yield whole
        yield self.extras

    def _field(self, name: str, text: str, box: QWidget, explanation: str = "") -> WeighedField:
        self._weighed[name] = made = WeighedField(text, box, explanation)
        return made

    def _make_depth(self) -> QSpinBox:
        box = QSpinBox()
        box.setRange(0, _DEPTH_LIMIT)
        box.lineEdit().setTextMargins(8, 0, 8, 0)
        box.setAccessibleName(self.tr("Messages after the character’s note"))
        return box

    def _make_role(self) -> QComboBox:
        box = QComboBox()
        for role, text in (
            (Role.SYSTEM, self.tr("the system")),
            (Role.USER, self.tr("you")),
            (Role.ASSISTANT, self.tr("the persona")),
        ):
            box.addItem(text, role.value)
        box.setAccessibleName(self.tr("Who says the character’s note"))
        return box


class _Extras(QWidget):
    """Show what a card says that nobody changes here."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column(self, spacing=4)

    def show_extras(self, extras: CardExtras) -> None:
        """Show notes in other languages and where the card comes from; nothing where there are none."""
        emptied(self._column)
        for language, said in extras.notes:
            self._add(self.tr("Notes in {language}").replace("{language}", language), said)
        if extras.sources:
            self._add(self.tr("Comes from"), "\n".join(extras.sources))
        self.setVisible(bool(extras.notes or extras.sources))

    def _add(self, name: str, text: str) -> None:
        self._column.addWidget(caption(name))
        self._column.addWidget(words(text))
        self._column.addSpacing(8)
