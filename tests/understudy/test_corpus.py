"""The corpus that the Understudy learns from, and what it keeps back for the evaluation."""

import json
from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.prompting import tasks as wording
from hermes_desktop.prompting.system import DEFAULT
from understudy import corpus, tasks
from understudy.draw import Draw, is_held_out, is_held_out_key
from understudy.evaluate import SKILLS
from understudy.facts import draw_facts
from understudy.manners import MANNERS
from understudy.story import Case

SAMPLE = 2000


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return list(islice(corpus.examples(5, long=0.02), SAMPLE))


def test_equal_seeds_give_equal_examples() -> None:
    one, other = (list(islice(corpus.examples(9, long=0.1), 200)) for _ in range(2))
    assert one == other
    assert one != list(islice(corpus.examples(10, long=0.1), 200))


def test_every_skill_is_taught(cases: list[Case]) -> None:
    wanted = {"name", "persona", "told", "memory", "unknown", "tools", "tool-response", "json", "thoughts"}
    assert wanted | {"summary", "notes", "judge", "my-turn", "german", "manner"} <= {
        case.skill for case in cases
    }


def test_training_never_sees_what_is_held_out(cases: list[Case]) -> None:
    asked = [case for case in cases if case.skill in ("told", "persona", "memory")]
    assert len(asked) > 300
    assert not any(is_held_out(value) for case in asked for value in case.wanted)
    names = [value for case in cases if case.skill == "name" for value in case.wanted]
    assert len(set(names)) > 60
    calls = [case.data[0] for case in cases if case.skill == "tools"]
    known = {"roll_dice", "get_time", "calculate"}
    assert not any(is_held_out(name) for name in calls if name not in known)


def test_training_never_asks_about_things_that_are_held_out() -> None:
    learned = {fact.kind.key for _ in range(500) for fact in draw_facts(Draw(_), 5) if fact.kind.noun}
    assert len(learned) > 500
    assert not any(is_held_out_key(key) for key in learned)
    measured = {fact.kind.key for _ in range(500) for fact in draw_facts(Draw(_, held=True), 5)}
    assert any(is_held_out_key(key) for key in measured)


def test_the_evaluation_sees_only_what_is_held_out() -> None:
    draw = Draw(3, held=True)
    asked = [corpus.told(draw, 3) for _ in range(100)]
    assert all(is_held_out(value) for case in asked for value in case.wanted)


def test_a_third_of_the_phrasings_is_held_out() -> None:
    phrasings = tuple(f"phrasing {number}" for number in range(30))
    training, held = Draw(1), Draw(1, held=True)
    seen = {training.phrase(phrasings) for _ in range(2000)}
    all_of_them = {held.phrase(phrasings) for _ in range(2000)}
    assert len(seen) == 20 and all_of_them == set(phrasings)


def test_a_draw_tells_that_a_phrasing_was_new() -> None:
    phrasings = tuple(f"phrasing {number}" for number in range(30))
    training = {Draw(seed).phrase(phrasings) for seed in range(2000)}
    for seed in range(50):
        draw = Draw(seed, held=True)
        text = draw.phrase(phrasings)
        assert draw.new_phrasing is (text not in training)


def test_everyday_keys_are_in_training() -> None:
    everyday = ("dog", "cat", "sister", "brother", "favourite colour", "car", "key", "wedding")
    assert not any(is_held_out_key(key) for key in everyday)


def test_the_prompt_is_the_one_that_the_app_writes(cases: list[Case]) -> None:
    talks = [case for case in cases if case.skill in ("talk", "told", "name")]
    assert all(case.prompt.turns[0].role is Role.SYSTEM for case in talks)
    beginning = DEFAULT.partition("{{char}}")[0]
    assert any(case.prompt.turns[0].text.startswith(beginning) for case in talks)
    offered = [case for case in cases if case.skill == "tools"]
    assert all("<tools>\n{" in case.prompt.turns[0].text for case in offered)


def test_what_is_wanted_stands_in_the_reply_and_in_the_prompt(cases: list[Case]) -> None:
    for case in cases:
        if case.skill in ("told", "persona", "memory", "tool-response"):
            text = "\n".join(turn.text for turn in case.prompt.turns)
            assert all(value in case.reply and value in text for value in case.wanted), case


def test_calls_can_be_read_and_have_the_tools_parameters(cases: list[Case]) -> None:
    calls = [case for case in cases if case.skill == "tools"]
    for case in calls:
        (call,) = wording.tool_calls(case.reply)
        assert isinstance(call, wording.ToolCall)
        assert (call.name, dict(call.arguments)) == case.data
        assert f'"name": "{call.name}"' in case.prompt.turns[0].text


def test_json_answers_follow_their_schema(cases: list[Case]) -> None:
    for case in (case for case in cases if case.skill == "json"):
        text = case.prompt.turns[0].text
        schema = json.loads(text.partition("<schema>\n")[2].partition("\n</schema>")[0])
        answer = json.loads(case.reply)
        assert list(answer) == schema["required"] == list(schema["properties"])


def test_manners_have_markers_of_their_own() -> None:
    for manner in MANNERS:
        for said in (*manner.openers, *manner.closers):
            assert [other.name for other in MANNERS if other.shows_in(said)] == [manner.name]


def test_the_right_reply_passes_its_own_test() -> None:
    for skill in SKILLS:
        draw = Draw(21, held=True)
        for _ in range(40):
            case = skill.make(draw)
            assert skill.test(case, case.reply), (skill.name, case.reply)


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_a_wrong_reply_fails(skill: object) -> None:
    draw = Draw(22, held=True)
    for _ in range(20):
        case = skill.make(draw)  # type: ignore[attr-defined]
        assert not skill.test(case, "Qwx.")  # type: ignore[attr-defined]


@given(st.integers(0, 10_000))
def test_every_maker_ends(seed: int) -> None:
    makers: list[Callable[[Draw], Case]] = [maker for maker, _ in corpus.MIXTURE]
    for held in (False, True):
        case = makers[seed % len(makers)](Draw(seed, held=held))
        assert case.reply and case.prompt.turns


def test_a_summary_tells_what_was_told_before() -> None:
    draw = Draw(4)
    found = [tasks.summary(draw) for _ in range(60)]
    before = [case for case in found if "What came before:" in case.prompt.turns[1].text]
    assert before
    for case in before:
        known = case.prompt.turns[1].text.partition("What came before:\n")[2].partition("\n")[0]
        assert case.reply.startswith(known)
