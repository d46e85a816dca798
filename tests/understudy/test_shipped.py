"""What the shipped Understudy can do, on a few cases of the evaluation: a floor under every skill.

The floors lie well below what 500 cases gave (assets/understudy.md), since these are few. They break where
the prompt layout moves away from what the model was trained on, or where a worse file is shipped.
"""

from collections.abc import Iterator

import pytest

from hermes_desktop.hub import understudy
from understudy.evaluate import SKILLS, Actor, Skill, measure

CASES = 40
FLOORS = {
    "introduces itself by the persona's name": 85,
    "fact from the system prompt": 50,
    "fact the user told 3 turns earlier": 55,
    "fact from a memory block": 50,
    "a fact that nobody told": 35,
    "tool call: valid JSON": 90,
    "tool call: right tool and arguments": 40,
    "JSON for a schema: valid": 85,
    "JSON for a schema: right values": 15,
    "speaks in the manner asked for": 75,
    "closes its tags": 92,
}


@pytest.fixture(scope="module")
def actor() -> Iterator[Actor]:
    path = understudy.shipped()
    assert path is not None
    actor = Actor(path, threads=1)
    yield actor
    actor.close()


@pytest.mark.parametrize("skill", [s for s in SKILLS if s.name in FLOORS], ids=lambda skill: skill.name)
def test_a_skill_has_not_been_lost(actor: Actor, skill: Skill) -> None:
    result, _ = measure(actor, skill, CASES, [])
    assert result.percent >= FLOORS[skill.name]


def test_replies_end_by_themselves(actor: Actor) -> None:
    chosen = next(skill for skill in SKILLS if skill.name == "fact from the system prompt")
    result, timed = measure(actor, chosen, CASES, [])
    assert result.stopped == len(timed) == CASES


def test_every_skill_but_those_that_are_only_reported_has_a_floor() -> None:
    assert set(FLOORS) == {skill.name for skill in SKILLS if skill.must}
