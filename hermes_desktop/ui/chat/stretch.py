"""Knows which stretch of the open conversation stands in the document, and how it grows at its ends."""

from collections.abc import Callable

from hermes_desktop.app.chat import ChatService
from hermes_desktop.domain.conversation import Message
from hermes_desktop.ui.chat.turns import Turn, Turns

PAGE = 60  # messages read at a time
MOST = 240  # messages that stand in the document at once


class Stretch:
    """Load messages around the place where one reads, and drop those far from it."""

    def __init__(
        self,
        turns: Turns,
        chat: ChatService,
        head: Callable[[Message], str],
        rest: Callable[[Turn], None],
    ) -> None:
        self._turns, self._chat, self._head, self._rest = turns, chat, head, rest
        self.whole_start = True  # nothing lies before the first turn
        self.whole_end = True

    @property
    def last_depth(self) -> int:
        """Give the depth of the last turn, 0 where there is none."""
        return self._turns.all[-1].message.depth if self._turns.all else 0

    def clear(self) -> None:
        """Let nothing stand there."""
        self.whole_start = self.whole_end = True
        self._turns.clear()

    def fill_end(self) -> None:
        """Load the latest messages."""
        self._fill(self._chat.page(limit=PAGE))
        self.whole_end = True

    def fill_around(self, message_id: int) -> None:
        """Load what lies around a message."""
        depth = self._chat.depth_of(message_id)
        before = self._chat.page(before=depth, limit=PAGE // 2)
        self._fill(before + self._chat.page(after=depth - 1, limit=PAGE))
        self._look_after()

    def fill_again(self) -> None:
        """Read the same stretch again, with what was added behind it."""
        first = self._turns.all[0].message.depth if self._turns.all else 1
        self._fill(self._chat.page(after=first - 1, limit=max(len(self._turns.all) + 2, PAGE)))
        self._look_after()

    def load_before(self) -> None:
        """Put a page above the first turn."""
        messages = self._chat.page(before=self._turns.all[0].message.depth, limit=PAGE)
        self.whole_start = len(messages) < PAGE
        for message in reversed(messages):
            self._rest(self._turns.prepend(message, self._head(message)))

    def load_after(self) -> None:
        """Put a page under the last turn."""
        messages = self._chat.page(after=self.last_depth, limit=PAGE)
        self.whole_end = len(messages) < PAGE
        for message in messages:
            self._rest(self._turns.append(message, self._head(message)))

    def trim_end(self) -> None:
        """Drop turns from the end while there are too many."""
        while len(self._turns.all) > MOST:
            self._turns.remove(self._turns.all[-1])
            self.whole_end = False

    def trim_start(self) -> None:
        """Drop turns from the start while there are too many."""
        while len(self._turns.all) > MOST:
            self._turns.remove(self._turns.all[0])
            self.whole_start = False

    def _fill(self, messages: list[Message]) -> None:
        self._turns.clear()
        self._turns.append_all(messages, self._head)
        for turn in self._turns.all:
            self._rest(turn)
        self.whole_start = not messages or not self._chat.page(before=messages[0].depth, limit=1)

    def _look_after(self) -> None:
        self.whole_end = not self._chat.page(after=self.last_depth, limit=1)
