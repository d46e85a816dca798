"""Knows the grid of my profiles: which are shown, how a card is painted; not what a click leads to."""

from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.persona import Profile
from hermes_desktop.ui.personas.cards import PersonaGrid, lines_of, paint_ground, paint_lines
from hermes_desktop.ui.rows import one_line, sized
from hermes_desktop.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
_GAP = 12  # between cards, as the grid leaves it
_PAD = 14
_AVATAR = 44
_NAMES = 5  # of personas that a card lists


class Data(IntEnum):
    """Name what a card says beside the usual roles."""

    PROFILE = Qt.ItemDataRole.UserRole + 1
    DEFAULT = Qt.ItemDataRole.UserRole + 2
    GOES_WITH = Qt.ItemDataRole.UserRole + 3  # names of personas


class ProfileListModel(QAbstractListModel):
    """Show the profiles by name."""

    def __init__(
        self, profiles: ProfilesService, personas: PersonasService, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._profiles, self._personas = profiles, personas
        self._shown: list[Profile] = []
        self._default = 0
        self._goes_with: dict[int, str] = {}
        profiles.changed.connect(self.reload)
        personas.changed.connect(self.reload)
        self.reload()

    def reload(self) -> None:
        """Read the profiles again."""
        self.beginResetModel()
        self._shown = self._profiles.all()
        self._default = self._profiles.current().id if self._shown else 0
        self._goes_with = {profile.id: self._names_with(profile) for profile in self._shown}
        self.endResetModel()

    def _names_with(self, profile: Profile) -> str:
        numbers = self._profiles.personas_of(profile.id)[:_NAMES]
        return ", ".join(self._personas.get(number).name for number in numbers)

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Count the profiles."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a card says."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        profile = self._shown[index.row()]
        default = profile.id == self._default
        if role == Data.PROFILE:
            return profile
        if role == Data.DEFAULT:
            return default
        if role == Data.GOES_WITH:
            return self._goes_with[profile.id]
        if role == Qt.ItemDataRole.DisplayRole:
            return profile.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            said = self.tr("for new conversations") if default else ""
            return ". ".join(filter(None, (profile.name, said, " ".join(profile.description.split()))))
        return None


class ProfileCard(QStyledItemDelegate):
    """Paint one profile."""

    def __init__(self, personas: PersonasService, theme: Theme, grid: PersonaGrid) -> None:
        super().__init__(grid)
        self._personas, self._theme, self._grid = personas, theme, grid

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Fill the cell; without this Qt makes the card as small as its name."""
        return self._grid.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one card."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        profile: Profile = index.data(Data.PROFILE)
        inner = rect.adjusted(0, 0, -_GAP, -_GAP)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, inner, state, self._theme.palette)
        self._paint_words(painter, inner.adjusted(_PAD, _PAD, -_PAD, -_PAD), profile, index)
        painter.restore()

    def _paint_words(self, painter: QPainter, rect: QRect, profile: Profile, index: Index) -> None:
        palette = self._theme.palette
        picture = self._theme.avatar(profile.name, self._personas.picture(profile.avatar), _AVATAR)
        painter.drawPixmap(QRect(rect.left(), rect.top(), _AVATAR, _AVATAR), picture)
        left = rect.left() + _AVATAR + 12
        width = rect.right() - left
        default = bool(index.data(Data.DEFAULT))
        bold = sized(self._theme.font, 14)
        bold.setWeight(QFont.Weight.DemiBold)
        names = str(index.data(Data.GOES_WITH))
        top = rect.top() + (3 if default or names else 12)
        one_line(painter, QRect(left, top, width, 20), profile.name, bold, palette.ink)
        beside = QRect(left, rect.top() + 25, width, 18)
        if default:
            beside.setLeft(self._paint_mark(painter, beside) + 8)
        if names and beside.width() > _AVATAR:
            with_them = self.tr("with {names}").replace("{names}", names)
            one_line(painter, beside, with_them, sized(self._theme.font, 12), palette.faint)
        below = QRect(rect.left(), rect.top() + _AVATAR + 10, rect.width(), rect.height() - _AVATAR - 10)
        said = profile.description.strip() or self.tr("Says nothing about you yet.")
        colour = palette.soft if profile.description.strip() else palette.faint
        font = sized(self._theme.font, 13)
        paint_lines(painter, below, lines_of(said, QFontMetrics(font), below.size()), font, colour)

    def _paint_mark(self, painter: QPainter, rect: QRect) -> int:
        """Mark the profile for new conversations; give where the mark ends."""
        palette, font = self._theme.palette, sized(self._theme.font, 11)
        text = self.tr("Default")
        width = min(QFontMetrics(font).horizontalAdvance(text) + 20, rect.width())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent_ground))
        place = QRect(rect.left(), rect.top(), width, rect.height())
        painter.drawRoundedRect(QRectF(place), 8, 8)
        one_line(painter, place.adjusted(8, 0, -8, 0), text, font, palette.accent_ink)
        return place.right()


def grid_of(model: ProfileListModel, personas: PersonasService, theme: Theme, owner: QWidget) -> PersonaGrid:
    """Make the grid with its cards."""
    grid = PersonaGrid(owner)
    grid.setModel(model)
    grid.setItemDelegate(ProfileCard(personas, theme, grid))
    theme.changed.connect(grid.viewport().update)
    return grid
