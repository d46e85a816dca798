"""Which entries of a lorebook fire: every rule that people are used to, one test each."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import (
    FOREVER,
    Book,
    Conditions,
    Entry,
    Filter,
    Logic,
    Lore,
    LoreSettings,
    Position,
    Scope,
    Source,
    Why,
)
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.lore import match, replayed
from hermes_desktop.prompting.lore_index import index_of
from hermes_desktop.prompting.scene import Scene
from tests.prompting.samples import NAMES, message, talk

SETTINGS = LoreSettings()


def scene(*texts: str) -> Scene:
    return Scene(messages=talk(*texts), conversation_id=7)


def look(
    entries: Sequence[Entry] | Book,
    where: Scene | str,
    *,
    settings: LoreSettings = SETTINGS,
    total: int = 1000,
    late: int = 1000,
    fired: dict[str, int] | None = None,
    others: Sequence[Book] = (),
) -> Lore:
    book = entries if isinstance(entries, Book) else Book(tuple(entries))
    stage = scene(where) if isinstance(where, str) else where
    index = index_of([book, *others], NAMES, settings)
    return match(index, stage, settings, Allowance(total, late), len, fired)


def names(lore: Lore) -> list[str]:
    return [hit.entry.content for hit in lore.hits]


def entry(content: str, *keys: str, **rest: object) -> Entry:
    return replace(Entry(content, keys), **rest)  # type: ignore[arg-type]


# ---- keys -----------------------------------------------------------------------------------------


def test_a_key_opens_its_entry_and_is_named() -> None:
    (hit,) = look([entry("A cat.", "Fog", "cat", comment="Fog")], "Where is the CAT?").hits
    assert (hit.why, hit.word, hit.tokens, hit.scope) == (Why.KEY, "cat", 6, Scope.PERSONA)


def test_what_is_not_enabled_blank_or_for_an_outlet_without_a_name_never_fires() -> None:
    never = [
        entry("a", "cat", enabled=False),
        entry("b", "", "  ", "{{// cat}}"),
        entry("c", "cat", position=Position.OUTLET),
        entry(" ", "cat"),
    ]
    assert look(never, "a cat").hits == ()


def test_macros_in_keys_and_content_are_expanded_before_they_count() -> None:
    (hit,) = look([entry("{{char}}", "{{user}}")], "Hello, Sam.").hits
    assert hit.word == "Sam" and hit.tokens == len("Mira") and hit.entry.content == "{{char}}"


def test_case_counts_where_entry_or_settings_say_so() -> None:
    book = [entry("a", "Rose"), entry("b", "Rose", case_sensitive=True)]
    assert names(look(book, "a rose")) == ["a"]
    assert names(look(book, "Rose")) == ["a", "b"]
    assert look(book, "a rose", settings=replace(SETTINGS, case_sensitive=True)).hits == ()


def test_only_the_last_messages_are_looked_through() -> None:
    where = scene("cat", "b", "c", "d", "e")
    assert look([entry("x", "cat")], where).hits == ()
    assert names(look([entry("x", "cat", scan_depth=5)], where)) == ["x"]
    assert names(look(Book((entry("x", "cat"),), scan_depth=9), where)) == ["x"]
    assert look(Book((entry("x", "cat", scan_depth=0),), scan_depth=9), where).hits == ()
    assert names(look([entry("x", "cat", scan_letters=30)], scene("a cat"))) == ["x"]
    assert look([entry("x", "cat", scan_letters=3)], scene("cat here")).hits == ()
    assert look([entry("x", "cat", scan_letters=0)], scene("cat")).hits == ()


def test_speakers_count_as_said_unless_switched_off() -> None:
    assert names(look([entry("x", "Mira")], "Hello.")) == ["x"]
    quiet = replace(scene("Hello."), with_names=False)
    assert look([entry("x", "Mira")], quiet).hits == ()


def test_texts_beside_the_messages_count_where_an_entry_asks() -> None:
    where = replace(scene("Hello."), sources={Source.SCENARIO: "A harbour."})
    assert look([entry("x", "harbour")], where).hits == ()
    assert names(look([entry("x", "harbour", sources=(Source.SCENARIO, Source.PROFILE))], where)) == ["x"]


@pytest.mark.parametrize(
    ("logic", "fires"),
    [
        (Logic.AND_ANY, ["a cat, red", "a cat, red and blue"]),
        (Logic.AND_ALL, ["a cat, red and blue"]),
        (Logic.NOT_ANY, ["a cat"]),
        (Logic.NOT_ALL, ["a cat", "a cat, red"]),
    ],
)
def test_secondary_keys_have_four_logics(logic: Logic, fires: list[str]) -> None:
    book = [entry("x", "cat", secondary_keys=("red", "blue"), logic=logic)]
    said = ["a cat", "a cat, red", "a cat, red and blue", "red and blue"]
    assert [text for text in said if look(book, text).hits] == fires


def test_constants_fire_without_keys() -> None:
    (hit,) = look([entry("x", constant=True)], Scene()).hits
    assert hit.why is Why.CONSTANT and hit.word == ""


# ---- conditions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (Conditions(for_whom=Filter(names=("mira",))), True),
        (Conditions(for_whom=Filter(names=("Mira",), excludes=True)), False),
        (Conditions(for_whom=Filter(tags=("Sea",))), True),
        (Conditions(for_whom=Filter(tags=("hills",))), False),
        (Conditions(for_whom=Filter(tags=("hills",), excludes=True)), True),
        (Conditions(triggers=("continue",)), False),
        (Conditions(triggers=("normal", "continue")), True),
        (Conditions(delay=3), True),
        (Conditions(delay=4), False),
        (Conditions(after_replies=2), True),
        (Conditions(after_replies=3), False),
        (Conditions(every_replies=2), True),
        (Conditions(every_replies=3), False),
        (Conditions(greeting=1), True),
        (Conditions(greeting=0), False),
        (Conditions(extra_keys=(("one", "two"), ("three",))), True),
        (Conditions(extra_keys=(("four",),)), False),
        (Conditions(exclude_keys=("three",)), False),
        (Conditions(exclude_keys=("four",)), True),
        (Conditions(forbidden=True), False),
        (Conditions(user_icon=" ada"), True),
        (Conditions(user_icon="Bo"), False),
    ],
)
def test_conditions_hold_for_constants_and_keys(conditions: Conditions, holds: bool) -> None:
    where = replace(scene("one", "two", "three"), persona=("Mira",), tags=("sea",), greeting=1, user="Ada")
    asked = [entry("x", constant=True, conditions=conditions), entry("y", "two", conditions=conditions)]
    assert names(look(asked, where)) == (["x", "y"] if holds else [])


def test_forced_beats_forbidden_and_keys_but_not_what_is_off() -> None:
    forced = entry("x", "nowhere", forced=True, conditions=Conditions(forbidden=True))
    (hit,) = look([forced, replace(forced, enabled=False)], "hello").hits
    assert hit.why is Why.FORCED


def test_replies_before_the_memory_line_count() -> None:
    late = [replace(one, position=one.position + 10) for one in talk("a", "b")]
    assert names(look([entry("x", constant=True, conditions=Conditions(after_replies=6))], Scene(late))) == [
        "x"
    ]


def test_entries_at_the_note_need_a_note() -> None:
    book = [entry("x", constant=True, position=Position.NOTE_TOP)]
    assert look(book, "a").hits == ()
    assert names(look(book, replace(scene("a"), with_note=True))) == ["x"]


# ---- recursion ------------------------------------------------------------------------------------

CHAIN = (entry("see B1", "A1"), entry("see C1", "B1"), entry("end", "C1"))


def test_entries_make_others_fire() -> None:
    lore = look(CHAIN, "A1")
    assert [(hit.why, hit.word) for hit in lore.hits] == [
        (Why.KEY, "A1"),
        (Why.RECURSION, "B1"),
        (Why.RECURSION, "C1"),
    ]


def test_hidden_keys_make_others_fire_and_are_in_no_prompt() -> None:
    cat = entry("It hunts.{{hidden_key: a {{char}} mouse}}{{hiddenkey:: rat}}", "cat", comment="Cat")
    alone = entry("{{HiddenKey: owl}}", "dog", comment="Dog")
    others = [entry("Squeak.", f"{NAMES.char} mouse"), entry("Rat.", "rat"), entry("Hoot.", "owl")]
    lore = look([cat, alone, *others], "A cat and a dog.")
    assert {hit.entry.content: hit.through for hit in lore.hits if hit.why is Why.RECURSION} == {
        "Squeak.": "Cat",
        "Rat.": "Cat",
        "Hoot.": "Dog",
    }
    shy = entry("{{hidden_key: owl}}", "dog", prevent_recursion=True)
    assert look([shy, entry("Hoot.", "owl")], "A dog.").hits == ()


def test_recursion_has_a_limit_and_can_be_off() -> None:
    assert len(look(CHAIN, "A1", settings=replace(SETTINGS, passes=2)).hits) == 2
    assert len(look(CHAIN, "A1", settings=replace(SETTINGS, recursive=False)).hits) == 1
    assert len(look(Book(CHAIN, recursive=False), "A1").hits) == 1
    assert len(look(Book(CHAIN, recursive=True), "A1", settings=replace(SETTINGS, recursive=False)).hits) == 3


def test_entries_may_keep_out_of_recursion() -> None:
    assert names(look([replace(CHAIN[0], prevent_recursion=True), CHAIN[1]], "A1")) == ["see B1"]
    assert names(look([CHAIN[0], replace(CHAIN[1], exclude_recursion=True)], "A1")) == ["see B1"]


def test_delayed_entries_fire_only_in_recursion_level_by_level() -> None:
    first, second = entry("one", "B1", recursion_level=1), entry("two", "B1", recursion_level=2)
    assert look([second, first], "B1 in words", settings=replace(SETTINGS, passes=1)).hits == ()
    lore = look([CHAIN[0], first, second], "A1")
    assert names(lore) == ["see B1", "one", "two"]
    assert names(look([CHAIN[0], first, second], "A1", settings=replace(SETTINGS, passes=2))) == [
        "see B1",
        "one",
    ]


def test_a_new_text_is_looked_through_for_secondary_keys_too() -> None:
    waits = entry("x", "harbour", secondary_keys=("B1",))
    assert names(look([CHAIN[0], waits], "A1 at the harbour")) == ["see B1", "x"]


def test_more_messages_are_looked_through_until_enough_fire() -> None:
    where = scene("cat", "dog", "owl", "bat", "elk")
    book = [entry(word, word) for word in ("cat", "dog", "owl", "bat", "elk")]
    wants = replace(SETTINGS, scan_depth=1, least=3)
    assert names(look(book, where, settings=wants)) == ["owl", "bat", "elk"]
    assert len(look(book, where, settings=replace(wants, farthest=2)).hits) == 2
    assert len(look(book, where, settings=replace(wants, least=9)).hits) == 5
    own = [replace(one, scan_depth=1) for one in book]
    assert names(look(own, where, settings=wants)) == ["elk"]


# ---- groups, chance -------------------------------------------------------------------------------


def group(content: str, *keys: str, **rest: object) -> Entry:
    return entry(content, *keys, groups=("weather",), **rest)


def test_one_of_a_group_stays_by_weight() -> None:
    counted = {"sun": 0, "rain": 0}
    for number in range(200):
        where = Scene([message(number, Role.USER, "sky")])
        (name,) = names(look([group("sun", "sky", group_weight=300), group("rain", "sky")], where))
        counted[name] += 1
    assert 120 < counted["sun"] < 180


def test_a_preferred_entry_of_a_group_wins() -> None:
    book = [
        group("a", "sky", group_override=True, order=1),
        group("b", "sky", group_override=True, order=2),
        group("c", "sky", order=9),
    ]
    assert names(look(book, "sky")) == ["b"]


def test_a_group_may_count_keys() -> None:
    few = group("few", "sky", "sea", group_weight=1_000_000)
    many = group("many", "sky", "rain", group_scoring=True, group_weight=0)
    assert names(look([few, many], "sky and rain and sea")) == ["few"]  # both found two, weight decides
    scoring = replace(SETTINGS, group_scoring=True)
    assert names(look([few, many], "sky and rain", settings=scoring)) == ["many"]
    both = group("both", "sky", secondary_keys=("sea", "rain"), logic=Logic.AND_ALL)
    assert names(look([both, many], "sky sea rain", settings=scoring)) == ["both"]
    none = group("none", "sky", secondary_keys=("snow",), logic=Logic.NOT_ANY)
    assert names(look([none, many], "sky and rain", settings=scoring)) == ["many"]
    constant = group("constant", constant=True)
    assert names(look([constant, many], "sky and rain", settings=scoring)) == ["many"]


def test_entries_in_two_groups_and_groups_that_are_taken() -> None:
    both = entry("both", "sky", groups=("weather", "time"), group_override=True)
    assert names(look([both, group("a", "sky"), entry("b", "sky", groups=("time",))], "sky")) == ["both"]
    gone = entry("gone", "sky", groups=("weather", "time"))
    assert names(look([gone, group("a", "sky", group_override=True)], "sky")) == ["a"]
    told = group("see B1", "sky")
    assert names(look([told, group("later", "B1"), entry("free", "B1")], "sky")) == ["see B1", "free"]


def test_the_sticky_one_of_a_group_stays() -> None:
    book = [group("new", "sky", order=200, group_override=True), group("old", "moon", sticky=9)]
    fired = look(book, scene("moon")).fired
    assert names(look(book, scene("moon", "x", "sky"), fired=dict(fired))) == ["old"]


def test_weights_of_nothing_still_leave_one() -> None:
    assert len(look([group("a", "sky", group_weight=0), group("b", "sky", group_weight=-1)], "sky").hits) == 1


def test_chance_is_thrown_once_and_the_same_again() -> None:
    book = [entry(str(number), "cat", probability=50, uid=str(number)) for number in range(100)]
    first = look(book, "cat")
    assert 30 < len(first.hits) < 70 and names(first) == names(look(book, "cat"))
    assert names(first) != names(look(book, Scene([message(2, Role.USER, "cat")])))
    assert look([entry("x", "cat", probability=0)], "cat").hits == ()


def test_an_empty_entry_takes_the_place_of_its_group() -> None:
    assert look([group("", "sky", group_override=True), group("rain", "sky")], "sky").hits == ()


# ---- time -----------------------------------------------------------------------------------------


def test_sticky_entries_stay_for_some_messages_and_then_rest() -> None:
    book = [entry("x", "cat", sticky=3, cooldown=2, probability=100)]
    said = ["cat", "a", "b", "cat", "cat", "cat", "cat"]
    fired: dict[str, int] = {}
    seen = []
    for length in range(1, 8):
        where = replace(scene(*said[:length]), with_names=False)
        lore = look(book, where, settings=replace(SETTINGS, scan_depth=1), fired=fired)
        fired = dict(lore.fired)
        seen.append(lore.hits[0].why.value if lore.hits else "")
    assert seen == ["key", "sticky", "sticky", "", "", "key", "sticky"]


def test_going_back_forgets_what_fired_later() -> None:
    book = [entry("x", "cat", cooldown=5)]
    assert look(book, scene("cat"), fired=dict(look(book, scene("a", "b", "cat")).fired)).hits


def test_the_same_reply_again_meets_the_same_effects() -> None:
    book = [entry("x", "cat", sticky=2, cooldown=2)]
    first = look(book, "cat")
    assert look(book, "cat", fired=dict(first.fired)) == first


def test_sticky_entries_need_no_luck_and_pass_by_recursion() -> None:
    book = [entry("x", "cat", sticky=9, probability=1, exclude_recursion=True)]
    index = index_of([Book(tuple(book))], NAMES, SETTINGS)
    fired = {index.timed[0].mark: 1}
    assert names(look(book, scene("a", "b"), fired=fired)) == ["x"]


def test_effects_are_found_again_from_the_messages_alone() -> None:
    book = Book((entry("x", "cat", sticky=3, cooldown=1), entry("y", "dog")))
    index = index_of([book], NAMES, SETTINGS)
    where = scene("hello", "a cat", "yes", "b", "c", "d")
    assert dict(replayed(index, where, SETTINGS)) == {index.timed[0].mark: 2}
    assert dict(replayed(index_of([Book(CHAIN)], NAMES, SETTINGS), where, SETTINGS)) == {}
    latched = index_of([Book((entry("x", "cat", sticky=FOREVER),))], NAMES, SETTINGS)
    long = scene(*["a cat", "a cat"], *["b"] * 40)
    now = match(latched, long, SETTINGS, Allowance(9, 9), len, replayed(latched, long, SETTINGS))
    assert [hit.why for hit in now.hits] == [Why.STICKY]


# ---- room -----------------------------------------------------------------------------------------


def test_the_heaviest_find_room_and_the_rest_is_said() -> None:
    book = [entry("light", "cat", order=1), entry("heavy", "cat", order=2), entry("ab", "cat", order=0)]
    lore = look(book, "cat", total=7)
    assert names(lore) == ["ab", "heavy"] and [hit.entry.content for hit in lore.cut] == ["light"]
    assert (lore.budget, lore.tokens) == (7, 7)


def test_priority_decides_before_order() -> None:
    book = [entry("aaaa", "cat", order=9, priority=1), entry("bbbb", "cat", order=1, priority=2)]
    assert names(look(book, "cat", total=4)) == ["bbbb"]


def test_what_is_always_there_comes_first_then_narrower_books() -> None:
    steady, loud = entry("aaaa", constant=True, order=1), entry("bbbb", "cat", order=9)
    assert names(look([loud, steady], "cat", total=4)) == ["aaaa"]
    common = Book((entry("cccc", "cat", order=99),), scope=Scope.GLOBAL)
    assert names(look([loud], "cat", total=4, others=[common])) == ["bbbb"]


def test_a_book_has_a_budget_of_its_own() -> None:
    book = Book(
        (entry("aaaa", "cat"), entry("bbbb", "cat"), entry("!", "cat", ignore_budget=True)), token_budget=6
    )
    lore = look(book, "cat", others=[Book((entry("cccc", "cat"),), scope=Scope.GLOBAL)])
    assert names(lore) == ["aaaa", "!", "cccc"]


def test_who_ignores_the_budget_still_has_to_fit_into_the_late_part() -> None:
    book = [entry("aaaa", "cat", ignore_budget=True), entry("bbbb", constant=True)]
    assert names(look(book, "cat", total=0, late=4)) == ["aaaa"]
    lore = look(book, "cat", late=3)
    assert names(lore) == ["bbbb"] and [hit.entry.content for hit in lore.cut] == ["aaaa"]


def test_without_room_nothing_is_looked_up_further() -> None:
    assert names(look(CHAIN, "A1", total=6)) == ["see B1"]
    assert look([replace(CHAIN[0], content="B1"), CHAIN[1]], "A1", total=5).cut[0].word == "B1"


def test_entries_stand_in_their_order_and_equal_ones_as_in_the_book() -> None:
    book = [entry("c", "cat", order=3), entry("a", "cat", order=1), entry("b", "cat", order=1)]
    assert names(look(book, "cat")) == ["a", "b", "c"]


# ---- patterns -------------------------------------------------------------------------------------


def test_a_pattern_that_takes_too_long_rests_and_is_named() -> None:
    book = [entry("x", "/^(a+)+$/", comment="Slow"), entry("y", "/a b/"), entry("z", "/(/")]
    index = index_of([Book(tuple(book))], NAMES, SETTINGS)
    where = Scene([message(1, Role.USER, "a" * 5000 + " b\x02", name="x")], with_names=False)
    lore = match(index, where, SETTINGS, Allowance(99, 99), len)
    assert lore.slow == ("Slow",) and names(lore) == ["y"]
    assert match(index, where, SETTINGS, Allowance(99, 99), len) == lore


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from("abcde"), st.integers(0, 3)), max_size=8),
    st.text(alphabet="abcde ", max_size=30),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_what_is_taken_never_passes_the_room(
    made: list[tuple[str, str, int]], said: str, total: int, late: int
) -> None:
    book = [
        entry(
            content * 2, key, constant=not level, recursion_level=max(level - 1, 0), ignore_budget=level == 3
        )
        for content, key, level in made
    ]
    lore = look(book, said, total=total, late=late, settings=replace(SETTINGS, whole_words=False))
    assert sum(hit.tokens for hit in lore.hits if not hit.entry.ignore_budget) <= total
    assert sum(hit.tokens for hit in lore.hits if not hit.entry.steady) <= late
    assert {hit.entry.label for hit in lore.hits} <= {one.label for one in book}
