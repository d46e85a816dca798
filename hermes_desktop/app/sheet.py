"""Knows how messages stand in a document for paper or a preview; not on which page, nor how it is written."""

from dataclasses import dataclass, replace
from html import escape

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPainter,
    QPainterPath,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from hermes_desktop.domain.transcript import Aside, Item, Labels, Leaf, Opening, Part, PartKind, Speaker, Told
from hermes_desktop.rendering import markdown, monogram
from hermes_desktop.rendering.page import written_out
from hermes_desktop.rendering.style import LIGHT, RenderPalette, style_sheet

PAPER = replace(LIGHT, ground="#FFFFFF", code_ground="#F4F2EC")
PAPER_MINE = "#F4F1E9"
AVATAR = 28
LINE_HEIGHT = 150.0  # per cent of the face's own
_GUTTER = 44
_GAP = 18  # over a message
_BUBBLE = 10
_PARAGRAPH_GAP = 9  # as in the style sheet


@dataclass(slots=True)
class Turn:
    """Where a message stands in a document."""

    speaker: Speaker
    head: int  # number of the block
    body: int
    end: int


class Sheet:
    """Write messages into a document, and paint what Qt's rich text cannot have."""

    def __init__(
        self, palette: RenderPalette, mine: str, labels: Labels, *, size: int, room: QSizeF | None = None
    ) -> None:
        self.document = document_of(palette, size, room)
        self.turns: list[Turn] = []
        self._mine = QColor(mine)
        self._writer = Writer(self.document, labels)
        self._images: dict[Speaker, QImage] = {}

    def write(self, opening: Opening | None, items: list[Item], above: float = 0.0) -> None:
        """Write what stands above the messages, where it is wanted, and the messages."""
        self._writer.spacer(above)
        if opening is not None:
            self._writer.opening(opening)
        self.turns += [turn for item in items if (turn := self._writer.item(item)) is not None]

    def end(self) -> float:
        """Give where the last line ends."""
        return self.document.documentLayout().blockBoundingRect(self.document.lastBlock()).bottom()

    def top_of(self, number: int) -> float:
        """Give where the first line of a block stands; the block itself may begin on the page before."""
        block = self.document.findBlockByNumber(number)
        top = self.document.documentLayout().blockBoundingRect(block).top()
        return top + block.layout().lineAt(0).y() if block.layout().lineCount() else top

    def paint_under(self, painter: QPainter, shown: QRectF) -> None:
        """Paint grounds and pictures of the part that is shown, those pictures that begin in it."""
        for turn in self.turns:
            if turn.speaker.mine:
                self._paint_ground(painter, turn, shown)
            # Qt reckons in sixty-fourths: what begins a page may stand a little above it.
            top = self.top_of(turn.head)
            if shown.top() <= top + 1 < shown.bottom():
                self._paint_avatar(painter, turn.speaker, QRectF(0, max(top, shown.top()), AVATAR, AVATAR))

    def _paint_ground(self, painter: QPainter, turn: Turn, shown: QRectF) -> None:
        last = self.document.documentLayout().blockBoundingRect(self.document.findBlockByNumber(turn.end))
        left, top = float(_GUTTER - _BUBBLE), self.top_of(turn.body)
        ground = QRectF(left, top - 6, shown.width() - left, last.bottom() - top + 12)
        if not ground.intersects(shown):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._mine)
        painter.drawRoundedRect(ground.intersected(shown), 8, 8)

    def _paint_avatar(self, painter: QPainter, speaker: Speaker, place: QRectF) -> None:
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        circle = QPainterPath()
        circle.addEllipse(place)
        if speaker not in self._images:
            self._images[speaker] = QImage.fromData(speaker.picture)
        image = self._images[speaker]
        if image.isNull():
            painter.fillPath(circle, QColor(monogram.GROUNDS[monogram.ground(speaker.name)]))
            painter.setPen(QColor("#FFFFFF"))
            painter.setFont(face(round(AVATAR * 0.42), QFont.Weight.DemiBold))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, monogram.letter(speaker.name))
        else:
            painter.setClipPath(circle, Qt.ClipOperation.IntersectClip)
            painter.drawImage(place, image)
        painter.restore()


class Writer:
    """Write messages into a document, as Qt's rich text has them."""

    def __init__(self, document: QTextDocument, labels: Labels) -> None:
        self._document, self._labels = document, labels
        self._cursor = QTextCursor(document)
        frame = document.rootFrame()
        shape = frame.frameFormat()
        shape.setLeftMargin(_GUTTER)
        frame.setFrameFormat(shape)

    def spacer(self, height: float) -> None:
        """Leave room at the top, in the block that every document begins with."""
        shape = QTextBlockFormat()
        shape.setLineHeight(max(height, 1.0), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        self._cursor.setBlockFormat(shape)
        letters = QTextCharFormat()
        letters.setFontPointSize(1)
        self._cursor.setBlockCharFormat(letters)

    def opening(self, opening: Opening) -> None:
        """Write the title and what stands under it."""
        self._block(f'<span style="font-size:24px; font-weight:600">{escape(opening.title)}</span>', after=4)
        for line in opening.about:
            self._block(f'<span class="time">{escape(line)}</span>')
        for leaf in opening.leaves:
            self._leaf(leaf)
        self._block("<hr>")

    def item(self, item: Item) -> Turn | None:
        """Write a message, or the heading of what lies beside the path."""
        if isinstance(item, Aside):
            self._block(f"<b>{escape(item.text)}</b>", before=2 * _GAP)
            return None
        head = self._block(self._head(item), before=_GAP, after=8 if item.speaker.mine else 2)
        body = head + 1
        for number, part in enumerate(item.parts or (Part(PartKind.WORDS, ""),)):
            end = self._body(part_html(part, self._labels), first=number == 0)
        for text in (item.broken, item.note):
            if text:
                end = self._block(f'<span class="time">{escape(text)}</span>', before=4)
        return Turn(item.speaker, head, body, end)

    def _head(self, item: Told) -> str:
        beside = " · ".join(escape(text) for text in (item.version, item.time) if text)
        clock = f'&nbsp; <span class="time">{beside}</span>' if beside else ""
        return f'<span class="name">{escape(item.speaker.name)}</span>{clock}'

    def _leaf(self, leaf: Leaf) -> None:
        self._block(f'<span class="name">{escape(leaf.title)}</span>', before=_GAP, after=2)
        self._body(_words(leaf.text, self._labels), first=True)

    def _block(self, html: str, *, before: float = 0, after: float = 0) -> int:
        shape = QTextBlockFormat()
        shape.setTopMargin(before)
        shape.setBottomMargin(after)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.insertBlock(shape, QTextCharFormat())
        number = self._cursor.blockNumber()
        self._cursor.insertHtml(html)
        return number

    def _body(self, html: str, *, first: bool) -> int:
        start = self._block("")
        self._cursor.insertHtml(html)
        block = self._document.findBlockByNumber(start)
        cursor = QTextCursor(self._document)
        while block.isValid():
            self._set_line(cursor, block, first=first and block.blockNumber() == start)
            block = block.next()
        return self._document.lastBlock().blockNumber()

    def _set_line(self, cursor: QTextCursor, block: QTextBlock, *, first: bool) -> None:
        shape = block.blockFormat()
        if first:  # Qt gives it the format of the block that it was put into
            shape.setTopMargin(0)
            shape.setBottomMargin(_PARAGRAPH_GAP)
        shape.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        shape.setBottomMargin(max(shape.bottomMargin(), 2.0) if block.next().isValid() else 0)
        cursor.setPosition(block.position())
        cursor.setBlockFormat(shape)


def part_html(part: Part, labels: Labels) -> str:
    """Write a part of a message for Qt."""
    if part.kind is PartKind.WORDS:
        return _words(part.text, labels)
    if part.kind is PartKind.TOOL:
        return f"<pre>{escape(markdown.prepared(part.text))}</pre>"
    inside = _words(part.text, labels)
    return f'<p class="thought">{escape(labels.thought)}</p><blockquote>{inside}</blockquote>'


def _words(text: str, labels: Labels) -> str:
    thought = markdown.Labels(thought=labels.thought)
    return written_out(markdown.to_html(text, folds=False, labels=thought))


def document_of(palette: RenderPalette, size: int, room: QSizeF | None = None) -> QTextDocument:
    """Make an empty document in the colours of a palette; with `room`, in pages of that size."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    document.setUndoRedoEnabled(False)
    document.setUseDesignMetrics(True)
    document.setDefaultFont(face(size))
    links = f".link {{ color: {palette.accent}; }} .address {{ color: {palette.actions}; }}"
    document.setDefaultStyleSheet(f"{style_sheet(palette, size)}\n{links}")
    if room is not None:
        document.setPageSize(room)
    return document


def face(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Give the face of a transcript."""
    font = QFont("Inter")
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
