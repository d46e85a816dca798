"""Every macro of the table stands for what it says; what is put in is never read again."""

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import PersonaFields, Profile
from hermes_desktop.domain.variables import LIMIT, Variables
from hermes_desktop.prompting import clock
from hermes_desktop.prompting.macros import Names, expand
from hermes_desktop.prompting.surroundings import Moment, Slate, living, steady
from hermes_desktop.prompting.table import is_known
from tests.prompting.samples import MIRA, NAMES, PROFILE, message, talk

SUMMER = timezone(timedelta(hours=2))
BEGAN = datetime(2026, 3, 3, 16, 5, 9, tzinfo=SUMMER)
NOW = datetime(2026, 3, 4, 0, 30, tzinfo=SUMMER)
MOMENT = Moment(seed="1", began=BEGAN, now=NOW, dice="5", draft="Wait")
CARD = dataclasses.replace(
    MIRA, example_dialogue="<START>\n{{char}}: Hm.", character_version="2.1", description=" {{char}} waits. "
)


def here(text: str, card: PersonaFields = CARD, moment: Moment = MOMENT) -> str:
    return expand(text, steady(card, PROFILE, moment))


def now(text: str, *texts: str) -> str:
    return expand(text, living(steady(CARD, PROFILE, MOMENT), MOMENT, talk(*texts)))


# ---- names and fields ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{{description}}", "Mira waits."),
        ("{{Personality}} {{ scenario }}", "Dry, patient. Sam has come in from the rain."),
        ("{{persona}}", "Sam mends clocks."),
        ("{{mesExamples}}", "<START>\nMira: Hm."),
        ("{{charVersion}}", "2.1"),
        ("{{group}}, <GROUP>, {{charIfNotGroup}}, <CHARIFNOTGROUP>, {{bot}}", "Mira, Mira, Mira, Mira, Mira"),
    ],
)
def test_fields_are_put_in_with_their_own_macros_expanded(text: str, expanded: str) -> None:
    assert here(text) == expanded


def test_a_field_within_itself_stays_as_it_is_written() -> None:
    card = PersonaFields("Bo", description="a {{personality}}", personality="b {{description}} {{scenario}}")
    assert here("{{description}}", card) == "a b {{description}} "


def test_original_comes_once_and_then_no_more() -> None:
    names = dataclasses.replace(NAMES, original="Be kind.")
    assert expand("{{original}}|{{original}}|", names) == "Be kind.||"


# ---- nothing that is put in is read again ----------------------------------------------------------

SLY = "{{char}}, <USER>, a::b {{// x}}"


@pytest.mark.parametrize(
    "macro",
    [
        *("{{user}}", "<user>", "{{lastMessage}}", "{{lastUserMessage}}", "{{input}}", "{{original}}"),
        *("{{random::{{user}}}}", "{{pick:{{user}}}}", "{{setvar::a::{{user}}}}{{getvar::a}}"),
        *("{{reverse:{{reverse:{{user}}}}}}", "{{addvar::a::{{user}}}}{{getvar::a}}"),
    ],
)
def test_what_is_put_in_is_only_text(macro: str) -> None:
    profile = Profile(id=1, version_id=1, name=SLY, description="")
    moment = dataclasses.replace(MOMENT, draft=SLY)
    names = living(steady(CARD, profile, moment), moment, [message(1, Role.USER, SLY)])
    assert expand(macro, dataclasses.replace(names, original=SLY)) == SLY


def test_a_list_is_split_where_it_was_written_and_nowhere_else() -> None:
    names = Names(char="Mira", user="a, b::c")
    assert expand("{{random: {{user}} }}", names) == "a, b::c"
    assert {expand(f"{{{{pick:{{{{user}}}},d{n}}}}}", names) for n in range(20)} > {"a, b::c"}


# ---- chance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("macro", "choices"),
    [
        ("{{random:a,b}}", {"a", "b"}),
        ("{{random:: a :: b }}", {"a", "b"}),
        ("{{random::a, b::c}}", {"a, b", "c"}),
        ("{{random:a\\,b,c}}", {"a,b", "c"}),
        ("{{random:a,,}}", {"a", ""}),
        ("{{random::{{newline}}::b}}", {"\n", "b"}),
        ("{{random::{{random::a::b}}::{{user}}}}", {"a", "b", "Sam"}),
        ("{{RANDOM : a , b}}", {"a", "b"}),
        ("{{pick::a::b}}", {"a", "b"}),
    ],
)
def test_a_choice_is_one_of_the_list(macro: str, choices: set[str]) -> None:
    seen = {expand(macro, dataclasses.replace(NAMES, seed=str(seed), dice=str(seed))) for seed in range(60)}
    assert seen == choices


def test_pick_is_the_same_for_its_conversation_text_and_place() -> None:
    text = "{{pick::" + "::".join("abcdefghij") + "}}" * 1
    first = here(text)
    assert {here(text) for _ in range(5)} == {first} == {now(text)}
    assert len({here(text, moment=Moment(seed=str(n))) for n in range(40)}) > 3
    assert len({here(" " * n + text).strip() for n in range(40)}) > 3
    assert len(set(here(text * 40))) > 3
    assert here("{{description}}", PersonaFields("Bo", description=text)) == first


def test_random_and_dice_are_new_each_time_but_not_in_the_stable_part() -> None:
    many = "{{random::" + "::".join("abcdefghij") + "}}"
    assert len(set(now(many * 40))) > 3
    assert len({now("{{description}}" * 0 + many) for _ in range(5)}) == 1  # the dice of one prompt
    assert here(many) == here(many) == here(many, moment=dataclasses.replace(MOMENT, dice="6"))
    assert len({expand(many, dataclasses.replace(NAMES, dice=str(n))) for n in range(40)}) > 3


@pytest.mark.parametrize(
    ("macro", "low", "high"),
    [
        ("{{roll:6}}", 1, 6),
        ("{{roll::d6}}", 1, 6),
        ("{{roll 1d20}}", 1, 20),
        ("{{roll:2d6+1}}", 3, 13),
        ("{{roll: 3D4 - 2 }}", 1, 10),
        ("{{setvar::a::1d4}}{{roll {{getvar::a}}}}", 1, 4),
    ],
)
def test_dice(macro: str, low: int, high: int) -> None:
    thrown = {expand(macro, dataclasses.replace(NAMES, dice=str(seed))) for seed in range(300)}
    assert {int(number) for number in thrown} <= set(range(low, high + 1))
    assert len(thrown) >= min(high - low, 6)


@pytest.mark.parametrize(
    "dice", ["", "x", "0", "d0", "0d6", "{{user}}", "101d6", "2d", "1d2d3", "99999999999"]
)
def test_what_is_no_dice_gives_nothing(dice: str) -> None:
    assert expand(f"[{{{{roll:{dice}}}}}]", NAMES) == "[]"


# ---- comments, line ends, small things -------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("a{{newline}}b{{noop}}c", "a\nbc"),
        ("a\n\n{{trim}}\r\nb", "ab"),
        ("a \n{{trim}} \n b", "a  \n b"),
        ("a\n{{trim}}\n{{ TRIM }}\nb", "ab"),
        ("{{trim}}\na{{newline}}{{trim}}", "a"),
        ("{{random::a\n{{trim}}\nb}}", "ab"),
        ("a{{hidden_key: the {{user}}}}b{{HiddenKey:x}}c", "abc"),
        ('a{{banned "the moon"}}b', "ab"),
        ("{{reverse:stac äö}}", "öä cats"),
        ("a{{// {{setvar::a::1}}}}{{getvar::a}}b", "ab"),
        (r"\{\{roll:6\}\} {{random::\{\{a\}\}}}", "{{roll:6}} {{a}}"),
    ],
)
def test_small_things(text: str, expanded: str) -> None:
    assert here(text) == expanded


# ---- variables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("{{setvar::n::v::w}}{{getvar::n}}", "v::w"),
        ("{{setvar:: n :: v }}[{{getvar::n}}][{{getvar::m}}]", "[v][]"),
        ("{{setvar::n::2}}{{addvar::n::3}}{{getvar::n}} {{incvar::n}} {{decvar::n}}", "5 6 5"),
        ("{{addvar::n::0.5}}{{addvar::n::1}}{{getvar::n}}", "1.5"),
        ("{{setvar::n::red}}{{addvar::n::-ish}}{{getvar::n}}", "red-ish"),
        ("{{setvar::n::red}}{{incvar::n}} {{decvar::m}}", "1 -1"),
        (
            "{{addvar::n::1_0}}{{addvar::n::9999999999999999}}{{addvar::n::inf}}{{getvar::n}}",
            "1_09999999999999999inf",
        ),
        ("{{setvar::n::nan}}{{incvar::n}}{{setvar::n::1e15}}{{incvar::n}}", "11"),
        ("{{setvar::n::a}}{{setglobalvar::n::b}}{{getvar::n}}{{getglobalvar::n}}", "ab"),
        ("{{addglobalvar::n::2}}{{incglobalvar::n}}{{decglobalvar::n}}", "32"),
        ("{{setvar::n}}[{{getvar::n}}]", "[]"),
        ("{{.n = 2}}{{.n += 3}}{{.n}} {{.n++}} {{ .n-- }}{{$n}}{{getvar::n}}", "5 6 55"),
        ("{{$a-b_c=x{{user}}}}[{{$a-b_c}}][{{getglobalvar::a-b_c}}][{{.a-b_c}}]", "[xSam][xSam][]"),
        ("{{.n == 2}}{{.n more}}{{.n++ more}}{{.n{{noop}}}}{{.5}}{{$}}", None),
        ("{{setvar::{{user}}::1}}{{getvar::Sam}}", "1"),
    ],
)
def test_variables(text: str, expanded: str | None) -> None:
    assert here(text) == (text.replace("{{noop}}", "") if expanded is None else expanded)


def test_variables_begin_with_what_is_known_and_say_what_they_became() -> None:
    known = Variables({"mood": "calm"}, {"coins": "3"})
    names = steady(CARD, PROFILE, MOMENT, known)
    assert expand("{{getvar::mood}}{{setvar::mood::wild}} {{incglobalvar::coins}}", names) == "calm 4"
    assert expand("{{getvar::coins}}{{getvar::globalcoins}}", names) == ""
    assert expand("{{getvar::mood}}", living(names, MOMENT)) == "wild"
    assert names.slate is not None
    assert names.slate.variables == Variables({"mood": "wild"}, {"coins": "4"})
    assert known == Variables({"mood": "calm"}, {"coins": "3"}) and here("{{getvar::mood}}") == ""


def test_what_variables_hold_is_bounded() -> None:
    names = steady(CARD, PROFILE, MOMENT, Variables({"long": "x" * (LIMIT - 40)}))
    assert names.slate is not None
    assert expand("{{setvar::n::nineteen letters ..}}{{setvar::m::1}}", names) == "{{setvar::m::1}}"
    assert names.slate.spent
    assert expand("{{setvar::long::short}}{{setvar::m::1}}{{getvar::m}}", names) == "1"
    full = steady(CARD, PROFILE, MOMENT, Variables({str(n): "x" for n in range(LIMIT)}))
    assert expand("{{setvar::m::1}}{{getvar::m}}{{getvar::9}}", full) == "{{setvar::m::1}}x"


# ---- clock and talk --------------------------------------------------------------------------------


def test_the_clock_stands_still_in_the_stable_part() -> None:
    text = "{{time}}, {{weekday}}, {{date}}, {{isodate}} {{isotime}}"
    assert here(text) == "4:05 PM, Tuesday, March 3, 2026, 2026-03-03 16:05"
    assert now(text) == "12:30 AM, Wednesday, March 4, 2026, 2026-03-04 00:30"


@pytest.mark.parametrize(
    ("macro", "shown"),
    [
        ("{{time_UTC+0}}", "2:05 PM"),
        ("{{time_utc-3:30}}", "10:35 AM"),
        ("{{time::UTC+14}}", "4:05 AM"),
        ("{{time: utc + 2 }}", "{{time: utc + 2 }}"),
        ("{{time::UTC+15}}", "{{time::UTC+15}}"),
        ("{{time::UTC-14:30}}", "{{time::UTC-14:30}}"),
        ("{{datetimeformat YYYY YY MMMM MMM MM M DD D dddd ddd}}", "2026 26 March Mar 03 3 03 3 Tuesday Tue"),
        ("{{datetimeformat::HH H hh h mm m ss s A a [at D] []}}", "16 16 04 4 05 5 09 9 PM pm at D "),
    ],
)
def test_other_ways_to_say_when(macro: str, shown: str) -> None:
    assert here(macro) == shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "a few seconds"),
        (44, "a few seconds"),
        (50, "a minute"),
        (300, "5 minutes"),
        (3600, "an hour"),
        (7200, "2 hours"),
        (86400, "a day"),
        (10 * 86400, "10 days"),
        (30 * 86400, "a month"),
        (200 * 86400, "7 months"),
        (365 * 86400, "a year"),
        (800 * 86400, "2 years"),
    ],
)
def test_pauses(seconds: int, said: str) -> None:
    assert clock.pause(timedelta(seconds=seconds)) == said


def test_idle_is_counted_from_the_message_before_the_last_one() -> None:
    def idle(*history: tuple[Role, int]) -> str:
        said = [
            dataclasses.replace(message(n, role, "x"), created_at=int((NOW.timestamp() - ago) * 1000))
            for n, (role, ago) in enumerate(history, 1)
        ]
        return expand("{{idle_duration}}", living(steady(CARD, PROFILE, MOMENT), MOMENT, said))

    assert idle() == idle((Role.USER, 3)) == idle((Role.ASSISTANT, 900)) == "just now"
    assert idle((Role.USER, 7200), (Role.ASSISTANT, 7100), (Role.USER, 3)) == "2 hours"
    assert idle((Role.USER, 7200), (Role.ASSISTANT, 7100)) == "2 hours"
    assert idle((Role.USER, -60), (Role.ASSISTANT, 3)) == "a few seconds"  # the clock was set back
    assert here("{{idleDuration}}") == "just now"


def test_what_was_said_last() -> None:
    text = "{{lastMessage}}|{{lastUserMessage}}|{{lastCharMessage}}|{{lastMessageId}}|{{input}}"
    assert now(text, "Come in.", "Thanks.", "Sit.") == "Sit.|Thanks.|Sit.|2|Wait"
    assert now(text) == "||||Wait"
    assert here(text) == "||||"


def test_without_a_clock_nobody_knows_how_long_it_was() -> None:
    names = living(NAMES, Moment(), talk("a", "b", "c"))
    assert expand("{{idle_duration}}{{time}}", names) == "just now{{time}}"


def test_known_are_the_names_of_the_table_with_arguments_or_without() -> None:
    alone = ("user", "trim", "original", "time", "lastmessage")
    assert all(is_known(name, alone=True) for name in alone)
    assert all(is_known(name, alone=False) for name in ("time", "pick", "roll", "setglobalvar"))
    assert not any(is_known(name, alone=False) for name in ("user", "trim", "original"))
    assert not is_known("weather", alone=True) and not is_known("pick", alone=True)


# ---- limits ----------------------------------------------------------------------------------------


def doubling(levels: int) -> str:
    lines = ["{{setvar::a0::far and wide}}"]
    lines += [f"{{{{setvar::a{n + 1}::{{{{getvar::a{n}}}}}{{{{getvar::a{n}}}}}}}}}" for n in range(levels)]
    return "".join(lines) + f"{{{{getvar::a{levels}}}}}"


def test_doubling_ends_in_plain_text() -> None:
    assert here(doubling(10)) == "far and wide" * 1024
    assert here(doubling(40)).count("far and wide") < 50_000
    slate = Slate()
    assert len(expand(doubling(40), dataclasses.replace(NAMES, slate=slate))) < 400_000
    assert slate.spent


def test_fields_that_repeat_each_other_are_bounded() -> None:
    card = PersonaFields(
        "Bo",
        description="{{personality}}" * 100,
        personality="{{scenario}}" * 100,
        scenario="{{mesExamples}}" * 100,
        example_dialogue="{{charVersion}}" * 100,
        character_version="9" * 1000,
    )
    assert len(here("{{description}}" * 100, card)) < 1_000_000


def poor(letters: int) -> Names:
    return dataclasses.replace(NAMES, card=CARD, slate=Slate(left=letters))


def test_where_there_is_no_room_a_macro_stays() -> None:
    names = poor(172)
    assert expand("{{user}} {{noop}}<USER>{{noop}}{{user}}", names) == "Sam <USER>{{noop}}{{user}}"
    assert names.slate is not None and names.slate.spent
    long = "x" * 90
    for text in (f"{{{{setvar::n::{long}}}}}", f"{{{{addvar::n::{long}}}}}", f"{{{{incvar::{long}}}}}"):
        assert expand(text, poor(200)) == text
    assert expand("{{description}}", poor(155)) == "{{description}}"
    assert expand("{{reverse:abc}}{{newline}}", poor(152)) == "{{reverse:abc}}{{newline}}"


def test_a_very_long_list_ends_with_all_the_rest() -> None:
    for sign in (",", "::"):  # with the seed 88 the dice fall on the last one
        text = "{{random:" + sign.join("a" * 1500) + "}}"
        seen = {expand(text, dataclasses.replace(NAMES, dice=str(seed))) for seed in (*range(20), 88)}
        assert seen == {"a", sign.join("a" * 501)}
    assert expand("{{random:" + "," * 999 + "{{noop}},b}}", NAMES) in ("", ",b")


def test_very_many_marks_are_read_up_to_a_limit() -> None:
    assert expand("}}" * 100_000 + "{{user}}", NAMES) == "}}" * 100_000 + "{{user}}"


PIECES = [
    "{{",
    "}}",
    "::",
    ":",
    ",",
    " ",
    "\n",
    "\\",
    "roll",
    "pick",
    "random",
    "setvar",
    "getvar",
    "trim",
    "time_UTC+2",
    "{{user}}",
    "<BOT>",
    "{{// ",
    "description",
    "a",
    "1d6",
    "reverse",
    "datetimeformat ",
    "addvar",
    "incvar",
    "{{.a",
    "$a+=",
    "++",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.text())
def test_no_text_is_too_odd_and_the_same_text_gives_the_same(pieces: list[str], name: str) -> None:
    text = "".join(pieces)
    names = dataclasses.replace(NAMES, user=name, card=CARD, at=NOW, seed="3")
    assert expand(text, names) == expand(text, names)
