"""Knows how sampled pieces become text to be shown: whole characters, no stop texts, no endless loop."""

import codecs
from bisect import bisect_right
from collections.abc import Sequence

LOOP_TOKENS = 96  # a loop is a tail of at least so many tokens ...
LOOP_REPEATS = 8  # ... that consists of one block, so many times
LOOP_PERIOD = 128  # tokens of the longest block that is looked for


class ReplyText:
    """Gather the bytes of a reply and let out what is sure to belong to it."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop.encode("utf-8", "replace") for stop in stops if stop]
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._raw = bytearray()
        self._ends: list[int] = []  # of each token, in bytes
        self._let_out = 0  # bytes that have been handed to the decoder
        self._pieces: list[str] = []
        self.stop = ""  # the stop text that ended it

    @property
    def text(self) -> str:
        """Give what has been let out so far."""
        return "".join(self._pieces)

    def add(self, piece: bytes) -> str:
        """Take the bytes of one token; give the text that they make sure of."""
        self._raw += piece
        self._ends.append(len(self._raw))
        waiting = bytes(self._raw[self._let_out :])
        found = [(place, stop) for stop in self._stops if (place := waiting.find(stop)) >= 0]
        if found:
            place, stop = min(found)
            self.stop = stop.decode("utf-8", "replace")
            return self._release(place)
        return self._release(len(waiting) - self._held(waiting))

    def finish(self) -> str:
        """Give what was held back; half a character at the end is dropped."""
        return "" if self.stop else self._release(len(self._raw) - self._let_out)

    def tokens(self, sampled: Sequence[int]) -> tuple[int, ...]:
        """Give the sampled tokens that make the text; none where its end lies inside of a token."""
        half = len(self._decoder.getstate()[0])
        end = self._let_out - half
        count = bisect_right(self._ends, end)
        whole = end == 0 or (count and self._ends[count - 1] == end)
        return tuple(sampled[:count]) if whole else ()

    def _release(self, length: int) -> str:
        text = self._decoder.decode(bytes(self._raw[self._let_out : self._let_out + length]))
        self._let_out += length
        if text:
            self._pieces.append(text)
        return text

    def _held(self, waiting: bytes) -> int:
        """Count the bytes at the end that may be the beginning of a stop text."""
        return max((_overlap(waiting, stop) for stop in self._stops), default=0)


def _overlap(text: bytes, stop: bytes) -> int:
    longest = min(len(text), len(stop) - 1)
    return next((size for size in range(longest, 0, -1) if text.endswith(stop[:size])), 0)


def is_endless(tokens: Sequence[int]) -> bool:
    """Say whether the end of a reply is one block of tokens again and again."""
    count = len(tokens)
    for period in range(1, LOOP_PERIOD + 1):
        size = max(LOOP_TOKENS, LOOP_REPEATS * period)
        if size > count:
            return False
        if tokens[-1] == tokens[-1 - period] and tokens[-size:-period] == tokens[period - size :]:
            return True
    return False
