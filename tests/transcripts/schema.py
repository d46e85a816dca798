"""Checks a document against the part of JSON Schema that ours uses; fails on a word it does not know."""

import re
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_SAID = {"$schema", "title", "description", "$defs", "additionalProperties"}


def findings(value: Any, schema: dict[str, Any], whole: dict[str, Any], where: str = "") -> list[str]:
    """List what does not fit, and where."""
    if "$ref" in schema:
        return findings(value, whole["$defs"][schema["$ref"].rsplit("/", 1)[1]], whole, where)
    found: list[str] = []
    for word, said in schema.items():
        if word == "type":
            names = said if isinstance(said, list) else [said]
            fits = any(_is(value, name) for name in names)
            found += [] if fits else [f"{where}: no {said}"]
        elif word == "properties":
            for name in said if isinstance(value, dict) else ():
                if name in value:
                    found += findings(value[name], said[name], whole, f"{where}/{name}")
        elif word == "items":
            for number, item in enumerate(value if isinstance(value, list) else ()):
                found += findings(item, said, whole, f"{where}/{number}")
        elif not _fits(value, word, said):
            found.append(f"{where}: {word} {said}")
    return found


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _fits(value: Any, word: str, said: Any) -> bool:
    if word in _SAID:
        return True
    if word == "required":
        return all(name in value for name in said)
    if word == "enum":
        return value in said
    if word == "const":
        return bool(value == said)
    if word == "minimum":
        return value is None or value >= said
    if word == "minItems":
        return len(value) >= said
    if word == "pattern":
        return re.search(said, value) is not None
    raise AssertionError(word)
