"""Knows the wording of the system turn: who the persona is, where it is, who I am; not what follows it."""

from collections.abc import Sequence
from dataclasses import replace

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.surroundings import Moment, steady

# What a persona is told that brings no system prompt of its own.
DEFAULT = (
    "You are {{char}}. Stay {{char}} in everything you write: speak in {{char}}'s own voice, know what "
    "{{char}} knows, and keep to what has been said so far. {{user}} decides what {{user}} says and does. "
    "Write one reply at a time."
)


def system_turn(
    persona: PersonaFields,
    profile: Profile,
    *,
    default: str = "",
    lore: Sequence[str] = (),
    tools: str = "",
    names: Names | None = None,
) -> PromptTurn:
    """Build the system turn; it is never empty.

    `default` takes the place of DEFAULT; a persona's own system prompt takes the place of both, and
    {{original}} in it stands for what would have been used. `tools` is a ready text of `tasks`.
    `names` says what the macros stand for; without it they know no conversation.
    """
    names = names or steady(persona, profile, Moment())
    parts = [
        (SpanKind.PERSONA, _instructions(persona, names, default)),
        (SpanKind.PERSONA, _titled(f"About {names.char}:", persona.description, names)),
        (SpanKind.PERSONA, _titled(f"{names.char}'s personality:", persona.personality, names)),
        (SpanKind.PERSONA, _titled("The scene:", persona.scenario, names)),
        (SpanKind.LORE, _titled("Known facts:", "\n".join(lore), names)),
        (SpanKind.PROFILE, _titled(f"About {names.user}, who talks with you:", profile.description, names)),
        (SpanKind.TOOLS, tools),
    ]
    return PromptTurn(Role.SYSTEM, _spans([(kind, text) for kind, text in parts if text]))


def _instructions(persona: PersonaFields, names: Names, default: str) -> str:
    fallback = cleaned(expand(default.strip() or DEFAULT, names))
    if not persona.system_prompt.strip():
        return fallback
    return cleaned(expand(persona.system_prompt, replace(names, original=fallback))) or fallback


def _titled(title: str, text: str, names: Names) -> str:
    body = cleaned(expand(text, names))
    return f"{title}\n{body}" if body else ""


def _spans(parts: Sequence[tuple[SpanKind, str]]) -> tuple[Span, ...]:
    """Join the parts by empty lines; the line belongs to the part before it."""
    last = len(parts) - 1
    return tuple(
        Span(kind, text if index == last else text + "\n\n") for index, (kind, text) in enumerate(parts)
    )


def cleaned(text: str) -> str:
    """Drop carriage returns and the white space around a text, as it stands in a prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
