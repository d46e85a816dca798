"""Knows how messages stand in a text document: one frame each, a head, a body, a line of verbs.

Nothing here scrolls or decides; positions are found from the frames themselves, so any text may change.
"""

import dataclasses
from collections.abc import Callable
from html import escape

from PySide6.QtCore import QRectF
from PySide6.QtGui import (
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrame,
    QTextFrameFormat,
    QTextLength,
)

from hermes_desktop.app import markup
from hermes_desktop.app.markup import StreamRenderer
from hermes_desktop.domain.conversation import Message, MessageState, Role

GUTTER = 48  # pixels left of the text, where the avatar stands
BUBBLE_PAD = 12
_GAP = 10
_PARAGRAPH_GAP = 9  # pixels, as in the style sheet


class Turn:
    """One message and its frame."""

    def __init__(self, message: Message, frame: QTextFrame) -> None:
        self.message = message
        self.frame = frame
        self.verbs = ""
        self.open_thoughts: frozenset[int] = frozenset()
        self.stream: StreamRenderer | None = None
        self.finished = ""  # html of the stream's finished blocks that stand in the document
        self.tail: QTextCursor | None = None  # stays where the open block begins

    @property
    def mine(self) -> bool:
        """Say whether it is the person's own turn."""
        return self.message.role is Role.USER


class Turns:
    """Write turns into a document."""

    def __init__(self, document: QTextDocument) -> None:
        self._document = document
        self.all: list[Turn] = []
        self.line_height = 100.0  # per cent of the face's own

    # ---- the list ----------------------------------------------------------------------------------

    def clear(self) -> None:
        """Take every turn out."""
        self.all.clear()
        margins = self._document.rootFrame().frameFormat()
        self._document.clear()
        self._document.rootFrame().setFrameFormat(margins)
        self._shrink(QTextCursor(self._document))

    def find(self, message_id: int) -> Turn | None:
        """Give the turn of a message that is in the document."""
        return next((turn for turn in reversed(self.all) if turn.message.id == message_id), None)

    def append(self, message: Message, head: str) -> Turn:
        """Put a message under the others."""
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        turn = self._insert(cursor, message, head)
        self.all.append(turn)
        return turn

    def append_all(self, messages: list[Message], head: Callable[[Message], str]) -> None:
        """Put many messages under the others, laid out once."""
        cursor = QTextCursor(self._document)
        cursor.beginEditBlock()
        for message in messages:
            self.append(message, head(message))
        cursor.endEditBlock()

    def prepend(self, message: Message, head: str) -> Turn:
        """Put a message above the others."""
        cursor = QTextCursor(self._document)
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        turn = self._insert(cursor, message, head)
        self.all.insert(0, turn)
        return turn

    def remove(self, turn: Turn) -> None:
        """Take a turn out."""
        self.all.remove(turn)
        cursor = QTextCursor(self._document)
        cursor.setPosition(turn.frame.firstPosition() - 1)
        cursor.setPosition(turn.frame.lastPosition() + 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()

    def rect(self, turn: Turn) -> QRectF:
        """Give where a turn stands in the document."""
        return self._document.documentLayout().frameBoundingRect(turn.frame)

    def at(self, y: float) -> Turn | None:
        """Give the turn that stands at a height of the document."""
        turn = self.below(y)
        return turn if turn is not None and self.rect(turn).top() <= y else None

    def below(self, y: float) -> Turn | None:
        """Give the first turn that reaches below a height of the document."""
        return next((turn for turn in self.all if self.rect(turn).bottom() > y), None)

    def body_rect(self, turn: Turn) -> QRectF:
        """Give where the words of a turn stand in the document, as wide as the widest line."""
        body = self._body(turn)
        block, end = self._document.findBlock(body.selectionStart()), body.selectionEnd()
        layout = self._document.documentLayout()
        whole = QRectF()
        while block.isValid() and block.position() <= end:
            rect = layout.blockBoundingRect(block)
            lines = block.layout()
            widest = max((lines.lineAt(n).naturalTextWidth() for n in range(lines.lineCount())), default=0.0)
            indent = lines.lineAt(0).x() if lines.lineCount() else 0.0
            whole = whole.united(QRectF(rect.left() + indent, rect.top(), widest, rect.height()))
            block = block.next()
        return whole

    # ---- writing -----------------------------------------------------------------------------------

    def set_text(self, turn: Turn, message: Message) -> None:
        """Write a message's text anew."""
        streamed = turn.stream is not None and message.text.startswith(turn.message.text)
        turn.message = message
        if streamed and turn.stream is not None and not turn.open_thoughts:
            self._show_stream(turn, *turn.stream.finish(message.text))  # what stands there stays
            turn.stream, turn.tail, turn.finished = None, None, ""
            return
        turn.stream, turn.tail, turn.finished = None, None, ""
        self._replace_body(turn, markup.to_html(message.text, turn.open_thoughts))

    def stream_text(self, turn: Turn, text: str) -> None:
        """Show a growing text: only what is still open is written again."""
        if turn.stream is None:
            turn.stream = markup.stream()
            turn.finished, turn.tail = "", None
            self._replace_body(turn, "")
        turn.message = dataclasses.replace(turn.message, text=text)
        self._show_stream(turn, *turn.stream.feed(text))

    def _show_stream(self, turn: Turn, finished: str, tail: str) -> None:
        body = self._body(turn)
        start = turn.tail.position() if turn.tail is not None else body.selectionStart()
        cursor = QTextCursor(self._document)
        cursor.setPosition(start)
        cursor.setPosition(body.selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self._make_plain(cursor)
        if finished.startswith(turn.finished) and len(finished) > len(turn.finished):
            cursor.insertHtml(finished[len(turn.finished) :])
            cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
            turn.finished = finished
        turn.tail = QTextCursor(cursor)
        turn.tail.setKeepPositionOnInsert(True)
        cursor.insertHtml(tail)
        cursor.setPosition(start)
        cursor.setPosition(self._body(turn).selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
        self._set_lines(cursor, first=start == body.selectionStart())
        cursor.endEditBlock()

    def set_verbs(self, turn: Turn, html: str) -> None:
        """Write the line under a turn."""
        if html == turn.verbs:
            return
        turn.verbs = html
        cursor = turn.frame.lastCursorPosition()
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertHtml(f'<span class="verbs">{html or "&nbsp;"}</span>')

    # ---- inside ------------------------------------------------------------------------------------

    def _insert(self, cursor: QTextCursor, message: Message, head: str) -> Turn:
        frame = cursor.insertFrame(_frame_format(mine=message.role is Role.USER))
        before = QTextCursor(self._document)
        before.setPosition(frame.firstPosition() - 1)
        self._shrink(before)
        turn = Turn(message, frame)
        inside = frame.firstCursorPosition()
        if not turn.mine:
            inside.insertHtml(head)
            inside.setBlockFormat(_head_format())
            inside.insertBlock(QTextBlockFormat(), QTextCharFormat())
        inside.insertBlock(QTextBlockFormat(), QTextCharFormat())
        if message.state is MessageState.RUNNING:
            self.stream_text(turn, message.text)
        else:
            self._replace_body(turn, markup.to_html(message.text))
        turn.verbs = "-"
        self.set_verbs(turn, "")
        after = QTextCursor(self._document)
        after.setPosition(frame.lastPosition() + 1)
        self._shrink(after)
        return turn

    def _shrink(self, cursor: QTextCursor) -> None:
        """Make the empty block that Qt needs between two frames as good as invisible."""
        thin = QTextBlockFormat()
        thin.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(thin)
        letters = QTextCharFormat()
        letters.setFontPointSize(1)
        cursor.setBlockCharFormat(letters)

    def _body(self, turn: Turn) -> QTextCursor:
        """Select the body: what lies between the head and the line of verbs."""
        cursor = turn.frame.firstCursorPosition()
        if not turn.mine:
            cursor.movePosition(QTextCursor.MoveOperation.NextBlock)
        end = turn.frame.lastCursorPosition()
        end.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.setPosition(end.position() - 1, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _replace_body(self, turn: Turn, html: str) -> None:
        cursor = self._body(turn)
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        self._make_plain(cursor)
        cursor.insertHtml(html)
        self._set_lines(self._body(turn), first=True)
        cursor.endEditBlock()

    def _make_plain(self, cursor: QTextCursor) -> None:
        """Let the block forget what stood in it: a list or a heading would take in what comes next."""
        cursor.setBlockFormat(QTextBlockFormat())
        cursor.setBlockCharFormat(QTextCharFormat())
        cursor.setCharFormat(QTextCharFormat())

    def _set_lines(self, part: QTextCursor, *, first: bool) -> None:
        """Give every line of a part the house's height; the edges of a turn add no room of their own."""
        block, end = self._document.findBlock(part.selectionStart()), part.selectionEnd()
        cursor = QTextCursor(self._document)
        while block.isValid() and block.position() <= end:
            shape = block.blockFormat()
            shape.setLineHeight(self.line_height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            if first:  # Qt gives it the format of the block that it was put into
                shape.setTopMargin(0)
                shape.setBottomMargin(_PARAGRAPH_GAP)
            if block.next().position() > end:
                shape.setBottomMargin(0)
            cursor.setPosition(block.position())
            cursor.setBlockFormat(shape)
            block, first = block.next(), False


def head_html(name: str, time: str) -> str:
    """Write who speaks, and when."""
    clock = f'&nbsp; <span class="time">{escape(time)}</span>' if time else ""
    return f'<span class="name">{escape(name)}</span>{clock}'


def _head_format() -> QTextBlockFormat:
    made = QTextBlockFormat()
    made.setBottomMargin(3)
    return made


def _frame_format(*, mine: bool) -> QTextFrameFormat:
    made = QTextFrameFormat()
    made.setBorder(0)
    made.setLeftMargin(GUTTER + (BUBBLE_PAD if mine else 0))
    made.setRightMargin(BUBBLE_PAD if mine else 0)
    made.setTopMargin(_GAP + (BUBBLE_PAD if mine else 0))
    made.setBottomMargin(0)
    made.setWidth(QTextLength(QTextLength.Type.VariableLength, 0))
    return made
