"""Knows how a transcript is laid out on pages, for a PDF or a printer: a few messages at a time.

A chunk of messages is a document of its own that begins where the one before it ended, so the memory for
100,000 messages is that for a few.
"""

import errno
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar

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
    QThread,
)
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QPagedPaintDevice,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextCursor,
    QTextFormat,
)

from hermes_desktop.app.sheet import AVATAR, LINE_HEIGHT, PAPER, PAPER_MINE, Sheet, face
from hermes_desktop.domain.transcript import Item, Labels, Opening, Told

T = TypeVar("T")
Device = QPagedPaintDevice  # for those who know no QtGui
_DPI = 96  # pixels of the layout in an inch, whatever the device has
_TEXT = 13  # pixels: ten points
_FOOT = 32
_ITEMS, _LETTERS = 24, 24_000  # of a chunk, at most
_MILLIMETRES = 20.0
_TICK_MS = 100
_START = 4096  # bytes of a PDF in which Qt says when it was made
_PDF_DATE = re.compile(rb"D:\d{14}")
_ISO_DATE = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


class Pages:
    """Draw a transcript on a device that has pages."""

    def __init__(self, device: QPagedPaintDevice, opening: Opening, labels: Labels) -> None:
        self._device, self._opening, self._labels = device, opening, labels
        self._painter = QPainter()
        self._room = QSizeF()
        self._y = 0.0  # where the page is free
        self._page = 1

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
                if QThread.currentThread().isInterruptionRequested():
                    raise InterruptedError
                self._draw_chunk(chunk, top=False)
        finally:
            ended = self._painter.end()
        return ended

    # ---- a chunk -----------------------------------------------------------------------------------

    def _draw_chunk(self, items: list[Item], *, top: bool) -> None:
        sheet = Sheet(PAPER, PAPER_MINE, self._labels, size=_TEXT, room=self._room)
        sheet.write(self._opening if top else None, items, self._y)
        height = self._room.height()
        _keep_together(sheet, height)
        end = sheet.end()
        pages = max(1, -int(-end // height))
        for number in range(pages):
            if number:
                self._new_page()
            self._draw_page(sheet, QRectF(0, number * height, self._room.width(), height))
        self._y = end - (pages - 1) * height

    def _draw_page(self, sheet: Sheet, shown: QRectF) -> None:
        self._painter.save()
        self._painter.setClipRect(QRectF(QPointF(0, 0), self._room))
        self._painter.translate(0, -shown.top())
        sheet.paint_under(self._painter, shown)
        sheet.document.drawContents(self._painter, shown)
        self._painter.restore()

    # ---- pages -------------------------------------------------------------------------------------

    def _new_page(self) -> None:
        self._device.newPage()
        self._page += 1
        self._draw_foot()

    def _draw_foot(self) -> None:
        painter, top = self._painter, self._room.height()
        painter.setFont(face(_TEXT - 3))
        painter.setPen(QColor(PAPER.faint))
        place = QRectF(0, top, self._room.width(), _FOOT)
        down = Qt.AlignmentFlag.AlignBottom
        painter.drawText(place, Qt.AlignmentFlag.AlignRight | down, QLocale().toString(self._page))
        if self._page > 1:
            title = painter.fontMetrics().elidedText(
                self._opening.title, Qt.TextElideMode.ElideRight, round(self._room.width() * 0.8)
            )
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | down, title)


def write_pdf(
    opened: BinaryIO, opening: Opening, items: Iterable[Item], labels: Labels, *, dated: bool = True
) -> None:
    """Write a PDF into an open file of the system; raises OSError where that cannot be written.

    Without `dated` it does not say when it was made.
    """
    apart(lambda: _write_pdf(opened, opening, items, labels))
    if not dated:
        _take_dates_out(opened.fileno())


def apart(work: Callable[[], T]) -> T:
    """Do work in a thread of Qt's and wait for it: documents start timers, and those of Python have none."""
    thread = _Thread(work)
    thread.start()
    try:
        while not thread.wait(_TICK_MS):
            pass  # Python looks for Ctrl+C
    except BaseException:
        thread.requestInterruption()
        thread.wait()
        raise
    if thread.error is not None:
        raise thread.error
    return thread.result


class _Thread(QThread, Generic[T]):
    """Keep what has come of the work; nothing that was made for it lives on, not even in a traceback."""

    result: T

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__()
        self._work = work
        self.error: BaseException | None = None

    def run(self) -> None:
        """Do the work."""
        try:
            self.result = self._work()
        except BaseException as error:
            self.error = error.with_traceback(None)


def _write_pdf(opened: BinaryIO, opening: Opening, items: Iterable[Item], labels: Labels) -> None:
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


def _take_dates_out(handle: int) -> None:
    """Put the beginning of time in the place of the dates that Qt has written at the start of a PDF."""
    os.lseek(handle, 0, os.SEEK_SET)
    start = os.read(handle, _START)
    dateless = _ISO_DATE.sub(b"1970-01-01T00:00:00", _PDF_DATE.sub(b"D:19700101000000", start))
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, dateless)
    os.lseek(handle, 0, os.SEEK_END)


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


def _keep_together(sheet: Sheet, height: float) -> None:
    """Begin a new page before a head whose picture, or what follows it, would not stand on the old one."""
    for turn in sheet.turns:
        top, below = sheet.top_of(turn.head), sheet.top_of(turn.body)
        two_lines = 2 * 1.2 * _TEXT * LINE_HEIGHT / 100
        needed = max(AVATAR, below - top + two_lines)
        if (top + 1) % height + needed > height:
            block = sheet.document.findBlockByNumber(turn.head)
            shape = block.blockFormat()
            shape.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
            shape.setTopMargin(0)
            QTextCursor(block).setBlockFormat(shape)
            # Otherwise Qt leaves out what stands behind such a place.
            sheet.document.markContentsDirty(0, sheet.document.characterCount())


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
