"""Knows the order of a prompt: what is stable first, what changes often last; not how much of it fits."""

from collections.abc import Mapping, Sequence

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.prompting.examples import example_turns
from hermes_desktop.prompting.segments import instructions_turn, late_turn, pinned_turn, summary_turn
from hermes_desktop.prompting.surroundings import Moment, living, steady
from hermes_desktop.prompting.system import cleaned, system_turn

_NOWHERE = Moment()


def assemble(
    persona: PersonaFields,
    profile: Profile,
    history: Sequence[Message],
    *,
    system_prompt: str = "",
    constant_lore: Sequence[str] = (),
    tools: str = "",
    summary: str = "",
    pinned: Sequence[Message] = (),
    recalled: Sequence[Message] = (),
    lore: Sequence[str] = (),
    note: str = "",
    memory_line_id: int | None = None,
    continuing: Message | None = None,
    prefill: str = "",
    reply_tokens: Mapping[int, tuple[int, ...]] | None = None,
    moment: Moment = _NOWHERE,
) -> Prompt:
    """Put a prompt together from the messages before the reply, oldest first.

    Macros are expanded in the persona's texts, never in messages; before the window they stand for what is
    lasting (`surroundings.steady`). `continuing` is the reply that goes on: its text is where the new one
    starts. `reply_tokens` are the ids that stored replies were sampled as.
    """
    names = steady(persona, profile, moment)
    late = living(names, moment, history)
    window, newest, tokens = *_split(history), reply_tokens or {}
    turns = [
        system_turn(persona, profile, default=system_prompt, lore=constant_lore, tools=tools, names=names),
        *example_turns(persona.example_dialogue, names),
        summary_turn(summary),
        pinned_turn(pinned),
        *(_turn(message, Keep.WINDOW, tokens) for message in window),
        late_turn(late, recalled=recalled, lore=lore, note=note),
        *(_turn(message, Keep.ALWAYS, tokens) for message in newest),
        instructions_turn(persona.post_history_instructions, late),
    ]
    begun = continuing.text if continuing else prefill
    return Prompt(tuple(turn for turn in turns if turn is not None), memory_line_id, prefill=begun)


def _split(history: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """Part the newest user turn, where it is the last one, from the turns before it."""
    if history and history[-1].role is Role.USER:
        return history[:-1], history[-1:]
    return history, ()


def _turn(message: Message, keep: Keep, tokens: Mapping[int, tuple[int, ...]]) -> PromptTurn:
    return PromptTurn(
        message.role,
        (Span(SpanKind.TURNS, cleaned(message.text)),),
        keep=keep,
        message_id=message.id,
        tokens=tokens.get(message.id, ()),
    )
