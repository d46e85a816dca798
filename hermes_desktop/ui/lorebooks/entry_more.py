"""Knows the rarer settings of an entry of lore: where it stands, chance, groups, recursion, time."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QSpinBox, QWidget

from hermes_desktop.app.lore_words import keys_in, keys_line
from hermes_desktop.domain.lore import Entry, Position
from hermes_desktop.ui.lorebooks.entry_words import position_names, role_names
from hermes_desktop.ui.pieces import caption, column, field, number

_CHOICES: tuple[bool | None, ...] = (None, True, False)


class EntryMore(QWidget):
    """Hold the controls, grouped; every change goes out at once."""

    changed = Signal(object)  # Entry

    def __init__(self) -> None:
        super().__init__()
        self._entry = Entry("")
        self._readers: list[Callable[[Entry], None]] = []
        self._reading = False
        self._layout = column(self, spacing=16)
        self._add_place()
        self._add_search()
        self._add_recursion()
        self._add_time()
        self._add_group()

    def show_entry(self, entry: Entry) -> None:
        """Show another entry."""
        self._entry = entry
        self._reading = True
        for read in self._readers:
            read(entry)
        self._reading = False
        self._settle()

    def follow(self, entry: Entry) -> None:
        """Know what was changed elsewhere in the entry."""
        self._entry = entry
        self._settle()

    # ---- groups of controls ------------------------------------------------------------------------

    def _add_place(self) -> None:
        names = position_names()
        places = list(names)
        where = self._choice(
            list(names.values()),
            lambda entry: places.index(entry.position),
            lambda entry, at: replace(entry, position=places[at]),
        )
        self._depth = self._spin(0, 999, "depth")
        roles = list(role_names())
        self._role = self._choice(
            list(role_names().values()),
            lambda entry: roles.index(entry.role),
            lambda entry, at: replace(entry, role=roles[at]),
        )
        self._outlet = self._line(
            lambda entry: entry.outlet, lambda entry, text: replace(entry, outlet=text.strip())
        )
        order = self._spin(-9999, 99999, "order")
        chance = self._spin(0, 100, "probability", suffix=" %")
        self._group(
            self.tr("Where it stands"),
            field(self.tr("Place"), where),
            field(self.tr("Order"), order, self.tr("Higher stands nearer the end.")),
            field(self.tr("Messages that follow it"), self._depth),
            field(self.tr("Spoken as"), self._role),
            field(self.tr("Name of the outlet"), self._outlet),
            field(self.tr("Probability"), chance),
        )

    def _add_search(self) -> None:
        usual = [self.tr("As usual"), self.tr("Yes"), self.tr("No")]
        whole = self._three("whole_words", usual)
        case = self._three("case_sensitive", usual)
        depth = number(-1, 999, self.tr("as the book says"))
        self._bind_spin(
            depth,
            lambda entry: -1 if entry.scan_depth is None else entry.scan_depth,
            lambda entry, value: replace(entry, scan_depth=None if value < 0 else value),
        )
        self._group(
            self.tr("How keys are looked for"),
            field(self.tr("In the last messages"), depth),
            field(self.tr("Whole words only"), whole),
            field(self.tr("Capitals matter"), case),
        )

    def _add_recursion(self) -> None:
        self._group(
            self.tr("Other entries"),
            self._check(self.tr("Other entries do not bring it up"), "exclude_recursion"),
            self._check(self.tr("It brings up no others"), "prevent_recursion"),
            field(
                self.tr("Recursion level"),
                self._spin(0, 100, "recursion_level"),
                self.tr("From 1 on only other entries bring it up."),
            ),
            self._check(self.tr("Counts against no budget"), "ignore_budget"),
        )

    def _add_time(self) -> None:
        delay = number(0, 99999, "")
        self._bind_spin(
            delay,
            lambda entry: entry.conditions.delay,
            lambda entry, value: replace(entry, conditions=replace(entry.conditions, delay=value)),
        )
        self._group(
            self.tr("In messages"),
            field(self.tr("Stays for"), self._spin(0, 99999, "sticky")),
            field(self.tr("Then rests for"), self._spin(0, 99999, "cooldown")),
            field(self.tr("Not before message"), delay),
        )

    def _add_group(self) -> None:
        groups = self._line(
            lambda entry: keys_line(entry.groups), lambda entry, text: replace(entry, groups=keys_in(text))
        )
        self._group(
            self.tr("Group, of which one entry is chosen"),
            field(self.tr("Groups"), groups),
            field(self.tr("Weight of the draw"), self._spin(0, 99999, "group_weight")),
            self._check(self.tr("Goes before others of its group"), "group_override"),
        )

    def _group(self, name: str, *parts: QWidget) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        place = 0
        for part in parts:
            if isinstance(part, QCheckBox):  # its words need the whole line
                place += place % 2
                grid.addWidget(part, place // 2, 0, 1, 2)
                place += 2
            else:
                grid.addWidget(part, place // 2, place % 2, Qt.AlignmentFlag.AlignTop)
                place += 1
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._layout.addWidget(caption(name))
        self._layout.addLayout(grid)

    # ---- controls ----------------------------------------------------------------------------------

    def _spin(self, low: int, high: int, name: str, suffix: str = "") -> QSpinBox:
        box = number(low, high, "")
        box.setSuffix(suffix)
        self._bind_spin(
            box,
            lambda entry: int(getattr(entry, name)),
            lambda entry, value: _with(entry, name, value),
        )
        return box

    def _bind_spin(
        self, box: QSpinBox, read: Callable[[Entry], int], write: Callable[[Entry, int], Entry]
    ) -> None:
        self._readers.append(lambda entry: box.setValue(read(entry)))
        # What does not fit into the box is not cut off by showing it.
        box.valueChanged.connect(lambda value: self._change(write, value))

    def _choice(
        self, words: list[str], read: Callable[[Entry], int], write: Callable[[Entry, int], Entry]
    ) -> QComboBox:
        box = QComboBox()
        box.addItems(words)
        self._readers.append(lambda entry: box.setCurrentIndex(read(entry)))
        box.currentIndexChanged.connect(lambda at: self._change(write, at))
        return box

    def _three(self, name: str, words: list[str]) -> QComboBox:
        return self._choice(
            words,
            lambda entry: _CHOICES.index(getattr(entry, name)),
            lambda entry, at: _with(entry, name, _CHOICES[at]),
        )

    def _check(self, words: str, name: str) -> QCheckBox:
        box = QCheckBox(words)
        self._readers.append(lambda entry: box.setChecked(getattr(entry, name)))
        box.toggled.connect(lambda on: self._change(lambda entry, value: _with(entry, name, value), on))
        return box

    def _line(self, read: Callable[[Entry], str], write: Callable[[Entry, str], Entry]) -> QLineEdit:
        line = QLineEdit()
        self._readers.append(lambda entry: line.setText(read(entry)))
        line.textEdited.connect(lambda text: self._change(write, text))
        return line

    # ---- changing ----------------------------------------------------------------------------------

    def _change(self, write: Callable[..., Entry], value: object) -> None:
        if not self._reading:
            self._entry = write(self._entry, value)
            self._settle()
            self.changed.emit(self._entry)

    def _settle(self) -> None:
        """Let only what means something at this place be changed."""
        deep = self._entry.position is Position.DEPTH
        self._depth.setEnabled(deep)
        self._role.setEnabled(deep)
        self._outlet.setEnabled(self._entry.position is Position.OUTLET)


def _with(entry: Entry, name: str, value: object) -> Entry:
    return replace(entry, **{name: value})  # type: ignore[arg-type]  # names and kinds as in the groups above
