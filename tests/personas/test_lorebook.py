"""Lorebooks of every origin become one kind of book; nothing in them can make reading fail."""

import json
from typing import Any

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
    Position,
    Scope,
    Source,
)
from hermes_desktop.personas import coercion
from hermes_desktop.personas.decorators import decorated
from hermes_desktop.personas.lorebook import ENTRIES_LIMIT, book_of, card_book


def read(document: object) -> Book:
    book = book_of(document)
    assert book is not None
    return book


def only(raw: dict[str, Any]) -> Entry:
    (entry,) = read({"entries": [raw]}).entries
    return entry


V2 = {"keys": ["cat", "dog"], "content": "A cat.", "extensions": {}, "enabled": True, "insertion_order": 5}


def test_a_book_of_a_card() -> None:
    book = {
        "name": "Harbour",
        "scan_depth": 7,
        "token_budget": 300,
        "recursive_scanning": False,
        "extensions": {},
        "entries": [V2 | {"id": 3, "name": "n", "comment": "c", "priority": 9, "constant": True}],
    }
    card = {"spec": "chara_card_v2", "data": {"name": "Mira", "character_book": book}}
    found = card_book(json.dumps(card))
    assert found == Book(
        (
            Entry(
                "A cat.",
                ("cat", "dog"),
                uid="3",
                name="n",
                comment="c",
                priority=9,
                order=5,
                constant=True,
                position=Position.AFTER_CHAR,
            ),
        ),
        name="Harbour",
        scan_depth=7,
        token_budget=300,
        recursive=False,
    )


@pytest.mark.parametrize("card", ["[]", "{}", '{"data": {"character_book": null}}', '{"data": 5}'])
def test_cards_without_a_book(card: str) -> None:
    assert card_book(card) is None


def test_a_flat_card_may_have_a_book_too() -> None:
    assert card_book(json.dumps({"name": "Mira", "character_book": {"entries": []}})) == Book(())


def test_what_is_missing_has_its_usual_value() -> None:
    assert only({"content": "x", "keys": "a, b"}) == Entry("x", ("a", "b"), position=Position.AFTER_CHAR)
    assert only({"keys": "/a,b/i"}).keys == ("/a,b/i",)


def test_extensions_say_more_than_the_fields_of_the_specification() -> None:
    entry = only(
        V2
        | {
            "position": "after_char",
            "selective": True,
            "secondary_keys": ["red"],
            "case_sensitive": False,
            "extensions": {
                "position": 4,
                "depth": 2,
                "role": 1,
                "selectiveLogic": 3,
                "probability": 40,
                "useProbability": True,
                "group": "a, b",
                "group_override": True,
                "group_weight": 7,
                "use_group_scoring": True,
                "scan_depth": 9,
                "match_whole_words": False,
                "case_sensitive": True,
                "exclude_recursion": True,
                "prevent_recursion": True,
                "delay_until_recursion": True,
                "sticky": 3,
                "cooldown": 4,
                "delay": 5,
                "ignore_budget": True,
                "match_scenario": True,
                "triggers": ["continue"],
                "outlet_name": "o",
            },
        }
    )
    assert entry == Entry(
        "A cat.",
        ("cat", "dog"),
        ("red",),
        Logic.AND_ALL,
        order=5,
        ignore_budget=True,
        position=Position.DEPTH,
        depth=2,
        role=Role.USER,
        outlet="o",
        case_sensitive=True,
        whole_words=False,
        scan_depth=9,
        sources=(Source.SCENARIO,),
        probability=40,
        groups=("a", "b"),
        group_override=True,
        group_weight=7,
        group_scoring=True,
        exclude_recursion=True,
        prevent_recursion=True,
        recursion_level=1,
        sticky=3,
        cooldown=4,
        conditions=Conditions(triggers=("continue",), delay=5),
    )


@pytest.mark.parametrize(
    ("value", "position"),
    [
        ("before_char", Position.BEFORE_CHAR),
        ("before_char_defs", Position.BEFORE_CHAR),
        ("after_char_defs", Position.AFTER_CHAR),
        ("", Position.AFTER_CHAR),
        (None, Position.AFTER_CHAR),
        (0, Position.BEFORE_CHAR),
        ("2", Position.NOTE_TOP),
        (7, Position.OUTLET),
        (8, Position.AFTER_CHAR),
        (-1, Position.AFTER_CHAR),
        ([], Position.AFTER_CHAR),
    ],
)
def test_positions(value: object, position: Position) -> None:
    assert only({"keys": ["a"], "position": value}).position is position


def test_secondary_keys_need_to_be_asked_for() -> None:
    assert only(V2 | {"secondary_keys": ["x"]}).secondary_keys == ()
    assert only(V2 | {"secondary_keys": "x,y", "selective": True}).secondary_keys == ("x", "y")
    assert only({"key": ["a"], "keysecondary": ["x"]}).secondary_keys == ("x",)
    assert only({"key": ["a"], "keysecondary": ["x"], "selective": False}).secondary_keys == ()


def test_roles_chance_and_levels() -> None:
    assert only(V2 | {"extensions": {"role": "assistant"}}).role is Role.ASSISTANT
    assert only(V2 | {"extensions": {"probability": 5, "useProbability": False}}).probability == 100
    assert only(V2 | {"extensions": {"delay_until_recursion": 3}}).recursion_level == 3
    assert only(V2 | {"extensions": []}).recursion_level == 0


def test_a_world_info_of_today() -> None:
    raw = {
        "uid": 4,
        "key": ["cat"],
        "keysecondary": [],
        "comment": "Fog",
        "content": "A cat.",
        "constant": False,
        "selective": True,
        "selectiveLogic": 2,
        "order": 50,
        "position": 0,
        "disable": True,
        "excludeRecursion": True,
        "useProbability": True,
        "probability": 100,
        "depth": 4,
        "groupWeight": 100,
        "scanDepth": None,
        "caseSensitive": None,
        "matchWholeWords": None,
        "sticky": None,
        "matchPersonaDescription": True,
        "characterFilter": {"isExclude": True, "names": ["Mira"], "tags": ["sea"]},
    }
    book = read({"entries": {"4": raw, "5": "junk"}, "name": "World"})
    assert book.name == "World"
    assert book.entries == (
        Entry(
            "A cat.",
            ("cat",),
            logic=Logic.NOT_ANY,
            uid="4",
            comment="Fog",
            enabled=False,
            order=50,
            exclude_recursion=True,
            sources=(Source.PROFILE,),
            conditions=Conditions(for_whom=Filter(("Mira",), ("sea",), excludes=True)),
        ),
    )


def test_older_world_infos() -> None:
    oldest = {"uid": 1, "key": "cat, dog", "title": "x", "content": "y", "folder": None}
    assert read({"folders": {}, "entries": {"1": oldest}}).entries == (Entry("y", ("cat", "dog"), uid="1"),)
    template = {"key": ["a"], "characterFilterNames": ["B"], "characterFilterExclude": False}
    assert only(template).conditions.for_whom == Filter(("B",))


def test_where_both_ways_of_naming_are_there_the_world_infos_count() -> None:
    both = {"key": ["a"], "keys": ["b"], "order": 1, "insertion_order": 2, "disable": False, "enabled": False}
    entry = only(both | {"position": 1, "extensions": {"position": 4, "depth": 9}})
    assert (entry.keys, entry.order, entry.enabled, entry.position) == (("a",), 1, True, Position.AFTER_CHAR)
    assert entry.depth == 9


@pytest.mark.parametrize(
    "document",
    [
        {"spec": "lorebook_v3", "data": {"entries": [V2]}},
        {"spec": "lorebook_v3", "data": {"lorebook": {"entries": [V2]}}},
        {"data": {"character_book": {"entries": {"0": V2}}}},
        {"entries": [V2]},
        [V2],
    ],
)
def test_books_that_stand_alone(document: object) -> None:
    assert [entry.content for entry in read(document).entries] == ["A cat."]


def test_novelai_books() -> None:
    raw = {
        "keys": ["cat", "/do(g)/"],
        "text": "A cat.",
        "displayName": "Fog",
        "enabled": False,
        "forceActivation": True,
        "contextConfig": {"budgetPriority": 400},
        "searchRange": 1000,
        "id": "u",
    }
    entry = Entry(
        "A cat.",
        ("cat", "/do(g)/"),
        uid="u",
        name="Fog",
        enabled=False,
        constant=True,
        order=400,
        scan_letters=1000,
    )
    assert read({"lorebookVersion": 5, "entries": [raw, {}]}).entries == (entry, Entry(""))
    assert read({"lorebookVersion": 4, "entries": []}).entries == ()


def test_agnai_books() -> None:
    raw = {"name": "Fog", "entry": "A cat.", "keywords": ["cat"], "priority": 3, "weight": 8, "enabled": True}
    entry = Entry("A cat.", ("cat",), name="Fog", priority=3, order=8)
    assert read({"kind": "memory", "name": "B", "entries": [raw]}) == Book((entry,), name="B")
    assert read({"entries": [raw | {"keys": ["dog"], "position": 1}]}).entries == (entry,)


def test_risu_books() -> None:
    raw = {
        "key": "cat, dog",
        "secondkey": "red",
        "comment": "Fog",
        "content": "@@depth 3\nA cat.",
        "mode": "normal",
        "insertorder": 7,
        "alwaysActive": False,
        "selective": True,
        "activationPercent": 30,
    }
    folders = [{"mode": "folder", "key": "x"}, {"key": "\uf000folder", "content": "y"}]
    (entry, constant) = read(
        {"type": "risu", "ver": 1, "data": [raw, *folders, {"mode": "constant"}]}
    ).entries
    assert entry == Entry(
        "A cat.",
        ("cat", "dog"),
        ("red",),
        comment="Fog",
        order=7,
        probability=30,
        position=Position.DEPTH,
        depth=3,
    )
    assert constant.constant and constant.secondary_keys == ()


@pytest.mark.parametrize("document", [None, 5, "x", {}, {"entries": 5}, {"data": {}}, {"data": []}])
def test_what_is_no_lorebook(document: object) -> None:
    assert book_of(document) is None


def test_names_and_scopes_come_from_outside() -> None:
    book = book_of({"entries": []}, "file", Scope.GLOBAL)
    assert book == Book((), name="file", scope=Scope.GLOBAL)


def test_counts_and_lengths_are_capped() -> None:
    book = read({"entries": [{"keys": ["a"] * 9999, "content": "x" * 10**6}] + [V2] * (ENTRIES_LIMIT + 5)})
    assert len(book.entries) == ENTRIES_LIMIT
    assert len(book.entries[0].keys) == coercion.WORDS_LIMIT
    assert len(book.entries[0].content) == coercion.LETTERS_LIMIT


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["1", "@@a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = (
    *("key", "keys", "keysecondary", "secondary_keys", "content", "enabled", "disable", "selective"),
    *("selectiveLogic", "position", "order", "depth", "role", "insertion_order", "probability", "name"),
    *("useProbability", "group", "sticky", "scan_depth", "delayUntilRecursion", "characterFilter", "uid"),
    *("extensions", "priority", "keywords", "entry", "text", "contextConfig", "searchRange", "mode"),
    *("insertorder", "activationPercent"),
)


@given(
    st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=9),
    st.dictionaries(
        st.sampled_from(["lorebookVersion", "kind", "type", "data", "scan_depth", "name"]), _JSON
    ),
    st.booleans(),
)
def test_odd_types_never_raise(raw: dict[str, Any], around: dict[str, Any], as_map: bool) -> None:
    entries: object = {"0": raw} if as_map else [raw, 5]
    book_of(around | {"entries": entries})
    book_of({"type": "risu", "data": [raw]})
    book_of({"lorebookVersion": 1, "entries": entries})
    book_of({"kind": "memory", "entries": entries})


@given(_JSON)
def test_single_values_of_odd_types_never_raise(value: object) -> None:
    assert isinstance(coercion.text(value), str)
    assert isinstance(coercion.words(value), tuple)
    assert coercion.flag(value) in (True, False, None)
    found = coercion.whole(value, -5, 5)
    assert found is None or -5 <= found <= 5


def test_yes_and_no_in_words() -> None:
    assert [coercion.flag(value) for value in ("True", "0", "maybe", 1, 0.0, None)] == [
        *(True, False, None),
        *(True, False, None),
    ]
    assert coercion.text(True) == "" and coercion.text(1.5) == "1.5"


# ---- decorators -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "entry"),
    [
        ("@@activate", Entry("x", forced=True)),
        ("@@dont_activate", Entry("x", conditions=Conditions(forbidden=True))),
        ("@@activate_only_after 4", Entry("x", conditions=Conditions(after_replies=4))),
        ("@@activate_only_every 3", Entry("x", conditions=Conditions(every_replies=3))),
        ("@@is_greeting 1", Entry("x", conditions=Conditions(greeting=1))),
        (
            "@@is_user_icon Captain Ada \n@@@depth 1\n@@is_user_icon Bo",
            Entry("x", conditions=Conditions(user_icon="Captain Ada")),
        ),
        ("@@is_user_icon\n@@@role user", Entry("x", role=Role.USER)),
        ("@@keep_activate_after_match", Entry("x", sticky=FOREVER)),
        ("@@dont_activate_after_match", Entry("x", cooldown=FOREVER)),
        ("@@depth 2\n@@role user", Entry("x", position=Position.DEPTH, depth=2, role=Role.USER)),
        ("@@depth -3", Entry("x", position=Position.DEPTH, depth=0)),
        ("@@reverse_depth 2", Entry("x", position=Position.DEPTH, depth=2, from_top=True)),
        ("@@end", Entry("x", position=Position.DEPTH, depth=0)),
        ("@@scan_depth 9", Entry("x", scan_depth=9)),
        ("@@probability 250", Entry("x", probability=100)),
        ("@@priority 7", Entry("x", priority=7)),
        ("@@disable_ui_prompt system_prompt", Entry("x", mutes_default=True)),
        ("@@disable_ui_prompt post_history_instructions\n@@@priority 7", Entry("x")),
        ("@@disable_ui_prompt all\n@@@priority 7", Entry("x", priority=7)),
        ("@@ignore_on_max_context", Entry("x", priority=-1000)),
        ("@@match_full_word", Entry("x", whole_words=True)),
        ("@@match_partial_word", Entry("x", whole_words=False)),
        ("@@unrecursive", Entry("x", exclude_recursion=True)),
        ("@@no_recursive_search", Entry("x", prevent_recursion=True)),
        ("@@position scenario\n@@depth 3", Entry("x", position=Position.AFTER_CHAR)),
        ("@@depth 3\n@@position before_desc", Entry("x", position=Position.BEFORE_CHAR)),
        ("@@position scenario\n@@scan_depth 3", Entry("x", position=Position.AFTER_CHAR, scan_depth=3)),
        (
            "@@additional_keys a,b\n@@additional_keys c",
            Entry("x", conditions=Conditions(extra_keys=(("a", "b"), ("c",)))),
        ),
        ("@@exclude_keys a\n@@exclude_keys b", Entry("x", conditions=Conditions(exclude_keys=("a",)))),
        ("@@depth 1\n@@depth 2", Entry("x", position=Position.DEPTH, depth=1)),
        ("@@unheard_of 1\n@@@also_not\n@@@role user\n@@@role system", Entry("x", role=Role.USER)),
        ("@@role user\n@@@depth 1", Entry("x", role=Role.USER)),
        ("@@role nobody\n@@position nowhere\n@@depth x\n@@is_greeting x\n@@exclude_keys", Entry("x")),
        ("@@unheard_of 1", Entry("x")),
    ],
)
def test_decorators(lines: str, entry: Entry) -> None:
    assert decorated(Entry(f"{lines}\nx")) == entry
    assert decorated(Entry(f"\n{lines}\n\nx\n".replace("\n", "\r\n"))) == entry


def test_only_the_first_lines_are_decorators() -> None:
    assert decorated(Entry("x\n@@depth 3")) == Entry("x\n@@depth 3")
    assert decorated(Entry("@@role user\n\n@@depth 3")) == Entry("@@depth 3", role=Role.USER)
    assert decorated(Entry("")) == Entry("")


def test_so_many_lines_are_decorators_at_most() -> None:
    assert decorated(Entry("@@depth 1\n" * 101 + "x")).content == "@@depth 1\nx"


@given(st.text(alphabet="@ \nabdehopt_1-", max_size=60))
def test_no_decorator_raises(content: str) -> None:
    decorated(Entry(content))
