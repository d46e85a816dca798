"""Knows a collection of hostile messages: each is made to hold up or to deceive who renders it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

SIZE = 64 * 1024  # letters


def _filled(piece: str, end: str = "") -> str:
    return (piece * (SIZE // len(piece) + 1))[: SIZE - len(end)] + end


def _lists() -> str:
    return "\n".join(" " * (2 * (depth % 300)) + "- deep" for depth in range(600))[:SIZE]


def _table() -> str:
    columns = 8_000
    return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n|" + "b|" * columns


def _rows() -> str:
    return "| a | b | c |\n|---|---|---|\n" + "| *x* | `y` | [z](https://e.org) |\n" * 1_800


def _spans() -> str:
    return "".join(f"*a{number}* **b** `c` " for number in range(4_000))[:SIZE]


MESSAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "open brackets": lambda: _filled("["),
        "brackets and bangs": lambda: _filled("![") + "](x)",
        "declarations": lambda: _filled("<!["),
        "open tags": lambda: _filled("<a "),
        "comments": lambda: _filled("<!-- "),
        "links": lambda: _filled("[a](https://e.org/) "),
        "half links": lambda: _filled("[a](https://e.org/"),
        "bare addresses": lambda: _filled("https://e.org/a "),
        "one long address": lambda: "https://e.org/" + _filled("a"),
        "stars": lambda: _filled("*"),
        "open stars": lambda: _filled("*a "),
        "strong and open": lambda: _filled("**a *b "),
        "triple stars": lambda: _filled("***a*b**c "),
        "low lines": lambda: _filled("_a "),
        "tildes": lambda: _filled("~~a "),
        "backticks": lambda: _filled("`a "),
        "backslashes": lambda: _filled("\\*"),
        "quotes in quotes": lambda: _filled("> "),
        "many quotes": lambda: _filled("> a\n\n"),
        "deep lists": _lists,
        "many items": lambda: _filled("- a\n"),
        "many numbers": lambda: _filled("1. *a*\n"),
        "many headings": lambda: _filled("# a\n"),
        "many rules": lambda: _filled("---\n"),
        "many paragraphs": lambda: _filled("a\n\n"),
        "many lines": lambda: _filled("a\n"),
        "many fences": lambda: _filled("```py\nx\n```\n"),
        "open fence": lambda: "```python\n" + _filled("x = 'a\n"),
        "one language": lambda: "```html\n" + _filled("<a b='c'>", "\n```"),
        "gaps in code": lambda: "```c\n" + "\n" * 7_900 + "\n```",
        "bare words in code": lambda: "```java\n" + "a b " * 1_900 + "\n```",
        "code of one line": lambda: "```diff\n" + "-" * 7_900 + "\n```",
        "signs in code": lambda: _filled("```ruby\n" + "[a](;[a](;[a](;\n" * 150 + "```\n"),
        "wide table": _table,
        "long table": _rows,
        "thoughts": lambda: _filled("<think>a</think>\n"),
        "open thought": lambda: "<think>" + _filled("a "),
        "entities": lambda: _filled("&lt;script&gt; "),
        "spans": _spans,
        "one long word": lambda: _filled("a"),
        "spaces": lambda: _filled(" ", "a"),
        "tabs": lambda: _filled("\t", "a"),
        "null bytes": lambda: _filled("\x00a"),
        "directions": lambda: _filled("\u202eabc\u2066"),
        "halves of letters": lambda: _filled("\ud800a"),
        "marks on marks": lambda: _filled("a" + "\u0301" * 50),
    }
)
