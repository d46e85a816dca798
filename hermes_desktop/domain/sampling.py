"""Knows the knobs of sampling, their ranges and the presets that ship; not how a token is drawn."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sampling:
    """Settings of one reply, in the order in which the chain applies them."""

    temperature: float = 0.8
    top_k: int = 0  # 0: off
    top_p: float = 0.95  # 1: off
    min_p: float = 0.05  # 0: off
    typical_p: float = 1.0  # 1: off
    repeat_penalty: float = 1.1  # 1: off
    repeat_last_n: int = 64  # -1: the whole context
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    dry_multiplier: float = 0.0  # 0: off
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_last_n: int = -1
    xtc_probability: float = 0.0  # 0: off
    xtc_threshold: float = 0.1
    mirostat: int = 0  # 0: off, 1 or 2: version
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    seed: int = -1  # -1: a new one every time
    max_tokens: int = 750
    stop: tuple[str, ...] = ()
    grammar: str = ""  # GBNF
    logit_bias: tuple[tuple[int, float], ...] = ()  # token id, added to its logit


# Inclusive ranges that a form offers and the protocol accepts.
RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.0, 5.0),
    "top_k": (0, 1000),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "typical_p": (0.0, 1.0),
    "repeat_penalty": (0.5, 2.0),
    "repeat_last_n": (-1, 8192),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
    "dry_multiplier": (0.0, 5.0),
    "dry_base": (1.0, 4.0),
    "dry_allowed_length": (1, 64),
    "dry_last_n": (-1, 8192),
    "xtc_probability": (0.0, 1.0),
    "xtc_threshold": (0.0, 0.5),
    "mirostat": (0, 2),
    "mirostat_tau": (0.0, 10.0),
    "mirostat_eta": (0.0, 1.0),
    "seed": (-1, 2**32 - 1),
    "max_tokens": (1, 32768),
}

# With this value a setting changes nothing, however the others stand.
_NEUTRAL: dict[str, object] = {
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repeat_penalty": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
    "dry_multiplier": 0.0,
    "xtc_probability": 0.0,
    "mirostat": 0,
    "seed": -1,
    "stop": (),
    "grammar": "",
    "logit_bias": (),
}


def at_work(sampling: Sampling) -> frozenset[str]:
    """Name the settings that change what is drawn; those that only refine another one go with it."""
    return frozenset(name for name, neutral in _NEUTRAL.items() if getattr(sampling, name) != neutral)


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of sampling settings."""

    name: str
    sampling: Sampling
    shipped: bool = False


_CHAT = Sampling()

# Values: the Hermes 3 model card (temperature 0.8, repetition penalty 1.1) and its 750-token replies;
# the colder ones are our own choice.
SHIPPED_PRESETS: tuple[Preset, ...] = (
    Preset("Chat", _CHAT, shipped=True),
    Preset("Precise", replace(_CHAT, temperature=0.3, top_p=0.9), shipped=True),
    Preset(
        "Creative",
        replace(
            _CHAT,
            temperature=1.05,
            min_p=0.03,
            repeat_penalty=1.05,
            dry_multiplier=0.8,
            xtc_probability=0.25,
        ),
        shipped=True,
    ),
    Preset("Tools and JSON", replace(_CHAT, temperature=0.15, repeat_penalty=1.0), shipped=True),
    # A small model has to copy names letter by letter: it needs a cold hand and no penalty on repeating.
    Preset("Understudy", replace(_CHAT, temperature=0.2, top_p=0.9, repeat_penalty=1.0), shipped=True),
)
DEFAULT_PRESET = SHIPPED_PRESETS[0].name
UNDERSTUDY_PRESET = SHIPPED_PRESETS[-1].name


def clamped(sampling: Sampling) -> Sampling:
    """Bring every number into its range; say nothing."""
    changes: dict[str, float | int] = {}
    for name, (low, high) in RANGES.items():
        value = getattr(sampling, name)
        changes[name] = type(value)(min(high, max(low, value)))  # in this order NaN gives the lowest
    return replace(sampling, **changes)  # type: ignore[arg-type]  # the values keep their types
