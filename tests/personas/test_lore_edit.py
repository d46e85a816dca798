"""A lorebook that is written in says what was written, and keeps everything else as it came."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import Conditions, Entry, Logic, Position
from hermes_desktop.domain.lorebook import BookFields, Manuscript, Written
from hermes_desktop.personas.lore_edit import changed, native, new_book, opened
from hermes_desktop.personas.lore_entry import written_entry
from hermes_desktop.personas.lore_writing import new_entry, patch
from hermes_desktop.personas.lorebook import book_of

ODD = st.sampled_from([None, "", "x", "4", 0, 1, 4, -3, 2.5, True, False, [], ["a"], {}, {"z": [0, 0.0]}])
NAMES = [
    *(
        "content",
        "comment",
        "name",
        "constant",
        "selective",
        "enabled",
        "disable",
        "insertion_order",
        "order",
    ),
    *("secondary_keys", "keysecondary", "position", "depth", "role", "probability", "useProbability"),
    *("use_probability", "selectiveLogic", "group", "groupWeight", "group_weight", "scan_depth", "scanDepth"),
    *("case_sensitive", "caseSensitive", "match_whole_words", "sticky", "cooldown", "delay", "outlet_name"),
    *(
        "excludeRecursion",
        "exclude_recursion",
        "delay_until_recursion",
        "delayUntilRecursion",
        "ignoreBudget",
    ),
    *("priority", "use_regex", "vectorized", "automation_id", "x-unknown"),
]
LOOSE = st.dictionaries(st.sampled_from(NAMES), ODD, max_size=12)
WORDS = st.lists(st.text("abc é", min_size=1).map(str.strip).filter(bool), max_size=3).map(tuple)


@st.composite
def raws(draw: st.DrawFn) -> dict[str, Any]:
    """Make an entry as strangers write it: in a card's words or SillyTavern's, some of both, some junk."""
    raw = draw(LOOSE)
    if draw(st.booleans()):
        raw["position"] = draw(ODD)
    raw[draw(st.sampled_from(["key", "keys"]))] = draw(st.sampled_from([["a", "b"], "a, b", []]))
    if draw(st.booleans()):
        raw["extensions"] = draw(st.one_of(LOOSE, ODD))
    made: dict[str, Any] = json.loads(json.dumps(raw))  # what is drawn stays as it is
    return made


@st.composite
def edits(draw: st.DrawFn) -> dict[str, Any]:
    """Choose what a person changes in an entry."""
    every: dict[str, st.SearchStrategy[Any]] = {
        "content": st.text("ab\n@é", max_size=9),
        "keys": WORDS,
        "secondary_keys": WORDS,
        "comment": st.text("ab", max_size=4),
        "logic": st.sampled_from(Logic),
        "enabled": st.booleans(),
        "constant": st.booleans(),
        "order": st.integers(-5, 500),
        "position": st.sampled_from(Position),
        "depth": st.integers(0, 99),
        "role": st.sampled_from([Role.SYSTEM, Role.USER, Role.ASSISTANT]),
        "outlet": st.text("ab", max_size=3),
        "case_sensitive": st.sampled_from([None, True, False]),
        "whole_words": st.sampled_from([None, True, False]),
        "scan_depth": st.sampled_from([None, 0, 3]),
        "probability": st.sampled_from([0, 12.5, 50, 100]),
        "groups": WORDS,
        "group_override": st.booleans(),
        "group_weight": st.integers(0, 200),
        "exclude_recursion": st.booleans(),
        "prevent_recursion": st.booleans(),
        "recursion_level": st.integers(0, 3),
        "ignore_budget": st.booleans(),
        "sticky": st.integers(0, 9),
        "cooldown": st.integers(0, 9),
    }
    names = draw(st.lists(st.sampled_from(sorted(every)), unique=True, max_size=6))
    found = {name: draw(every[name]) for name in names}
    if draw(st.booleans()):  # what stands in two places
        found["position"] = draw(every["position"])
    if draw(st.booleans()):
        found["conditions"] = draw(st.integers(0, 9))
    return found


def applied(entry: Entry, edit: dict[str, Any]) -> Entry:
    edit = dict(edit)
    if "conditions" in edit:
        edit["conditions"] = replace(entry.conditions, delay=edit["conditions"])
    return replace(entry, **edit)


@given(raws(), edits())
@settings(max_examples=400)
def test_what_is_written_is_read_again(raw: dict[str, Any], edit: dict[str, Any]) -> None:
    after = applied(written_entry(raw), edit)
    patch(raw, after)
    assert written_entry(raw) == after


@given(raws(), edits())
@settings(max_examples=200)
def test_what_nobody_touched_stays(raw: dict[str, Any], edit: dict[str, Any]) -> None:
    before = copy.deepcopy(raw)
    patch(raw, written_entry(raw))
    assert raw == before and repr(raw) == repr(before)  # 0 is not 0.0 and not False
    patch(raw, applied(written_entry(raw), edit))
    for name in ("x-unknown", "use_regex", "vectorized", "automation_id", "priority"):
        assert raw.get(name) == before.get(name)
    extensions = before.get("extensions")
    if isinstance(extensions, dict):
        assert extensions.keys() <= raw["extensions"].keys()


@given(edits(), st.booleans())
def test_a_new_entry_says_what_was_written(edit: dict[str, Any], own: bool) -> None:
    entry = applied(Entry("c", ("k",)), edit)
    made = new_entry(entry, own=own, number=7)
    read = written_entry(made)
    assert read.uid == "7" and replace(read, uid="") == entry


@pytest.mark.parametrize("position", Position)
@pytest.mark.parametrize("extensions", [None, [], "x", {}, {"position": None}, {"position": 4}])
@pytest.mark.parametrize("now", [None, "", "before_char", "after_char_defs", "4", 2])
def test_every_position_is_read_again(position: Position, extensions: object, now: object) -> None:
    raw = {"keys": ["a"], "extensions": extensions, "position": now}
    after = replace(written_entry(raw), position=position)
    patch(raw, after)
    assert written_entry(raw) == after


def test_positions_of_both_kinds_are_kept_in_step() -> None:
    raw: dict[str, Any] = {"keys": ["a"], "position": "after_char", "extensions": {"position": 4, "depth": 2}}
    patch(raw, replace(written_entry(raw), position=Position.BEFORE_CHAR))
    assert raw == {"keys": ["a"], "position": "before_char", "extensions": {"position": 0, "depth": 2}}
    patch(raw, replace(written_entry(raw), position=Position.OUTLET))
    assert (raw["position"], raw["extensions"]["position"]) == ("after_char", 7)
    plain: dict[str, Any] = {"keys": ["a"], "position": "after_char"}
    patch(plain, replace(written_entry(plain), position=Position.BEFORE_CHAR))
    assert plain == {"keys": ["a"], "position": "before_char"}
    patch(plain, replace(written_entry(plain), position=Position.DEPTH))
    assert plain == {"keys": ["a"], "position": "after_char", "extensions": {"position": 4}}


# ---- whole books ----------------------------------------------------------------------------------

WORLD: dict[str, Any] = {
    "entries": {
        "0": {"uid": 0, "key": ["a"], "content": "A", "displayIndex": 0, "odd": {"z": 1}},
        "5": {"uid": 5, "key": ["b"], "content": "B", "displayIndex": 1},
        "junk": "no entry",
    },
    "name": "World",
    "originalData": {"entries": []},
}
CARD: dict[str, Any] = {
    "spec": "lorebook_v3",
    "data": {"entries": [{"keys": ["a"], "content": "A", "id": 1}, 5, {"keys": ["b"], "content": "B"}]},
}


def texts(document: Any) -> list[str]:
    book = book_of(document)
    assert book is not None
    return [entry.content for entry in book.entries]


@pytest.mark.parametrize("document", [WORLD, CARD, [{"keys": ["a"], "content": "A"}], {"name": "none"}])
def test_a_book_nobody_wrote_in_is_the_same(document: Any) -> None:
    assert changed(document, opened(document)) is document


@pytest.mark.parametrize("document", [WORLD, CARD])
def test_order_and_number_of_entries_change(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    script = opened(document)
    first, last = script.entries
    turned = replace(script, entries=(last, first))
    assert texts(changed(document, turned)) == ["B", "A"]
    assert texts(changed(document, replace(script, entries=(last,)))) == ["B"]
    more = (first, Written(replace(first.entry, content="A again"), first.origin), last)
    copied = changed(document, replace(script, entries=more))
    assert texts(copied) == ["A", "A again", "B"]
    fresh = changed(document, replace(script, entries=(*script.entries, Written(Entry("C", ("c",))))))
    assert texts(fresh) == ["A", "B", "C"]
    assert document == before  # what was stored is never changed


def test_a_world_info_keeps_its_shape() -> None:
    script = opened(WORLD)
    first, last = script.entries
    turned = changed(WORLD, replace(script, entries=(last, first, Written(Entry("C")))))
    assert list(turned["entries"]) == ["5", "0", "6", "junk"]
    assert [turned["entries"][key]["displayIndex"] for key in ("5", "0")] == [0, 1]
    assert turned["entries"]["0"]["odd"] == {"z": 1} and turned["entries"]["6"]["uid"] == 6
    doubled = changed(WORLD, replace(script, entries=(first, first, last)))
    assert [doubled["entries"][key]["uid"] for key in ("0", "6", "5")] == [0, 6, 5]


def test_one_edit_touches_one_value() -> None:
    script = opened(WORLD)
    first, last = script.entries
    edited = Written(replace(first.entry, keys=("new",)), first.origin)
    after = changed(WORLD, replace(script, entries=(edited, last)))
    expected = copy.deepcopy(WORLD)
    expected["entries"]["0"]["key"] = ["new"]
    assert after == expected


def test_an_order_of_showing_among_extensions() -> None:
    entries = [{"keys": [name], "extensions": {"display_index": at}} for at, name in enumerate("ab")]
    script = opened({"entries": entries})
    after = changed({"entries": entries}, replace(script, entries=script.entries[::-1]))
    assert [each["extensions"]["display_index"] for each in after["entries"]] == [0, 1]
    assert after["entries"][0]["keys"] == ["b"]


def test_what_a_book_says_of_itself() -> None:
    fields = BookFields("New", "About", 3, 500, recursive=False)
    after = changed(CARD, replace(opened(CARD), fields=fields))
    assert opened(after).fields == fields
    assert after["data"]["entries"] == CARD["data"]["entries"] and after["spec"] == "lorebook_v3"
    plain = changed({}, Manuscript(BookFields("A"), (Written(Entry("x", ("y",))),)))
    assert plain["name"] == "A" and texts(plain) == ["x"]
    assert opened(new_book("B")).fields == BookFields("B")


FOREIGN: dict[str, dict[str, Any]] = {
    "novelai": {
        "lorebookVersion": 5,
        "entries": [{"text": "A", "keys": ["a"], "searchRange": 900, "contextConfig": {"budgetPriority": 4}}],
    },
    "agnai": {"kind": "memory", "entries": [{"keywords": ["a"], "entry": "A", "weight": 4, "priority": 3}]},
    "risu": {
        "type": "risu",
        "data": [
            {"key": "\uf000f", "mode": "folder"},
            {"key": "a", "content": "@@depth 3\nA", "insertorder": 4, "activationPercent": 30},
        ],
    },
}


@pytest.mark.parametrize("form", FOREIGN)
def test_books_of_other_programs_are_carried_over_and_mean_the_same(form: str) -> None:
    document = FOREIGN[form]
    carried = native(document)
    assert carried["extensions"]["hermes_desktop"] == {"format": form, "original": document}
    before, after = book_of(document), book_of(carried)
    assert before is not None and after is not None
    assert [replace(entry, uid="") for entry in after.entries] == [
        replace(entry, uid="") for entry in before.entries
    ]
    assert native(carried) is carried
    assert next(each.entry.content for each in opened(document).entries).endswith("A")


def test_a_scenario_of_novelai_brings_its_book() -> None:
    document = {"scenarioVersion": 1, "prompt": "Once", "lorebook": FOREIGN["novelai"]}
    assert texts(document) == ["A"] and texts(native(document)) == ["A"]


def test_conditions_that_cannot_be_written_here_stay() -> None:
    raw = {"key": ["a"], "characterFilter": {"names": ["Mira"], "isExclude": True}, "triggers": ["normal"]}
    before = copy.deepcopy(raw)
    patch(raw, replace(written_entry(raw), content="x"))
    assert raw == before | {"content": "x"}
    assert written_entry(raw).conditions != Conditions()
