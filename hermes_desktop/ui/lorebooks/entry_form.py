"""Knows the form of one entry of lore: what everybody needs first, the rest behind "More"; not the list."""

from dataclasses import replace

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from hermes_desktop.app import linting
from hermes_desktop.app.lore_words import keys_in, keys_line, weight_of
from hermes_desktop.domain.lore import Entry, Logic
from hermes_desktop.ui.lorebooks.entry_more import EntryMore
from hermes_desktop.ui.lorebooks.entry_words import logic_names
from hermes_desktop.ui.pieces import Fold, Scroll, column, field, note, text_box


class EntryForm(Scroll):
    """Write one entry. Every change goes out at once."""

    changed = Signal(object)  # Entry

    def __init__(self) -> None:
        inside = QWidget()
        super().__init__(inside, margin=20)
        self._entry = Entry("")
        self._showing = False
        self._name = QLineEdit()
        self._on = QCheckBox(self.tr("On"))
        self._always = QCheckBox(self.tr("Always in the prompt"))
        self._keys = QLineEdit()
        self._keys.setPlaceholderText(self.tr("lighthouse, lamp, /light(s|ning)/i"))
        self._second = QLineEdit()
        self._logic = self._make_logic()
        self._content = text_box(8)
        self._weight = note("")
        self._remarks = note("")
        self._more = EntryMore()
        self._build(inside)
        self._wire()

    def show_entry(self, entry: Entry) -> None:
        """Show another entry."""
        self._showing = True
        self._entry = entry
        self._name.setText(entry.comment or entry.name)
        self._on.setChecked(entry.enabled)
        self._always.setChecked(entry.constant)
        for line, keys in ((self._keys, entry.keys), (self._second, entry.secondary_keys)):
            line.setText(keys_line(keys))
            line.setCursorPosition(0)
        self._logic.setCurrentIndex(list(Logic).index(entry.logic))
        self._content.setPlainText(entry.content)
        self._more.show_entry(entry)
        self._showing = False
        self._tell()
        self.verticalScrollBar().setValue(0)

    def take_switch(self, entry: Entry) -> None:
        """Show that the entry was switched in the list."""
        self._showing = True
        self._entry = entry
        self._on.setChecked(entry.enabled)
        self._showing = False
        self._tell()

    def focus_name(self) -> None:
        """Give the first line the keyboard."""
        self._name.setFocus()

    # ---- building ----------------------------------------------------------------------------------

    def _make_logic(self) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(self.tr("What the other keys have to do"))
        box.addItems(list(logic_names().values()))
        return box

    def _build(self, inside: QWidget) -> None:
        switches = QHBoxLayout()
        switches.setSpacing(20)
        switches.addWidget(self._on)
        switches.addWidget(self._always)
        switches.addStretch(1)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self._logic)
        second.addWidget(self._second, 1)
        both = QWidget()
        column(both, self._keys, second, spacing=8)
        self._second.setAccessibleName(self.tr("Other keys"))
        self._second.setPlaceholderText(self.tr("other keys, or nothing"))
        keys = field(
            self.tr("Keys"),
            both,
            self.tr("Words that bring it up, divided by commas. A pattern stands between slashes."),
        )
        self._keys.setAccessibleName(self.tr("Keys"))
        text = self.tr("What the model reads. {{char}} and {{user}} stand for the names.")
        parts = (
            field(self.tr("Name"), self._name),
            keys,
            field(self.tr("Text"), self._content, text),
            self._weight,
            self._remarks,
            Fold(self.tr("More"), self._more),
        )
        layout = column(inside, switches, *parts, spacing=16)
        layout.addStretch(1)

    def _wire(self) -> None:
        self._name.textEdited.connect(self._on_name)
        self._on.toggled.connect(lambda on: self._change(enabled=on))
        self._always.toggled.connect(lambda on: self._change(constant=on))
        self._keys.textEdited.connect(lambda text: self._change(keys=keys_in(text)))
        self._second.textEdited.connect(lambda text: self._change(secondary_keys=keys_in(text)))
        self._logic.activated.connect(lambda place: self._change(logic=list(Logic)[place]))
        self._content.textChanged.connect(self._on_content)
        self._more.changed.connect(self._on_more)

    # ---- changing ----------------------------------------------------------------------------------

    def _on_name(self, text: str) -> None:
        """Write the name where it stands: SillyTavern calls it a comment, others a name."""
        if self._entry.name and not self._entry.comment:
            self._change(name=text)
        else:
            self._change(comment=text)

    def _on_content(self) -> None:
        if not self._showing and self._content.toPlainText() != _as_shown(self._entry.content):
            self._change(content=self._content.toPlainText())

    def _on_more(self, entry: Entry) -> None:
        """Take what stands behind "More"; it has no say about the rest."""
        self._put(entry)

    def _change(self, **values: object) -> None:
        if not self._showing:
            self._put(replace(self._entry, **values))  # type: ignore[arg-type]  # names and kinds as in `_wire`

    def _put(self, entry: Entry) -> None:
        if entry != self._entry:
            self._entry = entry
            self._more.follow(entry)
            self._tell()
            self.changed.emit(entry)

    def _tell(self) -> None:
        said = self.tr("about {n} tokens").replace("{n}", QLocale().toString(weight_of(self._entry)))
        self._weight.setText(said)
        remarks = linting.entry_remarks(self._entry)
        self._remarks.setText("\n".join(remarks))
        self._remarks.setVisible(bool(remarks))
        self._second.setEnabled(not self._entry.constant or bool(self._entry.secondary_keys))


def _as_shown(text: str) -> str:
    """Give a text as a box gives it back: it changes some kinds of blanks and line breaks."""
    box = QPlainTextEdit()
    box.setPlainText(text)
    return box.toPlainText()
