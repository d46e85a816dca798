"""Knows how versions are listed: when each was made, what changed in it, the way back; not whose they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.ui.pieces import PAGE_WIDTH, Scroll, button, column, emptied, heading, note, title, words

_BATCH = 30  # versions that are shown at once
_BESIDE_FROM = 600  # pixels of width from which heading and buttons have room in one line
_NAMED = 6  # things that are named in short


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What is shown of one version."""

    version: object  # goes out with the signals
    number: int
    created_at: int  # milliseconds since 1970, UTC
    summed: str
    differences: (
        Callable[[], Sequence[QWidget]] | None
    )  # made when somebody looks; None where nothing differs
    restorable: bool = True
    usable: bool = False  # in the open conversation
    used: bool = False  # there


def summed_names(sentence: str, names: Sequence[str]) -> str:
    """Name a few in the place of {names}, and count the others."""
    rest = len(names) - _NAMED
    more = QCoreApplication.translate("VersionsPage", " and {n} more").replace(
        "{n}", QLocale().toString(rest)
    )
    return sentence.replace("{names}", ", ".join(names[:_NAMED]) + (more if rest > 0 else ""))


class VersionCard(QFrame):
    """Show one version and what can be done with it."""

    restore_requested = Signal(object)  # the version
    use_requested = Signal(object)  # the version: in the open conversation

    def __init__(self, row: VersionRow) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setProperty("current", row.used)
        self._row = row
        self._name = self.tr("Version {n}").replace("{n}", str(row.number))
        self.setAccessibleName(self._name)
        self._more: QWidget | None = None
        at = QDateTime.fromMSecsSinceEpoch(row.created_at)
        self._look = self._act(self.tr("Show changes"), self._on_look)
        use = self._act(self.tr("Use in this conversation"), lambda: self.use_requested.emit(row.version))
        back = self._act(self.tr("Restore"), lambda: self.restore_requested.emit(row.version))
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(heading(self._name))
        head.addWidget(note(QLocale().toString(at, QLocale.FormatType.ShortFormat)), 1)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        for made in (self._look, use, back):
            acts.addWidget(made)
        acts.addStretch(1)
        self._top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._top.setSpacing(8)
        self._top.addLayout(head, 1)
        self._top.addLayout(acts)
        self._column = column(self, self._top, words(row.summed), spacing=4, margin=16)
        if row.used:
            self._column.addWidget(note(self.tr("The open conversation uses this version.")))
        # Not before they have a place, or each were a window.
        self._look.setVisible(row.differences is not None)
        use.setVisible(row.usable)
        back.setVisible(row.restorable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put what can be done under the heading where it has no room beside it."""
        super().resizeEvent(event)
        beside = self.width() >= _BESIDE_FROM
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._top.direction() is not way:
            self._top.setDirection(way)

    def _act(self, text: str, act: Callable[[], object]) -> QPushButton:
        made = button(text, "small", f"{text}: {self._name}")
        made.clicked.connect(lambda: act())
        return made

    def _on_look(self) -> None:
        if self._more is None and self._row.differences is not None:
            self._more = QWidget()
            column(self._more, *self._row.differences(), spacing=12)
            self._more.hide()
            self._column.addSpacing(8)
            self._column.addWidget(self._more)
        assert self._more is not None
        self._more.setVisible(self._more.isHidden())
        shown = not self._more.isHidden()
        self._look.setText(self.tr("Hide changes") if shown else self.tr("Show changes"))
        self._look.setAccessibleName(f"{self._look.text()}: {self._name}")


class VersionsPage(Scroll):
    """List versions, the newest first; what each one shows is asked for when it comes into the list."""

    left = Signal()
    restore_requested = Signal(object)  # the version
    use_requested = Signal(object)  # the version

    def __init__(self, back_name: str, about: str) -> None:
        inside = QWidget()
        super().__init__(inside, width=PAGE_WIDTH)
        self._count = self._shown = 0
        self._row_of: Callable[[int], VersionRow] | None = None
        self._title = title("")
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        self._more = button("", name=self.tr("Show older versions"))
        self._more.clicked.connect(self._on_more)
        self._back = button(self.tr("‹ Back"), "link", back_name)
        self._back.clicked.connect(self.left)
        whole = column(inside, spacing=14)
        whole.addWidget(self._back, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addWidget(self._title)
        whole.addWidget(note(about))
        whole.addLayout(self._cards)
        whole.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        whole.addStretch(1)

    def show_rows(self, name: str, count: int, row_of: Callable[[int], VersionRow]) -> None:
        """Show so many versions of what has this name; place 0 is the newest."""
        self._count, self._shown, self._row_of = count, 0, row_of
        self._title.setText(self.tr("Versions of {name}").replace("{name}", name))
        emptied(self._cards)
        self._on_more()
        self.verticalScrollBar().setValue(0)

    def focus_back(self) -> None:
        """Give the way back the keyboard."""
        self._back.setFocus()

    def _on_more(self) -> None:
        until = min(self._shown + _BATCH, self._count)
        for place in range(self._shown, until):
            assert self._row_of is not None
            card = VersionCard(self._row_of(place))
            card.restore_requested.connect(self.restore_requested)
            card.use_requested.connect(self.use_requested)
            self._cards.addWidget(card)
        self._shown = until
        self._more.setVisible(until < self._count)
        self._more.setText(self.tr("Show more ({n})").replace("{n}", str(self._count - until)))
