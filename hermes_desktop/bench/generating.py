"""Knows what our path adds to a token over llama.cpp's own loop, and whether a long reply slows down."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

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
_ROUNDS = 5
# Small, so that what is added shows; with the vocabulary of Llama 3, over which every sampler goes. One head,
# a short one, since attention makes a model slower by itself while the context fills.
_SHAPE = Shape(1, 256, 256, 1, 1, 32, 128_256, 8192, tied=False)
_OPTIONS = LoadOptions(context=8192, kv_type=KvType.F16, threads=1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Generated:
    """What a reply of 2,000 tokens cost."""

    added_us: float  # a token, over llama.cpp's own loop in the same run; the fastest 200 of each count
    last_to_first: float  # seconds of the last 200 tokens over those of the first 200, the best of each


def generate(folder: Path) -> Generated:
    """Let llama.cpp's own loop and the whole program write in turn; give what came of it."""
    file = shaped_gguf.write(folder / "wide.gguf", _SHAPE, "Q8_0")
    # The weights are zero, so every token is as likely; only letters are to come, in an order without a loop.
    letters = tuple((tiny_gguf.vocabulary().id(letter), 50.0) for letter in _LETTERS)
    sampling = Sampling(seed=7, temperature=1.0, top_k=40, max_tokens=_TOKENS, logit_bias=letters)
    ours, bare, firsts, lasts = [], [], [], []
    with stage(folder, ENGINE) as opened:
        services = opened.program.services
        services.models.load(services.models.register(file).id, _OPTIONS)
        opened.run_until(lambda: services.models.loaded is not None)
        services.chat.sampling_override = sampling
        services.preferences.update(system_prompt="Be brief.")  # the shape spells its text byte by byte
        persona = services.personas.create(PersonaFields("Bare", description="Brief.")).id
        for _ in range(_ROUNDS):
            prompt, parts = _ours(opened, persona)
            bare.append(_bare(file, sampling, prompt))
            ours.append(min(parts))
            firsts.append(parts[0])
            lasts.append(parts[-1])
    # Other programs only ever make a stretch slower, so the fastest ones say what is due to us.
    return Generated((min(ours) - min(bare)) * 1e6, min(lasts) / min(firsts))


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
