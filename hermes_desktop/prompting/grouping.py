"""Knows which entry of an inclusion group stays where several fired."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from hermes_desktop.domain.lore import Why
from hermes_desktop.prompting.lore_index import Ready


@dataclass(frozen=True, slots=True)
class Fired:
    """An entry that fired, before groups, chance and room have been asked."""

    ready: Ready
    why: Why
    word: str
    through: str = ""  # the label of the entry in which it was found, if it was


def survivors(
    fired: Sequence[Fired],
    taken: Collection[str],
    score: Callable[[Ready], int],
    roll: Callable[[str], float],
) -> list[Fired]:
    """Keep one entry of each group, none where `taken` names the group; what has no group stays.

    `score` counts the keys that were found, `roll` throws for a group, from 0 up to 1.
    """
    left = list(fired)
    for label in dict.fromkeys(group for one in fired for group in one.ready.entry.groups):
        members = [one for one in left if label in one.ready.entry.groups]
        if not members:
            continue
        winner = None if label in taken else _winner(members, score, partial(roll, label))
        left = [one for one in left if label not in one.ready.entry.groups or one is winner]
    return left


def _winner(members: list[Fired], score: Callable[[Ready], int], roll: Callable[[], float]) -> Fired:
    sticky = [one for one in members if one.why is Why.STICKY]
    if sticky:
        return sticky[0]
    if len(members) > 1 and any(one.ready.scoring for one in members):
        scores = {one.ready.number: score(one.ready) for one in members}
        best = max(scores.values())
        members = [one for one in members if not one.ready.scoring or scores[one.ready.number] == best]
    preferred = [one for one in members if one.ready.entry.group_override]
    if preferred:
        return max(preferred, key=lambda one: one.ready.entry.order)
    return _drawn(members, roll())


def _drawn(members: list[Fired], thrown: float) -> Fired:
    weights = [max(one.ready.entry.group_weight, 0) for one in members]
    left = thrown * sum(weights)
    for one, weight in zip(members, weights, strict=True):
        left -= weight
        if left < 0:
            return one
    return members[-1]
