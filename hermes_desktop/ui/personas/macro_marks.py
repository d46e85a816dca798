"""Knows how macros are coloured while they are written; what a macro is, the app says."""

from bisect import bisect_left, bisect_right

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from hermes_desktop.app.macros import MarkKind, marks
from hermes_desktop.ui.theme import Theme

_AGAIN_MS = 250  # until lines are looked at again that an edit elsewhere may have changed
_STATES = 0x3FFFFFFF

Piece = tuple[int, int, MarkKind]  # where in a line, how long, what


class MacroMarks(QSyntaxHighlighter):
    """Show known macros in the accent, unknown ones and single braces with a wave under them."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._document = document
        self._theme = theme
        self._seen = (-1, 0)  # revision and length of the text that was looked at
        self._stale = False
        self._lines: dict[int, list[Piece]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AGAIN_MS)
        self._timer.timeout.connect(self._catch_up)
        document.contentsChange.connect(self._on_change)
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, _text: str) -> None:
        """Colour one line by what the whole text makes of it."""
        pieces = self._now().get(self.currentBlock().blockNumber(), [])
        for start, length, kind in pieces:
            self.setFormat(start, length, self._format(kind))
        self.setCurrentBlockState(_state(pieces))

    def kinds(self, line: int) -> list[MarkKind]:
        """List what stands in a line, for those who cannot see colours."""
        return [kind for _start, _length, kind in self._now().get(line, [])]

    def _now(self) -> dict[int, list[Piece]]:
        now = self._document.revision(), self._document.characterCount()
        if self._stale or self._seen != now:
            self._seen, self._stale = now, False
            self._lines = _by_line(self._document.toPlainText())
        return self._lines

    def _on_change(self, *_anything: object) -> None:
        """Look again soon: lines were coloured before this, and a new text may bear the old number."""
        self._stale = True
        self._timer.start()

    def _catch_up(self) -> None:
        """Colour the lines anew that now are something else: a brace far away was closed."""
        lines = self._now()
        block = self._document.begin()
        while block.isValid():
            state = _state(lines.get(block.blockNumber(), []))
            if state != max(block.userState(), 0):
                self.rehighlightBlock(block)
            block = block.next()

    def _format(self, kind: MarkKind) -> QTextCharFormat:
        made = QTextCharFormat()
        palette = self._theme.palette
        if kind is MarkKind.KNOWN:
            made.setForeground(QColor(palette.accent))
        elif kind is MarkKind.REMARK:
            made.setForeground(QColor(palette.faint))
            made.setFontItalic(True)
        else:
            made.setForeground(QColor(palette.danger))
            made.setUnderlineColor(QColor(palette.danger))
            made.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        return made


def _state(pieces: list[Piece]) -> int:
    return (hash(tuple(pieces)) & _STATES) if pieces else 0


def _by_line(text: str) -> dict[int, list[Piece]]:
    """Sort the marks of a text into its lines, in the units that Qt counts in."""
    found = marks(text)
    if not found:
        return {}
    wide = [at for at, letter in enumerate(text) if ord(letter) > 0xFFFF] if not text.isascii() else []
    starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n")]
    lines: dict[int, list[Piece]] = {}

    def units(start: int, end: int) -> int:
        return end - start + bisect_left(wide, end) - bisect_left(wide, start)

    for mark in found:
        first, last = bisect_right(starts, mark.start) - 1, bisect_right(starts, mark.end - 1) - 1
        for line in range(first, last + 1):
            here = max(mark.start, starts[line])
            until = min(mark.end, starts[line + 1] - 1 if line + 1 < len(starts) else len(text))
            piece = units(starts[line], here), units(here, until), mark.kind
            lines.setdefault(line, []).append(piece)
    return lines
