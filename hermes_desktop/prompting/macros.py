"""Knows the macros of persona texts and expands them, inner ones first; names are never read as macros."""

import re
from dataclasses import dataclass, field

_MARKS = re.compile(r"\\\{\\\{|\\\}\\\}|\{\{|\}\}|<(?:bot|char|user)>", re.IGNORECASE)
_DEPTH_LIMIT = 64  # deeper braces are plain text


@dataclass(frozen=True, slots=True)
class Names:
    """What the macros stand for."""

    char: str
    user: str
    original: str = ""  # for {{original}}: the text that is being overridden


@dataclass(slots=True)
class _Frame:
    """What stands between two braces. Where a value was put in, it is no macro's name any more."""

    parts: list[str] = field(default_factory=list)
    plain: bool = True


def expand(text: str, names: Names) -> str:
    """Replace {{char}}, {{user}}, {{original}}, <BOT>, <CHAR>, <USER>; drop comments.

    Case and white space in a macro do not matter. Unknown macros and unbalanced braces stay as they are;
    `\\{\\{` and `\\}\\}` are braces that mean nothing.
    """
    frames = [_Frame()]
    end = 0
    for mark in _MARKS.finditer(text):
        frames[-1].parts.append(text[end : mark.start()])
        end = mark.end()
        _take(frames, mark[0], names)
    frames[-1].parts.append(text[end:])
    while len(frames) > 1:
        inner = frames.pop()
        frames[-1].parts += ["{{", *inner.parts]
    return "".join(frames[0].parts)


def _take(frames: list[_Frame], mark: str, names: Names) -> None:
    if mark == "{{" and len(frames) < _DEPTH_LIMIT:
        frames.append(_Frame())
    elif mark == "}}" and len(frames) > 1:
        _close(frames, names)
    elif mark[0] == "<":
        frames[-1].parts.append(names.user if mark.lower() == "<user>" else names.char)
        frames[-1].plain = False
    else:
        frames[-1].parts.append(mark.replace("\\", ""))


def _close(frames: list[_Frame], names: Names) -> None:
    inner = frames.pop()
    content = "".join(inner.parts)
    outer = frames[-1]
    outer.plain = False
    if _is_comment(inner.parts[0]):  # what was written before any value was put in
        return
    value = _value(content, names) if inner.plain else None
    outer.parts.append("{{" + content + "}}" if value is None else value)


def _is_comment(content: str) -> bool:
    start = content.lstrip()
    return start.startswith("//") or start.lower().startswith("comment:")


def _value(content: str, names: Names) -> str | None:
    known = {"char": names.char, "user": names.user, "original": names.original}
    return known.get(content.strip().lower())
