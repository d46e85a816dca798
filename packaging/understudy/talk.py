"""Knows small talk, as `talk.toml` writes it: what a person may say, and what a persona may answer."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@dataclass(frozen=True)
class Intent:
    """One thing that people say, in many words, and its answers. `{n}` is the persona's name."""

    said: tuple[str, ...]
    answers: tuple[str, ...]


def _intents(name: str) -> tuple[Intent, ...]:
    return tuple(Intent(tuple(entry["said"]), tuple(entry["answers"])) for entry in _DATA[name])


TALK, GERMAN = _intents("talk"), _intents("german")
WHO: tuple[str, ...] = tuple(_DATA["who"])
GREETINGS: tuple[str, ...] = tuple(_DATA["greetings"])
GREETED: tuple[str, ...] = tuple(_DATA["greeted"])
WELCOMES: tuple[str, ...] = tuple(_DATA["welcomes"])
NAMED: tuple[str, ...] = tuple(_DATA["named"])
NAME_ASKED: tuple[str, ...] = tuple(_DATA["name_asked"])
UNKNOWN: tuple[str, ...] = tuple(_DATA["unknown"])
NOTED: tuple[str, ...] = tuple(_DATA["noted"])
NOTED_BACK: tuple[str, ...] = tuple(_DATA["noted_back"])  # {f} is the fact, {l} the same inside a sentence
GERMAN_WORDS: tuple[str, ...] = tuple(_DATA["german_words"])
GERMAN_NAMED: tuple[str, ...] = tuple(_DATA["german_named"])
GERMAN_ASKED: tuple[str, ...] = tuple(_DATA["german_asked"])
DESCRIBED: tuple[str, ...] = tuple(_DATA["described"])
STATED: tuple[str, ...] = tuple(_DATA["stated"])
CALLED: tuple[str, ...] = tuple(_DATA["called"])
THINK: tuple[str, ...] = tuple(_DATA["think"])
ROLES: tuple[str, ...] = tuple(_DATA["roles"])
PROMPTS: tuple[str, ...] = tuple(_DATA["prompts"])
