"""Knows how a process is kept off every network: Python's own calls are refused and counted; not who asked.

It is a second line. The first is that no code outside of the downloader opens a connection; what Qt or C do
is seen by no hook of Python, which is why the tests also run in a namespace without a network.
"""

import logging
import socket
import sys
from collections import deque
from typing import Any

_log = logging.getLogger(__name__)
_KEPT = 100
_LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyaddr", "getnameinfo")
_NAMES = frozenset(f"socket.{lookup}" for lookup in _LOOKUPS)
_ADDRESSES = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"})
_NETWORKS = (socket.AF_INET, socket.AF_INET6)
refused: deque[str] = deque(maxlen=_KEPT)  # what was tried, newest last
_installed = False


def install() -> None:
    """Refuse connections, servers and the lookup of names from now on; it can not be taken back."""
    global _installed
    if not _installed:
        _installed = True
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _NAMES:
        _refuse(event, repr(arguments[0]))
    elif event in _ADDRESSES:
        connection, address = arguments[0], arguments[1]
        if getattr(connection, "family", None) in _NETWORKS:
            _refuse(event, repr(address))


def _refuse(event: str, what: str) -> None:
    told = f"{event} {what[:200]}"
    refused.append(told)
    _log.error("refused: %s", told)
    raise PermissionError(f"this process opens no connection: {told}")
