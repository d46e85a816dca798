"""Knows one reply that a server writes: fit, ask, ask again where that may help, take what streams in."""

import asyncio
import re
import secrets
import zlib
from dataclasses import dataclass, replace
from time import monotonic

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.prompt import Budget, Prompt
from hermes_desktop.domain.remote import RemoteForm, RemoteServer
from hermes_desktop.domain.sampling import clamped
from hermes_desktop.engine import asking, protocol, served
from hermes_desktop.engine.backend import Emit, unwritten
from hermes_desktop.engine.counting import TURN_TOKENS, Counts
from hermes_desktop.engine.reply import Reply
from hermes_desktop.engine.server import Fields, Server, StatusError
from hermes_desktop.prompting import fit
from hermes_desktop.waiting import WAITING

_PAUSES = (0.5, 1.5, 3.0)  # seconds before it is asked again; only as long as nothing has come
_TEXT_LIMIT = 4 * 1024 * 1024  # letters of a reply
_SEEDS = 2**31 - 1  # what every server takes
_NOT_OFFERED = (404, 405, 501)
_NO_MODEL = re.compile(r"model\b.*(not found|does not exist|not exist)", re.IGNORECASE)


@dataclass(slots=True)
class Held:
    """A server that plays, and what has been learned of it."""

    server: Server
    wanted: RemoteServer
    found: served.Found
    form: RemoteForm
    context: int
    counts: Counts

    async def fit(self, prompt: Prompt, reserve: int) -> fit.Fitted:
        """Choose the turns that fit; raises KnownError PROMPT_TOO_LONG."""
        exact = await self.counts.learn_prompt(prompt, self.context)
        await self.counts.learn([prompt.prefill])
        overhead = TURN_TOKENS + (self.counts.of(prompt.prefill) if prompt.prefill else 0)
        kept_free = min(reserve, self.context // 2)
        found = fit.fit(prompt, self.context, kept_free, self.counts.of_turn, overhead)
        return replace(found, budget=replace(found.budget, about=not exact))

    def learn(self, error: StatusError) -> bool:
        """Take over what a refusal tells, a shorter context or that it wants messages; say whether it did."""
        if 0 < error.context < self.context:
            self.context = error.context
            return True
        plain = self.form is RemoteForm.CHATML and self.wanted.form is RemoteForm.AUTO
        if plain and error.status in _NOT_OFFERED and not _lacks_model(error):
            self.form = RemoteForm.CHAT
            return True
        return False


class ServedReply:
    """Let a server write one reply."""

    def __init__(self, held: Held, command: protocol.Generate, emit: Emit) -> None:
        self._held, self._id, self._emit = held, command.id, emit
        self._prompt, _ = command.prompt.opened()
        self._sampling = clamped(command.sampling)
        given = self._sampling.seed
        self._seed = given % (_SEEDS + 1) if given >= 0 else secrets.randbelow(_SEEDS)
        self._reply = Reply(self._sampling.stop, self._sampling.max_tokens, self._show)
        self._begun = monotonic()
        self._budget: Budget | None = None
        self._letters = 0
        self._finish = ""
        self._usage: Fields = {}

    async def write(self) -> StopReason:
        """Ask until a reply has come; raises KnownError."""
        pauses = iter(_PAUSES)
        while True:
            fitted = await self._held.fit(self._prompt, self._sampling.max_tokens)
            try:
                return await self._ask(fitted)
            except StatusError as error:
                failed, wait = await self._known(error), error.wait
                if not self._reply.sampled and self._held.learn(error):
                    continue
                again = error.status in WAITING
            except KnownError as error:
                failed, wait = error, 0.0
                again = error.kind is ErrorKind.REMOTE_UNREACHABLE
            pause = next(pauses, None)
            if not again or self._reply.sampled or pause is None:
                raise failed
            await asyncio.sleep(max(pause, wait))

    def done(self, reason: StopReason) -> protocol.Done:
        """Give the end of the reply, whether the server has said so or nobody wants more of it."""
        reason = self._reply.close(reason)
        prompt = _number(self._usage, "prompt_tokens") or (self._budget.prompt_tokens if self._budget else 0)
        details = self._usage.get("prompt_tokens_details")
        kept = _number(details, "cached_tokens") if isinstance(details, dict) else 0
        return replace(
            unwritten(self._id),
            stop_reason=reason,
            text=self._reply.text,
            seed=self._seed,
            prompt_tokens=prompt,
            kept_tokens=min(kept, prompt),
            evaluated_tokens=max(prompt - kept, 0),
            generated_tokens=_number(self._usage, "completion_tokens") or len(self._reply.sampled),
            first_token_ms=self._reply.first_token_ms(self._begun),
            seconds=self._reply.seconds,
            tokens_per_second=self._reply.tokens_per_second,
        )

    # ---- one try -----------------------------------------------------------------------------------

    async def _ask(self, fitted: fit.Fitted) -> StopReason:
        held, self._budget = self._held, fitted.budget
        total = fitted.budget.prompt_tokens
        limit = max(1, min(self._sampling.max_tokens, held.context - total))
        path, body = asking.request(
            held.found, held.form, fitted.turns, self._prompt.prefill, self._sampling, self._seed, limit
        )
        self._emit(protocol.Evaluating(self._id, 0, total))
        try:
            async with held.server.events(path, body) as events:
                self._emit(protocol.Started(self._id, fitted.budget, 0, 0, total, self._seed))
                async for fields in events:
                    reason = self._take(fields)
                    if reason is not None:
                        return reason
        except KnownError as error:
            if error.kind is not ErrorKind.REMOTE_CUT or self._reply.sampled:
                raise
        if self._finish:
            return StopReason.LENGTH if self._finish == "length" else StopReason.END
        if not self._reply.sampled:  # some break off where they refuse in a stream; without one they say why
            await held.server.post(path, body | {"stream": False, "stream_options": None, "max_tokens": 1})
        raise KnownError(ErrorKind.REMOTE_CUT, host=held.server.host, reason="it ended too early")

    def _take(self, fields: Fields) -> StopReason | None:
        """Take an event; say why the reply ends with it, where it does. Raises StatusError, KnownError."""
        failed = self._held.server.refusal(fields)
        if failed is not None:
            raise failed
        usage = fields.get("usage")
        self._usage = usage if isinstance(usage, dict) else self._usage
        text, finish = _choice(fields)
        self._finish = self._finish or finish
        if not text:
            return None
        self._letters += len(text)
        if self._letters > _TEXT_LIMIT:
            host = self._held.server.host
            raise KnownError(ErrorKind.REMOTE_ANSWER, host=host, reason="a reply without an end")
        piece = text.encode("utf-8", "replace")
        # The ids of its tokens are not told; equal pieces stand for equal tokens, so that a loop is seen.
        return self._reply.take(zlib.crc32(piece), piece)

    def _show(self, text: str, tokens: int) -> None:
        self._emit(protocol.Piece(self._id, text, tokens))

    async def _known(self, error: StatusError) -> KnownError:
        if error.status not in _NOT_OFFERED or not _lacks_model(error):
            return self._held.server.known(error)
        found = self._held.found
        try:
            known = ", ".join(model.id for model in await served.models(self._held.server))
        except KnownError:
            known = "-"
        host = self._held.server.host
        return KnownError(ErrorKind.REMOTE_NO_MODEL, host=host, model=found.model, known=known[:300])


def _lacks_model(error: StatusError) -> bool:
    return error.code == "model_not_found" or bool(_NO_MODEL.search(error.detail))


def _choice(fields: Fields) -> tuple[str, str]:
    """Give the text of an event and why the reply ends with it, "" for neither."""
    choices = fields.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return "", ""
    inner = choice.get("delta") or choice.get("message")
    text = inner.get("content") if isinstance(inner, dict) else choice.get("text")
    finish = choice.get("finish_reason")
    return text if isinstance(text, str) else "", finish if isinstance(finish, str) else ""


def _number(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
