"""Knows the help under one box of the form: a wish, a proposal, take or leave it; not how it is written."""

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from hermes_desktop.app.ghostwriter import Draft, GhostwriterService, Proposal
from hermes_desktop.app.models import ModelsService
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.ui.personas.quill import Quill, part_words, put
from hermes_desktop.ui.pieces import button, caption, column, note, words


class PartHelp(QFrame):
    """Have one part written and show it under what stands there now. Nothing is changed without a click."""

    def __init__(
        self,
        part: str,
        box: QPlainTextEdit,
        fields: Callable[[], PersonaFields],
        writer: GhostwriterService,
        models: ModelsService,
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._part, self._box, self._fields = part, box, fields
        self._quill = Quill(writer, models, self)
        self._wish = QLineEdit()
        self._wish.setPlaceholderText(self.tr("What you wish for, if anything: shorter, more menacing…"))
        self._wish.setAccessibleName(self._named(self.tr("Wish")))
        self._wish.returnPressed.connect(self.write)
        self._write = button(self.tr("Write"), "plain", self._named(self.tr("Write")))
        self._caption = caption(self.tr("Proposal"))
        self._text = words("")
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._said = note("")
        self._take = button(self.tr("Take it"), "primary", self._named(self.tr("Take it")))
        self._again = button(self.tr("Another"), "plain", self._named(self.tr("Another proposal")))
        self._leave = button(self.tr("Leave it"), "link", self._named(self.tr("Leave it")))
        self.link = button(self.tr("Write with me"), "link", self._named(self.tr("Write with me")))
        self.controls: tuple[QWidget, ...] = (self._wish, self._write, self._take, self._again, self._leave)
        self._build()
        self._wire()
        self._clear()
        self.hide()

    def open(self) -> None:
        """Show the help, or hide it where it is shown."""
        if not self.isHidden():
            self.close_help()
            return
        improves = bool(self._box.toPlainText().strip())
        self._write.setText(self.tr("Improve") if improves else self.tr("Write"))
        self._say(self._quill.warning)
        self.show()
        self._wish.setFocus()

    def close_help(self) -> None:
        """Put the help and its proposal away."""
        self._quill.stop()
        self._clear()
        self.hide()

    def hideEvent(self, event: QHideEvent) -> None:
        """End what is being written where nobody sees it any more."""
        if not event.spontaneous():
            self._quill.stop()
        super().hideEvent(event)

    def write(self) -> None:
        """Ask for a proposal, or stop the one that comes."""
        if self._quill.running:
            self._quill.stop()
            return
        self._clear()
        self._quill.write_part(self._part, self._fields(), self._box.toPlainText(), self._wish.text())
        self._show_running()

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        ask = QHBoxLayout()
        ask.setSpacing(8)
        ask.addWidget(self._wish, 1)
        ask.addWidget(self._write)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._take, self._again, self._leave):
            acts.addWidget(made)
        acts.addStretch(1)
        column(self, ask, self._caption, self._text, self._said, acts, spacing=8, margin=12)

    def _wire(self) -> None:
        self.link.clicked.connect(self.open)
        self._write.clicked.connect(self.write)
        self._again.clicked.connect(self.write)
        self._take.clicked.connect(self._on_take)
        self._leave.clicked.connect(self.close_help)
        self._quill.said.connect(self._say)
        self._quill.grew.connect(self._on_grew)
        self._quill.ended.connect(self._on_ended)

    def _named(self, act: str) -> str:
        return f"{act}: {part_words(self._part)}"

    # ---- acting ------------------------------------------------------------------------------------

    def _on_grew(self, proposal: Proposal) -> None:
        self._text.setText(proposal.text(self._part))
        self._show_running()

    def _on_ended(self, draft: Draft) -> None:
        self._text.setText(draft.proposal.text(self._part))
        self._show_running()
        if self._text.text():
            self._take.setFocus()

    def _on_take(self) -> None:
        put(self._box, self._text.text())
        self.close_help()
        self._box.setFocus()

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.setVisible(bool(text))

    def _clear(self) -> None:
        self._text.clear()
        self._say("")
        self._show_running()

    def _show_running(self) -> None:
        running, text = self._quill.running, bool(self._text.text())
        improves = bool(self._box.toPlainText().strip())
        usual = self.tr("Improve") if improves else self.tr("Write")
        self._write.setText(self.tr("Stop") if running else usual)
        self._caption.setVisible(text)
        self._text.setVisible(text)
        for made in (self._take, self._again, self._leave):
            made.setVisible(text and not running)


def offer_help(help_: PartHelp, box: QWidget) -> None:
    """Put a link beside the label of a box, and under all that belongs to it the help that it opens."""
    whole = box.parentWidget()
    layout = whole.layout() if whole is not None else None
    assert isinstance(layout, QVBoxLayout)
    first = layout.itemAt(0)
    assert first is not None
    line, label = first.layout(), first.widget()
    if not isinstance(line, QHBoxLayout):  # it is the label alone
        assert label is not None
        layout.removeWidget(label)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(label, 1)
        layout.insertLayout(0, line)
    line.insertWidget(1, help_.link)
    layout.addWidget(help_)
    QWidget.setTabOrder(box, help_.link)
    for before, after in pairwise((help_.link, *help_.controls)):
        QWidget.setTabOrder(before, after)
