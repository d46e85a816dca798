"""Knows how the macros of a text are expanded, inner ones first; what is put in is never read as macros."""

import hashlib
import re
from collections.abc import Sequence

from hermes_desktop.prompting import table
from hermes_desktop.prompting.parsing import (
    DEPTH_LIMIT,
    Macro,
    Name,
    Part,
    Piece,
    Put,
    Trim,
    head,
    joined,
    parse,
    written,
)
from hermes_desktop.prompting.surroundings import MACRO_COST, NAME_COST, Names, Slate

__all__ = ["Names", "expand", "hidden_keys"]

_HIDDEN = re.compile(r"\s*hidden_?key\s*:", re.IGNORECASE)


def expand(text: str, names: Names) -> str:
    """Replace every macro that `table` knows, once; drop comments.

    Case and white space in a macro do not matter. Unknown macros and unbalanced braces stay as they are;
    `\\{\\{` and `\\}\\}` are braces that mean nothing. Names, messages and other values that are put in are
    text and nothing else; only the card's own fields have their macros expanded, each within itself not
    again. Which time it is and what was said last is up to `names`: see `surroundings.steady` for what
    keeps clocks out of the cached part of a prompt. The work is bounded by the slate: a macro for which
    there is no room stays as it is written.
    """
    return _Expansion(text, names, names.slate or Slate.following(names.known), (), 0).whole()


def hidden_keys(text: str, names: Names) -> str:
    """Give what every `{{hidden_key: }}` of a text says, expanded: in no prompt, and lore is found by it."""
    if "hidden" not in text.lower():
        return ""
    macros = [piece for piece in parse(text).pieces if isinstance(piece, Macro)]
    spans = [text[each.start + 2 : each.end - 2] for each in macros if _HIDDEN.match(written(each.pieces))]
    return "\n".join(expand(span.partition(":")[2].strip(": "), names) for span in spans)


class _Expansion:
    """One text on its way."""

    def __init__(self, text: str, names: Names, slate: Slate, within: tuple[str, ...], depth: int) -> None:
        self._text = text
        self._names = names
        self._slate = slate
        self._within = within  # the card's fields that this text stands in
        self._depth = depth
        self._digest = ""
        self._has_original = True

    def whole(self) -> str:
        """Give the text with everything expanded."""
        return joined(self._parts(parse(self._text).pieces, self._depth))

    def _parts(self, pieces: Sequence[Piece], depth: int) -> list[Part]:
        parts: list[Part] = []
        for piece in pieces:
            if isinstance(piece, Macro):
                parts += self._macro(piece, depth)
            elif isinstance(piece, Name):
                name = self._names.user if piece.name == "user" else self._names.char
                parts.append(Put(name if self._slate.take(NAME_COST + len(name)) else piece.source))
            else:
                parts.append(piece)
        return parts

    def _macro(self, macro: Macro, depth: int) -> Sequence[Part]:
        if macro.is_comment:
            return [Put("")]  # so that what stands around it does not become a macro's name
        if depth == DEPTH_LIMIT or not self._slate.take(MACRO_COST):
            return [Put(self._text[macro.start : macro.end])]
        parts = self._parts(macro.pieces, depth + 1)
        value = self._value(parts, macro.start, depth)
        if isinstance(value, Trim):
            return [value]
        if value is None or not self._slate.take(len(value)):
            return [Put("{{" + joined(parts) + "}}")]
        return [Put(value)]

    def _value(self, parts: Sequence[Part], start: int, depth: int) -> str | Trim | None:
        found = head(parts)
        if found is None:
            return None
        if found.rest is None and found.name == "trim":
            return Trim()
        if found.rest is None and found.name == "original":
            return self._original()
        meaning = (table.ALONE if found.rest is None else table.WITH_ARGUMENTS).get(found.name)
        if meaning is None:
            return None

        def field(name: str, text: str) -> str | None:
            if name in self._within or not self._slate.take(len(text)):
                return None
            inner = (*self._within, name)
            return _Expansion(text, self._names, self._slate, inner, depth + 1).whole()

        place = f"{self._hash()}\n{start}"
        return meaning(table.Call(found.name, found.rest or (), self._names, self._slate, place, field))

    def _original(self) -> str:
        """Put in what is overridden the first time, and nothing where it is asked for again."""
        text = self._names.original if self._has_original else ""
        self._has_original = False
        return text

    def _hash(self) -> str:
        if not self._digest:
            self._digest = hashlib.sha256(self._text.encode("utf-8", "surrogatepass")).hexdigest()
        return self._digest
