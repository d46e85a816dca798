"""Knows about how many tokens a text has where nobody can count them; rather too many."""

import math

_BYTES_A_TOKEN = 3.5  # of English in Llama 3's vocabulary there are 4.3; other languages have fewer


def estimated(text: str) -> int:
    """Estimate the tokens of a text from its bytes, so that scripts beside Latin count, too."""
    return math.ceil(len(text.encode(errors="replace")) / _BYTES_A_TOKEN)
