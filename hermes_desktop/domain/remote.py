"""Knows what is said of a server that plays the persona from another computer; not how it is asked."""

import ipaddress
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, urlsplit

from hermes_desktop.domain.errors import ErrorKind, KnownError

KEY_VARIABLE = "HERMES_DESKTOP_SERVER_KEY"  # of the environment
_ENDPOINTS = ("/chat/completions", "/completions", "/models")  # people copy more than the base
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)
_NEAR = (".local", ".lan", ".home", ".internal", "localhost")  # names that no public server has


class RemoteForm(StrEnum):
    """Say how a prompt is sent."""

    AUTO = "auto"  # ChatML where the server takes plain texts, else by its own template
    CHATML = "chatml"  # /v1/completions with our own ChatML
    CHAT = "chat"  # /v1/chat/completions


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """A server that speaks OpenAI's protocol, as a person has set it up. Its key is kept elsewhere."""

    address: str = ""  # "http://studio.local:8080/v1", as `remote_address` gives it; "": none
    model: str = ""  # "" takes the first one that it offers
    context: int = 0  # tokens; 0: as the server says
    form: RemoteForm = RemoteForm.AUTO
    patience: int = 120  # seconds without a byte, after which it counts as silent


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model that a server offers."""

    id: str
    context: int  # tokens; 0 where the server does not say


@dataclass(frozen=True, slots=True)
class Served:
    """What a server has turned out to be."""

    host: str  # as a person reads it: "studio.local:8080"
    kind: str  # "llama.cpp", "vLLM", ...; "" for one that is not recognised
    form: RemoteForm  # never AUTO
    exact: bool  # it counts tokens; otherwise they are estimated
    context_told: bool  # otherwise the length of the context is assumed
    unknown: tuple[str, ...]  # names of the settings of Sampling that it does not take


def remote_address(text: str) -> str:
    """Bring the address of a server into the form SCHEME://HOST/PATH; raises KnownError REMOTE_ADDRESS."""
    tidy = text.strip()
    parts = _parts(tidy)
    path = parts.path.rstrip("/")
    for endpoint in _ENDPOINTS:
        path = path.removesuffix(endpoint)
    if re.search(r"[^\w./~-]", path):
        raise KnownError(ErrorKind.REMOTE_ADDRESS, address=tidy[:100])
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}{path or '/v1'}"


def _parts(tidy: str) -> SplitResult:
    refused = KnownError(ErrorKind.REMOTE_ADDRESS, address=tidy[:100])
    try:
        parts = urlsplit(tidy if "://" in tidy else f"{_scheme(tidy)}://{tidy}")
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:  # a port that is none, a bracket too few
        raise refused from error
    whole = parts.scheme.lower() in ("http", "https") and not (parts.query or parts.fragment)
    # A name before the host would be shown to whoever sees the address.
    if not whole or "@" in parts.netloc or not (_is_ip(host) or _HOST.fullmatch(host)):
        raise refused
    return parts


def _scheme(tidy: str) -> str:
    """Guess the scheme that was left out: encrypted, unless the name is one of the house."""
    host = tidy.partition("/")[0].rpartition(":")[0] or tidy.partition("/")[0]
    near = host.casefold().endswith(_NEAR) or "." not in host or _is_ip(host)
    return "http" if near else "https"


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def host_of(address: str) -> str:
    """Give host and port of an address, as a person reads them."""
    return urlsplit(address).netloc


def origin_of(address: str) -> str:
    """Give scheme, host and port of an address: what a key belongs to."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def is_open(address: str) -> bool:
    """Say whether what is sent to an address can be read on its way."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    loopback = host == "localhost" or (_is_ip(host) and ipaddress.ip_address(host).is_loopback)
    return parts.scheme == "http" and not loopback
