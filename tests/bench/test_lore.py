"""Proves that what is measured of lore is measured of books that speak and patterns that are stopped."""

from hermes_desktop.bench import lore


def test_the_measures_are_of_work_that_was_done() -> None:
    assert lore.match_ms() > 0
    hostile = lore.hostile()
    assert 0 < hostile.slowest_ms < hostile.together_ms


def test_every_hostile_pattern_would_go_on() -> None:
    patterns = lore._hostile()
    for made in patterns:
        lore._search(made, lore.Patience())
    assert len(patterns) == 40 and all(made.tired for made in patterns)
