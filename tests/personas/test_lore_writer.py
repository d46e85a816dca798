"""Lorebooks go out in other programs' words and come back as they were."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.personas import lore_writer, lorebook
from tests.personas.grammar import BOOKS, ODD, TEXTS

ST_ENTRY: dict[str, Any] = {
    "uid": 7,
    "key": ["sea", "/ti?de/i"],
    "keysecondary": ["salt"],
    "comment": "The sea",
    "content": "Deep.",
    "constant": False,
    "vectorized": False,
    "selective": True,
    "selectiveLogic": 3,
    "addMemo": True,
    "order": 42,
    "position": 4,
    "disable": True,
    "excludeRecursion": True,
    "preventRecursion": False,
    "delayUntilRecursion": 2,
    "probability": 30,
    "useProbability": True,
    "depth": 6,
    "group": "a,b",
    "groupOverride": True,
    "groupWeight": 9,
    "scanDepth": 3,
    "caseSensitive": True,
    "matchWholeWords": False,
    "useGroupScoring": None,
    "automationId": "x",
    "role": 2,
    "sticky": 1,
    "cooldown": 2,
    "delay": 3,
    "displayIndex": 5,
    "ignoreBudget": True,
    "outletName": "out",
    "triggers": ["swipe"],
    "matchScenario": True,
    "characterFilter": {"isExclude": True, "names": ["Bo"], "tags": []},
    "ownKey": {"z": 0.0},
}
WORLD: dict[str, Any] = {"name": "W", "entries": {"7": ST_ENTRY, "odd": ST_ENTRY | {"uid": 8}}, "extra": [1]}


def back_and_forth(world: dict[str, Any]) -> dict[str, Any]:
    ours = json.loads(lore_writer.lorebook_v3(world))
    assert ours["spec"] == "lorebook_v3"
    return json.loads(lore_writer.world_info(ours))  # type: ignore[no-any-return]  # a world info


def test_world_info_comes_back_as_it_was() -> None:
    assert back_and_forth(WORLD) == WORLD
    listed = WORLD | {"entries": [ST_ENTRY]}
    assert back_and_forth(listed) == listed
    assert json.loads(lore_writer.world_info(WORLD)) == WORLD


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from([*ST_ENTRY, "q"]), ODD, max_size=8), TEXTS)
def test_an_odd_world_info_comes_back_as_it_was(odd: dict[str, Any], place: str) -> None:
    entries = {place: {"key": [], "content": "x"} | odd, place + "1": {"key": "a", "content": ""}}
    world = json.loads(json.dumps({"entries": entries}))  # two halves of one letter are read as that letter
    assert json.dumps(back_and_forth(world), sort_keys=True) == json.dumps(world, sort_keys=True)


def test_world_info_says_in_v3_what_it_says_itself() -> None:
    ours = json.loads(lore_writer.lorebook_v3(WORLD))["data"]
    entry = ours["entries"][0]
    assert (entry["keys"], entry["secondary_keys"], entry["insertion_order"]) == (
        ST_ENTRY["key"],
        ["salt"],
        42,
    )
    assert entry["enabled"] is False and entry["position"] == "after_char" and entry["use_regex"] is True
    assert entry["extensions"]["position"] == 4 and entry["extensions"]["depth"] == 6
    assert entry["extensions"]["exclude_recursion"] is True and entry["extensions"]["match_scenario"] is True
    read, same = lorebook.book_of(ours), lorebook.book_of(WORLD)
    assert read is not None and same is not None and read.entries == same.entries


def test_what_was_changed_here_is_changed_there() -> None:
    ours = json.loads(lore_writer.lorebook_v3(WORLD))
    entry = ours["data"]["entries"][0]
    entry["content"], entry["enabled"] = "Changed.", True
    entry["extensions"]["depth"] = 1
    ours["data"]["entries"].append({"keys": ["new"], "content": "New.", "id": 7})
    there = json.loads(lore_writer.world_info(ours))
    assert there["entries"]["7"] == ST_ENTRY | {"content": "Changed.", "disable": False, "depth": 1}
    assert there["extra"] == [1] and there["entries"]["odd"]["uid"] == 8
    (new,) = [each for each in there["entries"].values() if each["content"] == "New."]
    assert new["key"] == ["new"] and new["position"] == 1 and new["order"] == 100


BOOK: dict[str, Any] = {
    "name": "B",
    "scan_depth": 3,
    "entries": [
        {"keys": ["a"], "content": "A", "position": "before_char", "enabled": False, "priority": 5, "id": 3},
        {"keys": ["b"], "content": "@@depth 1\nB", "name": "label", "case_sensitive": True, "id": 3},
        {"keys": "c, d", "content": "C", "extensions": {"position": 4, "depth": 2, "role": 1, "own": 1}},
    ],
}


def test_a_book_of_a_card_becomes_world_info_and_comes_back() -> None:
    world = json.loads(
        lore_writer.world_info({"data": {"name": "x", "first_mes": "y", "character_book": BOOK}})
    )
    first, second, third = world["entries"].values()
    assert list(world["entries"]) == ["3", "4", "2"] and world["name"] == "B"
    assert (first["disable"], first["position"], first["uid"]) == (True, 0, 3)
    assert (second["comment"], second["caseSensitive"], second["content"]) == ("label", True, "@@depth 1\nB")
    assert (third["key"], third["position"], third["depth"], third["role"]) == (["c", "d"], 4, 2, 1)
    world["entries"]["3"]["content"] = "Changed there."
    del world["entries"]["2"]
    back = json.loads(lore_writer.lorebook_v3(world))["data"]
    kept = [{key: each[key] for key in each if key != "extensions"} for each in back["entries"]]
    assert kept == [BOOK["entries"][0] | {"content": "Changed there."}, BOOK["entries"][1]]
    assert back["scan_depth"] == 3
    assert json.loads(lore_writer.world_info(back)) == world


@settings(max_examples=30)
@given(BOOKS.filter(lambda book: book["entries"] != {}))
def test_a_book_on_its_own_is_the_book(book: dict[str, Any]) -> None:
    made = json.loads(lore_writer.lorebook_v3(book))
    assert json.loads(lore_writer.lorebook_v3(made)) == made
    assert len(json.loads(lore_writer.world_info(book))["entries"]) == len(book["entries"])
    kept = {key: value for key, value in made["data"].items() if key != "extensions"}
    assert json.dumps(kept) == json.dumps({key: value for key, value in book.items() if key != "extensions"})


@pytest.mark.parametrize(
    "document",
    [
        {
            "lorebookVersion": 4,
            "entries": [{"keys": ["k"], "text": "T", "displayName": "n", "forceActivation": True}],
        },
        {
            "kind": "memory",
            "name": "M",
            "entries": [{"keywords": ["k"], "entry": "T", "priority": 2, "weight": 1.5}],
        },
        {
            "type": "risu",
            "ver": 1,
            "data": [{"key": "k", "content": "T", "activationPercent": 20, "secondkey": ""}],
        },
    ],
)
def test_books_of_other_programs_are_read_first(document: dict[str, Any]) -> None:
    (entry,) = json.loads(lore_writer.lorebook_v3(document))["data"]["entries"]
    assert (entry["keys"], entry["content"]) == (["k"], "T")
    (world,) = json.loads(lore_writer.world_info(document))["entries"].values()
    assert (world["key"], world["content"]) == (["k"], "T")
    read, same = lorebook.book_of({"entries": [entry]}), lorebook.book_of(document)
    assert read is not None and same is not None
    assert read.entries[0].probability == same.entries[0].probability
    assert read.entries[0].position is same.entries[0].position


def test_nothing_is_an_empty_book() -> None:
    assert json.loads(lore_writer.lorebook_v3({"name": "x"})) == {
        "spec": "lorebook_v3",
        "data": {"extensions": {}, "entries": []},
    }
    assert json.loads(lore_writer.world_info({"entries": {}})) == {"entries": {}}
