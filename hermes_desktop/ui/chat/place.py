"""Knows where one reads: at the end, following it, or at a message that stays where it is meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QTextBrowser

from hermes_desktop.ui.chat.turns import Turn, Turns

_END = 4  # pixels; nearer than this is at the end


class Place:
    """Hold the reader's place through layout, resizing and growth."""

    def __init__(self, view: QTextBrowser, turns: Turns) -> None:
        self._view, self._turns = view, turns
        self._bar = view.verticalScrollBar()
        self.follow = True  # the view stands at the end and stays there
        self.kept: tuple[int, int] | None = None  # else: the message at the top, and its offset in pixels
        self.held = False  # what the scroll bar says now means nothing
        self._bar.rangeChanged.connect(self._on_range_changed)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Change the document or the view without taking its scrolling for the reader's."""
        before, self.held = self.held, True
        yield
        self.held = before

    def note(self, *, whole_end: bool) -> None:
        """Take the present position for the reader's place."""
        self.follow = whole_end and self._bar.value() >= self._bar.maximum() - _END
        top = None if self.follow else self.top_turn()
        self.kept = (top.message.id, self._offset_of(top)) if top else None

    def to_end(self) -> None:
        """Go to the end and follow what comes."""
        self.follow, self.kept = True, None
        self._bar.setValue(self._bar.maximum())

    def go_to(self, message_id: int, offset: int) -> bool:
        """Put a message so far below the top; False where it is not in the document."""
        turn = self._turns.find(message_id)
        if turn is None:
            return False
        self.follow, self.kept = False, (message_id, offset)
        with self.hold():
            self._bar.setValue(round(self._turns.rect(turn).top()) - offset)
        return True

    def again(self) -> None:
        """Go back to the place, after the view or the document has changed around it."""
        if self.kept is not None:
            self.go_to(*self.kept)
        elif self.follow:
            self._bar.setValue(self._bar.maximum())

    def top_turn(self) -> Turn | None:
        """Give the turn at the upper edge."""
        return self._turns.below(self._bar.value())

    def _offset_of(self, turn: Turn) -> int:
        return round(self._turns.rect(turn).top()) - self._bar.value()

    def _on_range_changed(self, _low: int, high: int) -> None:
        # Comes before the bar fits its value into the new range, so that the place is kept, not lost.
        if self.follow:
            self._bar.setValue(high)
        elif not self.held:
            self.again()
