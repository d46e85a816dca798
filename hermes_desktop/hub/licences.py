"""Knows which licences of Llama there are, where one reads them, and which of them governs a repository."""

import re
from collections.abc import Iterable

PAGES = {
    "llama2": "https://www.llama.com/llama2/license/",
    "llama3": "https://www.llama.com/llama3/license/",
    "llama3.1": "https://www.llama.com/llama3_1/license/",
    "llama3.2": "https://www.llama.com/llama3_2/license/",
    "llama3.3": "https://www.llama.com/llama3_3/license/",
    "llama4": "https://www.llama.com/llama4/license/",
}
# A name such as Meta-Llama-3-8B or Hermes-3-Llama-3.1-8B, but not Llama-8B, TinyLlama-1.1B or open_llama_3b.
_BASE = re.compile(r"(?:^|[-_/.])llama[-_]?(2|3(?:[._][123])?|4)(?=[-_./:]|$)", re.IGNORECASE)


_TAG = re.compile(r"llama[0-9.]{0,6}")


def governing(licence: str, names: Iterable[str]) -> str:
    """Name the Llama licence that governs a model, by its tag and by the names of what it was made from.

    Gives "" where there is none. A tag may name the first licence of a line ("llama3" for a model made from
    Llama 3.1); then the name of the base is believed.
    """
    found = {f"llama{match[1].replace('_', '.')}" for name in names for match in _BASE.finditer(name)}
    tagged = licence.casefold()
    if _TAG.fullmatch(tagged):
        return max((each for each in found if each.startswith(tagged)), default=tagged)
    return max(found, default="")


def page(licence: str) -> str:
    """Give the address at which a licence is read."""
    return PAGES.get(licence, "https://www.llama.com/")
