"""Knows how rows of what is remembered stand under a heading, the latest first seen; not what they show."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from hermes_desktop.ui.pieces import button, caption, column

_FEW = 5  # rows that are shown unasked: the last ones
_LONG = 18  # letters; a longer word may be broken to stay within its column
_STEP = 6  # letters
_BREAK = "\u200b"
_REACHED = (QAbstractButton, QLineEdit, QPlainTextEdit)


class ShelfRow(QWidget):
    """One thing that is remembered."""

    @property
    def held(self) -> bool:
        """Say whether somebody is writing in it, so that it must stay."""
        return False

    def enchain(self, after: QWidget | None = None) -> QWidget | None:
        """Let Tab walk through the row from its start, or from what stands before it; give the last."""
        found = [each for each in self.findChildren(QWidget) if isinstance(each, _REACHED)]
        chain = [after, *found] if after is not None else found
        for one, next_one in pairwise(chain):
            QWidget.setTabOrder(one, next_one)
        return chain[-1] if chain else None


class Shelf(QWidget):
    """Lay rows out; those that stay are not made again, and those that somebody writes in are not hidden."""

    def __init__(self, heading: str, *others: QWidget, spacing: int = 8) -> None:
        """Take what stands between the heading and the rows."""
        super().__init__()
        self._title = caption(heading)
        self._heading = heading
        self._all = False
        self._shown: list[ShelfRow] = []
        self._more = button("", "line")
        self._more.clicked.connect(self._on_more)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title, 1)
        head.addWidget(self._more)
        self._holder = QWidget()
        self._rows = column(self._holder, spacing=spacing)
        column(self, head, *others, self._holder, spacing=8)
        self._settle()

    @property
    def rows(self) -> Sequence[ShelfRow]:
        """List the rows in their order."""
        return self._shown

    def put(self, rows: Sequence[ShelfRow]) -> None:
        """Lay out other rows; what is not among them goes."""
        for gone in [row for row in self._shown if row not in rows]:
            self._rows.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for place, row in enumerate(rows):
            if self._rows.indexOf(row) != place:
                self._rows.insertWidget(place, row)
        if list(rows) != self._shown:
            self._shown = list(rows)
            before: QWidget | None = self._more
            for row in rows:
                before = row.enchain(before) or before
        self._settle()

    def show_all(self) -> None:
        """Show every row from now on."""
        self._all = True
        self._settle()

    def _settle(self) -> None:
        hidden = 0 if self._all else max(len(self._shown) - _FEW, 0)
        for place, row in enumerate(self._shown):
            row.setVisible(place >= hidden or row.held)
        self._holder.setVisible(bool(self._shown))
        self._more.setVisible(len(self._shown) > _FEW)
        count = QLocale().toString(len(self._shown))
        said = self.tr("Show fewer") if self._all else self.tr("Show all {n}").replace("{n}", count)
        self._more.setText(said)
        self._more.setAccessibleName(f"{self._heading}: {said}")

    def _on_more(self) -> None:
        self._all = not self._all
        self._settle()


def breakable(text: str) -> str:
    """Let long words go on in the next line, where a label would cut them off."""
    words = text.split(" ")
    return " ".join(_broken(word) if len(word) > _LONG else word for word in words)


def _broken(word: str) -> str:
    return _BREAK.join(word[at : at + _STEP] for at in range(0, len(word), _STEP))
