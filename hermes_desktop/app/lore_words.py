"""Knows how keys of lore are written in one line and read from it; not where they are looked for."""

from hermes_desktop.app.lore import tokens_of
from hermes_desktop.domain.lore import Entry
from hermes_desktop.prompting.pattern import is_delimited

_COMMA = "\\,"


def keys_line(keys: tuple[str, ...]) -> str:
    """Write keys with commas between; a comma in one has a backslash, but for patterns, which keep theirs."""
    return ", ".join(key if is_delimited(key) else key.replace(",", _COMMA) for key in keys)


def keys_in(line: str) -> tuple[str, ...]:
    """Read keys as `keys_line` writes them; a line break divides, too."""
    found: list[str] = []
    for row in line.split("\n"):
        left = row
        while left.strip():
            key, left = _first(left)
            if key:
                found.append(key)
    return tuple(found)


def weight_of(entry: Entry) -> int:
    """Estimate the tokens that an entry takes; 0 for one that says nothing."""
    return tokens_of(entry.content) if entry.content.strip() else 0


def _first(line: str) -> tuple[str, str]:
    """Take the first key from a line."""
    ends = [place for place in range(len(line)) if _divides(line, place)]
    if line.lstrip().startswith("/"):
        whole = [place for place, letter in enumerate(line) if letter == ","] + [len(line)]
        pattern = next((place for place in whole if is_delimited(line[:place].strip())), None)
        if pattern is not None:
            return line[:pattern].strip(), line[pattern + 1 :]
    end = ends[0] if ends else len(line)
    return line[:end].replace(_COMMA, ",").strip(), line[end + 1 :]


def _divides(line: str, place: int) -> bool:
    return line[place] == "," and (place == 0 or line[place - 1] != "\\")
