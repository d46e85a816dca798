"""Knows what is painted around the text of a conversation: grounds, avatars, the memory line."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from hermes_desktop.app import markup
from hermes_desktop.app.chat import ChatService
from hermes_desktop.app.markup import RenderPalette
from hermes_desktop.app.memories import MemoriesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.memory import told_without_gap
from hermes_desktop.ui.chat.turns import BUBBLE_PAD, Turn, Turns
from hermes_desktop.ui.theme import Theme

if TYPE_CHECKING:
    from hermes_desktop.ui.chat.transcript import Transcript

_AVATAR = 34
_RADIUS = 14
_BUBBLE_RISE = 9  # pixels of ground over and under the words
_FADED = 110  # of 255: the ground over what is not remembered any more


class Grounds:
    """Paint for one transcript. Places are found from the frames, none is kept."""

    def __init__(
        self,
        view: "Transcript",
        turns: Turns,
        chat: ChatService,
        memories: MemoriesService,
        personas: PersonasService,
        theme: Theme,
    ) -> None:
        self._view, self._turns, self._chat = view, turns, chat
        self._memories, self._personas, self._theme = memories, personas, theme
        self._depths: dict[int, int] = {}  # of the memory line

    def render_palette(self) -> RenderPalette:
        """Give the colours of rendered text that go with the theme."""
        return markup.DARK if self._theme.dark else markup.LIGHT

    def paint_under(self, painter: QPainter, area: QRectF) -> None:
        """Paint the grounds of the person's own turns."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.palette.user_ground))
        for turn, _rect in self._visible(area):
            if turn.mine:
                painter.drawRoundedRect(self._bubble(turn), _RADIUS, _RADIUS)

    def paint_over(self, painter: QPainter, area: QRectF) -> None:
        """Paint avatars, fade what is forgotten, and draw the line."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        line = self._chat.conversation.memory_line_id if self._chat.conversation else None
        begins = self._depth_of(line) if line is not None else 0
        for turn, rect in self._visible(area):
            painter.drawPixmap(self._avatar_place(rect), self._avatar(turn))
            if turn.message.depth < begins:
                self._fade(painter, rect)
            elif turn.message.id == line:
                self._draw_line(painter, rect)

    def _visible(self, area: QRectF) -> list[tuple[Turn, QRectF]]:
        offset = self._view.verticalScrollBar().value()
        found = []
        behind = False
        for turn in self._turns.all:
            rect = self._turns.rect(turn).translated(0, -offset)
            if rect.top() > area.bottom() + 40:
                break
            if rect.bottom() > area.top() - 40:
                found.append((turn, rect))
                behind = True
            elif behind:
                break
        return found

    def _bubble(self, turn: Turn) -> QRectF:
        offset = self._view.verticalScrollBar().value()
        words = self._turns.body_rect(turn).translated(0, -offset)
        return words.adjusted(-BUBBLE_PAD, -_BUBBLE_RISE, BUBBLE_PAD, _BUBBLE_RISE)

    def _avatar_place(self, rect: QRectF) -> QPointF:
        return QPointF(rect.left(), rect.top() + 10)

    def _avatar(self, turn: Turn) -> QPixmap:
        name = turn.message.name
        key = self._chat.my_avatar(name) if turn.mine else self._chat.their_avatar(name)
        return self._theme.avatar(name, self._personas.picture(key), _AVATAR)

    def _fade(self, painter: QPainter, rect: QRectF) -> None:
        colour = QColor(self._theme.palette.ground)
        colour.setAlpha(_FADED)
        painter.fillRect(rect.adjusted(-2, 0, 2, 0), colour)

    def _draw_line(self, painter: QPainter, rect: QRectF) -> None:
        text = self._line_words()
        font = QFont(self._theme.font)
        font.setPixelSize(12)
        painter.setFont(font)
        width = QFontMetricsF(font).horizontalAdvance(text) + 24
        y, middle = rect.top() + 1, rect.center().x()
        pen = QPen(QColor(self._theme.palette.accent), 1)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(rect.left(), y), QPointF(middle - width / 2, y))
        painter.drawLine(QPointF(middle + width / 2, y), QPointF(rect.right(), y))
        painter.setPen(QColor(self._theme.palette.accent))
        painter.drawText(QRectF(middle - width / 2, y - 10, width, 20), Qt.AlignmentFlag.AlignCenter, text)

    def _line_words(self) -> str:
        persona, conversation = self._chat.persona, self._chat.conversation
        name = persona.fields.spoken_name if persona else ""
        line = conversation.memory_line_id if conversation else None
        said = self._view.tr("{name} remembers from here")
        if line is not None and told_without_gap(self._memories.here()) >= self._depth_of(line) - 1:
            said = self._view.tr("{name} remembers from here; what came before is summed up")
        return said.replace("{name}", name)

    def _depth_of(self, line: int) -> int:
        if line not in self._depths:
            self._depths = {line: self._chat.depth_of(line)}  # read once, not with every paint
        return self._depths[line]
