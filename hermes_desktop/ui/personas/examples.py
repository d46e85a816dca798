"""Knows how example dialogue is edited, as turns or as one text; how turns are read is the app's part."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QWidget

from hermes_desktop.app.dialogue import Block, Turn, Who, read, written
from hermes_desktop.ui.personas.macro_text import MacroText
from hermes_desktop.ui.pieces import button, caption, card, column, emptied, note
from hermes_desktop.ui.theme import Theme

_MOST = 60  # turns that are shown as such; more would make the form slow
_RAW_LINES = 6


class TurnRow(QWidget):
    """Edit one turn: who, and what."""

    changed = Signal()
    asked = Signal(str)  # "up", "down" or "remove"

    def __init__(self, theme: Theme, turn: Turn, name: str) -> None:
        super().__init__()
        self.turn = turn
        self.who = QComboBox()
        for who, text in (
            (Who.PERSONA, self.tr("Persona")),
            (Who.YOU, self.tr("You")),
            *(((Who.NOBODY, self.tr("Before the first turn")),) if turn.who is Who.NOBODY else ()),
        ):
            self.who.addItem(text, who)
        self.who.setCurrentIndex(self.who.findData(turn.who))
        self.who.setAccessibleName(self.tr("Who says {name}").replace("{name}", name))
        self.edit = MacroText(theme, 1, name=name)
        self.edit.setPlainText(turn.text)
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.who)
        top.addStretch(1)
        for act, sign, said in (
            ("up", "↑", self.tr("Move {name} up")),
            ("down", "↓", self.tr("Move {name} down")),
            ("remove", self.tr("Remove"), self.tr("Remove {name}")),
        ):
            made = button(sign, "link", said.replace("{name}", name))
            made.clicked.connect(lambda _on, what=act: self.asked.emit(what))
            top.addWidget(made)
        column(self, top, self.edit, spacing=4)
        self.who.activated.connect(self._on_who)
        self.edit.textChanged.connect(self._on_text)

    def _on_who(self, _index: int) -> None:
        self.turn.let_speak(Who(self.who.currentData()))
        self.changed.emit()

    def _on_text(self) -> None:
        text = self.edit.toPlainText()
        if text != self.turn.text:
            self.turn.text = text
            self.changed.emit()


class ExampleEditor(QWidget):
    """Edit example dialogue. The text is what counts; turns that nobody touches leave it as it is."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._char, self._user = "", ""
        self._blocks: list[Block] = []
        self._as_text = False
        self._waits = False  # rows are to be made as soon as somebody sees them
        self.raw = MacroText(
            theme, _RAW_LINES, "<START>\n{{user}}: …\n{{char}}: …", self.tr("Example dialogue")
        )
        self.raw.textChanged.connect(self._on_raw)
        self._switch = button("", "link")
        self._switch.clicked.connect(self._on_switch)
        self._said = note("")
        self._turns = QWidget()
        self._column = column(self._turns, spacing=12)
        add = button(self.tr("+ Another example"), "link", self.tr("Add another example"))
        add.clicked.connect(self._on_add_block)
        self._add = add
        self._body = column(self, self.raw, self._turns, self._said, spacing=6)
        bottom = QHBoxLayout()
        bottom.setSpacing(2)
        bottom.addWidget(add)
        bottom.addWidget(self._switch)
        bottom.addStretch(1)
        self._body.addLayout(bottom)
        self.show_text("", "", "")

    def show_text(self, text: str, char: str, user: str) -> None:
        """Show another text; `char` and `user` are the names that may open a turn in it."""
        self._char, self._user = char, user
        self.raw.blockSignals(True)
        self.raw.setPlainText(text)
        self.raw.blockSignals(False)
        self._text = self.raw.toPlainText()
        self._show()

    def text(self) -> str:
        """Give the text."""
        return self._text

    def showEvent(self, event: QShowEvent) -> None:
        """Make the rows that nobody has seen yet."""
        super().showEvent(event)
        self._fill()

    # ---- turns and text ----------------------------------------------------------------------------

    def _show(self) -> None:
        self._blocks = read(self._text, self._char, self._user)
        many = sum(len(block.turns) for block in self._blocks) > _MOST
        self._said.setText(
            self.tr("There are too many turns to show them one by one.")
            if many
            else self.tr("Shows how it talks. Each example begins with a line <START>.")
            if self._as_text
            else self.tr("Shows how it talks. The first to leave when the context is full.")
        )
        raw = many or self._as_text
        self.raw.setVisible(raw)
        self._turns.setVisible(not raw)
        self._add.setVisible(not raw)
        self._switch.setVisible(not many)
        self._switch.setText(self.tr("Show as turns") if raw else self.tr("Show as text"))
        self._switch.setAccessibleName(
            self.tr("Show the example dialogue as turns")
            if raw
            else self.tr("Show the example dialogue as text")
        )
        self._waits = not raw
        if self.isVisible():
            self._fill()

    def _on_switch(self) -> None:
        self._as_text = not self._as_text
        self._show()

    def _on_raw(self) -> None:
        self._text = self.raw.toPlainText()
        if self.raw.isHidden():  # somebody else has written
            self._show()
        self.changed.emit()

    def _on_turn(self) -> None:
        self._text = written(self._blocks)
        self.raw.blockSignals(True)
        self.raw.setPlainText(self._text)
        self.raw.blockSignals(False)
        self.changed.emit()

    # ---- blocks ------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Make the rows; that takes a while, so nobody waits for those that are folded away."""
        if not self._waits:
            return
        self._waits = False
        emptied(self._column)
        for number, block in enumerate(self._blocks, 1):
            self._column.addWidget(self._frame(block, number))

    def _frame(self, block: Block, number: int) -> QFrame:
        frame = card()
        name = self.tr("Example {n}").replace("{n}", str(number))
        drop = button(self.tr("Remove"), "link", self.tr("Remove {name}").replace("{name}", name))
        drop.clicked.connect(lambda: self._on_drop_block(block))
        top = QHBoxLayout()
        top.addWidget(caption(name), 1)
        top.addWidget(drop)
        layout = column(frame, top, spacing=8, margin=12)
        for place, turn in enumerate(block.turns, 1):
            called = self.tr("turn {m} of example {n}").replace("{m}", str(place)).replace("{n}", str(number))
            row = TurnRow(self._theme, turn, called)
            row.changed.connect(self._on_turn)
            row.asked.connect(lambda what, b=block, t=turn: self._on_asked(what, b, t))
            layout.addWidget(row)
        more = QHBoxLayout()
        more.setSpacing(2)
        for who, text in ((Who.YOU, self.tr("+ You")), (Who.PERSONA, self.tr("+ Persona"))):
            said = self.tr("Add a turn to example {n}: {who}").replace("{n}", str(number))
            made = button(text, "link", said.replace("{who}", text.removeprefix("+ ")))
            made.clicked.connect(lambda _on, b=block, w=who: self._on_add(b, w))
            more.addWidget(made)
        more.addStretch(1)
        layout.addLayout(more)
        return frame

    def _on_add_block(self) -> None:
        self._blocks.append(Block(turns=[Turn.by(Who.YOU), Turn.by(Who.PERSONA)]))
        self._rebuild(self._blocks[-1].turns[0])

    def _on_drop_block(self, block: Block) -> None:
        self._blocks = [one for one in self._blocks if one is not block]
        self._rebuild(None)

    def _on_add(self, block: Block, who: Who) -> None:
        block.turns.append(Turn.by(who))
        self._rebuild(block.turns[-1])

    def _on_asked(self, what: str, block: Block, turn: Turn) -> None:
        place = next(number for number, one in enumerate(block.turns) if one is turn)
        del block.turns[place]
        if what != "remove":
            block.turns.insert(max(place + (1 if what == "down" else -1), 0), turn)
        self._rebuild(None if what == "remove" else turn)

    def _rebuild(self, focus: Turn | None) -> None:
        """Show the blocks as they are now, without reading the text: an empty turn is one, too."""
        self._on_turn()
        self._waits = True
        self._fill()
        for row in self._turns.findChildren(TurnRow):
            if row.turn is focus:
                row.edit.setFocus(Qt.FocusReason.OtherFocusReason)
