"""Knows how to read a JSON object of texts while it is still being written; it never fails.

A beginning of an answer gives beginnings of its texts, whatever comes later. Words around the object, entries
that nobody asked for, raw line ends inside of texts and a comma too many are taken as they come: not every
server can be held to a grammar.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hermes_desktop.prompting.json_form import Slot

Value = str | tuple[str, ...]
_LIMIT = 200_000  # characters that are looked at
_BEGINNING = re.compile(r'\{\s*(?="|\}|\Z)')
_BLANKS = re.compile(r"\s*")
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)("?)', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(u[0-9a-fA-F]{0,3}\Z)|(.))", re.DOTALL)
_PAIR = re.compile("([\ud800-\udbff])([\udc00-\udfff])")
_HALF = re.compile("[\ud800-\udfff\x00]")
_SCALAR = re.compile(r"[^\s,\]}\"]+")
_PART = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]|[^"\[\]{}]+', re.DOTALL)
_SHORT = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What has come of an object."""

    values: tuple[tuple[str, Value], ...] = ()  # name and value, in the order in which they came
    unfinished: str = ""  # name of the last one, where its end is missing
    whole: bool = False  # the object was closed

    def get(self, name: str) -> Value | None:
        """Give the newest value of an entry."""
        return dict(self.values).get(name)


def read(text: str, slots: Sequence[Slot]) -> Answer:
    """Read what there is of the entries."""
    found = _BEGINNING.search(text[:_LIMIT])
    if found is None:
        return Answer()
    return _Reader(text[:_LIMIT], found.end(), {slot.name: slot for slot in slots}).read()


class _Reader:
    def __init__(self, text: str, at: int, slots: dict[str, Slot]) -> None:
        self._text, self._at, self._slots = text, at, slots

    def read(self) -> Answer:
        """Read entry by entry, up to the end or to what is no entry."""
        values: dict[str, Value] = {}
        while not self._take("}"):
            name, closed = self._string()
            if name is None or not closed or not self._take(":"):
                return Answer(tuple(values.items()))
            value, closed = self._value()
            slot = self._slots.get(name)
            if slot is not None and value is not None:
                values[name] = _fitting(value, slot)
            if not closed:
                return Answer(tuple(values.items()), unfinished=name if name in values else "")
            self._take(",")
        return Answer(tuple(values.items()), whole=True)

    def _take(self, sign: str) -> bool:
        self._skip_blanks()
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        self._skip_blanks()
        return True

    def _skip_blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        assert found is not None  # it matches nothing, too
        self._at = found.end()

    def _value(self) -> tuple[Value | None, bool]:
        """Read a value, None for one that is no text, and say whether it has ended."""
        if self._text.startswith('"', self._at):
            return self._string()
        if self._text.startswith("[", self._at):
            return self._list()
        if self._text.startswith("{", self._at):
            return None, self._pass()
        return None, self._scalar()

    def _string(self) -> tuple[str | None, bool]:
        found = _STRING.match(self._text, self._at)
        if found is None:
            return None, False
        closed = bool(found[2])
        self._at = found.end() if closed else len(self._text)
        return _decoded(found[1], closed=closed), closed

    def _list(self) -> tuple[Value, bool]:
        """Read the texts of a list; what else is in it is passed over."""
        self._at += 1
        items: list[str] = []
        self._skip_blanks()
        while not self._take("]"):
            value, closed = self._value()
            if isinstance(value, str):
                items.append(value)
            if not closed:
                return tuple(items), False
            self._take(",")
        return tuple(items), True

    def _scalar(self) -> bool:
        """Pass a number or a word; it has ended where something comes behind it."""
        found = _SCALAR.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        return self._at < len(self._text)

    def _pass(self) -> bool:
        """Pass an object inside of the object, without a call for every level."""
        depth = 0
        for part in _PART.finditer(self._text, self._at):
            self._at = part.end()
            depth += (part[0] in "{[") - (part[0] in "}]")
            if depth == 0:
                return True
        return False


def _fitting(value: Value, slot: Slot) -> Value:
    """Bring a value into the shape that was asked for."""
    if slot.listed:
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(tidy for part in parts if (tidy := part.strip()))[: slot.items]
    return value if isinstance(value, str) else ", ".join(value)


def _decoded(raw: str, *, closed: bool) -> str:
    """Put letters in the place of escapes; one that has not come whole is left out of an open text."""

    def letter(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        if found[2]:
            return found[2] if closed else ""
        return _SHORT.get(found[3], found[3])

    text = _PAIR.sub(lambda pair: _joined(pair[0]), _ESCAPE.sub(letter, raw))
    if not closed and text and "\ud800" <= text[-1] <= "\udbff":
        text = text[:-1]  # its other half is still to come
    return _HALF.sub("\ufffd", text)


def _joined(pair: str) -> str:
    return pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
