"""Knows effects in time: an entry that fired stays for some messages, and then stays away for some."""

from hermes_desktop.domain.lore import Entry


def is_sticky(entry: Entry, fired: int | None, now: int) -> bool:
    """Say whether an entry stays at message `now` that fired at message `fired`."""
    return fired is not None and fired < now < fired + entry.sticky


def is_cooling(entry: Entry, fired: int | None, now: int) -> bool:
    """Say whether an entry stays away; that begins when it stays no longer."""
    if fired is None or now <= fired:
        return False
    return fired + entry.sticky <= now < fired + entry.sticky + entry.cooldown


def renewed(entry: Entry, fired: int | None, now: int) -> int:
    """Give since when the effects of an entry run that fires now: what runs is not begun anew.

    Where the conversation has gone back behind it, it begins now.
    """
    return fired if fired is not None and is_sticky(entry, fired, now) else now
