"""Knows how a row of the sidebar is painted and renamed in place, but a message; not which rows there are."""

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.domain.conversation import ConversationSummary
from hermes_desktop.ui.conversation_list import Data
from hermes_desktop.ui.hit_row import HIT_HEIGHT, paint_hit
from hermes_desktop.ui.rows import AVATAR, GAP, PAD, ROW_HEIGHT, paint_person, paint_row, sized
from hermes_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
HEADING_HEIGHT = 36  # pixels


class ConversationRow(QStyledItemDelegate):
    """Paint avatar, persona and title; a heading over each group."""

    def __init__(self, personas: PersonasService, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._personas = personas
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """Give headings less height than conversations, and messages more."""
        if index.data(Data.HIT) is not None:
            return QSize(0, HIT_HEIGHT)
        return QSize(0, HEADING_HEIGHT if index.data(Data.HEADING) else ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one row."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        summary, hit = index.data(Data.SUMMARY), index.data(Data.HIT)
        rect: QRect = option.rect
        if summary is None and hit is None:
            self._paint_heading(painter, rect, str(index.data(Data.HEADING)))
        else:
            state: QStyle.StateFlag = option.state
            palette = self._theme.palette
            paint_row(painter, rect, state, palette, palette.ground, palette.line)
            if hit is not None:
                paint_hit(painter, rect.adjusted(PAD, 0, -PAD, 0), hit, self._theme)
            else:
                self._paint_summary(painter, rect, summary)
        painter.restore()

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        """Offer a line for the title."""
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Title of the conversation"))
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Begin with the present title, selected."""
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Keep the title."""
        if isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        """Put the line beside the avatar."""
        rect: QRect = option.rect
        left = PAD + AVATAR + GAP - 6
        editor.setGeometry(rect.adjusted(left, 9, -PAD, -9))

    # ---- painting ----------------------------------------------------------------------------------

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        font = sized(self._theme.font, 11)
        font.setCapitalization(QFont.Capitalization.AllUppercase)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.5)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.palette.faint))
        where = rect.adjusted(PAD, 0, -PAD, -6)
        painter.drawText(where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, text)

    def _paint_summary(self, painter: QPainter, rect: QRect, summary: ConversationSummary) -> None:
        picture = self._theme.avatar(summary.persona_name, self._personas.picture(summary.avatar), AVATAR)
        paint_person(painter, rect, self._theme, picture, summary.persona_name, summary.title)
