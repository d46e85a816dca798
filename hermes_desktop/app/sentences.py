"""Knows how a known error becomes a sentence and a hint, and bytes a size; not what caused it."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from hermes_desktop.app.wording import WORDS
from hermes_desktop.domain.errors import KnownError

_CONTEXT = "Sentences"
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: what happened, and what to do."""

    text: str
    hint: str


_BYTE_VALUES = frozenset({"limit", "size", "expected", "needed", "free", "done"})


def sentence(error: KnownError) -> Sentence:
    """Word a known error in the language of the app."""
    text, hint = WORDS[error.kind]
    values = {name: _shown(name, value) for name, value in error.values.items()}
    sizes = {name: value for name, value in error.values.items() if name in _BYTE_VALUES}
    if len({values[name] for name in sizes}) < len(set(sizes.values())):  # two sizes that round to the same
        values |= {name: f"{value:,} bytes" for name, value in sizes.items()}
    return Sentence(_filled(text, values), _filled(hint, values))


def _shown(name: str, value: str | int) -> str:
    if isinstance(value, str):
        return value
    return byte_size(value) if name in _BYTE_VALUES else f"{value:,}" if name != "pid" else str(value)


def _filled(text: str, values: dict[str, str]) -> str:
    # Not str.format: a value may hold braces, and a translation may miss a name.
    filled = QCoreApplication.translate(_CONTEXT, text)
    for name, value in values.items():
        filled = filled.replace("{" + name + "}", value)
    return filled


def byte_size(size: int) -> str:
    """Write a number of bytes for a person: 4,920,733,824 as "4.9 GB"."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 1000 or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("unreachable")


def understudy_words(size: int) -> str:
    """Name the stand-in for what it is; `size` is the file's, in bytes."""
    text = QCoreApplication.translate(_CONTEXT, "Understudy, a {size} stand-in. It is not Hermes 3.")
    return text.replace("{size}", f"{size / 1_000_000:.0f} MB")
