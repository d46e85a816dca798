"""A prompt is put together in one order: stable first, what changes often last."""

import dataclasses
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.prompt import Keep, Prompt, SpanKind
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.memory import memory_turns
from hermes_desktop.prompting.placing import Placed
from hermes_desktop.prompting.surroundings import Moment
from tests.prompting.samples import MIRA, PROFILE, memory, message, talk

FULL = dataclasses.replace(
    MIRA,
    example_dialogue="<START>\n{{user}}: Late?\n{{char}}: Never.",
    post_history_instructions="Answer as {{char}}.",
)


def test_the_order_of_everything() -> None:
    prompt = assemble(
        FULL,
        PROFILE,
        talk("Come in.", "Thanks.", "Sit down.", "I will."),
        tools="TOOLS",
        memories=memory_turns(
            [memory(1, 1, 2, "They met."), memory(2, 0, 0, "is allergic to nuts", who="Sam")],
            [message(90, Role.USER, "I am allergic to nuts.")],
            [],
        ),
        recalled=[message(91, Role.ASSISTANT, "The lamp is old.")],
        lore=Placed(after=("Rain.",), triggered=("Fog is the cat.",)),
        note="Be brief.",
    )
    assert [
        (turn.role, [span.kind.value for span in turn.spans], turn.text) for turn in prompt.turns[1:]
    ] == [
        (
            Role.SYSTEM,
            ["examples"],
            "An example of how Mira talks, not part of this conversation:",
        ),
        (Role.USER, ["examples"], "Late?"),
        (Role.ASSISTANT, ["examples"], "Never."),
        (Role.SYSTEM, ["summary"], "The story so far:\nThey met."),
        (Role.SYSTEM, ["facts"], "What is known:\nSam: is allergic to nuts"),
        (Role.SYSTEM, ["pinned"], "Keep this in mind, word for word:\nSam: I am allergic to nuts."),
        (Role.ASSISTANT, ["turns"], "Come in."),
        (Role.USER, ["turns"], "Thanks."),
        (Role.ASSISTANT, ["turns"], "Sit down."),
        (
            Role.SYSTEM,
            ["recalled", "lore", "note"],
            "From earlier in this conversation:\nMira: The lamp is old.\n\n"
            "What matters here:\nFog is the cat.\n\n"
            "Note for the next reply:\nBe brief.",
        ),
        (Role.USER, ["turns"], "I will."),
        (Role.SYSTEM, ["instructions"], "Answer as Mira."),
    ]
    kinds = [span.kind for span in prompt.turns[0].spans]
    assert kinds == [SpanKind.PERSONA] * 4 + [SpanKind.LORE, SpanKind.PROFILE, SpanKind.TOOLS]


def test_what_may_leave_and_what_stays() -> None:
    history = talk("Come in.", "Thanks.", "Sit.", "I will.")
    met = memory_turns([memory(1, 1, 2, "Met.")], [], history)
    prompt = assemble(FULL, PROFILE, history, memories=met, note="Hm.")
    assert [turn.keep for turn in prompt.turns] == [
        Keep.ALWAYS,
        *[Keep.EXAMPLE] * 3,
        Keep.MEMORY,
        *[Keep.WINDOW] * 3,
        *[Keep.ALWAYS] * 3,
    ]
    assert [turn.text for turn in prompt.turns if turn.late] == ["Note for the next reply:\nHm."]
    assert [turn.message_id for turn in prompt.turns if turn.message_id] == [1, 2, 3, 4]


def test_the_smallest_prompt_is_the_system_turn() -> None:
    prompt = assemble(MIRA, PROFILE, [])
    assert [turn.role for turn in prompt.turns] == [Role.SYSTEM]
    assert prompt.prefill == ""
    assert prompt.memory_line_id is None


def test_without_a_newest_user_turn_all_messages_are_the_window() -> None:
    prompt = assemble(MIRA, PROFILE, talk("Come in.", "Thanks.", "Sit down."), note="Be brief.")
    assert [turn.keep for turn in prompt.turns] == [Keep.ALWAYS, *[Keep.WINDOW] * 3, Keep.ALWAYS]


def test_messages_are_cleaned_and_never_expanded() -> None:
    prompt = assemble(MIRA, PROFILE, [message(1, Role.USER, " {{char}}, <BOT>\r\n{{// hi}} ")])
    assert prompt.turns[-1].text == "{{char}}, <BOT>\n{{// hi}}"


def test_my_own_system_prompt_is_the_default() -> None:
    assert assemble(MIRA, PROFILE, [], system_prompt="Be {{char}}.").turns[0].text.startswith("Be Mira.\n\n")


def test_a_reply_that_goes_on_starts_where_it_stopped() -> None:
    begun = message(2, Role.ASSISTANT, "Once upon ")
    history = [message(1, Role.USER, "A story.")]
    assert assemble(MIRA, PROFILE, history, continuing=begun, prefill="Never").prefill == "Once upon "
    assert assemble(MIRA, PROFILE, history, prefill="Well,").prefill == "Well,"


def test_stored_replies_bring_their_tokens() -> None:
    prompt = assemble(MIRA, PROFILE, talk("Come in.", "Thanks."), reply_tokens={1: (7, 8)})
    assert [turn.tokens for turn in prompt.turns] == [(), (7, 8), ()]


def test_the_memory_line_is_passed_on() -> None:
    assert assemble(MIRA, PROFILE, talk("a", "b", "c"), memory_line_id=2).memory_line_id == 2


@given(st.lists(st.text(min_size=1), max_size=12), st.text(), st.text(), st.text())
def test_what_changes_late_leaves_the_beginning_alone(
    texts: list[str], note: str, lore: str, newest: str
) -> None:
    """The evaluated prefix serves again, whatever the late block and the newest turn say."""
    history = talk(*texts)
    if history and history[-1].role is Role.USER:
        history.pop()
    before = assemble(FULL, PROFILE, history)
    ids = [turn for turn in before.turns if turn.keep is not Keep.ALWAYS]
    after = assemble(
        FULL,
        PROFILE,
        [*history, message(99, Role.USER, newest)],
        note=note,
        lore=Placed(triggered=(lore,)),
        recalled=talk("old"),
    )
    assert after.turns[: 1 + len(ids)] == before.turns[: 1 + len(ids)]


def test_nothing_in_the_stable_part_moves_with_the_clock_the_dice_or_the_talk() -> None:
    moving = (
        "{{time}} {{random::a::b::c}} {{roll:1000}} {{lastMessage}} {{idle_duration}} {{input}} {{isodate}}"
    )
    persona = dataclasses.replace(
        FULL,
        description=moving,
        system_prompt=moving,
        example_dialogue=f"{{{{user}}}}: {moving}",
        post_history_instructions="{{isotime}} {{lastMessage}}",
    )
    began = datetime(2026, 3, 3, 16, 5, tzinfo=UTC)
    history = talk("Come in.", "Thanks.", "Sit down.")

    def built(minutes: int) -> Prompt:
        at = began + timedelta(minutes=minutes)
        moment = Moment(seed="1", began=began, now=at, dice=str(minutes), draft=str(minutes))
        said = [*history, message(4, Role.USER, f"It is {minutes}.")]
        return assemble(
            persona,
            PROFILE,
            said,
            note="{{isotime}} {{roll:1000}}",
            lore=Placed(after=(moving,)),
            moment=moment,
        )

    before, after = built(1), built(61)
    assert before.turns[:-3] == after.turns[:-3]
    assert before.turns[-1].text == "16:06 It is 1."
    assert after.turns[-1].text == "17:06 It is 61."
    assert before.turns[-3].text != after.turns[-3].text
