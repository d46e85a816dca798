"""One marker for each part of a prompt, in ChatML: the order people know, and the one that is fast."""

import re
from dataclasses import replace

import pytest

from hermes_desktop.bench.tiny_gguf import CHATML
from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.lore import Book, Entry, LoreSettings, Position
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.engine.template import render
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.lore import match
from hermes_desktop.prompting.lore_index import index_of
from hermes_desktop.prompting.placing import placed
from hermes_desktop.prompting.scene import Scene
from tests.prompting.samples import NAMES, talk

PERSONA = PersonaFields(
    name="Mira",
    description="[description]",
    personality="[personality]",
    scenario="[scenario]",
    system_prompt="[system {{original}}]",
    post_history_instructions="[last]",
    note="[its note]",
    note_depth=2,
    example_dialogue="<START>\n{{user}}: [example]\n{{char}}: [answer]",
)
PROFILE = Profile(id=1, version_id=1, name="Sam", description="[profile]")
TALK = ("[greeting]", "[1]", "[2]", "[3]", "[4]", "[newest] key")
SETTINGS = LoreSettings()


def entry(mark: str, position: Position, **rest: object) -> Entry:
    return replace(Entry(f"[{mark}]", ("key",), position=position), **rest)  # type: ignore[arg-type]


FIRED = (
    entry("before", Position.BEFORE_CHAR),
    entry("after", Position.AFTER_CHAR),
    entry("example before", Position.BEFORE_EXAMPLES),
    entry("example after", Position.AFTER_EXAMPLES),
    entry("note top", Position.NOTE_TOP),
    entry("note bottom", Position.NOTE_BOTTOM),
    entry("depth 0", Position.DEPTH, depth=0),
    entry("depth 1", Position.DEPTH, depth=1),
    entry("depth 3 user", Position.DEPTH, depth=3, role=Role.USER),
    entry("depth 3 assistant", Position.DEPTH, depth=3, role=Role.ASSISTANT),
    entry("depth 99", Position.DEPTH, depth=99),
)
IN_SYSTEM = "system original", "before", "description", "personality", "scenario", "after", "profile"
IN_EXAMPLES = "example before", "example", "answer", "example after"
IN_TALK = "depth 99", "greeting", "its note", "1", "2", "depth 3 assistant", "depth 3 user", "3"


def marks(
    order: PromptOrder, note_depth: int, *, total: int = 1000, entries: tuple[Entry, ...] = FIRED
) -> list[str]:
    """Give the markers in the order in which the model reads them."""
    history = talk(*TALK)
    index = index_of([Book(entries)], NAMES, SETTINGS)
    lore = match(
        index, Scene(messages=history, with_note=True), SETTINGS, Allowance(total, total), lambda _text: 10
    )
    prompt = assemble(
        PERSONA, PROFILE, history, system_prompt="original", lore=placed(lore.hits, order), note="[note]",
        note_depth=note_depth, prefill="[begun]",
    )  # fmt: skip
    messages = [{"role": turn.role.value, "content": turn.text} for turn in prompt.turns]
    text = render(CHATML, messages) + prompt.prefill
    assert text.count("<|im_start|>") == len(messages) + 1 and text.endswith("<|im_start|>assistant\n[begun]")
    return re.findall(r"\[([^\]]+)\]", text)


def test_the_order_of_sillytavern() -> None:
    note = "note top", "note", "note bottom"
    assert marks(PromptOrder.TAVERN, note_depth=4) == [
        *IN_SYSTEM, *IN_EXAMPLES, "depth 99", "greeting", "1", *note, "2",
        "depth 3 assistant", "depth 3 user", "3", "its note", "4", "depth 1", "newest", "depth 0",
        "last", "begun",
    ]  # fmt: skip


def test_the_order_that_reads_little_anew() -> None:
    late = "before", "after", "example before", "example after", "note top", "note", "note bottom"
    system = [mark for mark in IN_SYSTEM if mark not in late]
    assert marks(PromptOrder.STABLE, note_depth=1) == [
        *system, "example", "answer", *IN_TALK, "4", *late, "depth 1", "newest", "depth 0", "last", "begun",
    ]  # fmt: skip


def test_what_is_always_there_stands_with_the_persona_in_both_orders() -> None:
    steady = tuple(replace(one, constant=True) for one in FIRED[:4])
    for order in PromptOrder:
        assert marks(order, 1, entries=steady)[: len(IN_SYSTEM) + 4] == [*IN_SYSTEM, *IN_EXAMPLES]


@pytest.mark.parametrize("order", PromptOrder)
@pytest.mark.parametrize(
    ("depth", "behind"), [(0, "newest"), (1, "4"), (3, "2"), (6, "answer"), (100, "answer")]
)
def test_the_note_stands_as_deep_as_it_is_told(order: PromptOrder, depth: int, behind: str) -> None:
    found = marks(order, depth, entries=())
    assert found[found.index("note") - 1] == behind


@pytest.mark.parametrize("order", PromptOrder)
def test_lore_beyond_the_budget_is_left_out_and_the_rest_stands_as_before(order: PromptOrder) -> None:
    entries = tuple(replace(one, order=number) for number, one in enumerate(FIRED))
    every = marks(order, 1, entries=entries)
    some = marks(order, 1, entries=entries, total=10 * (len(FIRED) - 2))
    assert [mark for mark in every if mark not in some] and [mark for mark in every if mark in some] == some
    assert {"before", "after"}.isdisjoint(some) and "depth 99" in some  # the highest order stays
