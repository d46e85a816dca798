"""Knows how a persona is written as a character of Oobabooga, which has room for three texts and no more."""

import re
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.persona import PersonaFields

_START = re.compile(r"^[ \t]*<START>[ \t]*\n?", re.I | re.M)


def written(persona: PersonaFields) -> bytes:
    """Write name, greeting and context; texts of several lines stand there as they are read."""
    import yaml  # here, because most starts of the program never need it

    class Dumper(yaml.SafeDumper):  # type: ignore[misc]  # it has no types
        pass

    def text(dumper: Any, value: str) -> Any:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    values = {"name": persona.name, "greeting": persona.greeting, "context": context(persona)}
    made = yaml.dump(
        {key: _tidy(value) for key, value in values.items()},
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=10_000_000,
    )
    return bytes(made.encode("utf-8"))


def context(persona: PersonaFields) -> str:
    """Put together what stands before a conversation."""
    parts = [persona.description]
    if persona.personality.strip():
        parts.append(f"{{{{char}}}}'s personality: {persona.personality.strip()}")
    if persona.scenario.strip():
        parts.append(f"Scenario: {persona.scenario.strip()}")
    parts.append(_START.sub("", persona.example_dialogue.replace("\r\n", "\n")).strip())
    return "\n\n".join(part.strip() for part in parts if part.strip())


def _tidy(text: str) -> str:
    """Leave out what would make YAML write a text in one line of escapes."""
    lines = (
        json_guard.without_surrogates(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    )
    return "\n".join(line.rstrip() for line in lines.split("\n")).strip("\n")
