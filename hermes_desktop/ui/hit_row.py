"""Knows how a message that was found looks in the sidebar, and what is said of it; not how it was found."""

from PySide6.QtCore import QCoreApplication, QDate, QDateTime, QLocale, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextCharFormat, QTextLayout, QTextOption

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.hit import Hit
from hermes_desktop.ui.pieces import tip
from hermes_desktop.ui.rows import sized
from hermes_desktop.ui.theme import Theme

HIT_HEIGHT = 72  # pixels
_LINE = 18
_TOP = 8
_GAP = 8


def title_of(hit: Hit) -> str:
    """Name the conversation that it was said in."""
    return f"{hit.persona_name} — {hit.title}" if hit.title else hit.persona_name


def hit_words(hit: Hit, role: int) -> str | None:
    """Say what a row says beside what is painted."""
    spoken = f"{hit.name}: {hit.excerpt.text}"
    elsewhere = QCoreApplication.translate("HitRow", "In another version of the conversation.")
    if role == Qt.ItemDataRole.DisplayRole:
        return hit.excerpt.text
    if role == Qt.ItemDataRole.ToolTipRole:
        when = QLocale().toString(
            QDateTime.fromMSecsSinceEpoch(hit.created_at), QLocale.FormatType.ShortFormat
        )
        lines = [title_of(hit), when, spoken, *([] if hit.shown else [elsewhere])]
        return tip("\n".join(lines))
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return f"{title_of(hit)}, {spoken}" + ("" if hit.shown else f" {elsewhere}")
    return None


def day_of(milliseconds: int, today: QDate) -> str:
    """Say in few letters when it was: the time of today, the day of this year, or the month."""
    then = QDateTime.fromMSecsSinceEpoch(milliseconds)
    day = then.date()
    if day == today:
        return then.time().toString("HH:mm")
    return QLocale().toString(day, "d MMM" if day.year() == today.year() else "MMM yyyy")


def paint_hit(painter: QPainter, rect: QRect, hit: Hit, theme: Theme) -> None:
    """Paint where and when it was said, and two lines of it with the words in ink."""
    head = QRect(rect.left(), rect.top() + _TOP, rect.width(), _LINE)
    small = sized(theme.font, 11)
    day = day_of(hit.created_at, QDate.currentDate())
    room = QFontMetrics(small).horizontalAdvance(day)
    painter.setFont(small)
    painter.setPen(QColor(theme.palette.faint))
    painter.drawText(head, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, day)
    bold = sized(theme.font, 13, QFont.Weight.DemiBold)
    title = QFontMetrics(bold).elidedText(
        title_of(hit), Qt.TextElideMode.ElideRight, head.width() - room - _GAP
    )
    painter.setFont(bold)
    painter.setPen(QColor(theme.palette.ink))
    painter.drawText(head, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)
    _paint_excerpt(painter, QPointF(rect.left(), head.bottom() + 1), rect.width(), hit, theme)


def _paint_excerpt(painter: QPainter, where: QPointF, width: int, hit: Hit, theme: Theme) -> None:
    lead = f"{hit.name}: " if hit.role is Role.USER and hit.name else ""
    marks = [(low + len(lead), high + len(lead)) for low, high in hit.excerpt.marks]
    font = sized(theme.font, 12)
    layout = _layout(lead + hit.excerpt.text, marks, font, width, theme)
    if layout.lineCount() == 2:
        first, rest = _parted(layout.text(), layout.lineAt(1).textStart())
        # The second line ends where there is room, and says that there is more.
        rest = QFontMetrics(font).elidedText(rest, Qt.TextElideMode.ElideRight, width - _GAP)
        layout = _layout(first + rest, marks, font, width, theme)
    painter.setPen(QColor(theme.palette.soft))
    layout.draw(painter, where)


def _layout(text: str, marks: list[tuple[int, int]], font: QFont, width: int, theme: Theme) -> QTextLayout:
    """Lay text into two lines of so many pixels."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats([_mark(text, low, high, theme) for low, high in marks if high <= len(text)])
    layout.beginLayout()
    for number in range(2):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, number * _LINE))
    layout.endLayout()
    return layout


def _mark(text: str, low: int, high: int, theme: Theme) -> QTextLayout.FormatRange:
    shape = QTextCharFormat()
    shape.setForeground(QColor(theme.palette.ink))
    shape.setFontWeight(QFont.Weight.DemiBold)
    made = QTextLayout.FormatRange()
    # Qt counts in units of UTF-16.
    made.start, made.length = _units(text[:low]), _units(text[low:high])
    made.format = shape
    return made


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parted(text: str, units: int) -> tuple[str, str]:
    data = text.encode("utf-16-le", "surrogatepass")
    first, rest = data[: 2 * units], data[2 * units :]
    return first.decode("utf-16-le", "surrogatepass"), rest.decode("utf-16-le", "surrogatepass")
