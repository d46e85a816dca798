"""Knows how a reply is made again from what is known of it, and where it becomes another one; not why.

The cells are empty before. The prompt is evaluated in the very batches of then, also where these belonged to
earlier replies; of a batch that was cut later the place of the missing tokens is filled with any others,
since what they are changes nothing for those before them, but their number does.
"""

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.replay import Batch, Difference, TokenText
from hermes_desktop.domain.sampling import clamped
from hermes_desktop.engine import kv, llama, protocol, sampler, schedule
from hermes_desktop.engine.backend import Emit, Ticket
from hermes_desktop.engine.reply import Reply

_TOLD = 32  # tokens between two reports of progress
_BEYOND = 64  # tokens that may come where the other one ended; a stop text may be made of some


class Again:
    """One replay."""

    def __init__(
        self,
        model: llama.Llama,
        command: protocol.Replay,
        wanted: tuple[int, ...],
        emit: Emit,
        ticket: Ticket,
    ) -> None:
        """Take the tokens of the prompt; raises KnownError REPLAY_PROMPT or PROMPT_TOO_LONG."""
        if kv.digest(wanted) != command.prompt_sha256:
            raise KnownError(ErrorKind.REPLAY_PROMPT)
        if len(wanted) >= model.context:
            raise KnownError(ErrorKind.PROMPT_TOO_LONG, tokens=len(wanted), context=model.context)
        self._model, self._command, self._wanted = model, command, wanted
        self._emit, self._ticket = emit, ticket
        self._then = command.tokens
        self._whole = command.stop_reason not in (StopReason.CANCELLED, StopReason.FAILED)
        self._sampling = clamped(command.sampling)
        limit = min(self._sampling.max_tokens, model.context - len(wanted))
        self._reply = Reply(self._sampling.stop, limit, self._show)

    def run(self) -> None:
        """Read, draw and tell what came of it."""
        steps = sampler.steps(
            self._sampling,
            seed=self._command.seed,
            context=self._model.context,
            vocabulary=self._model.vocabulary,
        )
        chain = self._model.sampler(steps, self._wanted)
        try:
            self._read()
            difference = self._draw(chain)
        except llama.AbortedError:
            difference = None
        finally:
            chain.close()
        same = difference.position - 1 if difference is not None else len(self._then or self._reply.sampled)
        cancelled = self._ticket.cancelled
        self._emit(protocol.Replayed(self._command.id, same, None if cancelled else difference, cancelled))

    # ---- reading -----------------------------------------------------------------------------------

    def _read(self) -> None:
        position, told, total = 0, 0, len(self._wanted)
        for batch in schedule.each(self._command.batches, total, self._model.batch):
            if self._ticket.cancelled:
                raise llama.AbortedError
            self._evaluate(batch, position)
            position += batch.kept
            if position - told >= _TOLD or position == total:
                told = position
                self._emit(protocol.Evaluating(self._command.id, position, total))

    def _evaluate(self, batch: Batch, position: int) -> None:
        kept = self._wanted[position : position + batch.kept]
        room = self._model.context - position - len(kept)
        beside = min(batch.size - batch.kept, room)
        self._use_threads(batch.threads)
        self._model.evaluate((*kept, *kept[-1:] * beside), position)
        if beside:
            self._model.cells.remove(position + batch.kept, -1)

    def _use_threads(self, wanted: int) -> None:
        """Use as many as then, and never more than were asked for when the model was loaded."""
        most = self._model.threads
        self._model.use_threads(min(wanted, most) if wanted > 0 else most)

    # ---- drawing -----------------------------------------------------------------------------------

    def _show(self, text: str, count: int) -> None:
        self._emit(protocol.Piece(self._command.id, text, count))

    def _draw(self, chain: llama.Sampler) -> Difference | None:
        model, reply, start = self._model, self._reply, len(self._wanted)
        self._use_threads(self._command.threads)
        while not self._ticket.cancelled:
            token = chain.sample()
            at = len(reply.sampled)
            if at < len(self._then) and token != self._then[at]:
                return self._difference(at, token)
            if model.is_end(token):
                return self._ended(StopReason.END, token)
            reason = reply.take(token, model.piece(token))
            if reason is not None:
                return self._ended(reason)
            if self._is_enough():
                return self._ended(StopReason.CANCELLED)
            model.evaluate((token,), start + at)
        return None

    def _is_enough(self) -> bool:
        """Say whether more can tell nothing: the other reply was cut off here, or has ended long before."""
        if not self._then:
            limit = len(self._command.text)
            return len(self._reply.text) >= limit + (_BEYOND if self._whole else 0)
        return len(self._reply.sampled) >= len(self._then) + (_BEYOND if self._whole else 0)

    def _ended(self, reason: StopReason, end: int | None = None) -> Difference | None:
        """Compare two endings."""
        reply = self._reply
        reason = reply.close(reason)
        if not self._then:
            return self._compared_texts()
        if len(reply.sampled) < len(self._then):
            return self._difference(len(reply.sampled), end)
        if self._whole and (reply.tokens, reason) != (self._then, self._command.stop_reason):
            return self._difference(len(self._then), None)
        return None

    def _compared_texts(self) -> Difference | None:
        """Compare letters where no tokens are known; a difference is told by the token that brings it."""
        # NUL, which no database keeps, is stored as a sign that nothing can be read.
        then, now = self._command.text, self._reply.text.replace("\0", "\ufffd")
        if now == then or (not self._whole and now.startswith(then)):
            return None
        same = kv.first_difference(then, now)
        position, letters = 0, b""
        for token in self._reply.sampled:
            letters += self._model.piece(token)
            if len(letters.decode("utf-8", "replace")) > same:
                break
            position += 1
        rest = then[same : same + 20]
        return Difference(position + 1, TokenText(-1, rest) if rest else None, self._sampled(position))

    def _difference(self, at: int, now: int | None) -> Difference:
        then = self._then[at] if at < len(self._then) else None
        sampled = self._sampled(at) if now is None else self._named(now)
        return Difference(at + 1, None if then is None else self._named(then), sampled)

    def _sampled(self, at: int) -> TokenText | None:
        return self._named(self._reply.sampled[at]) if at < len(self._reply.sampled) else None

    def _named(self, token: int) -> TokenText:
        known = 0 <= token < self._model.vocabulary
        return TokenText(token, self._model.piece(token).decode("utf-8", "replace") if known else "")
