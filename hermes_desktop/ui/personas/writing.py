"""Knows the page on which the model writes a persona from one line; what is taken goes into the form."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hermes_desktop.app.ghostwriter import WHOLE, Draft, GhostwriterService, Proposal
from hermes_desktop.app.models import ModelsService
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.personas.quill import Quill, part_words
from hermes_desktop.ui.pieces import (
    PAGE_WIDTH,
    LeaveByEscape,
    Scroll,
    button,
    caption,
    column,
    heading,
    note,
    soft,
    title,
    words,
)

_BESIDE_FROM = 560  # pixels of a part; below, what is there stands over the proposal


class PartRow(QFrame):
    """Show what stands in a part now beside what is proposed for it."""

    taken = Signal()
    again_requested = Signal()

    def __init__(self, part: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.part = part
        name = part_words(part)
        self.setAccessibleName(name)
        self._state = soft("")
        self._present, self._text = words(""), words("")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._present.setProperty("role", "note")
        self._now, self._proposed = caption(self.tr("Now")), caption(self.tr("Proposal"))
        self._take = button(self.tr("Take"), "small", f"{self.tr('Take')}: {name}")
        self._leave = button(self.tr("Leave"), "small", f"{self.tr('Leave')}: {name}")
        self._again = button(self.tr("Again"), "small", f"{self.tr('Again')}: {name}")
        self._both = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._build(name)
        self.left_out = False

    @property
    def text(self) -> str:
        """Give the proposal."""
        return self._text.text()

    def show_present(self, text: str) -> None:
        """Show what stands there now."""
        self._present.setText(text.strip())
        self._old.setVisible(bool(text.strip()))
        self._proposed.setVisible(bool(text.strip()))

    def show_text(self, text: str, *, open_: bool) -> None:
        """Show a proposal; while it is open nothing can be done with it."""
        self._text.setText(text)
        self.left_out = False
        self._mark("")
        self.setVisible(bool(text) or not open_)
        for made in (self._take, self._leave, self._again):
            made.setVisible(not open_)
        self._take.setEnabled(bool(text))
        self._leave.setEnabled(bool(text))

    def mark_taken(self) -> None:
        """Say that it stands in the form."""
        self._mark(self.tr("In the form"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put one under the other where there is no room beside."""
        beside = event.size().width() >= _BESIDE_FROM
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        self._both.setDirection(direction)
        super().resizeEvent(event)

    def _build(self, name: str) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(heading(name), 1)
        for made in (self._state, self._take, self._leave, self._again):
            top.addWidget(made)
        self._old, new = QWidget(), QWidget()
        column(self._old, self._now, self._present, spacing=4).addStretch(1)
        column(new, self._proposed, self._text, spacing=4).addStretch(1)
        self._both.setSpacing(16)
        self._both.addWidget(self._old, 1)
        self._both.addWidget(new, 1)
        column(self, top, self._both, spacing=8, margin=16)
        self._take.clicked.connect(self.taken)
        self._leave.clicked.connect(self._on_leave)
        self._again.clicked.connect(self.again_requested)

    def _on_leave(self) -> None:
        self.left_out = True
        self._mark(self.tr("Left out"))

    def _mark(self, state: str) -> None:
        self._state.setText(state)
        self._text.setProperty("role", "faint" if self.left_out else "words")
        self._text.style().polish(self._text)


class WritingPage(Scroll):
    """Have a persona written from one line, and take of it what one likes."""

    left = Signal()  # back to the form
    taken = Signal(str, str)  # part, text

    def __init__(self, writer: GhostwriterService, models: ModelsService) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._fields: Callable[[], PersonaFields] = lambda: PersonaFields("")
        self._quill = Quill(writer, models, self)
        self._asked: tuple[str, ...] = ()  # parts that are being written
        self._idea = QLineEdit()
        self._idea.setPlaceholderText(self.tr("A lighthouse keeper who lies about the sea"))
        self._idea.setAccessibleName(self.tr("Your idea in one line"))
        self._write = button(self.tr("Write"), "primary", self.tr("Write the persona"))
        self._said = note("")
        self._rows = {part: PartRow(part) for part in WHOLE}
        self._all = button(self.tr("Take all"), "primary", self.tr("Take everything that was not left out"))
        self._done = button(self.tr("To the form"))
        self._foot = QWidget()
        self._build(inside)
        self._wire()

    def begin(self, idea: str, fields: Callable[[], PersonaFields]) -> None:
        """Show the page for a form whose fields are these, and write where there is an idea."""
        running = self._quill.running
        self._quill.stop()  # it was for another form
        self._asked = ()
        self._fields = fields
        self._idea.setText(idea)
        self._say(self._quill.warning)
        self._show_present()
        for row in self._rows.values():
            row.hide()
        self._show_running()
        self.verticalScrollBar().setValue(0)
        self._idea.setFocus()
        if idea.strip() and not running:
            self._on_write()

    def stop(self) -> None:
        """End what is being written."""
        self._quill.stop()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self, inside: QWidget) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back to the form"))
        back.clicked.connect(self._on_left)
        about = note(
            self.tr("Say in one line who it is. The model proposes every part; you choose what goes in.")
        )
        ask = QHBoxLayout()
        ask.setSpacing(8)
        ask.addWidget(self._idea, 1)
        ask.addWidget(self._write)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(8)
        foot.addWidget(self._all)
        foot.addWidget(self._done)
        foot.addStretch(1)
        rows = QVBoxLayout()
        rows.setSpacing(12)
        for row in self._rows.values():
            rows.addWidget(row)
        whole = column(inside, spacing=16)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(title(self.tr("Write it with me")))
        whole.addWidget(about)
        for layout in (ask, rows):
            whole.addLayout(layout)
            if layout is ask:
                whole.addWidget(self._said)
        whole.addWidget(self._foot)
        whole.addStretch(1)

    def _wire(self) -> None:
        self._idea.returnPressed.connect(self._on_write)
        self._write.clicked.connect(self._on_write)
        self._all.clicked.connect(self._on_take_all)
        self._done.clicked.connect(self._on_left)
        LeaveByEscape(self).asked.connect(self._on_escape)
        for row in self._rows.values():
            row.taken.connect(lambda row=row: self._take(row))
            row.again_requested.connect(lambda row=row: self._on_again(row))
        self._quill.said.connect(self._say)
        self._quill.grew.connect(self._on_grew)
        self._quill.ended.connect(self._on_ended)

    # ---- acting ------------------------------------------------------------------------------------

    def _on_write(self) -> None:
        if self._quill.running:
            self._quill.stop()
            return
        idea = self._idea.text().strip()
        if not idea:
            self._say(self.tr("Write your idea first; a few words are enough."))
            self._idea.setFocus()
            return
        self._asked = WHOLE
        self._show_texts(Proposal(), open_=True)
        self._quill.write_persona(idea, self._fields())
        self._show_running()

    def _on_again(self, row: PartRow) -> None:
        if self._quill.running:
            return
        self._asked = (row.part,)
        known = self._known(without=row.part)
        self._quill.write_part(row.part, known, "", self._idea.text())
        self._show_running()

    def _known(self, without: str) -> PersonaFields:
        """Give the fields as they would be with what is proposed."""
        texts: Mapping[str, object] = {
            part: tuple(tag.strip() for tag in row.text.split(",")) if part == "tags" else row.text
            for part, row in self._rows.items()
            if row.text and part != without and not row.left_out
        }
        return replace(self._fields(), **texts)  # type: ignore[arg-type]  # texts, and tags as a tuple

    def _on_grew(self, proposal: Proposal) -> None:
        self._show_texts(proposal, open_=True)

    def _on_ended(self, draft: Draft) -> None:
        if len(self._asked) == 1 and not draft.proposal.values:  # nothing came; the proposal before it stays
            self._rows[self._asked[0]].show_text(self._rows[self._asked[0]].text, open_=False)
        elif draft.proposal.values:
            self._show_texts(draft.proposal, open_=False)
        self._show_running()

    def _on_take_all(self) -> None:
        for row in self._rows.values():
            if row.text and not row.left_out:
                self._take(row)
        self._on_left()

    def _take(self, row: PartRow) -> None:
        row.left_out = False
        row.mark_taken()
        self.taken.emit(row.part, row.text)

    def _on_escape(self) -> None:
        if self._quill.running:
            self._quill.stop()
        else:
            self.left.emit()

    def _on_left(self) -> None:
        self._quill.stop()
        self.left.emit()

    # ---- showing -----------------------------------------------------------------------------------

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _show_present(self) -> None:
        fields = self._fields()
        for part, row in self._rows.items():
            value = getattr(fields, part)
            row.show_present(value if isinstance(value, str) else ", ".join(value))

    def _show_texts(self, proposal: Proposal, *, open_: bool) -> None:
        for part in self._asked:
            self._rows[part].show_text(proposal.text(part), open_=open_)

    def _show_running(self) -> None:
        running = self._quill.running
        self._write.setText(self.tr("Stop") if running else self.tr("Write"))
        shown = any(row.text for row in self._rows.values())
        self._foot.setVisible(shown and not running)
