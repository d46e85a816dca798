"""Knows how turns and settings become a request, by the names of each kind of server; sends nothing."""

import re
from collections.abc import Sequence
from dataclasses import asdict

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import END, START, PromptTurn
from hermes_desktop.domain.remote import RemoteForm
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine.served import SETTINGS, Found, Kind
from hermes_desktop.engine.server import Fields
from hermes_desktop.engine.tokens import TURN_TEXTS, alternating, is_shown
from hermes_desktop.prompting.tasks import CONTINUE

_GO_ON = (Kind.VLLM, Kind.LLAMA)  # with a last turn of the assistant, by themselves
_STOPS = 4  # texts that the protocol allows; the others are watched for here
# A server reads special tokens from a text. What somebody has written must not end a turn.
_SPECIAL = re.compile(r"<\|(?=\w+\|>)")


def request(
    found: Found,
    form: RemoteForm,
    turns: Sequence[PromptTurn],
    prefill: str,
    sampling: Sampling,
    seed: int,
    limit: int,
) -> tuple[str, Fields]:
    """Give path and body that ask for a reply of `limit` tokens at most, in a stream."""
    body: Fields = {"model": found.model, "stream": True, "stream_options": {"include_usage": True}}
    body |= settings(found.kind, sampling, seed, limit)
    shown = [turn for turn in turns if is_shown(turn)]
    if form is RemoteForm.CHATML:
        return "/completions", body | {"prompt": chatml(shown, prefill)}
    if prefill and found.kind is Kind.VLLM:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    told = prefill and found.kind not in _GO_ON
    return "/chat/completions", body | {"messages": messages(shown, prefill, CONTINUE if told else "")}


def settings(kind: Kind, sampling: Sampling, seed: int, limit: int) -> Fields:
    """Give the settings that a kind of server takes, by its names; all of them: their defaults differ."""
    stops = tuple(dict.fromkeys((*TURN_TEXTS, *sampling.stop)))[:_STOPS]
    values = asdict(sampling) | {"seed": seed, "max_tokens": limit, "stop": list(stops)}
    values["logit_bias"] = {str(token): bias for token, bias in sampling.logit_bias}
    return {
        name: values[ours]
        for ours, name in SETTINGS[kind].items()
        if values[ours] or ours not in ("logit_bias", "grammar")
    }


def chatml(turns: Sequence[PromptTurn], prefill: str) -> str:
    """Write turns in ChatML, open for the reply."""
    written = (f"{START}{turn.role}\n{_harmless(turn.text)}{END}\n" for turn in turns)
    return f"{''.join(written)}{START}{Role.ASSISTANT}\n{prefill}"


def messages(turns: Sequence[PromptTurn], prefill: str, instruction: str = "") -> list[Fields]:
    """Write turns as messages: other templates want one system turn, then user and assistant in turn."""
    first = [turn for turn in turns[:1] if turn.role is Role.SYSTEM]
    written = [(turn.role.value, turn.text) for turn in (*first, *alternating(turns[len(first) :]))]
    written += [(Role.ASSISTANT.value, prefill)] if prefill else []
    written += [(Role.USER.value, instruction)] if instruction else []
    return [{"role": role, "content": text} for role, text in written]


def _harmless(text: str) -> str:
    return _SPECIAL.sub("< |", text)
