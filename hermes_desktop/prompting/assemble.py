"""Knows the order of a prompt: what is stable first, what changes often last; not how much of it fits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hermes_desktop.domain.conversation import Message, Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.prompting.examples import example_turns
from hermes_desktop.prompting.insets import inset_turns, merged
from hermes_desktop.prompting.placing import NOTHING, Inset, Placed, with_note
from hermes_desktop.prompting.segments import (
    instructions_turn,
    late_turn,
    note_inset,
)
from hermes_desktop.prompting.surroundings import Moment, Names, living, steady
from hermes_desktop.prompting.system import cleaned, system_turn

_NOWHERE = Moment()


def assemble(
    persona: PersonaFields,
    profile: Profile,
    history: Sequence[Message],
    *,
    system_prompt: str = "",
    tools: str = "",
    memories: Sequence[PromptTurn] = (),
    recalled: Sequence[Message] = (),
    lore: Placed = NOTHING,
    note: str = "",
    note_depth: int = 1,
    memory_line_id: int | None = None,
    continuing: Message | None = None,
    prefill: str = "",
    reply_tokens: Mapping[int, tuple[int, ...]] | None = None,
    moment: Moment = _NOWHERE,
    names: Names | None = None,
) -> Prompt:
    """Put a prompt together from the messages before the reply, oldest first.

    Macros are expanded in persona's texts, never in messages; the slate of `names`, which are from `steady`,
    knows afterwards what they have noted. `memories` are from `memory_turns`.
    `note_depth` messages follow the author's note.
    """
    lore = with_note(lore, persona)
    names = replace(names or steady(persona, profile, moment), outlets=lore.outlets)
    turns: list[PromptTurn | None] = [
        *_introduction(persona, profile, system_prompt, tools, lore, names),
        *memories,
        *merged(lore.opening, names, late=False),
    ]
    now = living(names, moment, history)
    noted, insets = _noted(note, note_depth, lore)
    beside = inset_turns(insets, history, now)  # before the late part: texts are read in their order
    late = late_turn(now, recalled=recalled, lore=lore.triggered, note=noted)
    turns += _talk(history, reply_tokens or {}, late, beside)
    turns.append(instructions_turn(persona.post_history_instructions, now))
    begun = continuing.text if continuing else prefill
    return Prompt(tuple(filter(None, turns)), memory_line_id, prefill=begun)


def _introduction(
    persona: PersonaFields, profile: Profile, default: str, tools: str, lore: Placed, names: Names
) -> list[PromptTurn]:
    """Say who talks with whom, and how that sounds."""
    world = {"lore_before": lore.before, "lore": lore.after}
    system = system_turn(persona, profile, default=default, tools=tools, names=names, **world)
    return [system, *example_turns(_examples(persona.example_dialogue, lore), names)]


def _examples(dialogue: str, lore: Placed) -> str:
    """Put entries that are examples around the persona's own, each a block."""
    blocks = (*lore.examples_before, dialogue, *lore.examples_after)
    return "\n<START>\n".join(block for block in blocks if block.strip())


def _noted(note: str, depth: int, lore: Placed) -> tuple[str, tuple[Inset, ...]]:
    """Put entries around the author's note; without a note they are not said either.

    Gives what the late block says of it, and all that stands between messages.
    """
    if not note.strip():
        return "", lore.insets
    whole = "\n".join((*lore.note_top, note, *lore.note_bottom))
    if depth == 1:
        return whole, lore.insets
    return "", (*lore.insets, note_inset(whole, depth))


def _talk(
    history: Sequence[Message],
    tokens: Mapping[int, tuple[int, ...]],
    late: PromptTurn | None,
    beside: Mapping[int, Sequence[PromptTurn]],
) -> list[PromptTurn | None]:
    """Put the messages in a row, the late block before the newest user turn, and other turns between."""
    window, newest = _split(history)
    turns: list[PromptTurn | None] = []
    for place, message in enumerate(window):
        turns += [*beside.get(place, ()), _turn(message, Keep.WINDOW, tokens)]
    turns.append(late)
    for place, message in enumerate(newest, len(window)):
        turns += [*beside.get(place, ()), _turn(message, Keep.ALWAYS, tokens)]
    return [*turns, *beside.get(len(history), ())]


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
