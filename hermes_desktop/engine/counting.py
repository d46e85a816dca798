"""Knows how many tokens texts have for a server: counted there, each once, or estimated."""

import asyncio
import hashlib
from collections.abc import Iterable

from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn
from hermes_desktop.engine.served import Counter
from hermes_desktop.engine.server import NOT_OFFERED, Server, StatusError
from hermes_desktop.prompting.estimate import estimated

TURN_TOKENS = 4  # that ChatML puts around a turn: start, end, and two line breaks
_AT_ONCE = 8
_STEP = 16  # turns that are counted before it is seen whether they fill the context
_KEPT = 200_000


class Counts:
    """Count texts for one server."""

    def __init__(self, server: Server, counter: Counter | None) -> None:
        self._server, self._counter = server, counter
        self._known: dict[bytes, int] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)

    @property
    def exact(self) -> bool:
        """Say whether the server counts."""
        return self._counter is not None

    async def learn(self, texts: Iterable[str]) -> None:
        """Have texts counted that are not known; where the server fails, they stay estimated."""
        if self._counter is None:
            return
        if len(self._known) > _KEPT:
            self._known.clear()
        fresh = {key: text for text in texts if (key := _key(text)) not in self._known}
        await asyncio.gather(*(self._learn(key, text) for key, text in fresh.items()))

    async def _learn(self, key: bytes, text: str) -> None:
        async with self._gate:
            if self._counter is None:
                return
            try:
                self._known[key] = await self._counter.count(self._server, text)
            except StatusError as error:
                if error.status in NOT_OFFERED:
                    self._counter = None
            except KnownError:
                return

    def of(self, text: str) -> int:
        """Count the tokens of a text, or estimate them rather too high."""
        known = self._known.get(_key(text))
        return known if known is not None else estimated(text)

    def of_turn(self, turn: PromptTurn) -> int:
        """Count the tokens of a turn with what stands around it."""
        return self.of(headed(turn)) + TURN_TOKENS

    async def learn_prompt(self, prompt: Prompt, context: int) -> bool:
        """Have those turns counted that decide what fits, the newest first; say whether all of them were."""
        fixed = [headed(turn) for turn in prompt.turns if turn.keep is not Keep.WINDOW]
        await self.learn(fixed)
        window = [headed(turn) for turn in reversed(prompt.turns) if turn.keep is Keep.WINDOW]
        total, asked = 0, list(fixed)
        for at in range(0, len(window), _STEP):
            step = window[at : at + _STEP]
            await self.learn(step)
            asked += step
            total += sum(map(self.of, step))
            if total > context:
                break
        return all(_key(text) in self._known for text in asked)


def headed(turn: PromptTurn) -> str:
    """Give a turn's text with its role."""
    return f"{turn.role}\n{turn.text}"


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
