"""Knows about how many tokens a text has where nobody can count them; rather too many."""

import math

_LEFT_OUT = " … "
_BYTES_A_TOKEN = 3.5  # of English in Llama 3's vocabulary there are 4.3; other languages have fewer


def estimated(text: str) -> int:
    """Estimate the tokens of a text from its bytes, so that scripts beside Latin count, too."""
    return math.ceil(len(text.encode(errors="replace")) / _BYTES_A_TOKEN)


def clipped(text: str, tokens: int) -> str:
    """Leave out the middle of a text that is estimated at more tokens."""
    data, room = text.encode(errors="replace"), int(tokens * _BYTES_A_TOKEN)
    if len(data) <= room:
        return text
    half = max((room - len(_LEFT_OUT.encode())) // 2, 0)
    ends = (data[:half], data[len(data) - half :])
    return _LEFT_OUT.join(end.decode(errors="ignore") for end in ends)
