"""Knows how a person chooses what goes into an export; not how it is written or shown."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QWidget

from hermes_desktop.app import transcript_words
from hermes_desktop.app.transcripts import TranscriptsService
from hermes_desktop.domain.transcript import SHIPPED_CHOICES, Choices, Format
from hermes_desktop.ui.pieces import button, caption, column, field, note
from hermes_desktop.ui.transcripts.messages import MessagesChoice

_FORMATS = (Format.HTML, Format.PDF, Format.MARKDOWN, Format.TEXT, Format.JSON, Format.JSONL)


class ChoicesForm(QWidget):
    """Choose a format, a preset, and every part by itself."""

    changed = Signal()

    def __init__(self, transcripts: TranscriptsService) -> None:
        super().__init__()
        self._transcripts = transcripts
        self.messages = MessagesChoice()
        self._format = QComboBox()
        for form in _FORMATS:
            self._format.addItem(transcript_words.format_name(form), form)
        self._whole, self._reading = note(""), QWidget()
        self._preset = QComboBox()
        self._boxes = {part: QCheckBox(text) for part, text in self._parts().items()}
        self._my_name, self._persona_name = QLineEdit(), QLineEdit()
        self._own_name = QLineEdit()
        self._own_name.setPlaceholderText(self.tr("Name for these choices"))
        self._own_name.setAccessibleName(self.tr("Name for these choices"))
        self._keep = button(self.tr("Keep"), name=self.tr("Keep these choices under this name"))
        self._forget = button(self.tr("Forget"), name=self.tr("Forget the chosen preset"))
        self.setFocusProxy(self._format)
        self._build()
        self._wire()

    def _parts(self) -> dict[str, str]:
        return {
            "branches": self.tr("All versions and branches"),
            "pictures": self.tr("Pictures"),
            "times": self.tr("When it was said"),
            "thoughts": self.tr("Inner monologues"),
            "tools": self.tr("Calls of tools"),
            "profile": self.tr("What I say of myself"),
            "system": self.tr("What the model is told"),
            "models": self.tr("Model and settings of every reply"),
        }

    def _build(self) -> None:
        own = QHBoxLayout()
        own.setSpacing(8)
        own.addWidget(self._own_name, 1)
        own.addWidget(self._keep)
        own.addWidget(self._forget)
        parts = QWidget()
        column(parts, *self._boxes.values(), spacing=8)
        column(self, field(self.tr("Format"), self._format), self._whole, self._reading, spacing=12)
        column(
            self._reading,
            field(self.tr("What for"), self._preset),
            caption(self.tr("What goes in")),
            parts,
            field(self.tr("Instead of my name"), self._my_name),
            field(self.tr("Instead of the persona's name"), self._persona_name),
            note(self.tr("Other names stand over the messages and in what was said.")),
            field(self.tr("Messages"), self.messages),
            caption(self.tr("Keep these choices")),
            own,
            spacing=12,
        )

    def _wire(self) -> None:
        self._format.currentIndexChanged.connect(self._on_format)
        self._preset.activated.connect(self._on_preset)
        for box in self._boxes.values():
            box.clicked.connect(self._on_changed)
        for edit in (self._my_name, self._persona_name):
            edit.textEdited.connect(self._on_changed)
        self.messages.changed.connect(self._on_messages)
        self._keep.clicked.connect(self._on_keep)
        self._forget.clicked.connect(self._on_forget)

    # ---- what is chosen ----------------------------------------------------------------------------

    @property
    def form(self) -> Format:
        """Give the format."""
        return _FORMATS[self._format.currentIndex()]

    @property
    def preset(self) -> str:
        """Give the name of the preset; "" where the choices are others."""
        return str(self._preset.currentData() or "")

    @property
    def choices(self) -> Choices:
        """Give the choices."""
        boxes = {part: box.isChecked() for part, box in self._boxes.items()}
        return Choices(my_name=self._my_name.text(), persona_name=self._persona_name.text(), **boxes)

    def open(self, my_name: str, persona_name: str) -> None:
        """Begin with what was chosen the last time."""
        form, preset = self._transcripts.last()
        self._my_name.setPlaceholderText(my_name)
        self._persona_name.setPlaceholderText(persona_name)
        self._format.setCurrentIndex(_FORMATS.index(form))
        self._on_format()
        self._fill_presets(preset.name)
        self._show(preset.choices)

    def _fill_presets(self, chosen: str) -> None:
        self._preset.clear()
        for preset in self._transcripts.presets():
            self._preset.addItem(transcript_words.preset_name(preset.name), preset.name)
        self._preset.setCurrentIndex(self._preset.findData(chosen))
        self._preset.setPlaceholderText(self.tr("My own choices"))
        self._forget.setVisible(bool(chosen) and chosen not in SHIPPED_CHOICES)

    def _show(self, choices: Choices) -> None:
        for part, box in self._boxes.items():
            box.setChecked(getattr(choices, part))
        self._my_name.setText(choices.my_name)
        self._persona_name.setText(choices.persona_name)
        self._on_messages()

    # ---- acts --------------------------------------------------------------------------------------

    def _on_preset(self, *_anything: object) -> None:
        self._show(self._transcripts.preset(self.preset).choices)
        self._forget.setVisible(self.preset not in SHIPPED_CHOICES)
        self.changed.emit()

    def _on_changed(self, *_anything: object) -> None:
        same = (each.name for each in self._transcripts.presets() if each.choices == self.choices)
        self._preset.setCurrentIndex(self._preset.findData(next(same, None)))
        self._forget.setVisible(bool(self.preset) and self.preset not in SHIPPED_CHOICES)
        self.changed.emit()

    def _on_format(self, *_anything: object) -> None:
        """What goes into a file for reading is chosen; of one for programs it is told."""
        self._reading.setVisible(not self.form.whole)
        self._whole.setVisible(self.form.whole)
        self._whole.setText(transcript_words.whole_words(self.form))
        self.changed.emit()

    def _on_messages(self) -> None:
        """Branches have numbers of their own, so chosen messages are those of the path."""
        self._boxes["branches"].setEnabled(not self.messages.stretches)
        self.changed.emit()

    def _on_keep(self) -> None:
        made = self._transcripts.save_preset(self._own_name.text(), self.choices)
        self._own_name.clear()
        self._fill_presets(made.name)

    def _on_forget(self) -> None:
        self._transcripts.delete_preset(self.preset)
        self._fill_presets("")
        self._on_changed()
