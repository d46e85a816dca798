"""Knows how long the macros of a card take that was written to hold up who expands them."""

import time
from collections.abc import Sequence

from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.prompting.assemble import assemble

_RUNS = 5
_LEVELS = 10
_NAMES = ("personality", "scenario", "mesExamples", "charVersion")


def doubling_ms() -> float:
    """Build the prompts of cards that double themselves level by level; give the time of the slowest."""
    profile = Profile(id=0, version_id=0, name="You", description="")
    return max(_prompt_ms(card, profile) for card in (_variables(), _fields(), _throws()))


def _prompt_ms(card: PersonaFields, profile: Profile) -> float:
    times = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        assemble(card, profile, [])
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def _variables() -> PersonaFields:
    """Let each variable hold the one before it twice, in every text of the card."""
    text = "{{setvar::a0::" + "far and wide " * 20 + "}}"
    for level in range(_LEVELS):
        text += f"{{{{setvar::a{level + 1}::{{{{getvar::a{level}}}}}{{{{getvar::a{level}}}}}}}}}"
    return _card([text + f"{{{{getvar::a{_LEVELS}}}}}"] * 4)


def _fields() -> PersonaFields:
    """Let each field name the next one a thousand times."""
    return _card([f"{{{{{name}}}}}" * 2**_LEVELS for name in _NAMES])


def _throws() -> PersonaFields:
    """Throw as many dice as one may, a thousand times."""
    return PersonaFields("Ada", description="{{roll:100d6}}{{pick::a::b}}" * 2**_LEVELS)


def _card(texts: Sequence[str]) -> PersonaFields:
    description, personality, scenario, examples = texts
    return PersonaFields(
        "Ada",
        description=description,
        personality=personality,
        scenario=scenario,
        example_dialogue=examples,
        character_version="1",
    )
