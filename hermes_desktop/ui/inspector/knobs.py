"""Knows every knob of sampling as a form shows it: name, one line of explanation, step; not the widgets."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.sampling import RANGES

_CONTEXT = "Knobs"


class Group(StrEnum):
    """Say where a knob stands."""

    BASIC = "basic"
    CHOICE = "choice"  # which words are thinkable
    REPETITION = "repetition"
    MIROSTAT = "mirostat"


@dataclass(frozen=True, slots=True)
class Knob:
    """A number of `Sampling`. The slider spans `low` to `high`, the field the whole allowed range."""

    name: str  # of the field in Sampling
    text: str  # untranslated
    explanation: str  # untranslated
    group: Group
    low: float
    high: float
    step: float
    decimals: int
    lowest: str = ""  # untranslated words for the smallest allowed value

    @property
    def label(self) -> str:
        """Give the translated name."""
        return QCoreApplication.translate(_CONTEXT, self.text)

    @property
    def note(self) -> str:
        """Give the translated explanation."""
        return QCoreApplication.translate(_CONTEXT, self.explanation)

    @property
    def lowest_words(self) -> str:
        """Give the translated words for the smallest value, "" where a number says it."""
        return QCoreApplication.translate(_CONTEXT, self.lowest) if self.lowest else ""

    @property
    def range(self) -> tuple[float, float]:
        """Give the inclusive range that is allowed."""
        return RANGES[self.name]

    @property
    def whole(self) -> bool:
        """Tell whether only whole numbers make sense."""
        return self.decimals == 0


_OFF = QT_TRANSLATE_NOOP("Knobs", "off")
_ALL = QT_TRANSLATE_NOOP("Knobs", "whole context")

KNOBS: tuple[Knob, ...] = (
    Knob(
        "temperature",
        QT_TRANSLATE_NOOP("Knobs", "Temperature"),
        QT_TRANSLATE_NOOP("Knobs", "How daring the choice of words is. Low: sober; high: surprising."),
        Group.BASIC,
        0.0,
        2.0,
        0.05,
        2,
    ),
    Knob(
        "top_p",
        QT_TRANSLATE_NOOP("Knobs", "Top-p"),
        QT_TRANSLATE_NOOP("Knobs", "Keeps the likeliest words up to this share together. 1 keeps all."),
        Group.BASIC,
        0.0,
        1.0,
        0.01,
        2,
    ),
    Knob(
        "min_p",
        QT_TRANSLATE_NOOP("Knobs", "Min-p"),
        QT_TRANSLATE_NOOP("Knobs", "Drops words that are less likely than this share of the likeliest one."),
        Group.BASIC,
        0.0,
        0.5,
        0.01,
        2,
        _OFF,
    ),
    Knob(
        "repeat_penalty",
        QT_TRANSLATE_NOOP("Knobs", "Repeat penalty"),
        QT_TRANSLATE_NOOP("Knobs", "Makes words that were just used less likely. 1 does nothing."),
        Group.BASIC,
        1.0,
        1.5,
        0.01,
        2,
    ),
    Knob(
        "max_tokens",
        QT_TRANSLATE_NOOP("Knobs", "Reply length"),
        QT_TRANSLATE_NOOP(
            "Knobs", "The most tokens of one reply; a token is about three quarters of a word."
        ),
        Group.BASIC,
        50,
        2000,
        50,
        0,
    ),
    Knob(
        "seed",
        QT_TRANSLATE_NOOP("Knobs", "Seed"),
        QT_TRANSLATE_NOOP("Knobs", "The same number gives the same reply to the same prompt."),
        Group.BASIC,
        -1,
        9999,
        1,
        0,
        QT_TRANSLATE_NOOP("Knobs", "new each time"),
    ),
    Knob(
        "top_k",
        QT_TRANSLATE_NOOP("Knobs", "Top-k"),
        QT_TRANSLATE_NOOP("Knobs", "Keeps only this many of the likeliest words."),
        Group.CHOICE,
        0,
        200,
        1,
        0,
        _OFF,
    ),
    Knob(
        "typical_p",
        QT_TRANSLATE_NOOP("Knobs", "Typical"),
        QT_TRANSLATE_NOOP("Knobs", "Prefers words about as surprising as expected. 1 does nothing."),
        Group.CHOICE,
        0.0,
        1.0,
        0.01,
        2,
    ),
    Knob(
        "xtc_probability",
        QT_TRANSLATE_NOOP("Knobs", "XTC chance"),
        QT_TRANSLATE_NOOP("Knobs", "How often the likeliest words are left out, for fresher prose."),
        Group.CHOICE,
        0.0,
        1.0,
        0.05,
        2,
        _OFF,
    ),
    Knob(
        "xtc_threshold",
        QT_TRANSLATE_NOOP("Knobs", "XTC threshold"),
        QT_TRANSLATE_NOOP("Knobs", "Only words more likely than this are ever left out."),
        Group.CHOICE,
        0.0,
        0.5,
        0.01,
        2,
    ),
    Knob(
        "repeat_last_n",
        QT_TRANSLATE_NOOP("Knobs", "Repeat window"),
        QT_TRANSLATE_NOOP("Knobs", "How many tokens back the repeat penalties look."),
        Group.REPETITION,
        -1,
        2048,
        32,
        0,
        _ALL,
    ),
    Knob(
        "presence_penalty",
        QT_TRANSLATE_NOOP("Knobs", "Presence penalty"),
        QT_TRANSLATE_NOOP("Knobs", "Above 0: once a word was used, it becomes less likely."),
        Group.REPETITION,
        -2.0,
        2.0,
        0.05,
        2,
    ),
    Knob(
        "frequency_penalty",
        QT_TRANSLATE_NOOP("Knobs", "Frequency penalty"),
        QT_TRANSLATE_NOOP("Knobs", "Above 0: the more often a word was used, the less likely it becomes."),
        Group.REPETITION,
        -2.0,
        2.0,
        0.05,
        2,
    ),
    Knob(
        "dry_multiplier",
        QT_TRANSLATE_NOOP("Knobs", "DRY strength"),
        QT_TRANSLATE_NOOP("Knobs", "Stops whole phrases from coming back. 0.8 is a good start."),
        Group.REPETITION,
        0.0,
        2.0,
        0.05,
        2,
        _OFF,
    ),
    Knob(
        "dry_base",
        QT_TRANSLATE_NOOP("Knobs", "DRY base"),
        QT_TRANSLATE_NOOP("Knobs", "How fast the DRY penalty grows with the length of the repeated phrase."),
        Group.REPETITION,
        1.0,
        4.0,
        0.05,
        2,
    ),
    Knob(
        "dry_allowed_length",
        QT_TRANSLATE_NOOP("Knobs", "DRY allowed length"),
        QT_TRANSLATE_NOOP("Knobs", "Phrases up to this many tokens may come back."),
        Group.REPETITION,
        1,
        20,
        1,
        0,
    ),
    Knob(
        "dry_last_n",
        QT_TRANSLATE_NOOP("Knobs", "DRY window"),
        QT_TRANSLATE_NOOP("Knobs", "How many tokens back DRY looks."),
        Group.REPETITION,
        -1,
        4096,
        64,
        0,
        _ALL,
    ),
    Knob(
        "mirostat_tau",
        QT_TRANSLATE_NOOP("Knobs", "Mirostat target"),
        QT_TRANSLATE_NOOP("Knobs", "How surprising the text should be on the whole."),
        Group.MIROSTAT,
        0.0,
        10.0,
        0.1,
        1,
    ),
    Knob(
        "mirostat_eta",
        QT_TRANSLATE_NOOP("Knobs", "Mirostat rate"),
        QT_TRANSLATE_NOOP("Knobs", "How quickly Mirostat corrects itself."),
        Group.MIROSTAT,
        0.0,
        1.0,
        0.01,
        2,
    ),
)


def of_group(group: Group) -> tuple[Knob, ...]:
    """List the knobs of a group in their order."""
    return tuple(knob for knob in KNOBS if knob.group is group)


def group_label(group: Group) -> str:
    """Give the translated heading of a group."""
    return {
        Group.BASIC: QCoreApplication.translate(_CONTEXT, "Basics"),
        Group.CHOICE: QCoreApplication.translate(_CONTEXT, "Choice of words"),
        Group.REPETITION: QCoreApplication.translate(_CONTEXT, "Repetition"),
        Group.MIROSTAT: QCoreApplication.translate(_CONTEXT, "Mirostat"),
    }[group]


def stop_texts(text: str) -> tuple[str, ...]:
    r"""Read one stop text a line; `\n` and `\t` stand for a line break and a tab."""
    lines = (line.replace("\\n", "\n").replace("\\t", "\t") for line in text.splitlines())
    return tuple(line for line in lines if line)


def stop_lines(stops: tuple[str, ...]) -> str:
    """Write stop texts one a line, as `stop_texts` reads them."""
    return "\n".join(stop.replace("\n", "\\n").replace("\t", "\\t") for stop in stops)


def biases(text: str) -> tuple[tuple[int, float], ...] | None:
    """Read one `token = value` a line; None where a line says something else."""
    found: list[tuple[int, float]] = []
    for line in filter(str.strip, text.splitlines()):
        token, mark, value = line.partition("=")
        try:
            found.append((int(token), float(value)))
        except ValueError:
            return None
        if not mark or abs(found[-1][1]) > 1000 or found[-1][0] < 0:
            return None
    return tuple(found)


def bias_lines(bias: tuple[tuple[int, float], ...]) -> str:
    """Write logit biases one a line, as `biases` reads them."""
    return "\n".join(f"{token} = {value:g}" for token, value in bias)
