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
from hermes_desktop.domain.prompt import Budget, Keep, Prompt, PromptTurn
from hermes_desktop.domain.replay import Batch
from hermes_desktop.domain.sampling import clamped
from hermes_desktop.engine import devices, kv, llama, placing, protocol, sampler, tokens
from hermes_desktop.engine.again import Again
from hermes_desktop.engine.backend import Backend, Emit, Ticket, threads_for
from hermes_desktop.engine.held import Held, Told
from hermes_desktop.engine.reply import Reply
from hermes_desktop.prompting import fit

_PROGRESS_STEP = 0.01
_SEEDS = 2**32 - 1  # the last one means "random" to llama.cpp


@dataclass(frozen=True, slots=True)
class _Asked:
    """A prompt that has been fitted and written in tokens."""

    budget: Budget
    turns: tuple[int, ...]  # places of those that stay
    runs: tuple[kv.Run, ...]
    forgotten: frozenset[int]  # messages that the memory line has passed

    @property
    def tokens(self) -> int:
        return sum(len(run.tokens) for run in self.runs)


class Session(Backend):
    """Serve one model with one context."""

    def __init__(self) -> None:
        llama.start()
        self._held: Held | None = None
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
            self._held = Held(model, form, [], [])
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

    def _need(self) -> Held:
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

    def _fit(self, held: Held, prompt: Prompt, reserve: int) -> fit.Fitted:
        context = held.model.context
        return fit.fit(prompt, context, min(reserve, context // 2), held.form.count)

    # ---- a reply ----------------------------------------------------------------------------------------

    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:
        started = monotonic()
        with self._lock:
            held = self._need()
            asked = self._ask(held, command)
        kept = held.keep(asked.runs) if command.aside else None
        try:
            done = self._answer(held, asked, command, emit, ticket, started)
        finally:
            if kept is not None:
                held.put_back(kept)
        emit(done)

    def _ask(self, held: Held, command: protocol.Generate) -> _Asked:
        prompt, beginning = command.prompt.opened()
        fitted = self._fit(held, prompt, command.sampling.max_tokens)
        sampled = held.form.texts.reply(prompt.prefill, beginning) if prompt.prefill else ()
        runs = held.form.runs(fitted.turns, sampled)
        places = {id(turn): place for place, turn in enumerate(command.prompt.turns)}
        turns = tuple(places[id(turn)] for turn in fitted.turns)
        asked = _Asked(fitted.budget, turns, tuple(runs), _shown(prompt.turns) - _shown(fitted.turns))
        if asked.tokens >= held.model.context:
            raise KnownError(ErrorKind.PROMPT_TOO_LONG, tokens=asked.tokens, context=held.model.context)
        return asked

    def _answer(
        self,
        held: Held,
        asked: _Asked,
        command: protocol.Generate,
        emit: Emit,
        ticket: Ticket,
        started: float,
    ) -> protocol.Done:
        plan = held.plan(asked.runs, asked.forgotten, exact=command.exact)
        sampling = clamped(command.sampling)
        seed = sampling.seed if sampling.seed >= 0 else secrets.randbelow(_SEEDS)
        steps = sampler.steps(
            sampling, seed=seed, context=held.model.context, vocabulary=held.model.vocabulary
        )
        chain = held.model.sampler(steps, kv.flat(asked.runs))
        limit = min(sampling.max_tokens, held.model.context - asked.tokens)
        reply = Reply(sampling.stop, limit, lambda text, count: emit(protocol.Piece(command.id, text, count)))
        read: list[int] = []
        threads = held.model.use_threads(threads_for(command, held.model.threads))
        try:
            plan = held.reuse(plan, asked.runs)
            emit(_started(command.id, asked, plan, seed, held.schedule(plan, threads)))
            held.read(plan, asked.runs, threads, _telling(command.id, plan, emit, read))
            reason = self._draw(held, asked.tokens, threads, chain, reply, ticket)
        except llama.AbortedError as error:
            reason = StopReason.CANCELLED
            if error.lost:
                held.forget()
        except BaseException:  # nobody knows what the cells hold now
            held.forget()
            raise
        finally:
            chain.close()
            held.model.use_threads(held.model.threads)
        reason = reply.close(reason)
        with self._lock:
            held.form.texts.remember(reply.text, reply.tokens)
        return replace(_done(command.id, reason, reply, plan, seed, read, started), threads=threads)

    def _draw(
        self,
        held: Held,
        position: int,
        threads: int,
        chain: llama.Sampler,
        reply: Reply,
        ticket: Ticket,
    ) -> StopReason:
        model = held.model
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
            model.cells.remove(position + len(read), -1)
            held.add(read, threads)

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


def _shown(turns: Sequence[PromptTurn]) -> frozenset[int]:
    """Give the messages and examples that stand in a prompt themselves: one that is remembered has left."""
    ids = (turn.message_id or tokens.example_id(turn) for turn in turns if turn.keep is not Keep.MEMORY)
    return frozenset(filter(None, ids))


def _telling(id_: int, plan: kv.Plan, emit: Emit, read: list[int]) -> Told:
    """Note the sizes of the batches in `read`, and report how far it has come."""

    def told(size: int) -> None:
        read.append(size)
        emit(protocol.Evaluating(id_, sum(read), plan.to_read))

    return told


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


def _started(
    id_: int, asked: _Asked, plan: kv.Plan, seed: int, batches: tuple[Batch, ...]
) -> protocol.Started:
    return protocol.Started(
        id=id_,
        budget=asked.budget,
        kept_tokens=plan.kept,
        shifted_tokens=plan.shifted,
        to_evaluate_tokens=plan.to_read,
        seed=seed,
        turns=asked.turns,
        prompt_sha256=kv.digest(kv.flat(asked.runs)),
        batches=batches,
    )


def _done(
    id_: int,
    reason: StopReason,
    reply: Reply,
    plan: kv.Plan,
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
        prompt_tokens=plan.tokens,
        kept_tokens=plan.kept,
        shifted_tokens=plan.shifted,
        evaluated_tokens=sum(read),
        generated_tokens=len(reply.sampled),
        schedule=tuple(read),
        first_token_ms=reply.first_token_ms(started),
        seconds=reply.seconds,
        tokens_per_second=reply.tokens_per_second,
    )
