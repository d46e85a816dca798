"""Knows how one thing of a list is found by its id or one of its names; not what the things are."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from hermes_desktop.domain.errors import ErrorKind, KnownError


class _Numbered(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=_Numbered)


def called(things: Sequence[T], name: str, names: Callable[[T], Sequence[str]], missing: ErrorKind) -> T:
    """Give the one with this id or name, whatever its case; raises `missing` or NAME_AMBIGUOUS."""
    wanted = name.casefold()
    found = [thing for thing in things if str(thing.id) == name]
    found = found or [thing for thing in things if wanted in (each.casefold() for each in names(thing))]
    if not found:
        raise KnownError(missing, name=name)
    if len(found) > 1:
        raise KnownError(ErrorKind.NAME_AMBIGUOUS, name=name, matches=len(found))
    return found[0]
