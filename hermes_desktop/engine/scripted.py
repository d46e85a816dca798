"""Knows how to play an engine from a JSON file, misdeeds included; it computes nothing.

{"context": 4096, "load": {"steps": 2}, "replies": [{"pieces": ["Hel", "lo."], "acts": {"1": "hang"}}]}

The replies are played in turn, again and again; without any, the newest user turn is echoed. `acts` names
what happens before a piece, by its number from 0; the number behind the last piece means before the end:
crash:SIGNAL, exit:STATUS, hang (all threads stop, the heartbeat too), garbage, huge, order, print, noise.
"""

import hashlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from hermes_desktop.domain.conversation import Role, StopReason
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import DeviceShare, LoadedModel, LoadOptions
from hermes_desktop.domain.prompt import Budget, Prompt, PromptTurn
from hermes_desktop.domain.remote import RemoteForm, Served, host_of
from hermes_desktop.domain.replay import Batch, Difference, TokenText
from hermes_desktop.domain.setting import Setting
from hermes_desktop.engine import kv, protocol, wire
from hermes_desktop.engine.backend import Backend, Emit, Ticket, threads_for, unwritten
from hermes_desktop.fitting.memory import USUAL_CONTEXT
from hermes_desktop.prompting import fit

_LETTERS_A_TOKEN = 4
_TURN_TOKENS = 4
_WORD = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Failure:
    """A known failure to answer with."""

    kind: ErrorKind
    values: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScriptedLoad:
    """How loading goes."""

    steps: int = 2
    delay: float = 0.0  # seconds before each step
    fail: Failure | None = None
    act: str = ""  # before the last step
    layers: int = 0  # that go to a device where nobody asks for another number
    room: int = -1  # layers; with so many or fewer there, it neither fails nor acts
    planned: Setting | None = None  # what is said before


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """How a reply goes."""

    pieces: tuple[str, ...] = ()
    delay: float = 0.0  # seconds before each piece
    reading: float = 0.0  # seconds for the prompt
    stop_reason: StopReason = StopReason.END
    acts: dict[str, str] = field(default_factory=dict)
    fail: Failure | None = None  # instead of the end


@dataclass(frozen=True, slots=True)
class Script:
    """The whole play."""

    context: int = 0  # 0: what is asked for
    load: ScriptedLoad = field(default_factory=ScriptedLoad)
    replies: tuple[ScriptedReply, ...] = ()


def read_script(path: Path | None) -> Script:
    """Read a script; a wrong one is a bug of the test and raises wire.BadFrameError or ValueError."""
    if path is None:
        return Script()
    script: Script = wire.build(Script, json.loads(path.read_text(encoding="utf-8")))
    return script


class Scripted(Backend):
    """Play a script."""

    def __init__(self, script: Script, write: Callable[[bytes], None]) -> None:
        self._script = script
        self._write = write
        self._model: LoadedModel | None = None
        self._replies = 0

    def hello(self) -> protocol.Hello:
        return protocol.Hello(protocol.PROTOCOL, "scripted", "script", gpu_offload=False)

    def load(self, command: protocol.Load, emit: Emit, ticket: Ticket) -> None:
        play = self._script.load
        asked = command.options.gpu_layers
        placed = min(asked, play.layers) if asked >= 0 else play.layers
        if play.planned is not None:
            emit(protocol.Planned(command.id, play.planned))
        if placed:
            emit(protocol.Placed(command.id, placed, play.layers))
        if placed <= play.room:
            play = replace(play, fail=None, act="")
        self._load(play, command.id, emit, ticket)
        self._model = _model(command, self._script.context, placed)
        emit(protocol.Loaded(command.id, self._model))

    def connect(self, command: protocol.Connect, emit: Emit, ticket: Ticket) -> None:
        self._load(self._script.load, command.id, emit, ticket)
        self._model = _served(command, self._script.context)
        emit(protocol.Loaded(command.id, self._model))

    def _load(self, play: ScriptedLoad, id_: int, emit: Emit, ticket: Ticket) -> None:
        self._model = None
        for step in range(1, play.steps + 1):
            if ticket.wait(play.delay):
                raise KnownError(ErrorKind.ENGINE_LOAD_FAILED, path="", detail="cancelled")
            if step == play.steps:
                self._act(play.act, id_)
            emit(protocol.LoadProgress(id_, step / play.steps))
        if play.fail is not None:
            raise KnownError(play.fail.kind, **play.fail.values)

    def unload(self) -> None:
        self._model = None

    def count(self, texts: Sequence[str]) -> tuple[int, ...]:
        self._need()
        return tuple(_count(text) for text in texts)

    def measure(self, prompt: Prompt, reserve: int) -> Budget:
        return self._fit(prompt, reserve).budget

    def generate(self, command: protocol.Generate, emit: Emit, ticket: Ticket) -> None:
        started = time.monotonic()
        fitted = self._fit(command.prompt, command.sampling.max_tokens)
        seed = max(0, command.sampling.seed)
        total = fitted.budget.prompt_tokens
        emit(_started(command, fitted, seed))
        reply = self._next_reply(fitted.turns)
        ticket.wait(reply.reading)
        emit(protocol.Evaluating(command.id, total, total))
        said = self._play(reply, command.id, emit, ticket)
        seconds = time.monotonic() - started
        emit(
            replace(
                unwritten(command.id),
                stop_reason=StopReason.CANCELLED if ticket.cancelled else reply.stop_reason,
                text="".join(said),
                seed=seed,
                prompt_tokens=total,
                evaluated_tokens=total,
                generated_tokens=len(said),
                schedule=(total,),
                first_token_ms=seconds * 1000,
                seconds=seconds,
                tokens_per_second=len(said) / seconds if seconds else 0.0,
                threads=threads_for(command, self._need().threads),
            )
        )

    def replay(self, command: protocol.Replay, emit: Emit, ticket: Ticket) -> None:
        if _digest(command.turns) != command.prompt_sha256:
            raise KnownError(ErrorKind.REPLAY_PROMPT)
        reply = self._next_reply(command.turns)
        ticket.wait(reply.reading)
        emit(protocol.Evaluating(command.id, 1, 1))
        said = self._play(reply, command.id, emit, ticket)
        text, then = "".join(said), command.text
        difference = None
        if text != then and not ticket.cancelled:
            same = kv.first_difference(text, then)
            now, before = (TokenText(-1, rest[same:]) if rest[same:] else None for rest in (text, then))
            difference = Difference(same + 1, before, now)
        emit(protocol.Replayed(command.id, len(said), difference, ticket.cancelled))

    def interrupt(self) -> None:
        """Do nothing: the play looks at its ticket."""

    def resume(self) -> None:
        """Do nothing: the play looks at its ticket."""

    def _need(self) -> LoadedModel:
        if self._model is None:
            raise KnownError(ErrorKind.MODEL_NONE)
        return self._model

    def _fit(self, prompt: Prompt, reserve: int) -> fit.Fitted:
        context = self._need().context
        return fit.fit(prompt, context, min(reserve, context // 2), _count_turn)

    def _next_reply(self, turns: Sequence[PromptTurn]) -> ScriptedReply:
        if not self._script.replies:
            asked = next((turn.text for turn in reversed(turns) if turn.role is Role.USER), "")
            return ScriptedReply(("You said: ", *_WORD.findall(asked)))
        reply = self._script.replies[self._replies % len(self._script.replies)]
        self._replies += 1
        return reply

    def _play(self, reply: ScriptedReply, id_: int, emit: Emit, ticket: Ticket) -> list[str]:
        said: list[str] = []
        for number, piece in enumerate(reply.pieces):
            if ticket.wait(reply.delay):
                return said
            self._act(reply.acts.get(str(number), ""), id_)
            said.append(piece)
            emit(protocol.Piece(id_, piece, len(said)))
        self._act(reply.acts.get(str(len(reply.pieces)), ""), id_)
        if reply.fail is not None:
            raise KnownError(reply.fail.kind, **reply.fail.values)
        return said

    def _act(self, act: str, id_: int) -> None:
        name, _, detail = act.partition(":")
        match name:
            case "crash":
                os.kill(os.getpid(), signal.Signals[detail])
            case "exit":
                os._exit(int(detail))
            case "hang":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "garbage":
                self._write(b"\x00\xff{]}\n")
            case "huge":
                self._write(b'{"frame":"Piece","text":"' + b"x" * (protocol.FRAME_LIMIT + 10))
            case "order":  # a reply that begins twice, and one that nobody asked for
                self._write(wire.encode(protocol.Unloaded(id_ + 1000)))
                self._write(wire.encode(protocol.Evaluating(id_, 1, 1)))
                self._write(wire.encode(protocol.Piece(id_ + 1000, "lost", 1)))
            case "print":
                os.write(1, b"a stray line from C\n")
            case "noise":
                os.write(2, b"last words\n")
            case "":
                return
            case _:
                raise ValueError(f"no act: {act}")


def _started(command: protocol.Generate, fitted: fit.Fitted, seed: int) -> protocol.Started:
    total = fitted.budget.prompt_tokens
    places = {id(turn): place for place, turn in enumerate(command.prompt.turns)}
    return protocol.Started(
        id=command.id,
        budget=fitted.budget,
        kept_tokens=0,
        shifted_tokens=0,
        to_evaluate_tokens=total,
        seed=seed,
        turns=tuple(places[id(turn)] for turn in fitted.turns),
        prompt_sha256=_digest(fitted.turns),
        batches=(Batch(total, total, 1),),
    )


def _digest(turns: Sequence[PromptTurn]) -> str:
    read = "".join(f"{turn.role} {len(turn.text)} {turn.text}" for turn in turns)
    return hashlib.sha256(read.encode("utf-8", "replace")).hexdigest()


def _count(text: str) -> int:
    return -(-len(text) // _LETTERS_A_TOKEN)


def _count_turn(turn: PromptTurn) -> int:
    return _count(turn.text) + _TURN_TOKENS


def _model(command: protocol.Load, context: int, placed: int) -> LoadedModel:
    path, options = Path(command.path), command.options
    return LoadedModel(
        path=command.path,
        name=path.stem,
        quantisation="F16",
        context=context or options.context or USUAL_CONTEXT,
        kv_type=options.cache,
        layers=1,
        devices=(DeviceShare("Card", placed) if placed else DeviceShare("CPU", 1),),
        threads=options.threads or 1,
        batch=options.batch,
        mmap=options.mmap is not False,
        flash_attention=options.flash_attention,
        build="script",
        template="chatml",
        template_hash="script",
        tokenizer_hash="script",
        load_seconds=0.0,
        size=path.stat().st_size if path.exists() else 0,
        allocated=Memory(0, 0, 0),
    )


def _served(command: protocol.Connect, context: int) -> LoadedModel:
    file = protocol.Load(command.id, command.server.model, LoadOptions(context=context or 4096))
    host = host_of(command.server.address)
    served = Served(host, "", RemoteForm.CHATML, exact=True, context_told=True, unknown=("min_p",))
    return replace(_model(file, context, 0), devices=(DeviceShare(host, 0),), served=served)
