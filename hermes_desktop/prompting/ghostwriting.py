"""Knows how a model is asked to write a persona or a part of one, and in which form; not what becomes of it.

The parts go by the names that character cards have for them, which models have read; a part is known here by
the name that it has in `PersonaFields`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.prompting.json_form import Slot, schema_of
from hermes_desktop.prompting.tasks import answer_in_json

INVENT = (
    "Invent a character for a role-play from this idea:\n{idea}\n\n"
    "Keep to the idea and add what makes this one unlike all others. Write {{{{char}}}} where its name "
    "would stand, and {{{{user}}}} for the person it talks with. Never say what {{{{user}}}} "
    "says or does."
)
REWORK = (
    "Rework the character below after this idea:\n{idea}\n\n"
    "Change what the idea asks for and keep everything else. Write {{{{char}}}} where its name would stand, "
    "and {{{{user}}}} for the person it talks with. Never say what {{{{user}}}} says or does."
)
WRITE = (
    "Write the {part} of the character below. Keep to everything that is known of it. Write {{{{char}}}} for "
    "its name, and {{{{user}}}} for the person it talks with. Never say what {{{{user}}}} says or does."
)
IMPROVE = (
    "Write the {part} of the character below anew, and better. Keep every fact and what is good about it. "
    "Write {{{{char}}}} for its name, and {{{{user}}}} for the person it talks with.\n\n"
    "So far it reads:\n{present}"
)
KNOWN = "What is known of the character:\n{known}"
WISH = "This is what is wished for: {wish}"

# How each part goes by in a card, and what the model is told about it. Bounds on letters make the sampler
# slower, but a model that rambles ends.
SLOTS: dict[str, Slot] = {
    "name": Slot("name", "the character's name, nothing else", 60),
    "description": Slot(
        "description", "who it is, how it looks, what it has lived through, what it wants and hides", 1200
    ),
    "personality": Slot("personality", "its manner in a few words or one sentence", 300),
    "scenario": Slot("scenario", "where and how {{user}} meets it, two or three sentences", 500),
    "greeting": Slot(
        "first_mes", "the first thing {{char}} says and does, in its own voice; it sets tone and length", 900
    ),
    "example_dialogue": Slot(
        "mes_example",
        "one or two short exchanges that show its voice; each begins with a line <START>, and lines begin "
        "with {{user}}: or {{char}}:",
        900,
    ),
    "tags": Slot("tags", "three to six words that it can be found by", 24, items=6),
    "creator_notes": Slot("creator_notes", "one sentence that makes a reader curious", 200),
    "system_prompt": Slot("system_prompt", "instructions to the model on how to play the character", 900),
    "post_history_instructions": Slot(
        "post_history_instructions", "a short reminder to the model, read right before it replies", 300
    ),
}
WHOLE = ("name", "description", "personality", "scenario", "greeting", "example_dialogue", "tags")
_PART_LETTERS = 1500  # of each part that the model is shown; a small model has a small context


def persona_slots(parts: Iterable[str]) -> tuple[Slot, ...]:
    """Give the entries of an answer with these parts."""
    return tuple(SLOTS[part] for part in parts)


def invent(idea: str, known: PersonaFields) -> Prompt:
    """Ask for a whole persona from one line; one that has more than a name by now is reworked."""
    there = _known(replace(known, name="", tags=()), "")
    task = (REWORK if there else INVENT).format(idea=idea.strip())
    return _asked(WHOLE, [task, *_known(known, "")])


def write_part(part: str, fields: PersonaFields, *, present: str = "", wish: str = "") -> Prompt:
    """Ask for one part: a first draft, or a better one than `present`."""
    task = (IMPROVE if present.strip() else WRITE).format(part=SLOTS[part].name, present=_cut(present))
    wished = [WISH.format(wish=wish.strip())] if wish.strip() else []
    return _asked((part,), [task, *_known(fields, part), *wished])


def _asked(parts: Sequence[str], paragraphs: Sequence[str]) -> Prompt:
    return answer_in_json(schema_of(persona_slots(parts)), "\n\n".join(paragraphs))


def _known(fields: PersonaFields, without: str) -> list[str]:
    """List the parts that are written, but for the one that is asked for."""
    parts = {part: getattr(fields, part) for part in WHOLE if part != without}
    texts = {part: ", ".join(text) if isinstance(text, tuple) else text for part, text in parts.items()}
    lines = [f"{SLOTS[part].name}: {_cut(text)}" for part, text in texts.items() if text.strip()]
    return [KNOWN.format(known="\n".join(lines))] if lines else []


def _cut(text: str) -> str:
    tidy = text.strip()
    return tidy if len(tidy) <= _PART_LETTERS else tidy[:_PART_LETTERS] + "…"
