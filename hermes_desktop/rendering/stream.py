"""Knows how a growing message is rendered: what is finished once, what is still open again and again."""

from hermes_desktop.rendering import blocks
from hermes_desktop.rendering.blocks import Block
from hermes_desktop.rendering.markdown import Labels, Work, clean, prepared, render

_OPEN = 2  # blocks at the end that the next line may still change


class StreamRenderer:
    """Render one message while it grows; its text may only become longer."""

    def __init__(self, labels: Labels = Labels()) -> None:  # noqa: B008  # frozen
        self._labels = labels
        self._finished = ""
        self._done = 0  # letters of the text that are finished
        self._work = Work(labels)

    def feed(self, text: str) -> tuple[str, str]:
        """Give the HTML of all finished blocks and that of the open end.

        The cost goes with what is open, not with the length of the message.
        """
        rest = prepared(text[self._done :])
        parts = list(blocks.split(rest))
        closed = parts[:-_OPEN]
        if closed and len(rest) == len(text) - self._done:  # offsets hold only where nothing was taken out
            self._finished += clean(render(closed, self._work)) + "\n"
            cut = parts[-_OPEN].start
            self._done += cut
            parts = parts[-_OPEN:]
        return self._finished, self._open_end(parts, streaming=True)

    def finish(self, text: str) -> tuple[str, str]:
        """Give the same for the whole text: nothing is open any more, only the end is rendered again."""
        finished, _ = self.feed(text)
        parts = list(blocks.split(prepared(text[self._done :])))
        return finished, self._open_end(parts, streaming=False)

    def _open_end(self, parts: list[Block], *, streaming: bool) -> str:
        work = Work(self._labels, units=self._work.units, thoughts=self._work.thoughts, streaming=streaming)
        return clean(render(parts, work)) if parts else ""
