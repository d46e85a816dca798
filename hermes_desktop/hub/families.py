"""Knows the families of Hermes: how one is recognised, which tags it writes, how its makers sample it.

What the cards leave open is our own choice: min_p, and replies long enough for a train of thought.
"""

import json
import re
from functools import cache
from pathlib import Path

from hermes_desktop.domain.family import Family
from hermes_desktop.domain.model_file import ModelHeader

_DATA = Path(__file__).with_suffix(".json")


def recognised(header: ModelHeader) -> Family | None:
    """Give the family that a header names; a file's own name says nothing."""
    words = " ".join(re.split(r"[^a-z0-9]+", header.name.casefold()))
    return next(
        (
            family
            for family in families()
            if header.architecture in family.architectures and re.search(rf"\b{family.pattern}\b", words)
        ),
        None,
    )


@cache
def families() -> tuple[Family, ...]:
    """List what is known."""
    return tuple(
        Family(**entry | {"architectures": tuple(entry["architectures"])})
        for entry in json.loads(_DATA.read_text("utf-8"))
    )
