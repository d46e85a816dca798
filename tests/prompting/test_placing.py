"""Entries stand where they ask to, as far as what is cached allows."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import PromptOrder, Role
from hermes_desktop.domain.lore import Book, Entry, Hit, LoreSettings, Position, Scope, Why
from hermes_desktop.domain.prompt import Keep, Prompt, SpanKind
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.lore import match
from hermes_desktop.prompting.lore_index import index_of
from hermes_desktop.prompting.placing import NEAR, placed
from hermes_desktop.prompting.scene import Scene
from tests.prompting.samples import MIRA, NAMES, PROFILE, talk

TALK = ("1", "2", "3", "4", "5", "6", "7", "8")


def hit(content: str, position: Position, constant: bool = False, **rest: object) -> Hit:
    entry = replace(Entry(content, ("key",), position=position, constant=constant), **rest)  # type: ignore[arg-type]
    return Hit(entry, Scope.PERSONA, Why.KEY, "", 1)


def shape(*hits: Hit, texts: tuple[str, ...] = TALK, note: str = "Hm.") -> Prompt:
    persona = replace(MIRA, example_dialogue="<START>\n{{user}}: Late?")
    return assemble(persona, PROFILE, talk(*texts), lore=placed(hits), note=note)


def after_system(prompt: Prompt) -> list[str]:
    return [turn.text for turn in prompt.turns[1:]]


def test_what_is_always_there_stands_with_the_persona() -> None:
    prompt = shape(
        hit("{{char}} was born here.", Position.BEFORE_CHAR, True),
        hit("It rains.", Position.AFTER_CHAR, True),
        hit("{{char}}: Before.", Position.BEFORE_EXAMPLES, True),
        hit("{{char}}: After.", Position.AFTER_EXAMPLES, True),
    )
    system = prompt.turns[0].text
    assert "Known facts:\nMira was born here.\n\nAbout Mira:" in system
    assert "Known facts:\nIt rains.\n\nAbout Sam" in system
    assert [turn.text for turn in prompt.turns if turn.keep is Keep.EXAMPLE][1::2] == [
        "Before.",
        "Late?",
        "After.",
    ]
    assert prompt.turns[1:] and after_system(prompt)[-2] == "Note for the next reply:\nHm."


def test_what_fires_now_and_then_stands_late() -> None:
    positions = (
        Position.AFTER_EXAMPLES,
        Position.BEFORE_EXAMPLES,
        Position.AFTER_CHAR,
        Position.BEFORE_CHAR,
        Position.NOTE_TOP,
        Position.NOTE_BOTTOM,
    )
    prompt = shape(*(hit(position.value, position) for position in positions))
    assert after_system(prompt)[-2] == (
        "What matters here:\nbefore_char\nafter_char\nbefore_examples\nafter_examples\n\n"
        "Note for the next reply:\nnote_top\nHm.\nnote_bottom"
    )
    assert shape(hit("x", Position.NOTE_TOP, True), note="") == shape(note="")


def test_entries_at_a_depth_are_turns_of_their_own() -> None:
    prompt = shape(
        hit("d0", Position.DEPTH, depth=0),
        hit("d1", Position.DEPTH, depth=1),
        hit("d1 user", Position.DEPTH, depth=1, role=Role.USER),
        hit("d3", Position.DEPTH, depth=3, role=Role.ASSISTANT),
        hit("d3 too", Position.DEPTH, depth=3, role=Role.ASSISTANT),
        hit("{{// nothing}}", Position.DEPTH, depth=3),
        hit("d99", Position.DEPTH, depth=99),
    )
    told = after_system(prompt)[2:]
    note = "Note for the next reply:\nHm."
    assert told == ["d99", "1", "2", "3", "4", "5", "d3\nd3 too", "6", "7", note, "d1 user", "d1", "8", "d0"]
    assert all(turn.late and turn.keep is Keep.ALWAYS for turn in prompt.turns if turn.text.startswith("d"))


def test_after_a_reply_depth_zero_is_the_end() -> None:
    told = after_system(shape(hit("d0", Position.DEPTH, depth=0), texts=("1", "2", "3")))
    assert told[-2:] == ["Note for the next reply:\nHm.", "d0"]


def test_what_is_always_at_a_depth_moves_seldom() -> None:
    moved = []
    for length in range(2, 20, 2):
        prompt = shape(
            hit("d", Position.DEPTH, True, depth=2), texts=tuple(map(str, range(1, length + 1))), note=""
        )
        told = after_system(prompt)[2:]
        moved.append(told[told.index("d") + 1])
        assert len(told) - told.index("d") > 2
    assert moved == ["1", "2", "2", "6", "6", "10", "10", "14", "14"]


def test_what_is_always_far_back_never_moves() -> None:
    always = hit("d", Position.DEPTH, True, depth=NEAR + 1)
    top = hit("t", Position.DEPTH, True, depth=0, from_top=True)
    prompt = shape(always, top, texts=tuple(map(str, range(40))))
    turn = prompt.turns[3]
    assert turn.text == "d\nt" and not turn.late


def test_places_counted_from_the_top() -> None:
    texts = tuple(map(str, range(1, 31)))
    always = hit("t", Position.DEPTH, True, depth=3, from_top=True)
    told = after_system(shape(always, texts=texts, note=""))[2:]
    assert told[3] == "t"
    told = after_system(shape(hit("t", Position.DEPTH, depth=3, from_top=True), texts=texts, note=""))[2:]
    assert told.index("t") == 30 - NEAR
    told = after_system(shape(hit("t", Position.DEPTH, depth=99, from_top=True), texts=texts, note=""))
    assert told[-1] == "t"


def noted(depth: int, role: Role = Role.SYSTEM, *hits: Hit) -> Prompt:
    persona = replace(MIRA, note="{{char}} is tired.", note_depth=depth, note_role=role)
    return assemble(persona, PROFILE, talk(*TALK), lore=placed(hits))


def test_the_note_of_a_character_stands_at_its_depth() -> None:
    assert after_system(noted(0))[-1] == "Mira is tired."
    assert after_system(noted(1, Role.USER))[-2:] == ["Mira is tired.", "8"]
    assert after_system(noted(99))[0] == "Mira is tired."
    assert after_system(assemble(replace(MIRA, note=" \n"), PROFILE, talk(*TALK))) == list(TALK)


def test_a_note_and_lore_at_one_place_are_one_turn() -> None:
    turn = noted(0, Role.SYSTEM, hit("a", Position.DEPTH, depth=0), hit("b", Position.DEPTH, depth=0)).turns[
        -1
    ]
    assert turn.text == "Mira is tired.\na\nb"
    assert [span.kind for span in turn.spans] == [SpanKind.PERSONA, SpanKind.LORE]


def test_what_has_an_outlet_stands_where_its_name_is_called() -> None:
    lamp = [
        hit(text, Position.OUTLET, outlet=" lamp ") for text in ("{{user}} has it.", "{{outlet::lamp}}", "B")
    ]
    fog = hit("It comes.", Position.OUTLET, outlet="fog")
    for order in PromptOrder:
        persona = replace(
            MIRA, scenario="[{{outlet::lamp}}]", post_history_instructions="{{outlet:: fog }}{{outlet::no}}"
        )
        prompt = assemble(persona, PROFILE, talk("1", "2", "3"), lore=placed([*lamp, fog], order))
        assert "[Sam has it.\n{{outlet::lamp}}\nB]" in prompt.turns[0].text
        assert prompt.turns[-1].text == "It comes."
        assert "It comes." not in "".join(turn.text for turn in prompt.turns[:-1])


PLACES = [position for position in Position if position is not Position.OUTLET]


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.booleans(), st.integers(0, 20)), max_size=8),
    st.sets(st.integers(0, 7)),
    st.integers(0, 90),
    st.integers(0, 60),
)
def test_what_is_said_changes_nothing_but_the_end(
    made: list[tuple[Position, bool, int]], said: set[int], total: int, late: int
) -> None:
    """What stands before the messages serves again, whatever fires and however little room there is."""
    entries = tuple(
        Entry(f"Entry {at}.", (f"key{at}",), constant=constant, position=position, depth=depth)
        for at, (position, constant, depth) in enumerate(made)
    )
    settings = LoreSettings()
    index = index_of([Book(entries)], NAMES, settings)

    def beginning(words: str) -> list[str]:
        history = talk("Hello.", "Hm.", "Yes?", words)
        scene = Scene(history, with_note=True)
        lore = match(index, scene, settings, Allowance(total, late), len)
        assert sum(one.tokens for one in lore.hits) <= total
        prompt = assemble(MIRA, PROFILE, history, lore=placed(lore.hits), note="Hm.")
        assert sum(len(one.entry.content) for one in lore.hits) == sum(
            turn.text.count(f"Entry {at}.") * len("Entry 0.") for turn in prompt.turns for at in range(8)
        )
        return [turn.text for turn in prompt.turns if not turn.late and not turn.message_id]

    assert beginning("Nothing.") == beginning(" ".join(f"key{at}" for at in said))
