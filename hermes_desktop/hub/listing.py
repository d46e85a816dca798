"""Knows how to ask the hub what a file is and where its bytes are; fetches none of them.

Runs in the downloader process alone. Source of the answers' meaning: huggingface_hub 2.4, read and driven
against a server on loopback.
"""

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hermes_desktop import waiting
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.hub.part import Identity

ENDPOINT = "https://huggingface.co"
SECONDS = 15.0  # until an answer must have begun
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")
SIZE_LIMIT = 2**41  # bytes of one file


@dataclass(frozen=True, slots=True)
class Hub:
    """A hub or a mirror of it, and what one shows at its door."""

    endpoint: str = ENDPOINT
    token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """Name it for people."""
        return urlsplit(self.endpoint).netloc or self.endpoint

    def is_own(self, url: str) -> bool:
        """Say whether an address belongs to the hub itself, which alone may see the token."""
        return urlsplit(url)[:2] == urlsplit(self.endpoint)[:2]

    def pass_for(self, url: str) -> dict[str, str]:
        """Give the header that shows the token to an address; none where it is not the hub's own."""
        return {"Authorization": f"Bearer {self.token}"} if self.token and self.is_own(url) else {}


@dataclass(frozen=True, slots=True)
class Located:
    """A file on the hub, and where its bytes are at this moment."""

    identity: Identity
    location: str


def hub_of(endpoint: str, token: str) -> Hub:
    """Give a hub; one that is reached in the clear, where others listen, is never shown the token."""
    address = urlsplit(endpoint)
    is_safe = address.scheme == "https" or address.hostname in ("localhost", "127.0.0.1", "::1")
    return Hub(endpoint, token if is_safe else "")


def prepare() -> None:
    """Set what the hub's client reads when it is imported: plain HTTP, and no word about who uses it."""
    for name in ("HF_HUB_DISABLE_XET", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS"):
        os.environ[name] = "1"


def locate(hub: Hub, repository: str, revision: str, file: str) -> Located:
    """Ask what a file is and where its bytes are.

    Raises KnownError: HUB_UNREACHABLE, HUB_NOT_FOUND, HUB_REFUSED, HUB_ANSWER, DOWNLOAD_UNVERIFIABLE.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    try:
        url = hf_hub_url(repository, file, revision=revision, endpoint=hub.endpoint)
        found = get_hf_file_metadata(url, token=hub.token or False, timeout=SECONDS, endpoint=hub.endpoint)
    except Exception as error:
        raise known(error, hub, repository, file) from error
    commit, size, etag = found.commit_hash or "", found.size or 0, (found.etag or "").lower()
    if not COMMIT.fullmatch(commit) or not 0 < size <= SIZE_LIMIT or not found.location:
        raise KnownError(ErrorKind.HUB_ANSWER, host=hub.host, reason=f"commit {commit[:50]!r}, size {size}")
    if not SHA256.fullmatch(etag):
        raise KnownError(ErrorKind.DOWNLOAD_UNVERIFIABLE, file=file)
    return Located(Identity(repository, commit, file, size, etag), found.location)


def known(error: Exception, hub: Hub, repository: str, file: str) -> KnownError:
    """Tell the failures of the hub's client apart by their names and by the status that they carry."""
    status = int(getattr(getattr(error, "response", None), "status_code", 0) or 0)
    names = {kind.__name__ for kind in type(error).__mro__}
    if "GatedRepoError" in names or status in (401, 403):
        return KnownError(ErrorKind.HUB_REFUSED, repository=repository, status=status or 403)
    if status == 404 or "HFValidationError" in names or "EntryNotFoundError" in names:
        return KnownError(ErrorKind.HUB_NOT_FOUND, repository=repository, file=file)
    if status:
        return KnownError(ErrorKind.HUB_UNREACHABLE, host=hub.host, reason=f"status {status}")
    return KnownError(ErrorKind.HUB_UNREACHABLE, host=hub.host, reason=waiting.reason(error))
