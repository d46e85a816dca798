"""Knows the grammar of macros: braces, angle forms, comments, heads, lists; not what they stand for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

DEPTH_LIMIT = 64  # deeper braces are plain text
_MARK_LIMIT = 100_000  # what follows that many marks is plain text
_LIST_LIMIT = 1000  # what follows belongs to the last item
_ANGLES = "bot|char|user|group|charifnotgroup"
_MARKS = re.compile(
    rf"\\\{{\\\{{|\\\}}\\\}}|\{{\{{[ \t]*(?:char|user)[ \t]*\}}\}}|\{{\{{|\}}\}}|<(?:{_ANGLES})>",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\s*(?://|(?:comment|hidden_?key)\s*:)", re.IGNORECASE)
_HEAD = re.compile(r"\s*(?:(time)_(?=utc)|([a-z_]\w*)(?:\s*(::|:)|(?=\s)|\Z))", re.IGNORECASE)
# A variable by its sign: {{.name}}, {{$name}} for a global one, {{.name += 1}}, {{.name++}}.
_SIGNED = re.compile(r"\s*([.$])([a-z](?:[\w-]*\w)?)\s*(\+\+|--|\+=|=(?!=)|\Z)", re.IGNORECASE)
_ACTS = {"": "get", "++": "inc", "--": "dec", "=": "set", "+=": "add"}
_SPACED = ("roll", "datetimeformat", "banned")  # a space may stand between name and argument


@dataclass(frozen=True, slots=True)
class Put:
    """A stretch that was put in: it is read as text and nothing else."""

    text: str


@dataclass(frozen=True, slots=True)
class Trim:
    """The place of a {{trim}}: line ends on both sides go."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that has no arguments: <USER>, or {{user}} with nothing around it."""

    name: str
    source: str
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Macro:
    """What stands between two pairs of braces, and where the whole of it lies in the text."""

    start: int
    end: int
    pieces: "tuple[str | Put | Name | Macro, ...]"

    @property
    def is_comment(self) -> bool:
        """Say whether it is there for the reader of the card alone. `{{hidden_key: }}` is, for a prompt."""
        return _COMMENT.match(written(self.pieces)) is not None


Piece = str | Put | Name | Macro
Part = str | Put | Trim  # what is left of a piece when its macros are expanded; str is what was written


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that was read."""

    pieces: tuple[Piece, ...]
    loose: tuple[int, ...]  # where braces stand that have no partner


@dataclass(slots=True)
class _Frame:
    start: int
    pieces: list[Piece] = field(default_factory=list)


def parse(text: str) -> Parsed:
    """Read a text in one forward pass. Braces without a partner are text, as are `\\{\\{` and `\\}\\}`."""
    frames = [_Frame(0)]
    loose: list[int] = []
    end = 0
    for number, mark in enumerate(_MARKS.finditer(text)):
        if number == _MARK_LIMIT:
            break
        _write(frames[-1], text[end : mark.start()])
        end = mark.end()
        if mark[0] == "{{" and len(frames) <= DEPTH_LIMIT:
            frames.append(_Frame(mark.start(), [""]))
        elif mark[0] == "}}" and len(frames) > 1:
            inner = frames.pop()
            frames[-1].pieces.append(Macro(inner.start, end, tuple(inner.pieces)))
        else:
            if mark[0] in ("{{", "}}"):
                loose.append(mark.start())
            frames[-1].pieces.append(_alone(mark[0], mark.start()))
    _write(frames[-1], text[end:])
    while len(frames) > 1:
        inner = frames.pop()
        loose.append(inner.start)
        frames[-1].pieces += [Put("{{"), *inner.pieces]
    return Parsed(tuple(frames[0].pieces), tuple(sorted(loose)))


def _write(frame: _Frame, text: str) -> None:
    if text and frame.pieces and isinstance(frame.pieces[-1], str):
        frame.pieces[-1] += text
    elif text:
        frame.pieces.append(text)


def _alone(mark: str, start: int) -> Put | Name:
    if mark[0] == "<":
        return Name(mark[1:-1].lower(), mark, start)
    if mark[0] == "{" and len(mark) > 2:
        return Name(mark.strip("{} \t").lower(), mark, start)
    return Put(mark.replace("\\", ""))


# ---- what stands between the braces ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """The name of a macro, in small letters, and what follows it."""

    name: str
    rest: tuple[Part, ...] | None  # None: it stands alone


def written(pieces: Sequence[object]) -> str:
    """Give what was written right behind the braces; a macro always begins with it, empty or not."""
    assert isinstance(pieces[0], str)
    return pieces[0]


def head(parts: Sequence[Part]) -> Head | None:
    """Read `name`, `name:rest`, `name::rest`, `name rest`; None where no name was written there."""
    first = written(parts)
    found = _HEAD.match(first)
    if found is None:
        return _signed(first, parts[1:])
    follows = first[found.end() :]
    name = (found[1] or found[2]).lower()
    others = tuple(parts[1:])
    if found[1] or found[3]:
        return Head(name, (follows, *others))
    if not follows.strip() and not others:
        return Head(name, None)
    return Head(name, (follows, *others)) if name in _SPACED and follows else None


def _signed(first: str, others: Sequence[Part]) -> Head | None:
    """Read a variable that is named by its sign as the macro that does the same."""
    found = _SIGNED.match(first)
    if found is None:
        return None
    sign, name, act = found.groups()
    follows = first[found.end() :]
    macro = f"{_ACTS[act]}{'global' if sign == '$' else ''}var"
    if act in ("=", "+="):
        return Head(macro, (f"{name}::{follows}", *others))
    return None if follows.strip() or others else Head(macro, (name,))


def items(parts: Sequence[Part]) -> list[str]:
    """Split a list by `::` where one was written in it, otherwise by commas; `\\,` is a comma."""
    if any(isinstance(part, str) and "::" in part for part in parts):
        return [joined(stripped(part)) for part in split(parts, "::", _LIST_LIMIT)]
    return [joined(stripped(part)) for part in split(parts, ",", _LIST_LIMIT)]


def split(parts: Sequence[Part], by: str, most: int) -> list[list[Part]]:
    """Split in so many at most by a sign where it was written; in what was put in it is only text."""
    found: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            found[-1].append(part)
            continue
        pieces = _split(part, by, most - len(found))
        found[-1].append(pieces[0])
        found += [[piece] for piece in pieces[1:]]
    return found


def _split(text: str, by: str, most: int) -> list[str]:
    if by == ",":
        pieces = re.split(r"(?<!\\),", text, maxsplit=most) if most else [text]
        return [piece.replace("\\,", ",") for piece in pieces]
    return text.split(by, most)


def stripped(parts: Sequence[Part]) -> list[Part]:
    """Drop the white space that was written at both ends."""
    found = list(parts)
    if found and isinstance(found[0], str):
        found[0] = found[0].lstrip()
    if found and isinstance(found[-1], str):
        found[-1] = found[-1].rstrip()
    return found


def joined(parts: Sequence[Part]) -> str:
    """Make one text of the parts; where a Trim stands, the line ends around it go."""
    runs: list[list[str]] = [[]]
    for part in parts:
        if isinstance(part, Trim):
            runs.append([])
        else:
            runs[-1].append(part if isinstance(part, str) else part.text)
    texts = ["".join(run) for run in runs]
    for after in range(1, len(texts)):
        texts[after - 1] = texts[after - 1].rstrip("\r\n")
        texts[after] = texts[after].lstrip("\r\n")
    return "".join(texts)
