"""Knows how the beginning of an export is shown, in its own form; not what is chosen."""

from PySide6.QtCore import QRectF, QUrl
from PySide6.QtGui import QFontDatabase, QPainter, QPaintEvent, QTextDocument
from PySide6.QtWidgets import QFrame, QTextBrowser

from hermes_desktop.app import transcript_words
from hermes_desktop.app.markup import DARK, LIGHT
from hermes_desktop.app.sheet import AVATAR, PAPER, PAPER_MINE, Sheet
from hermes_desktop.app.transcripts import Preview
from hermes_desktop.domain.transcript import Format
from hermes_desktop.ui.theme import Theme

_TEXT = 13  # pixels
_EDGE = 24


class PreviewView(QTextBrowser):
    """Show how an export begins: pages as they look, texts as they are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._sheet: Sheet | None = None
        self.setProperty("role", "preview")
        self.setAccessibleName(self.tr("How the export begins"))
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setViewportMargins(_EDGE, _EDGE, _EDGE, 0)

    def show_preview(self, preview: Preview, form: Format) -> None:
        """Show the beginning of an export of this kind."""
        paper = form is Format.PDF
        self._set_ground(PAPER.ground if paper else self._theme.palette.ground)
        if form not in (Format.HTML, Format.PDF):
            self._sheet = None
            self.setDocument(self._plain(preview.text))
            return
        palette = PAPER if paper else DARK if self._theme.dark else LIGHT
        mine = PAPER_MINE if paper else self._theme.palette.user_ground
        self._sheet = Sheet(palette, mine, transcript_words.labels(), size=_TEXT)
        self._sheet.write(preview.opening, list(preview.items))
        self._show(self._sheet.document)

    def wait(self) -> None:
        """Show nothing until it is known how it begins."""
        self._sheet = None
        self._set_ground(self._theme.palette.ground)
        self.setDocument(self._plain(""))

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Load nothing."""
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint grounds and pictures under the words."""
        if self._sheet is not None:
            painter = QPainter(self.viewport())
            bar = self.verticalScrollBar().value()
            painter.translate(0, -bar)
            view = self.viewport().rect()
            shown = QRectF(0, bar - AVATAR, view.width(), view.height() + AVATAR)
            self._sheet.paint_under(painter, shown)
            painter.end()
        super().paintEvent(event)

    def _show(self, document: QTextDocument) -> None:
        document.setParent(self)
        self.setDocument(document)

    def _plain(self, text: str) -> QTextDocument:
        document = QTextDocument(self)
        document.setDefaultFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        document.setPlainText(text)
        return document

    def _set_ground(self, colour: str) -> None:
        ink = PAPER.ink if colour == PAPER.ground else self._theme.palette.ink
        self.setStyleSheet(f"background: {colour}; color: {ink}; border-radius: 10px;")
