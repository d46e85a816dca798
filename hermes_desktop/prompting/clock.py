"""Knows how a prompt words times, dates and pauses: in English, always; not which time it is."""

import re
from datetime import datetime, timedelta, timezone

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_OFFSET = re.compile(r"UTC\s*([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
_FURTHEST = timedelta(hours=14)  # no time zone is further from UTC
_TOKENS = re.compile(r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a")


def short_time(at: datetime) -> str:
    """Give the time as in `4:05 PM`."""
    return formatted(at, "h:mm A")


def long_date(at: datetime) -> str:
    """Give the date as in `March 3, 2026`."""
    return formatted(at, "MMMM D, YYYY")


def weekday(at: datetime) -> str:
    """Give the name of the day."""
    return _DAYS[at.weekday()]


def at_offset(at: datetime, offset: str) -> datetime | None:
    """Move a time to an offset as in `UTC+2` or `UTC-3:30`; None where it is none."""
    found = _OFFSET.fullmatch(offset.strip())
    if found is None:
        return None
    away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if away > _FURTHEST:
        return None
    return at.astimezone(timezone(away if found[1] == "+" else -away))


def formatted(at: datetime, form: str) -> str:
    """Fill a form made of YYYY MM DD HH mm ss and their like; what stands in [ ] is text."""
    hour = at.hour % 12 or 12
    half = "PM" if at.hour >= 12 else "AM"
    values = {
        "YYYY": f"{at.year:04}",
        "YY": f"{at.year % 100:02}",
        "MMMM": _MONTHS[at.month - 1],
        "MMM": _MONTHS[at.month - 1][:3],
        "MM": f"{at.month:02}",
        "M": str(at.month),
        "DD": f"{at.day:02}",
        "D": str(at.day),
        "dddd": weekday(at),
        "ddd": weekday(at)[:3],
        "HH": f"{at.hour:02}",
        "H": str(at.hour),
        "hh": f"{hour:02}",
        "h": str(hour),
        "mm": f"{at.minute:02}",
        "m": str(at.minute),
        "ss": f"{at.second:02}",
        "s": str(at.second),
        "A": half,
        "a": half.lower(),
    }
    return _TOKENS.sub(lambda found: values.get(found[0], found[1] or ""), form)


def pause(length: timedelta | None) -> str:
    """Say how long a pause was, as one says it: `5 minutes`; `just now` where there was none."""
    if length is None:
        return "just now"
    seconds = length.total_seconds()
    for unit, size, upto in (
        ("second", 1, 45),
        ("minute", 60, 45 * 60),
        ("hour", 3600, 22 * 3600),
        ("day", 86400, 26 * 86400),
        ("month", 2_629_746, 320 * 86400),
    ):
        if seconds < upto:
            return "a few seconds" if unit == "second" else _counted(seconds / size, unit)
    return _counted(seconds / 31_556_952, "year")


def _counted(number: float, unit: str) -> str:
    whole = max(1, round(number))
    one = "an" if unit == "hour" else "a"
    return f"{one} {unit}" if whole == 1 else f"{whole} {unit}s"
