"""Knows how a model in memory answers commands: fit, plan, read, draw; not how commands reach it."""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import DeviceShare, LoadedModel
from hermes_desktop.domain.prompt import Budget, Prompt, PromptTurn
from hermes_desktop.domain.replay import Batch
from hermes_desktop.domain.sampling import clamped
from hermes_desktop.engine import devices, kv, llama, placing, protocol, sampler, schedule, tokens
from hermes_desktop.engine.again import Again
from hermes_desktop.engine.backend import Backend, Emit, Ticket, threads_for
from hermes_desktop.engine.reply import Reply
from hermes_desktop.prompting import fit

_PROGRESS_STEP = 0.01
_SEEDS = 2**32 - 1  # the last one means "random" to llama.cpp


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A prompt that has been fitted and compared with what is resident."""

    budget: Budget
    turns: tuple[int, ...]  # places of those that stay
    runs: tuple[kv.Run, ...]
    plan: kv.Plan

    @property
    def tokens(self) -> int:
        return self.plan.reused + len(self.plan.evaluate)


@dataclass(slots=True)
class _Held:
    """A loaded model, how it is spoken to, and what its cells hold."""

    model: llama.Llama
    form: tokens.ChatFormat
    resident: list[kv.Run]
    batches: list[Batch]  # in which these were evaluated

    def drop_moved(self) -> None:
        """Forget cells that were moved, and what stands behind them: nothing makes them again."""
        sound = schedule.sound(self.batches)
        if sound >= sum(len(run.tokens) for run in self.resident):
            return
        if self.model.remove(sound, -1):
            self.resident = kv.truncated(self.resident, sound)
            self.batches = schedule.truncated(self.batches, sound)
        else:
            self.forget()

    def forget(self) -> None:
        """Empty the cells."""
        self.resident, self.batches = [], []
        self.model.clear()


class Session(Backend):
    """Serve one model with one context."""

    def __init__(self) -> None:
        llama.start()
        self._held: _Held | None = None
        self._lock = threading.RLock()  # the model is not freed, and no text cut, while somebody counts

    def hello(self) -> protocol.Hello:
        return protocol.Hello(protocol.PROTOCOL, "llama", llama.build(), llama.gpu_offload())

    # ---- the model --------------------------------------------------------------------------------------

    def load(self, command: protocol.Load, emit: Emit, ticket: Ticket) -> None:
        self.unload()
        started, reported = monotonic(), -1.0

        def progress(fraction: float) -> bool:
            nonlocal reported
            if fraction - reported >= _PROGRESS_STEP or fraction >= 1:
                reported = fraction
                emit(protocol.LoadProgress(command.id, min(1.0, max(0.0, fraction))))
            return not ticket.cancelled

        def tell(plan: placing.Plan) -> None:
            emit(protocol.Planned(command.id, plan.setting))
            if plan.placing is not None:
                emit(protocol.Placed(command.id, plan.placing.layers, plan.placing.of))

        path = Path(command.path)
        for address in command.rpc:
            devices.add_server(address)
        try:
            model = llama.Llama(path, command.options, progress, tell)
        except llama.AbortedError as error:
            raise KnownError(ErrorKind.ENGINE_LOAD_FAILED, path=str(path), detail="cancelled") from error
        try:
            form = tokens.format_for(model, model.header.template)
        except BaseException:
            model.close()
            raise
        with self._lock:
            self._held = _Held(model, form, [], [])
        emit(protocol.Loaded(command.id, _describe(model, form, monotonic() - started)))

    def unload(self) -> None:
        with self._lock:
            held, self._held = self._held, None
            if held is not None:
                held.model.close()

    def interrupt(self) -> None:
        held = self._held
        if held is not None:
            held.model.interrupt()

    def resume(self) -> None:
        held = self._held
        if held is not None:
            held.model.resume()

    def _need(self) -> _Held:
        if self._held is None:
            raise KnownError(ErrorKind.MODEL_NONE)
        return self._held

    # ---- counting ---------------------------------------------------------------------------------------

    def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        with self._lock:
            form = self._need().form
            return tuple(form.texts.count(text) for text in texts)

    def measure(self, prompt: Prompt, reserve: int) -> Budget:
        with self._lock:
            return self._fit(self._need(), prompt.opened()[0], reserve).budget

    def _fit(self, held: _Held, prompt: Prompt, reserve: int) -> fit.Fitted:
        context = held.model.context
        return fit.fit(prompt, context, min(reserve, context // 2), held.form.count)

    # ---- a reply ----------------------------------------------------------------------------------------

    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:
        started = monotonic()
        with self._lock:
            held = self._need()
            prepared = self._prepare(held, command)
        sampling = clamped(command.sampling)
        seed = sampling.seed if sampling.seed >= 0 else secrets.randbelow(_SEEDS)
        steps = sampler.steps(
            sampling, seed=seed, context=held.model.context, vocabulary=held.model.vocabulary
        )
        chain = held.model.sampler(steps, kv.flat(prepared.runs))
        limit = min(sampling.max_tokens, held.model.context - prepared.tokens)
        reply = Reply(sampling.stop, limit, lambda text, count: emit(protocol.Piece(command.id, text, count)))
        read: list[int] = []
        threads = held.model.use_threads(threads_for(command, held.model.threads))
        try:
            position = self._reuse(held, prepared)
            batches = schedule.planned(held.batches, prepared.tokens - position, held.model.batch, threads)
            emit(_started(command.id, prepared, seed, batches))
            self._read(held, prepared, position, threads, command.id, emit, read)
            reason = self._draw(held, prepared, threads, chain, reply, ticket)
        except llama.AbortedError:
            reason = StopReason.CANCELLED
        except BaseException:  # nobody knows what the cells hold now
            held.forget()
            raise
        finally:
            chain.close()
            held.model.use_threads(held.model.threads)
        reason = reply.close(reason)
        with self._lock:
            held.form.texts.remember(reply.text, reply.tokens)
        done = _done(command.id, reason, reply, prepared, seed, read, started)
        emit(replace(done, threads=threads))

    def _prepare(self, held: _Held, command: protocol.Generate) -> _Prepared:
        prompt, beginning = command.prompt.opened()
        fitted = self._fit(held, prompt, command.sampling.max_tokens)
        sampled = held.form.texts.reply(prompt.prefill, beginning) if prompt.prefill else ()
        runs = held.form.runs(fitted.turns, sampled)
        total = sum(len(run.tokens) for run in runs)
        if total >= held.model.context:
            raise KnownError(ErrorKind.PROMPT_TOO_LONG, tokens=total, context=held.model.context)
        exact = command.exact or not held.model.can_shift()
        if command.exact:
            held.drop_moved()
        forgotten = _ids(prompt.turns) - _ids(fitted.turns)
        plan = kv.plan(held.resident, runs, forgotten, exact=exact)
        places = {id(turn): place for place, turn in enumerate(command.prompt.turns)}
        turns = tuple(places[id(turn)] for turn in fitted.turns)
        return _Prepared(fitted.budget, turns, tuple(runs), plan)

    def _read(
        self,
        held: _Held,
        prepared: _Prepared,
        position: int,
        threads: int,
        id_: int,
        emit: Emit,
        read: list[int],
    ) -> None:
        """Bring the cells to the state that the prompt wants; note the sizes of the batches in `read`."""
        wanted, total = kv.flat(prepared.runs), prepared.tokens
        to_read, already = total - position, position
        while position < total:
            batch = wanted[position : position + held.model.batch]
            try:
                held.model.evaluate(batch, position)
            except llama.AbortedError:
                held.model.remove(position, -1)
                raise
            position += len(batch)
            read.append(len(batch))
            held.resident = kv.truncated(prepared.runs, position)
            held.batches = schedule.grown(held.batches, len(batch), threads)
            emit(protocol.Evaluating(id_, position - already, to_read))

    def _reuse(self, held: _Held, prepared: _Prepared) -> int:
        """Remove and move cells as planned; give the position from which on to read."""
        model, plan = held.model, prepared.plan
        if not all(model.remove(start, stop) for start, stop in plan.removals):
            held.forget()  # a kind of memory that forgets all or nothing
            return 0
        for move in plan.moves:
            model.move(move.start, move.stop, move.delta)
        held.resident = kv.truncated(prepared.runs, plan.reused)
        held.batches = schedule.moved(held.batches, plan.kept, plan.shifted)
        return plan.reused

    def _draw(
        self,
        held: _Held,
        prepared: _Prepared,
        threads: int,
        chain: llama.Sampler,
        reply: Reply,
        ticket: Ticket,
    ) -> StopReason:
        model, position, last = held.model, prepared.tokens, prepared.runs[-1]
        read: list[int] = []
        try:
            while not ticket.cancelled:
                token = chain.sample()
                if model.is_end(token):
                    return StopReason.END
                reason = reply.take(token, model.piece(token))
                if reason is not None:
                    return reason
                model.evaluate((token,), position + len(read))
                read.append(token)
            return StopReason.CANCELLED
        finally:
            model.remove(position + len(read), -1)
            held.resident = [*prepared.runs[:-1], replace(last, tokens=(*last.tokens, *read))]
            held.batches = list(schedule.planned(held.batches, len(read), 1, threads))

    # ---- a reply made again ----------------------------------------------------------------------------

    def replay(self, command: protocol.Replay, emit: Emit, ticket: Ticket) -> None:
        with self._lock:
            held = self._need()
            wanted = kv.flat(held.form.runs(command.turns))
        held.forget()
        try:
            Again(held.model, command, wanted, emit, ticket).run()
        finally:
            held.forget()
            held.model.use_threads(held.model.threads)


def _ids(turns: Sequence[PromptTurn]) -> set[int]:
    return {turn.message_id for turn in turns if turn.message_id}


def _describe(model: llama.Llama, form: tokens.ChatFormat, seconds: float) -> LoadedModel:
    header = model.header
    return LoadedModel(
        path=str(model.path),
        name=header.name or model.path.stem,
        quantisation=header.quantisation,
        context=model.context,
        kv_type=model.kv_type,
        layers=model.layers,
        devices=model.devices or (DeviceShare("CPU", model.layers),),
        threads=model.threads,
        batch=model.batch,
        mmap=model.mmap,
        flash_attention=model.flash_attention,
        build=llama.build(),
        template=form.name,
        template_hash=form.template_hash,
        tokenizer_hash=model.tokenizer_hash(),
        load_seconds=seconds,
        size=header.expected_size,
        allocated=model.allocated,
    )


def _started(id_: int, prepared: _Prepared, seed: int, batches: tuple[Batch, ...]) -> protocol.Started:
    plan = prepared.plan
    return protocol.Started(
        id=id_,
        budget=prepared.budget,
        kept_tokens=plan.kept,
        shifted_tokens=plan.shifted,
        to_evaluate_tokens=len(plan.evaluate),
        seed=seed,
        turns=prepared.turns,
        prompt_sha256=kv.digest(kv.flat(prepared.runs)),
        batches=batches,
    )


def _done(
    id_: int,
    reason: StopReason,
    reply: Reply,
    prepared: _Prepared,
    seed: int,
    read: Sequence[int],
    started: float,
) -> protocol.Done:
    return protocol.Done(
        id=id_,
        stop_reason=reason,
        text=reply.text,
        tokens=reply.tokens,
        seed=seed,
        prompt_tokens=prepared.tokens,
        kept_tokens=prepared.plan.kept,
        shifted_tokens=prepared.plan.shifted,
        evaluated_tokens=sum(read),
        generated_tokens=len(reply.sampled),
        schedule=tuple(read),
        first_token_ms=reply.first_token_ms(started),
        seconds=reply.seconds,
        tokens_per_second=reply.tokens_per_second,
    )
