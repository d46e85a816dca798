"""Knows the rows of the sidebar: conversations under headings, messages that were found; not their look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.domain.conversation import ConversationSummary
from hermes_desktop.domain.hit import Hit
from hermes_desktop.ui.hit_row import hit_words
from hermes_desktop.ui.pieces import tip

Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()


class Data(IntEnum):
    """Name what a row says beside the usual roles."""

    SUMMARY = Qt.ItemDataRole.UserRole + 1  # ConversationSummary; None for a heading
    HEADING = Qt.ItemDataRole.UserRole + 2  # str; "" for what is none
    HIT = Qt.ItemDataRole.UserRole + 3  # Hit; None for what is no message


@dataclass(frozen=True, slots=True)
class Row:
    """A heading, a conversation, or a message that was found."""

    heading: str = ""
    summary: ConversationSummary | None = None
    hit: Hit | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """Give what stays the same when only the words change."""
        return self.heading, self.summary.id if self.summary else 0, self.hit.message_id if self.hit else 0


class ConversationListModel(QAbstractListModel):
    """Show the conversations, favourites first, the rest by day; under them the messages that were found."""

    def __init__(self, conversations: ConversationsService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._conversations = conversations
        self._all: list[ConversationSummary] = []
        self._rows: list[Row] = []
        self._query = ""
        self._hits: Sequence[Hit] = ()
        self._hits_of = ""  # what they were found by
        conversations.changed.connect(self.reload)
        self.reload()

    # ---- what is shown -----------------------------------------------------------------------------

    @property
    def query(self) -> str:
        """Give the words that are looked for."""
        return self._query

    def set_query(self, query: str) -> None:
        """Show only conversations whose title and persona hold every word."""
        self._query = query.strip()
        if not self._query:
            self._hits, self._hits_of = (), ""
        self._arrange()

    def set_hits(self, query: str, hits: Sequence[Hit]) -> None:
        """Show the messages that were found by these words."""
        self._hits, self._hits_of = hits, query
        self._arrange()

    @property
    def complete(self) -> bool:
        """Say whether the messages that are shown are those of the present words."""
        return self._hits_of == self._query

    def reload(self) -> None:
        """Read the conversations again."""
        self._all = self._conversations.summaries()
        self._arrange()

    def regroup(self) -> None:
        """Sort the same conversations anew; called when the day has changed."""
        self._arrange()

    def is_empty(self) -> bool:
        """Tell whether there is no conversation at all, found or not."""
        return not self._all

    def row_of(self, conversation_id: int) -> int:
        """Give the row of a conversation, -1 where it is not shown."""
        for number, row in enumerate(self._rows):
            if row.summary is not None and row.summary.id == conversation_id:
                return number
        return -1

    def first(self) -> QModelIndex:
        """Give the topmost conversation, or else message of the present words; none is invalid."""
        for number, row in enumerate(self._rows):
            if row.summary is not None or (row.hit is not None and self.complete):
                return self.index(number)
        return QModelIndex()

    def _arrange(self) -> None:
        found = [item for item in self._all if matches(item, self._query)]
        rows = list(grouped(found, datetime.now().astimezone().date()))
        if self._hits:
            rows.append(Row(QCoreApplication.translate("ConversationList", "Messages")))
            rows += [Row(hit=hit) for hit in self._hits]
        if [row.key for row in rows] == [row.key for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    # ---- QAbstractListModel ------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Count headings and conversations."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Give what a row says."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Data.HEADING:
            return row.heading
        if role == Data.SUMMARY:
            return row.summary
        if role == Data.HIT:
            return row.hit
        if row.hit is not None:
            return hit_words(row.hit, role)
        if row.summary is None:
            return row.heading if role == Qt.ItemDataRole.DisplayRole else None
        return _words(row.summary, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a conversation."""
        summary = index.data(Data.SUMMARY)
        title = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or summary is None:
            return False
        if title and title != summary.title:
            self._conversations.rename(summary.id, title)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let conversations be chosen and renamed; a heading is neither."""
        if index.isValid() and index.data(Data.HIT) is not None:
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if not index.isValid() or index.data(Data.SUMMARY) is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable


def matches(summary: ConversationSummary, query: str) -> bool:
    """Tell whether every word of the query stands in the title or the persona's name."""
    text = f"{summary.title}\n{summary.persona_name}".casefold()
    return all(word in text for word in query.casefold().split())


def grouped(summaries: Sequence[ConversationSummary], today: date) -> Iterator[Row]:
    """Put a heading before the favourites and before each stretch of days; the order stays."""
    favourites = [item for item in summaries if item.favourite]
    if favourites:
        yield Row(QCoreApplication.translate("ConversationList", "Favourites"))
        yield from (Row(summary=item) for item in favourites)
    heading = ""
    for item in summaries:
        if item.favourite:
            continue
        mine = day_heading(datetime.fromtimestamp(item.updated_at / 1000).astimezone().date(), today)
        if mine != heading:
            heading = mine
            yield Row(heading)
        yield Row(summary=item)


def day_heading(day: date, today: date) -> str:
    """Name a day as people do: today, yesterday, this week, last week, a month."""
    week = today - timedelta(days=(today.isoweekday() - QLocale().firstDayOfWeek().value) % 7)
    translate = QCoreApplication.translate
    if day >= today:
        return translate("ConversationList", "Today")
    if day == today - timedelta(days=1):
        return translate("ConversationList", "Yesterday")
    if day >= week:
        return translate("ConversationList", "This week")
    if day >= week - timedelta(days=7):
        return translate("ConversationList", "Last week")
    month = QLocale().standaloneMonthName(day.month)
    return month if day.year == today.year else f"{month} {day.year}"


def _words(summary: ConversationSummary, role: int) -> str | None:
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
        return summary.title
    if role == Qt.ItemDataRole.ToolTipRole:
        return tip(f"{summary.persona_name}\n{summary.title}")
    if role == Qt.ItemDataRole.AccessibleTextRole:
        return f"{summary.persona_name}, {summary.title}"
    return None
