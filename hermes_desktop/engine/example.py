"""Knows how a template's prompt reads, written by the same code as for the model; not the model's tokens.

Letters stand in for tokens: what the engine would tokenise comes out again as text.
"""

from collections.abc import Sequence

from hermes_desktop.domain.prompt import PromptTurn
from hermes_desktop.engine import tokens

_BOS, _EOS = 0x110000, 0x110001  # behind the last letter there is
_NAMES = {_BOS: "[BOS]", _EOS: "[EOS]"}


def written(template: str, turns: Sequence[PromptTurn]) -> tuple[str, str]:
    """Give the name of the form ("chatml" for our own code, "gguf" for the template), and the text.

    Raises KnownError ENGINE_TEMPLATE. [BOS] stands for the token that begins a text, [EOS] for its end.
    """
    form = tokens.format_for(_Letters(), template)
    runs = form.runs(turns)
    return form.name, "".join(_NAMES.get(token) or chr(token) for run in runs for token in run.tokens)


class _Letters:
    """A vocabulary of single letters."""

    vocabulary = _EOS + 1

    def tokenise(self, text: str, *, special: bool = False) -> tuple[int, ...]:  # noqa: ARG002 - a name of a token is its letters
        return tuple(map(ord, text))

    def token(self, text: str) -> int | None:  # noqa: ARG002 - there are none
        return None

    def controls(self) -> dict[str, int]:
        return {}

    def piece(self, token: int) -> bytes:
        return (_NAMES.get(token) or chr(token)).encode("utf-8", "replace")

    def bos(self) -> int | None:
        return _BOS

    def eos(self) -> int | None:
        return _EOS

    def text_of(self, token: int | None) -> str:
        return _NAMES.get(token or 0, "")

    def adds_bos(self) -> bool:
        return False  # without a template the vocabulary decides, which is not read here
