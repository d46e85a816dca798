"""Knows how steady the hand is that sums up, and what of its writing is kept; not what it writes of."""

import re
from dataclasses import replace

from hermes_desktop.app.aside import AsideEnd
from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.prompting import noting
from hermes_desktop.rendering.blocks import THOUGHT_TAGS

FACTS = 640  # tokens of a list of facts
_WORDS = 360  # tokens of a summary
_OF_CONTEXT = 10  # a part of it that a summary may fill
_HAND = Sampling(temperature=0.3, top_p=0.95, min_p=0.05, repeat_penalty=1.05, max_tokens=_WORDS)
# What a model thinks before it writes is no part of the story; a thought without an end goes to the end.
_THOUGHT = re.compile(rf"<({'|'.join(THOUGHT_TAGS)})>.*?(?:</\1>|\Z)", re.IGNORECASE | re.ASCII | re.DOTALL)


def summary_sampling(model: LoadedModel) -> Sampling:
    """Let no summary be so long that it has no room in a small context."""
    return replace(_HAND, max_tokens=max(min(_WORDS, model.context // _OF_CONTEXT), 1))


def facts_sampling(model: LoadedModel) -> Sampling:
    """Hold the model to the form of facts, where what plays can be held to one."""
    takes = model.served is None or "grammar" not in model.served.unknown
    grammar = noting.grammar() if takes else ""
    return Sampling(temperature=0.2, min_p=0.05, repeat_penalty=1.0, max_tokens=FACTS, grammar=grammar)


def tidy(end: AsideEnd) -> str:
    """Give what was written, to the end of the last sentence where it was cut; "" for nothing of use."""
    if end.done is None or end.error is not None:
        return ""
    text = _THOUGHT.sub("", end.text).strip()
    if end.done.stop_reason is StopReason.LENGTH and not text.startswith("["):
        cut = max(text.rfind(sign) for sign in ".!?…。！？")
        text = text[: cut + 1] if cut > 0 else text
    return text
