"""Two versions of a lorebook are compared entry by entry, whatever words they are written in."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hermes_desktop.app.lore_differences import Aspect, BookChanges, between
from hermes_desktop.domain.lorebook import Written
from hermes_desktop.personas import lore_edit

BOOK: dict[str, Any] = {
    "name": "Sea",
    "entries": [
        {"id": 1, "keys": ["cat"], "content": "A cat.", "comment": "Cat"},
        {"keys": ["fog"], "content": "Grey."},
        {"keys": ["fog"], "content": "Thick."},
        {"keys": ["lamp"], "content": "Lit."},
    ],
}


def changed(**values: Any) -> dict[str, Any]:
    """Give the book with one thing in its first entry said otherwise."""
    book = copy.deepcopy(BOOK)
    book["entries"][0] |= values
    return book


def told(changes: BookChanges) -> tuple[list[str], list[str], list[str]]:
    kinds = (changes.changed, changes.added, changes.removed)
    one, other, last = ([each.label for each in kind] for kind in kinds)
    return one, other, last


def test_every_setting_that_differs_is_told() -> None:
    changes = between(BOOK, changed(content="Two.", constant=True, extensions={"delay": 3}))
    (entry,) = changes.changed
    assert entry.label == "Cat" and entry.aspects == (
        Aspect("content", "A cat.", "Two."),
        Aspect("constant", False, True),
        Aspect("delay", 0, 3),
    )
    assert changes.seen and not changes.added and not changes.removed and not changes.moved


def test_what_nobody_sees_is_no_change() -> None:
    changes = between(BOOK, changed(odd=1, extensions={"display_index": 7}))
    assert not changes.seen and not changes.moved
    assert between(BOOK, BOOK) == BookChanges()


def test_entries_that_came_and_went() -> None:
    after = copy.deepcopy(BOOK)
    after["entries"][3] = {"keys": ["storm"], "content": "Loud."}
    assert told(between(BOOK, after)) == ([], ["storm"], ["lamp"])
    assert told(between({}, BOOK)) == ([], ["Cat", "fog", "fog", "lamp"], [])


def test_an_entry_is_known_again_by_any_of_its_marks() -> None:
    after = copy.deepcopy(BOOK)
    after["entries"][0] |= {"comment": "Tom", "keys": ["tom"], "content": "Other."}  # its number is left
    after["entries"][1]["content"] = "White."  # the first one with these keys
    after["entries"][3]["keys"] = ["lantern"]  # its text is left
    assert told(between(BOOK, after)) == (["Tom", "fog", "lantern"], [], [])
    del after["entries"][2]
    assert told(between(BOOK, after))[1:] == ([], ["fog"])


def test_an_order_that_differs_is_told_as_such() -> None:
    after = copy.deepcopy(BOOK)
    after["entries"].reverse()
    changes = between(BOOK, after)
    assert changes.moved and not changes.seen


def test_the_settings_of_the_book_itself() -> None:
    after = BOOK | {"name": "Tide", "scan_depth": 3}
    assert between(BOOK, after).aspects == (Aspect("name", "Sea", "Tide"), Aspect("scan_depth", None, 3))
    names = ("File", "File")  # by which it is known here, whatever the document says
    assert [each.name for each in between(BOOK, after, names).aspects] == ["scan_depth"]


def test_a_foreign_book_that_was_carried_over_is_no_other_one() -> None:
    novel = {"lorebookVersion": 5, "entries": [{"text": "A cat.", "keys": ["cat"], "id": "abc"}]}
    script = lore_edit.opened(novel)
    assert not between(novel, lore_edit.native(novel)).seen
    (written,) = script.entries
    assert isinstance(written, Written) and written.entry.content == "A cat."


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"keys": st.lists(st.sampled_from(["a", "b"]), max_size=2), "content": st.sampled_from(["x", "y"])},
        optional={"id": st.integers(0, 3), "comment": st.sampled_from(["", "One"])},
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(ENTRIES, ENTRIES)
def test_the_numbers_always_add_up(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    changes = between({"entries": before}, {"entries": after})
    assert len(after) - len(before) == len(changes.added) - len(changes.removed)
    assert len(changes.changed) + len(changes.added) <= len(after)
    back = between({"entries": after}, {"entries": before})
    assert (len(back.added), len(back.removed)) == (len(changes.removed), len(changes.added))
