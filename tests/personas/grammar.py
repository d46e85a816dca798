"""Grows cards by the grammar of their formats, with everything in them that strangers have written."""

from typing import Any

from hypothesis import strategies as st

_SIGNS = st.characters(codec="utf-8") | st.sampled_from(
    ["\ud83d", "\udc00", "\r\n", "@@", "{{char}}", "\u202e"]
)
TEXTS = st.lists(_SIGNS, max_size=12).map("".join) | st.sampled_from(["", " ", "null", "\ud83d", "a\r\nb"])
NUMBERS = st.sampled_from([0, 0.0, -0.0, 1, 1.0, 10**40, -1, 1.5e300, 100])
ODD = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
DEEP = st.integers(1, 150).map(lambda depth: _nested(depth))
_DECORATED = st.sampled_from(
    ["@@depth 4\nHe.", "@@role user\r\n@@@x\n\nShe.", "@@activate", "plain", "\n@@end\n"]
)


def _nested(depth: int) -> Any:
    value: Any = 0.0
    for number in range(depth):
        value = [value] if number % 2 else {"d": value}
    return value


def _objects(required: dict[str, st.SearchStrategy[Any]], usual: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Make an object in any order of its keys, with keys of nobody's."""
    whole = st.fixed_dictionaries(required, optional=usual | {"x_own": ODD, "deep": DEEP})
    return whole.flatmap(lambda made: st.permutations(list(made.items())).map(dict))


OWN = st.just({"v3": {"nickname": "x"}, "aside": 1}) | st.just({"format": "agnai"}) | ODD
EXTENSIONS = st.dictionaries(TEXTS, ODD, max_size=2).flatmap(
    lambda made: st.one_of(st.just(made), OWN.map(lambda own: made | {"hermes_desktop": own}))
)
ENTRIES = _objects(
    {"keys": st.lists(TEXTS, max_size=2), "content": _DECORATED | TEXTS},
    {
        "extensions": EXTENSIONS | ODD,
        "enabled": st.booleans() | ODD,
        "insertion_order": NUMBERS,
        "position": st.sampled_from(["before_char", "after_char", "", 4]),
        "comment": TEXTS,
        "selective": st.booleans(),
        "id": st.integers(0, 3) | TEXTS,
        "priority": NUMBERS,
    },
)
BOOKS = _objects(
    {"entries": st.lists(ENTRIES, max_size=3) | st.dictionaries(TEXTS, ENTRIES, max_size=2)},
    {"name": TEXTS, "scan_depth": NUMBERS, "extensions": EXTENSIONS},
)
_V2 = {
    **dict.fromkeys(("description", "personality", "scenario", "mes_example", "system_prompt"), TEXTS | ODD),
    **dict.fromkeys(("creator_notes", "post_history_instructions", "creator"), TEXTS | ODD),
    "character_version": TEXTS | NUMBERS,
    "alternate_greetings": st.lists(TEXTS, max_size=2) | TEXTS | ODD,
    "tags": st.lists(TEXTS, max_size=2) | TEXTS | ODD,
    "character_book": BOOKS | st.none() | ODD,
    "extensions": EXTENSIONS | ODD,
}
_V3 = {
    "nickname": TEXTS | ODD,
    "group_only_greetings": st.lists(TEXTS, max_size=2) | ODD,
    "assets": st.lists(
        st.fixed_dictionaries(
            {"type": st.just("icon"), "uri": st.just("ccdefault:"), "name": TEXTS, "ext": TEXTS}
        ),
        max_size=2,
    )
    | ODD,
    "source": TEXTS | st.lists(TEXTS, max_size=2),
    "creation_date": NUMBERS,
    "creator_notes_multilingual": st.dictionaries(TEXTS, TEXTS, max_size=2),
}
_SAID = {"name": st.just("Ada"), "first_mes": st.just("Hi.") | st.just("Hi \ud83d\r\n.")}
_MIRROR = {"first_mes": TEXTS, "fav": st.booleans(), "talkativeness": TEXTS, "create_date": TEXTS}
V1_CARDS = _objects(
    _SAID, dict.fromkeys(("description", "personality", "scenario", "mes_example"), TEXTS | ODD)
)
V2_CARDS = _objects(
    {
        "spec": st.just("chara_card_v2"),
        "spec_version": st.sampled_from(["2.0", "2.1", 2.0]),
        "data": _objects(_SAID, _V2),
    },
    _MIRROR,
)
V3_CARDS = _objects(
    {
        "spec": st.just("chara_card_v3"),
        "spec_version": st.sampled_from(["3.0", "3.1", 3]),
        "data": _objects(_SAID, _V2 | _V3),
    },
    _MIRROR,
)
CARDS = V3_CARDS | V2_CARDS | V1_CARDS
