"""Knows how one reply is drawn, token by token, and why it ends; not how its prompt was read."""

from collections.abc import Callable
from time import monotonic

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.engine.stream import ReplyText, is_endless
from hermes_desktop.engine.tokens import TURN_TEXTS

_LOOK_FOR_LOOPS = 16  # tokens between two looks


class Reply:
    """Grow by one token at a time until there is a reason to stop."""

    def __init__(self, stops: tuple[str, ...], limit: int, show: Callable[[str, int], None]) -> None:
        """Take the stop texts, the most tokens that may come, and who is shown new text and the count."""
        self._text = ReplyText((*TURN_TEXTS, *stops))
        self._limit = limit
        self._show = show
        self._first = 0.0
        self._last = 0.0
        self.sampled: list[int] = []

    def take(self, token: int, piece: bytes) -> StopReason | None:
        """Take a token that ends no turn by itself; say why the reply ends with it, where it does."""
        self._last = monotonic()
        self._first = self._first or self._last
        self.sampled.append(token)
        shown = self._text.add(piece)
        if shown:
            self._show(shown, len(self.sampled))
        if self._text.stop:
            return StopReason.END if self._text.stop in TURN_TEXTS else StopReason.STOP_TEXT
        if len(self.sampled) >= self._limit:
            return StopReason.LENGTH
        looks = len(self.sampled) % _LOOK_FOR_LOOPS == 0
        return StopReason.LOOP if looks and is_endless(self.sampled) else None

    def close(self, reason: StopReason) -> StopReason:
        """Show what was held back; an ending without any words becomes EMPTY."""
        rest = self._text.finish()
        if rest:
            self._show(rest, len(self.sampled))
        ended = reason in (StopReason.END, StopReason.STOP_TEXT)
        return StopReason.EMPTY if ended and not self.text.strip() else reason

    @property
    def text(self) -> str:
        """Give the whole reply."""
        return self._text.text

    @property
    def tokens(self) -> tuple[int, ...]:
        """Give the tokens that make the text; none where it ends inside of one."""
        return self._text.tokens(self.sampled)

    @property
    def seconds(self) -> float:
        """Give the time between the first token and the last."""
        return self._last - self._first

    @property
    def tokens_per_second(self) -> float:
        """Give the speed after the first token."""
        return (len(self.sampled) - 1) / self.seconds if self.seconds > 0 else 0.0

    def first_token_ms(self, since: float) -> float:
        """Give the milliseconds from a moment to the first token; 0 where none came."""
        return (self._first - since) * 1000 if self._first else 0.0
