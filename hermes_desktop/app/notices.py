"""Knows what the person is to be told; not where or how it is shown."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.sentences import sentence
from hermes_desktop.domain.errors import KnownError


class NoticeKind(StrEnum):
    """Say how urgent a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the person, with at most one thing to do about it."""

    kind: NoticeKind
    text: str
    hint: str = ""
    action: str = ""  # label of the button; "" for none
    act: Callable[[], None] | None = None
    details: str = ""  # a report that can be copied


class NoticesService(QObject):
    """Pass notices from any service to whoever shows them; what comes too early is kept."""

    posted = Signal(object)  # Notice

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._early: list[Notice] | None = []

    def post(self, notice: Notice) -> None:
        """Tell the person."""
        if self._early is None:
            self.posted.emit(notice)
        else:
            self._early.append(notice)

    def post_error(self, error: KnownError) -> None:
        """Tell the person what went wrong and what to do."""
        words = sentence(error)
        detail = str(error.values.get("detail", ""))
        self.post(Notice(NoticeKind.ERROR, words.text, words.hint, details=detail))

    def release(self) -> None:
        """Pass on what was posted before anybody could show it."""
        early, self._early = self._early or [], None
        for notice in early:
            self.posted.emit(notice)
