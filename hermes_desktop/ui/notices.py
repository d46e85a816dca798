"""Knows how notices are shown: a few at the bottom of the page, each with at most one thing to do."""

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService

_MOST = 3
_INFO_MS = 12_000
_WIDTH = 560


class NoticeCard(QFrame):
    """Show one notice until it is closed, acted on, or has been there long enough."""

    def __init__(self, notice: Notice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = notice
        self.setProperty("role", "notice")
        self.setProperty("kind", notice.kind.value)
        self.setAccessibleName(notice.text)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._label(notice.text, "words"))
        if notice.hint:
            words.addWidget(self._label(notice.hint, "note"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 10, 8, 10)
        layout.addLayout(words, 1)
        if notice.action:
            self._add_button(layout, notice.action, "small", self._on_action)
        if notice.details:
            self._add_button(layout, self.tr("Copy report"), "small", self._on_copy)
        self._add_button(layout, "✕", "quiet", self.deleteLater, self.tr("Close this notice"))
        if notice.kind is NoticeKind.INFO:
            QTimer.singleShot(_INFO_MS, self, self.deleteLater)

    def _label(self, text: str, role: str) -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("role", role)
        return label

    def _add_button(
        self, layout: QHBoxLayout, text: str, role: str, act: Callable[[], object], name: str = ""
    ) -> None:
        button = QPushButton(text)
        button.setProperty("role", role)
        button.setAccessibleName(name or text)
        button.clicked.connect(act)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

    def _on_action(self) -> None:
        if self.notice.act is not None:
            self.notice.act()
        self.deleteLater()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.notice.text}\n{self.notice.details}")


class NoticeStack(QWidget):
    """Hold the newest notices over the lower edge of its parent."""

    def __init__(self, notices: NoticesService, parent: QWidget) -> None:
        super().__init__(parent)
        self._over = parent
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._after = QTimer(self)  # a card that goes is still among the children for a moment
        self._after.setSingleShot(True)
        self._after.timeout.connect(self._on_gone)
        notices.posted.connect(self._on_posted)
        self.hide()

    def cards(self) -> list[NoticeCard]:
        """List the notices that are shown, the oldest first."""
        found = self.findChildren(NoticeCard, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [card for card in found if not card.isHidden()]  # a hidden one is about to go

    def settle(self, bottom: int = 112) -> None:
        """Take the place over the composer."""
        parent = self._over
        width = min(_WIDTH, parent.width() - 32)
        self.setFixedWidth(width)
        self.adjustSize()
        self.move((parent.width() - width) // 2, parent.height() - self.height() - bottom)

    def _on_posted(self, notice: Notice) -> None:
        cards = self.cards()
        for same in [card for card in cards if card.notice.text == notice.text]:
            if notice.act is None:
                return  # the same words twice help nobody
            cards.remove(same)  # what the new one can do is about something else
            self._layout.removeWidget(same)
            same.hide()
            same.deleteLater()  # its own button may be what has led here
        for old in cards[: max(len(cards) + 1 - _MOST, 0)]:
            self._layout.removeWidget(old)
            old.deleteLater()
        card = NoticeCard(notice, self)
        card.destroyed.connect(self._after.start)
        self._layout.addWidget(card)
        card.show()
        self.show()
        self.raise_()
        self.settle()
        event = QAccessibleAnnouncementEvent(self, f"{notice.text} {notice.hint}".strip())
        QAccessible.updateAccessibility(event)

    def _on_gone(self) -> None:
        if self.cards():
            self.settle()
        else:
            self.hide()
