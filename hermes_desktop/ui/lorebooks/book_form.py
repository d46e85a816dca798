"""Knows the form of what a book says of itself: name, notes, how far it looks; not its entries."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QWidget

from hermes_desktop.domain.lorebook import BookFields
from hermes_desktop.ui.pieces import Scroll, column, field, number, text_box

_CHOICES: tuple[bool | None, ...] = (None, True, False)


class BookForm(Scroll):
    """Write what holds for every entry of a book."""

    changed = Signal()

    def __init__(self) -> None:
        inside = QWidget()
        super().__init__(inside, margin=20)
        self._given = self._shown = BookFields()
        self._name = QLineEdit()
        self._about = text_box(4)
        self._depth = number(-1, 999, self.tr("as usual"))
        self._budget = number(0, 1_000_000, self.tr("as usual"))
        self._recursive = QComboBox()
        self._recursive.addItems([self.tr("As usual"), self.tr("Yes"), self.tr("No")])
        layout = column(
            inside,
            field(self.tr("Name of the book"), self._name),
            field(self.tr("Description"), self._about, self.tr("For people; the model never reads it.")),
            field(self.tr("Keys are looked for in the last messages"), self._depth),
            field(self.tr("Tokens that its entries may take"), self._budget),
            field(self.tr("What fires may bring up other entries"), self._recursive),
            spacing=16,
        )
        layout.addStretch(1)
        self._name.textEdited.connect(self.changed)
        self._about.textChanged.connect(self.changed)
        for box in (self._depth, self._budget):
            box.valueChanged.connect(self.changed)
        self._recursive.currentIndexChanged.connect(self.changed)

    def show_fields(self, fields: BookFields) -> None:
        """Show another book."""
        self.blockSignals(True)
        self._name.setText(fields.name)
        self._about.setPlainText(fields.description)
        self._depth.setValue(-1 if fields.scan_depth is None else fields.scan_depth)
        self._budget.setValue(fields.token_budget or 0)
        self._recursive.setCurrentIndex(_CHOICES.index(fields.recursive))
        self.blockSignals(False)
        self._given, self._shown = fields, self._read()

    def focus_name(self) -> None:
        """Give the name the keyboard."""
        self._name.setFocus()
        self._name.selectAll()

    @property
    def fields(self) -> BookFields:
        """Give what stands in the form; what nobody touched comes back as it was given."""
        now = self._read()
        return self._given if now == self._shown else now

    def _read(self) -> BookFields:
        depth, budget = self._depth.value(), self._budget.value()
        return BookFields(
            name=self._name.text(),
            description=self._about.toPlainText(),
            scan_depth=None if depth < 0 else depth,
            token_budget=budget or None,
            recursive=_CHOICES[self._recursive.currentIndex()],
        )
