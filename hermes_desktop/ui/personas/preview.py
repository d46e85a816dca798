"""Knows how the prompt of a first reply is shown, part by part; the app puts it together and counts it."""

from collections.abc import Iterator

from PySide6.QtCore import QLocale, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QHideEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QTextEdit, QWidget

from hermes_desktop.app.studio import CLOSING, StudioService, chatml, opening
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import Persona
from hermes_desktop.domain.prompt import Prompt, Span
from hermes_desktop.ui.inspector.bar import share_ink
from hermes_desktop.ui.inspector.shares import label_of
from hermes_desktop.ui.personas.weighing import tokens_words
from hermes_desktop.ui.pieces import MARGIN, PAGE_WIDTH, button, column, field, note, title
from hermes_desktop.ui.theme import Theme

_AGAIN_MS = 300


class PromptPreview(QWidget):
    """Show what the model would read if somebody said something to a draft."""

    left = Signal()

    def __init__(self, studio: StudioService, theme: Theme) -> None:
        super().__init__()
        self._studio = studio
        self._theme = theme
        self._persona: Persona | None = None
        self._prompt: Prompt | None = None
        self._tokens: tuple[int, ...] = ()
        self._about = True
        self._request = 0
        self._greeting = QComboBox()
        self._greeting.activated.connect(self._read)
        self._greetings = field(self.tr("Greeting"), self._greeting)
        self._words = QLineEdit(self.tr("Hello."))
        self._sum = note("")
        self._text = QTextEdit()
        self._text.setReadOnly(True)
        self._text.setProperty("role", "reading")
        self._text.setAccessibleName(self.tr("What the model reads"))
        self._text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AGAIN_MS)
        self._timer.timeout.connect(self._read)
        self._words.textChanged.connect(self._timer.start)
        self._build()
        studio.counted.connect(self._on_counted)
        theme.changed.connect(self._draw)

    def show_draft(self, persona: Persona, greeting: int) -> None:
        """Show the prompt of a persona as it stands in a form; `greeting` counts as in its `greetings`."""
        self._persona = persona
        self._greeting.clear()
        for number, text in enumerate(persona.fields.greetings, 1):
            begun = " ".join(text.split())[:48]
            self._greeting.addItem(f"{number}. {begun}")
        self._greeting.setCurrentIndex(greeting)
        self._greetings.setVisible(self._greeting.count() > 1)
        self._read()
        self._text.verticalScrollBar().setValue(0)
        self._text.setFocus()

    @property
    def text(self) -> str:
        """Give the prompt as the model reads it."""
        return chatml(self._prompt) if self._prompt is not None else ""

    def hideEvent(self, event: QHideEvent) -> None:
        """Read nothing that nobody sees."""
        self._timer.stop()
        super().hideEvent(event)

    # ---- building ----------------------------------------------------------------------------------

    def _build(self) -> None:
        back = button(self.tr("‹ Back"), "link", self.tr("Back to the form"))
        back.clicked.connect(self.left)
        copy = button(self.tr("Copy"), name=self.tr("Copy what the model reads"))
        copy.clicked.connect(self._on_copy)
        head = QHBoxLayout()
        head.addWidget(title(self.tr("What the model reads")), 1)
        head.addWidget(copy)
        asked = QHBoxLayout()
        asked.setSpacing(12)
        asked.addWidget(self._greetings, 1)
        asked.addWidget(field(self.tr("If you said"), self._words), 1)
        inside = QWidget()
        inside.setMaximumWidth(PAGE_WIDTH)
        whole = column(inside, spacing=12)
        whole.addWidget(back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addLayout(head)
        whole.addLayout(asked)
        whole.addWidget(self._sum)
        whole.addWidget(self._text, 1)
        line = QHBoxLayout(self)
        line.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        line.addStretch(1)
        line.addWidget(inside, 1000)
        line.addStretch(1)

    # ---- reading -----------------------------------------------------------------------------------

    def _read(self, *_anything: object) -> None:
        self._timer.stop()
        if self._persona is None:
            return
        said = self._words.text().strip()
        self._prompt = self._studio.preview(self._persona, max(self._greeting.currentIndex(), 0), said).prompt
        texts = tuple(span.text for span in self._spans())
        self._tokens, self._about = tuple(map(self._studio.estimate, texts)), True
        self._request = self._studio.count(texts)
        self._draw()

    def _on_counted(self, request: int, tokens: tuple[int, ...]) -> None:
        if request == self._request and len(tokens) == len(self._tokens):
            self._tokens, self._about = tokens, not self._studio.exact
            self._draw()

    def _spans(self) -> Iterator[Span]:
        for turn in self._prompt.turns if self._prompt is not None else ():
            yield from turn.spans

    # ---- drawing -----------------------------------------------------------------------------------

    def _draw(self, *_anything: object) -> None:
        if self._prompt is None:
            return
        place = self._text.verticalScrollBar().value()
        self._text.clear()
        cursor = QTextCursor(self._text.document())
        cursor.beginEditBlock()
        tokens = iter(self._tokens)
        for turn in self._prompt.turns:
            self._line(cursor, opening(turn.role.value).rstrip("\n"), self._marks(), above=12)
            for span in turn.spans:
                said = f"■ {label_of(span.kind)} · {tokens_words(next(tokens), self._about)}"
                self._line(cursor, said, self._label(span), above=8)
                self._line(cursor, span.text.rstrip("\n"), self._ink())
            self._line(cursor, CLOSING.rstrip("\n"), self._marks())
        self._line(cursor, opening(Role.ASSISTANT.value).rstrip("\n"), self._marks(), above=12)
        cursor.endEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        self._text.setTextCursor(cursor)
        self._text.verticalScrollBar().setValue(place)
        self._sum.setText(self._summed())

    def _summed(self) -> str:
        total = sum(self._tokens)
        said = self.tr("{tokens} without the marks, of a context of {context}.")
        words = tokens_words(total, self._about)
        said = said.replace("{tokens}", words[:1].upper() + words[1:])
        said = said.replace("{context}", QLocale().toString(self._studio.context))
        if total > self._studio.context:
            said += " " + self.tr("That is more than fits: examples leave first.")
        if self._studio.own_template:
            said += " " + self.tr("The loaded model has marks of its own between the turns.")
        return said

    def _line(self, cursor: QTextCursor, text: str, letters: QTextCharFormat, above: int = 0) -> None:
        block = QTextBlockFormat()
        block.setTopMargin(above)
        if cursor.position():
            cursor.insertBlock(block, letters)
        else:
            cursor.setBlockFormat(block)
        cursor.insertText(text.replace("\n", "\u2028"), letters)

    def _marks(self) -> QTextCharFormat:
        made = QTextCharFormat()
        face = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        face.setPixelSize(12)
        made.setFont(face)
        made.setForeground(QColor(self._theme.palette.faint))
        return made

    def _label(self, span: Span) -> QTextCharFormat:
        made = QTextCharFormat()
        face = QFont(self._theme.font)
        face.setPixelSize(11)
        face.setWeight(QFont.Weight.DemiBold)
        made.setFont(face)
        made.setForeground(share_ink(self._theme, span.kind))
        return made

    def _ink(self) -> QTextCharFormat:
        made = QTextCharFormat()
        face = QFont(self._theme.font)
        face.setPixelSize(14)
        made.setFont(face)
        made.setForeground(QColor(self._theme.palette.ink))
        return made

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
