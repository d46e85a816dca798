"""Knows what macros have noted under names, and how much that may be; not how it is written or kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field

LIMIT = 30_000  # letters that the variables of one kind may hold together
_COST = 8  # letters that each counts beside its own, so that there are not too many


@dataclass(frozen=True, slots=True)
class Variables:
    """The variables that a prompt begins with, or those it leaves behind."""

    here: Mapping[str, str] = field(default_factory=dict)  # of one conversation, at one place in it
    everywhere: Mapping[str, str] = field(default_factory=dict)

    def after(self, noted: "Noted") -> "Variables":
        """Give the variables as they are when something was noted."""
        return Variables(noted.here, {**self.everywhere, **noted.everywhere})


@dataclass(frozen=True, slots=True)
class Noted:
    """What texts have noted."""

    here: Mapping[str, str] = field(default_factory=dict)  # all that holds afterwards
    everywhere: Mapping[str, str] = field(default_factory=dict)  # what changed: more may be noted meanwhile


NO_VARIABLES = Variables()
NOTHING_NOTED = Noted()


class Notes:
    """Variables while they change, and the room that is left for them."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        """Begin with variables that are known."""
        self.values = dict(variables)
        self._left = LIMIT - sum(_size(name, value) for name, value in variables.items())

    def put(self, name: str, value: str) -> bool:
        """Let a variable hold a value; False where there is no room for it."""
        freed = _size(name, self.values[name]) if name in self.values else 0
        if self._left + freed < _size(name, value):
            return False
        self._left += freed - _size(name, value)
        self.values[name] = value
        return True


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that hold something else afterwards."""
    return {name: value for name, value in after.items() if before.get(name) != value}


def bounded(said: Mapping[str, str]) -> dict[str, str]:
    """Take variables from elsewhere, in their order, but for those that there is no room for."""
    notes = Notes({})
    for name, value in said.items():
        notes.put(name, value)
    return notes.values


def _size(name: str, value: str) -> int:
    return len(name) + len(value) + _COST
