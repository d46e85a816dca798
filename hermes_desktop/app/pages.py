"""Knows how a transcript is laid out on pages, for a PDF or a printer: a few messages at a time.

A chunk of messages is a document of its own that begins where the one before it ended, so the memory for
100,000 messages is that for a few.
"""

import errno
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from html import escape
from typing import BinaryIO

from PySide6.QtCore import (
    QCoreApplication,
    QFile,
    QFileDevice,
    QIODevice,
    QLocale,
    QMarginsF,
    QPointF,
    QRectF,
    QSizeF,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QImage,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPainterPath,
    QPdfWriter,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)

from hermes_desktop.domain.transcript import (
    Aside,
    Item,
    Labels,
    Leaf,
    Opening,
    Part,
    PartKind,
    Speaker,
    Told,
)
from hermes_desktop.rendering import markdown, monogram
from hermes_desktop.rendering.page import written_out
from hermes_desktop.rendering.style import LIGHT, RenderPalette, style_sheet

Device = QPagedPaintDevice  # for those who know no QtGui
PAPER = replace(LIGHT, ground="#FFFFFF", code_ground="#F4F2EC")
_DPI = 96  # pixels of the layout in an inch, whatever the device has
_TEXT = 13  # pixels: ten points
_LINE_HEIGHT = 150.0  # per cent of the face's own
_GUTTER = 44
_AVATAR = 28
_FOOT = 32
_GAP = 18  # over a message
_BUBBLE = 10
_PARAGRAPH_GAP = 9  # as in the style sheet
_ITEMS, _LETTERS = 24, 24_000  # of a chunk, at most
_MILLIMETRES = 20.0


@dataclass(slots=True)
class _Turn:
    """Where a message stands in the document of its chunk."""

    speaker: Speaker
    head: int  # number of the block
    body: int
    end: int


class Pages:
    """Draw a transcript on a device that has pages."""

    def __init__(self, device: QPagedPaintDevice, opening: Opening, labels: Labels) -> None:
        self._device, self._opening, self._labels = device, opening, labels
        self._painter = QPainter()
        self._room = QSizeF()
        self._y = 0.0  # where the page is free
        self._page = 1
        self._images: dict[Speaker, QImage] = {}

    def draw(self, items: Iterable[Item]) -> bool:
        """Draw everything; False where the device cannot be drawn on. What `items` raises passes through."""
        if not self._painter.begin(self._device):
            return False
        try:
            scale = self._device.logicalDpiX() / _DPI
            self._painter.scale(scale, scale)
            self._room = QSizeF(self._device.width() / scale, self._device.height() / scale - _FOOT)
            self._draw_foot()
            self._draw_chunk([], top=True)
            for chunk in _chunks(items):
                self._draw_chunk(chunk, top=False)
        finally:
            ended = self._painter.end()
        return ended

    # ---- a chunk -----------------------------------------------------------------------------------

    def _draw_chunk(self, items: list[Item], *, top: bool) -> None:
        document = document_of(PAPER, _TEXT, self._room)
        writer = Writer(document, self._labels, gutter=_GUTTER)
        writer.spacer(self._y)
        if top:
            writer.opening(self._opening)
        turns = [turn for item in items if (turn := writer.item(item)) is not None]
        _keep_together(document, turns, self._room.height())
        layout, height = document.documentLayout(), self._room.height()
        end = layout.blockBoundingRect(document.lastBlock()).bottom()
        pages = max(1, -int(-end // height))
        for number in range(pages):
            if number:
                self._new_page()
            self._draw_page(document, turns, number)
        self._y = end - (pages - 1) * height

    def _draw_page(self, document: QTextDocument, turns: list[_Turn], number: int) -> None:
        painter, height = self._painter, self._room.height()
        shown = QRectF(0, number * height, self._room.width(), height)
        painter.save()
        painter.setClipRect(QRectF(QPointF(0, 0), self._room))
        painter.translate(0, -shown.top())
        for turn in turns:
            top = _top_of(document, turn.head)
            if turn.speaker.mine:
                self._draw_ground(document, turn, shown)
            if int((top + 1) // height) == number:  # Qt reckons in sixty-fourths
                place = QRectF(0, max(top, shown.top()), _AVATAR, _AVATAR)
                self._draw_avatar(turn.speaker, place)
        document.drawContents(painter, shown)
        painter.restore()

    def _draw_ground(self, document: QTextDocument, turn: _Turn, shown: QRectF) -> None:
        last = document.documentLayout().blockBoundingRect(document.findBlockByNumber(turn.end)).bottom()
        left, top = float(_GUTTER - _BUBBLE), _top_of(document, turn.body)
        ground = QRectF(left, top - 6, self._room.width() - left, last - top + 12)
        if not ground.intersects(shown):
            return
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(QColor("#F4F1E9"))
        self._painter.drawRoundedRect(ground.intersected(shown), 8, 8)

    def _draw_avatar(self, speaker: Speaker, place: QRectF) -> None:
        painter = self._painter
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
            painter.setFont(_face(round(_AVATAR * 0.42), QFont.Weight.DemiBold))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, monogram.letter(speaker.name))
        else:
            painter.setClipPath(circle, Qt.ClipOperation.IntersectClip)
            painter.drawImage(place, image)
        painter.restore()

    # ---- pages -------------------------------------------------------------------------------------

    def _new_page(self) -> None:
        self._device.newPage()
        self._page += 1
        self._draw_foot()

    def _draw_foot(self) -> None:
        painter, top = self._painter, self._room.height()
        painter.setFont(_face(_TEXT - 3))
        painter.setPen(QColor(PAPER.faint))
        place = QRectF(0, top, self._room.width(), _FOOT)
        down = Qt.AlignmentFlag.AlignBottom
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | down, QLocale().toString(self._page))
        if self._page > 1:
            title = painter.fontMetrics().elidedText(
                self._opening.title, Qt.TextElideMode.ElideRight, round(self._room.width() * 0.8)
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | down, title)


def write_pdf(opened: BinaryIO, opening: Opening, items: Iterable[Item], labels: Labels) -> None:
    """Write a PDF into an open file of the system; raises OSError where that cannot be written."""
    file = QFile()
    if not file.open(opened.fileno(), QIODevice.OpenModeFlag.WriteOnly):
        raise OSError(errno.EIO, file.errorString())
    device = QPdfWriter(file)
    device.setPageLayout(page_layout())
    device.setTitle(opening.title)
    device.setCreator("Hermes Desktop")
    Pages(device, opening, labels).draw(_while_written(items, file, opened))
    del device
    file.close()
    _check(file, opened)


def _while_written(items: Iterable[Item], file: QFile, opened: BinaryIO) -> Iterator[Item]:
    for item in items:
        _check(file, opened)
        yield item


def _check(file: QFile, opened: BinaryIO) -> None:
    """Raise what has happened; Qt goes on as if nothing had, and does not say what it was."""
    if file.error() is not QFileDevice.FileError.NoError:
        opened.write(b" ")  # the system says it again
        opened.flush()
        raise OSError(errno.EIO, file.errorString())


class Writer:
    """Write messages into a document, as Qt's rich text has them."""

    def __init__(self, document: QTextDocument, labels: Labels, *, gutter: int) -> None:
        self._document, self._labels = document, labels
        self._cursor = QTextCursor(document)
        frame = document.rootFrame()
        shape = frame.frameFormat()
        shape.setLeftMargin(gutter)
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

    def item(self, item: Item) -> _Turn | None:
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
        return _Turn(item.speaker, head, body, end)

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
        shape.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
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
    document.setDefaultFont(_face(size))
    links = f".link {{ color: {palette.accent}; }} .address {{ color: {palette.faint}; }}"
    document.setDefaultStyleSheet(f"{style_sheet(palette, size)}\n{links}")
    if room is not None:
        document.setPageSize(room)
    return document


def application(name: str, version: str) -> QCoreApplication:
    """Make the event loop of a program that draws and has no window; no display is needed."""
    words = [name, "-platform", "offscreen"] if sys.platform.startswith("linux") else [name]
    made = QCoreApplication.instance() or QGuiApplication(words)
    made.setApplicationName(name)
    made.setApplicationVersion(version)
    return made


def page_layout() -> QPageLayout:
    """Give the paper that people have where this person lives."""
    american = QLocale().measurementSystem() is QLocale.MeasurementSystem.ImperialUSSystem
    size = QPageSize(QPageSize.PageSizeId.Letter if american else QPageSize.PageSizeId.A4)
    margins = QMarginsF(_MILLIMETRES, _MILLIMETRES, _MILLIMETRES, _MILLIMETRES * 0.75)
    return QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)


def _face(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont("Inter")
    font.setStyleHint(QFont.StyleHint.SansSerif)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _keep_together(document: QTextDocument, turns: list[_Turn], height: float) -> None:
    """Begin a new page before a head whose picture, or what follows it, would not stand on the old one."""
    for turn in turns:
        top, below = _top_of(document, turn.head), _top_of(document, turn.body)
        two_lines = 2 * 1.2 * _TEXT * _LINE_HEIGHT / 100
        needed = max(_AVATAR, below - top + two_lines)
        if (top + 1) % height + needed > height:
            block = document.findBlockByNumber(turn.head)
            shape = block.blockFormat()
            shape.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            shape.setTopMargin(0)
            QTextCursor(block).setBlockFormat(shape)
            # Otherwise Qt leaves out what stands behind such a place.
            document.markContentsDirty(0, document.characterCount())


def _top_of(document: QTextDocument, number: int) -> float:
    """Give where the first line of a block stands; the block itself may begin on the page before."""
    block = document.findBlockByNumber(number)
    top = document.documentLayout().blockBoundingRect(block).top()
    return top + block.layout().lineAt(0).y() if block.layout().lineCount() else top


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    chunk: list[Item] = []
    letters = 0
    for item in items:
        chunk.append(item)
        letters += sum(len(part.text) for part in item.parts) if isinstance(item, Told) else 0
        if len(chunk) >= _ITEMS or letters >= _LETTERS:
            yield chunk
            chunk, letters = [], 0
    if chunk:
        yield chunk
