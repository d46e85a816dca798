"""Knows how a text about a character becomes one about the person: {{user}} and {{char}} trade places."""

import re

_NAMED = re.compile(r"\{\{\s*(?P<macro>user|char)\s*\}\}|<(?P<sign>user|char|bot)>", re.IGNORECASE)


def swapped(text: str) -> str:
    """Let {{user}} and {{char}} trade places, also where they are written as <USER>, <BOT> or <CHAR>."""
    return _NAMED.sub(_other, text)


def _other(found: "re.Match[str]") -> str:
    name = (found["macro"] or found["sign"]).lower()
    return "{{char}}" if name == "user" else "{{user}}"
