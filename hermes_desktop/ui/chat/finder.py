"""Knows how words are found in a conversation of which only a stretch stands in the document."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextDocument

from hermes_desktop.app.chat import ChatService
from hermes_desktop.ui.chat.turns import Turns

if TYPE_CHECKING:
    from hermes_desktop.ui.chat.transcript import Transcript

_FAR = 2**62  # deeper than any message


class Finder:
    """Look in what is shown first, then in what is stored, and show that."""

    def __init__(self, view: "Transcript", turns: Turns, chat: ChatService) -> None:
        self._view, self._turns, self._chat = view, turns, chat

    def find(self, words: str, *, backwards: bool) -> bool:
        """Select the next place with these words; behind the last one it begins again, once."""
        return self._find(words, backwards, again=True)

    def show(self, message_id: int, words: list[str]) -> None:
        """Show a message, with the first of the words selected that is written there as it is shown."""
        self._view.go_near(message_id, at_end=False)
        turn = self._turns.find(message_id)
        assert turn is not None
        for each in words:
            if self._view.find(each) and self._view.textCursor().position() <= turn.frame.lastPosition():
                return
            self._view.setTextCursor(turn.frame.firstCursorPosition())
        self._view.go_near(message_id, at_end=False)

    def _find(self, words: str, backwards: bool, *, again: bool) -> bool:
        flag = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        if self._view.find(words, flag):
            return True
        turns = self._turns.all
        depth = turns[0 if backwards else -1].message.depth if turns else 0
        beyond = self._chat.find(words, depth, backwards=backwards)
        if beyond is None and again:
            again = False
            beyond = self._chat.find(words, _FAR if backwards else 0, backwards=backwards)
        if beyond is None:
            return False
        self._view.go_near(beyond.id, at_end=backwards)
        # What is written may not be what is shown: marks around a word, for one. Then it goes on.
        return self._view.find(words, flag) or self._find(words, backwards, again=again)
