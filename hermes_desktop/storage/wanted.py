"""Knows what somebody looks for: words and phrases, out of a line as people write it; not where it stands."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 1_000  # letters of a line; what is behind them is not looked for
MOST = 40  # words and phrases
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'))
_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]+")
# The same scripts as in the index `message_unspaced`: no spaces stand between their words.
SCRIPTS = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9d"
    "\U00020000-\U000323af"
)
_UNSPACED = re.compile(f"[{SCRIPTS}]")
_SYMBOLS = frozenset({"Sm", "Sc", "So"})  # of mathematics, of money, and pictures


@dataclass(frozen=True, slots=True)
class Term:
    """A word, which may go on where it is found, or a phrase that stands there as it is."""

    text: str
    phrase: bool = False

    @property
    def words(self) -> list[str]:
        """List the words in it, without what stands between them."""
        return _WORD.findall(self.text)

    @property
    def unspaced(self) -> bool:
        """Say whether it holds a script that has no spaces, so that its words are not in the index."""
        return bool(_UNSPACED.search(self.text))

    @property
    def literal(self) -> bool:
        """Say whether letters do not tell the whole of it: C++, 5 €, a picture, a mark alone."""
        return not self.words or any(unicodedata.category(sign) in _SYMBOLS for sign in self.text)


def terms_of(line: str) -> list[Term]:
    """Read what is looked for; quotes make phrases, and one that does not end goes to the end of the line."""
    found: dict[Term, None] = {}
    # In the form that most is written in: an accent by itself would be no part of its word.
    whole = unicodedata.normalize("NFC", line[:LONGEST].translate(_QUOTES))
    for match in _PART.finditer(whole):
        quoted, bare = match.groups()
        text = " ".join((bare or quoted).split())
        if text:
            found[Term(text, phrase=bare is None)] = None
    return list(found)[:MOST]


def expression(terms: list[Term]) -> str:
    """Write the terms for the index; a whole word counts for more than the beginning of a longer one."""
    return " AND ".join(_expression(term) for term in terms)


def _expression(term: Term) -> str:
    quoted = '"' + " ".join(term.words) + '"'
    return quoted if term.phrase else f"({quoted} OR {quoted} *)"


def pattern(term: Term) -> str:
    """Write a term for LIKE, with a backslash before what means something there."""
    return "%" + re.sub(r"([%_\\])", r"\\\1", term.text) + "%"
