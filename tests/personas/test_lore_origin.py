"""The book that a world info was made of says what is written since, and nothing else in it changes."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.lore import Entry, Logic, Position
from hermes_desktop.domain.lorebook import BookFields, Manuscript, Written
from hermes_desktop.personas import lore_writer
from hermes_desktop.personas.lore_edit import changed, opened
from hermes_desktop.personas.lore_mapping import to_world

ENTRIES: list[dict[str, Any]] = [
    {
        **{"id": 4, "keys": ["a"], "content": "A", "enabled": True, "insertion_order": 10, "name": "One"},
        **{"position": "after_char", "odd": {"z": 0.0}, "priority": 3, "comment": "C", "selective": True},
        "extensions": {"position": 4, "depth": 2, "role": 0, "mine": [1], "probability": 80},
    },
    {"id": 5, "keys": ["b"], "content": "B", "use_regex": False, "case_sensitive": True},
]
BOOK: dict[str, Any] = {"name": "Old", "scan_depth": 3, "extensions": {"mine": 1}, "entries": ENTRIES}


def world_of(book: dict[str, Any]) -> dict[str, Any]:
    """Make what SillyTavern makes of a card's book."""
    entries = [to_world(entry, place) for place, entry in enumerate(book["entries"])]
    return {"entries": {str(entry["uid"]): entry for entry in entries}, "originalData": copy.deepcopy(book)}


WORLD = world_of(BOOK)


def edited(place: int, **values: Any) -> dict[str, Any]:
    """Write something else into one entry of the world."""
    script = opened(WORLD)
    entries = list(script.entries)
    entries[place] = replace(entries[place], entry=replace(entries[place].entry, **values))
    after: dict[str, Any] = changed(WORLD, replace(script, entries=tuple(entries)))
    return after


def paths(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Name every place at which two documents differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in {**one, **other}:
            yield from paths(one.get(key, ...), other.get(key, ...), f"{path}.{key}")
    elif json.dumps(one, default=str) != json.dumps(other, default=str):
        yield path.strip(".")


# Of each field: what differs in the world's entry, and in that of its original.
COUNTERPARTS: dict[str, tuple[st.SearchStrategy[Any], set[str], set[str]]] = {
    "content": (st.text("xy\n", max_size=5), {"content"}, {"content"}),
    "keys": (st.tuples(st.sampled_from(["x", "y"])), {"key"}, {"keys"}),
    "comment": (st.text("xy", max_size=3), {"comment"}, {"comment"}),
    "constant": (st.booleans(), {"constant"}, {"constant"}),
    "enabled": (st.booleans(), {"disable"}, {"enabled"}),
    "order": (st.integers(0, 99), {"order"}, {"insertion_order"}),
    "depth": (st.integers(0, 9), {"depth"}, {"extensions.depth"}),
    "role": (st.sampled_from(list(Role)[:3]), {"role"}, {"extensions.role"}),
    "position": (st.sampled_from(Position), {"position"}, {"position", "extensions.position"}),
    "logic": (st.sampled_from(Logic), {"selectiveLogic"}, {"extensions.selectiveLogic"}),
    "probability": (st.integers(0, 100), {"probability", "useProbability"},
                    {"extensions.probability", "extensions.useProbability"}),
    "scan_depth": (st.integers(0, 9), {"scanDepth"}, {"extensions.scan_depth"}),
    "whole_words": (st.booleans(), {"matchWholeWords"}, {"extensions.match_whole_words"}),
    "case_sensitive": (st.booleans(), {"caseSensitive"}, {"extensions.case_sensitive"}),
    "groups": (st.tuples(st.sampled_from(["x", "y"])), {"group"}, {"extensions.group"}),
    "group_override": (st.booleans(), {"groupOverride"}, {"extensions.group_override"}),
    "group_weight": (st.integers(0, 200), {"groupWeight"}, {"extensions.group_weight"}),
    "exclude_recursion": (st.booleans(), {"excludeRecursion"}, {"extensions.exclude_recursion"}),
    "prevent_recursion": (st.booleans(), {"preventRecursion"}, {"extensions.prevent_recursion"}),
    "recursion_level": (st.integers(0, 3), {"delayUntilRecursion"}, {"extensions.delay_until_recursion"}),
    "ignore_budget": (st.booleans(), {"ignoreBudget"}, {"extensions.ignore_budget"}),
    "sticky": (st.integers(0, 9), {"sticky"}, {"extensions.sticky"}),
    "cooldown": (st.integers(0, 9), {"cooldown"}, {"extensions.cooldown"}),
    "outlet": (st.text("xy", max_size=3), {"outletName"}, {"extensions.outlet_name"}),
    "secondary_keys": (st.tuples(st.sampled_from(["x", "y"])), {"keysecondary", "selective"},
                       {"secondary_keys", "selective"}),
}  # fmt: skip


@settings(max_examples=200)
@given(st.data(), st.integers(0, 1), st.sampled_from(sorted(COUNTERPARTS)))
def test_one_edit_changes_one_field_and_its_counterpart(data: st.DataObject, place: int, name: str) -> None:
    values, here, there = COUNTERPARTS[name]
    value = data.draw(values)
    uid = str(ENTRIES[place]["id"])
    before = opened(WORLD).entries[place].entry
    after = edited(place, **{name: value})
    assert set(paths(WORLD["entries"], after["entries"])) <= {f"{uid}.{field}" for field in here}
    originals = zip(ENTRIES, after["originalData"]["entries"], strict=True)
    differing = [set(paths(one, other)) for one, other in originals]
    assert differing[place] <= there | ({"extensions"} if "extensions" not in ENTRIES[place] else set())
    assert not differing[1 - place]
    assert {**after["originalData"], "entries": 0} == {**BOOK, "entries": 0}
    told = opened(after["originalData"]).entries[place].entry  # what the card says now
    assert getattr(told, name) == value == getattr(opened(after).entries[place].entry, name)
    assert bool(differing[place]) is (value != getattr(before, name))


def test_an_entry_that_says_little_stays_short() -> None:
    assert edited(1, depth=9)["originalData"]["entries"][1] == ENTRIES[1] | {"extensions": {"depth": 9}}
    pattern = edited(1, keys=("/b/i",))["originalData"]["entries"][1]
    assert pattern == ENTRIES[1] | {"keys": ["/b/i"], "use_regex": True}  # or others would take it for a word


def test_entries_that_went_and_came() -> None:
    script = opened(WORLD)
    last = changed(WORLD, replace(script, entries=script.entries[1:]))
    assert last["originalData"] == BOOK | {"entries": ENTRIES[1:]}
    more = changed(WORLD, replace(script, entries=(*script.entries, Written(Entry("C", ("c",))))))
    *kept, fresh = more["originalData"]["entries"]
    assert kept == ENTRIES
    assert (fresh["id"], fresh["keys"], fresh["content"], fresh["enabled"]) == (6, ["c"], "C", True)
    assert fresh["extensions"]["depth"] == 4 and fresh["insertion_order"] == 100
    turned = changed(WORLD, replace(script, entries=script.entries[::-1]))["originalData"]["entries"]
    assert [each["extensions"]["display_index"] for each in turned] == [1, 0]


def test_what_the_book_says_of_itself() -> None:
    fields = BookFields("New", scan_depth=9)
    after = changed(WORLD, replace(opened(WORLD), fields=fields))
    assert after["originalData"] == BOOK | {"name": "New", "scan_depth": 9}


def test_numbers_are_found_as_they_are_written() -> None:
    book = {"entries": [{"uid": "4", "keys": [], "content": "A"}, {"keys": [], "content": "B"}, "junk"]}
    world = {"entries": [{"uid": 4, "key": [], "content": "A"}, {"uid": 1, "key": [], "content": "B"}]}
    world["originalData"] = book  # type: ignore[assignment]
    script = opened(world)
    said = tuple(replace(each, entry=replace(each.entry, content="x")) for each in script.entries)
    after = changed(world, replace(script, entries=said))["originalData"]["entries"]
    assert after == [*({**each, "content": "x"} for each in book["entries"][:2]), "junk"]  # type: ignore[dict-item]


def test_what_cannot_be_told_apart_is_left() -> None:
    double = {"uid": 1, "key": ["a"], "content": "A"}
    twice = [{"id": 1, "keys": ["a"], "content": "A"}, {"id": 1, "keys": ["a"], "content": "B"}]
    for world, original in (
        ({"entries": {"0": double, "1": double}}, {"entries": twice[:1]}),
        ({"entries": {"1": double}}, {"entries": {"0": twice[0]}}),
        ({"entries": {"1": double}}, "nothing"),
    ):
        whole: dict[str, Any] = {**world, "originalData": original}
        script = opened(whole)
        first = replace(script.entries[0], entry=replace(script.entries[0].entry, content="x"))
        after = changed(whole, replace(script, entries=(first, *script.entries[1:])))
        assert after["originalData"] == original and after["entries"] != whole["entries"]
    alone: dict[str, Any] = {"entries": {"1": double}, "originalData": {"entries": twice}}
    script = opened(alone)
    after = changed(alone, replace(script, entries=()))
    assert after["originalData"]["entries"] == twice[1:]  # as SillyTavern: the first one


@pytest.mark.parametrize("word", ["st", "v3"])
def test_both_forms_say_the_same_when_they_go_out(word: str) -> None:
    after = edited(0, content="New", constant=True)
    out = json.loads(lore_writer.WRITERS[word](after))
    again: Manuscript = opened(out)
    assert [each.entry.content for each in again.entries] == ["New", "B"] and again.entries[0].entry.constant


def test_a_world_info_that_travelled_as_a_v3_book_is_kept_in_step() -> None:
    book = json.loads(lore_writer.lorebook_v3(WORLD))
    assert json.loads(lore_writer.world_info(book)) == WORLD
    script = opened(book)
    first = replace(script.entries[0], entry=replace(script.entries[0].entry, content="New"))
    back = json.loads(
        lore_writer.world_info(changed(book, replace(script, entries=(first, script.entries[1]))))
    )
    expected = copy.deepcopy(WORLD)
    expected["entries"]["4"]["content"] = expected["originalData"]["entries"][0]["content"] = "New"
    assert back == expected
