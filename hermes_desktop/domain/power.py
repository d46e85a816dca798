"""Knows the words for where a computer has its power from; not how one finds out."""

from enum import StrEnum


class PowerSource(StrEnum):
    """Say what the computer runs on."""

    BATTERY = "battery"
    MAINS = "mains"  # with a battery, or where the driver does not say
    NO_BATTERY = "no_battery"
    UNKNOWN = "unknown"  # not asked yet, or no answer
