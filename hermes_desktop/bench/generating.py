"""Knows what our path adds to a token over llama.cpp's own loop, and whether a long reply slows down."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hermes_desktop.app.models import ModelState
from hermes_desktop.bench import shaped_gguf, tiny_gguf
from hermes_desktop.bench.stage import Stage, stage
from hermes_desktop.bootstrap import ENGINE
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol
from hermes_desktop.hub.quantisation import Shape

_TOKENS = 2_000
_PART = 200  # tokens at either end of a reply
# With the vocabulary of Llama 3, over which every sampler goes. A small one, so that what is added shows; and
# one in which attention, which makes a model slower by itself while its context fills, is little of it all.
_SMALL = Shape(1, 256, 256, 1, 1, 32, 128_256, 8192, tied=False)
_EVEN = Shape(1, 768, 768, 1, 1, 32, 128_256, 8192, tied=False)
_ROUNDS = {_SMALL: 5, _EVEN: 3}
_OPTIONS = LoadOptions(context=8192, kv_type=KvType.F16, threads=1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Generated:
    """What a reply of 2,000 tokens cost."""

    added_us: float  # a token, over llama.cpp's own loop in the same run; the fastest 200 of each count
    last_to_first: float  # seconds of the last 200 tokens over those of the first 200, the best of each


def generate(folder: Path) -> Generated:
    """Let the whole program and llama.cpp's own loop write; give what came of it.

    Other programs only ever make a stretch slower, so the fastest ones say what is due to us.
    """
    # The weights are zero, so every token is as likely; only letters are to come, in an order without a loop.
    letters = tuple((tiny_gguf.vocabulary().id(letter), 50.0) for letter in _LETTERS)
    sampling = Sampling(seed=7, temperature=1.0, top_k=40, max_tokens=_TOKENS, logit_bias=letters)
    with stage(folder, ENGINE) as opened:
        services = opened.program.services
        services.chat.sampling_override = sampling
        services.preferences.update(system_prompt="Be brief.")  # the shape spells its text byte by byte
        persona = services.personas.create(PersonaFields("Bare", description="Brief.")).id
        ours, bare = [], []
        small = _loaded(opened, folder, _SMALL)
        for _ in range(_ROUNDS[_SMALL]):
            prompt, parts = _ours(opened, persona)
            ours.append(min(parts))
            bare.append(_bare(small, sampling, prompt))
        _loaded(opened, folder, _EVEN)
        replies = [_ours(opened, persona)[1] for _ in range(_ROUNDS[_EVEN])]
    growth = min(parts[-1] for parts in replies) / min(parts[0] for parts in replies)
    return Generated((min(ours) - min(bare)) * 1e6, growth)


def _loaded(opened: Stage, folder: Path, shape: Shape) -> Path:
    """Write a model of this shape and have the program load it."""
    file = shaped_gguf.write(folder / f"{shape.embedding}.gguf", shape, "Q8_0")
    models = opened.program.services.models
    models.load(models.register(file).id, _OPTIONS)
    opened.run_until(lambda: models.state is ModelState.READY)
    return file


def _bare(file: Path, sampling: Sampling, prompt: int) -> float:
    words = (str(file), str(prompt), str(_PART), json.dumps(asdict(_OPTIONS)), json.dumps(asdict(sampling)))
    command = [sys.executable, "-m", "hermes_desktop.engine.bare", *words]
    return float(json.loads(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout))


def _ours(opened: Stage, persona: int) -> tuple[int, list[float]]:
    """Let the program write one reply; give its prompt's tokens, and the seconds a token of each part."""
    chat, engine = opened.program.services.chat, opened.program.engine
    came: list[tuple[int, float]] = []
    ended: list[protocol.Done] = []

    def on_event(event: protocol.Event) -> None:
        if isinstance(event, protocol.Piece):
            came.append((event.tokens, time.perf_counter()))
        elif isinstance(event, protocol.Done):
            ended.append(event)

    engine.event_arrived.connect(on_event)
    chat.start(persona)
    chat.send("Tell me everything.")
    opened.run_until(lambda: bool(ended) and not chat.busy, seconds=300)
    engine.event_arrived.disconnect(on_event)
    (done,) = ended
    if done.generated_tokens != _TOKENS:
        raise RuntimeError(f"{done.generated_tokens} tokens: {done.stop_reason}")
    return done.prompt_tokens, [_seconds(came, at, at + _PART) for at in range(0, _TOKENS, _PART)]


def _seconds(came: list[tuple[int, float]], start: int, stop: int) -> float:
    """Give the seconds a token between two numbers of tokens, as near as what came tells."""
    within = [(tokens, at) for tokens, at in came if start < tokens <= stop]
    return (within[-1][1] - within[0][1]) / (within[-1][0] - within[0][0])
