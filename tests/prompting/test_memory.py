"""What is remembered becomes turns, and each knows with which message it is needed."""

from dataclasses import replace

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.prompt import Keep, PromptTurn
from hermes_desktop.prompting.memory import memory_turns
from tests.prompting.samples import memory, message, talk

TALK = talk("one", "two", "three", "four", "five", "six")


def shown(turns: tuple[PromptTurn, ...]) -> list[tuple[str, int]]:
    assert all(turn.keep is Keep.MEMORY and turn.role is Role.SYSTEM for turn in turns)
    return [(turn.text, turn.stands_for) for turn in turns]


def test_a_turn_for_each_chapter_stretch_and_pin() -> None:
    found = [
        memory(1, 0, 0, "is allergic to nuts", "Sam"),
        memory(2, 1, 2, "They met."),
        memory(3, 3, 4, "It rained."),
        memory(4, 1, 2, "keeps a cat", "Mira"),
        memory(5, 1, 2, "is called Fog", "The cat"),
        memory(6, 3, 4, "leaks", "The roof"),
    ]
    assert shown(memory_turns(found, [TALK[1], TALK[4]], TALK)) == [
        ("The story so far:\nThey met.", 1),
        ("The story so far:\nIt rained.", 3),
        ("What is known:\nMira: keeps a cat\nThe cat: is called Fog", 1),
        ("What is known:\nThe roof: leaks", 3),
        ("What is known:\nSam: is allergic to nuts", 0),
        ("Keep this in mind, word for word:\nSam: two", 2),
        ("Keep this in mind, word for word:\nMira: five", 5),
    ]


def test_many_facts_are_told_in_several_turns_of_which_all_but_the_last_stay_as_they_are() -> None:
    found = [memory(number, 0, 0, f"{number:03} ".ljust(200, "x"), "Sam") for number in range(1, 6)]
    found.append(memory(9, 0, 0, "y" * 900, "Tom"))
    before, after = (shown(memory_turns(some, [], TALK)) for some in (found[:5], found))
    assert [text.count("\n") for text, _ in after] == [2, 2, 1, 1]
    assert after[:3] == before and after[3][0].count("y") == 900


def test_what_has_left_in_part_is_needed_now() -> None:
    found = [memory(1, 1, 2, "They met."), memory(2, 3, 4, "It rained."), memory(3, 5, 6, "It cleared.")]
    from_four = memory_turns(found, [TALK[0]], TALK[3:], from_line=True)
    assert [stands_for for _, stands_for in shown(from_four)] == [0, 0, 5, 1]
    assert [stands_for for _, stands_for in shown(memory_turns(found[:1], [], [], from_line=True))] == [0]


def test_what_begins_with_a_deleted_message_leaves_with_the_next_one() -> None:
    without_first = memory_turns([memory(1, 1, 2, "They met.")], [], TALK[1:])
    assert [stands_for for _, stands_for in shown(without_first)] == [2]
    assert [stands_for for _, stands_for in shown(memory_turns([memory(1, 1, 2, "x")], [], TALK[4:]))] == [0]


def test_empty_words_make_no_turn_and_a_fact_may_be_about_nobody() -> None:
    nobody = replace(memory(3, 0, 0, "It is winter.", "x"), who="")
    found = [memory(1, 1, 2, " \n"), nobody, replace(nobody, id=4, text="")]
    assert shown(memory_turns(found, [], TALK)) == [("What is known:\nIt is winter.", 0)]
    pin = replace(memory(5, 1, 1, ""), kind=MemoryKind.PIN)
    assert memory_turns([pin], [], TALK) == ()
    assert shown(memory_turns([], [message(9, Role.USER, " ")], TALK)) == [
        ("Keep this in mind, word for word:\nSam: ", 9)
    ]
