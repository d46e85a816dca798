"""Knows what is noted of a connection to the outside; not how it was made."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connection:
    """What somebody in this app asked of the network, and how much came."""

    at: int  # milliseconds since 1970
    asked_by: str  # "download: Hermes 3 8B Q4_K_M"
    hosts: tuple[str, ...]
    received: int  # bytes of files
    outcome: str  # "done", "paused" or the kind of the error
