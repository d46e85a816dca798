"""Knows how to ask the hub which repositories there are and what stands in one; it fetches no model.

Runs in the downloader process alone. Whatever the hub says was written by strangers: answers are read up to a
cap of bytes and of time, names are checked, texts are made short and plain.
Source of the wire format: huggingface_hub 2.4 (`HfApi.list_models`, `HfApi.model_info`), read; its own calls
read an answer whole, however long it is.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from hermes_desktop import waiting
from hermes_desktop.containers import gguf, json_guard
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.repository import RemoteModel, RemotePart, Repository, Shelf
from hermes_desktop.hub import licences, line
from hermes_desktop.hub.line import LineError
from hermes_desktop.hub.listing import COMMIT, SECONDS, SHA256, SIZE_LIMIT, Hub
from hermes_desktop.hub.transfer import Watcher

RESULTS_LIMIT = 50
ANSWER_LIMIT = 8 * 1024 * 1024  # bytes; a repository of a thousand files takes about 0.5 MB
ANSWER_SECONDS = 30.0
TEXT_LIMIT = 120  # letters of anything that is shown
QUERY_LIMIT = 200
FILES_LIMIT = 2000
TAGS_LIMIT = 12
NUMBER_LIMIT = 2**53
_REDIRECTS = 3  # a repository that was renamed sends on to its new name
_EXPANDED = ("downloads", "likes", "gated", "lastModified", "tags")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9_.-]{1,96}")
_QUANTISATION = re.compile(
    r"(?:^|[-._/ ])((?:IQ|Q|TQ)[1-8](?:_[0-9A-Z]+)+|MXFP4(?:_MOE)?|NVFP4|BF16|F16|FP16|F32)(?=$|[-._ ])",
    re.IGNORECASE,
)
_NO_MODELS = ("mmproj", "imatrix")  # parts of models, and what they were quantised by


def search(hub: Hub, text: str, watcher: Watcher) -> tuple[Repository, ...]:
    """List repositories with GGUF files by the text in their names, those that are fetched most first.

    Raises KnownError: HUB_UNREACHABLE, HUB_REFUSED, HUB_ANSWER.
    """
    asked = [("search", text[:QUERY_LIMIT]), ("filter", "gguf"), ("sort", "downloads")]
    asked += [("limit", str(RESULTS_LIMIT)), *(("expand", name) for name in _EXPANDED)]
    found = _asked(hub, f"/api/models?{urlencode(asked)}", text, watcher)
    if not isinstance(found, list):
        raise _senseless(hub, "no list")
    read = (_repository(entry) for entry in found[:RESULTS_LIMIT] if isinstance(entry, dict))
    return tuple(repository for repository in read if repository is not None)


def look(hub: Hub, repository: str, revision: str, watcher: Watcher) -> Shelf:
    """Say what stands in a repository: its GGUF models, with the size and the hash of each file.

    Raises KnownError: HUB_UNREACHABLE, HUB_NO_REPOSITORY, HUB_REFUSED, HUB_ANSWER.
    """
    if not is_repository(repository):
        raise KnownError(ErrorKind.HUB_NO_REPOSITORY, repository=repository)
    at = f"/revision/{quote(revision, safe='')}" if revision not in ("", "main") else ""
    found = _asked(hub, f"/api/models/{repository}{at}?blobs=true", repository, watcher)
    described = _repository(found) if isinstance(found, dict) else None
    commit = plain(found.get("sha")) if isinstance(found, dict) else ""
    if described is None or not COMMIT.fullmatch(commit):
        raise _senseless(hub, "no repository")
    siblings = found.get("siblings")
    files = [_file(each) for each in siblings[:FILES_LIMIT]] if isinstance(siblings, list) else []
    models = _models([each for each in files if each is not None])
    return Shelf(described, commit, tuple(sorted(models, key=lambda model: (model.size, model.file))))


def is_repository(name: str) -> bool:
    """Say whether a text has the form of a repository's name, MAKER/MODEL."""
    return _REPOSITORY.fullmatch(name) is not None and ".." not in name


def quantisation_of(file: str) -> str:
    """Read the quantisation from a file's name; "" where it says nothing."""
    found = _QUANTISATION.findall(file)
    return found[-1].upper().replace("FP16", "F16") if found else ""


# ---- what the answers mean --------------------------------------------------------------------------


def _repository(entry: dict[str, Any]) -> Repository | None:
    name = entry.get("id")
    if not isinstance(name, str) or not is_repository(name):
        return None
    raw = entry.get("tags")
    tags = [plain(tag) for tag in raw[:500] if isinstance(tag, str)] if isinstance(raw, list) else []
    named = [plain(tag.removeprefix("license:")) for tag in tags if tag.startswith("license:")]
    licence = named[0] if named else ""
    bases = [tag.removeprefix("base_model:") for tag in tags if tag.startswith("base_model:")]
    return Repository(
        name=name,
        downloads=_number(entry.get("downloads")),
        likes=_number(entry.get("likes")),
        gated=bool(entry.get("gated")) or entry.get("private") is True,
        changed=_moment(entry.get("lastModified")),
        licence=licence,
        accept=licences.governing(licence, [name, *bases]),
        tags=tuple(tag for tag in tags if tag and ":" not in tag)[:TAGS_LIMIT],
    )


def _file(sibling: object) -> RemotePart | None:
    """Read one file of a repository; None where it is no model or its name is not to be trusted."""
    if not isinstance(sibling, dict) or not isinstance(name := sibling.get("rfilename"), str):
        return None
    low = name.casefold()
    pieces = low.split("/")
    if not low.endswith(".gguf") or pieces[-1].startswith(_NO_MODELS) or "imatrix" in pieces[-1]:
        return None
    if (
        plain(name, 255) != name
        or any(piece in ("", ".", "..") for piece in pieces)
        or set("\\:") & set(name)
    ):
        return None
    lfs = sibling.get("lfs")
    lfs = lfs if isinstance(lfs, dict) else {}
    size = _number(lfs.get("size")) or _number(sibling.get("size"))
    sha256 = plain(lfs.get("sha256")).casefold()
    known = SHA256.fullmatch(sha256) is not None
    return RemotePart(name, size, sha256 if known else "") if 0 < size <= SIZE_LIMIT else None


def _models(files: list[RemotePart]) -> Iterator[RemoteModel]:
    """Put the parts of a split model together; one that misses a part is left out."""
    by_name = {file.file: file for file in files}
    for name in by_name:
        names = [part.as_posix() for part in gguf.parts(Path(name))]
        if names[0] == name and all(each in by_name for each in names):
            yield RemoteModel(tuple(by_name[each] for each in names), quantisation_of(name))


def plain(value: object, limit: int = TEXT_LIMIT) -> str:
    """Make a stranger's text plain: one line, no sign that steers or hides, not long."""
    if not isinstance(value, str):
        return ""
    kept = "".join(sign if unicodedata.category(sign)[0] not in "CZ" else " " for sign in value[: limit * 4])
    return " ".join(kept.split())[:limit]


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), NUMBER_LIMIT)


def _moment(value: object) -> int:
    try:
        moment = datetime.fromisoformat(plain(value))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(int(aware.timestamp() * 1000), 0)
    except (ValueError, OverflowError):
        return 0


# ---- the connection ---------------------------------------------------------------------------------


def _asked(hub: Hub, path: str, name: str, watcher: Watcher) -> Any:
    """Ask the hub and read its answer as JSON."""
    url = hub.endpoint + path
    headers = {"Accept-Encoding": "identity"} | hub.pass_for(url)
    watcher.contacted(hub.host)
    ends = monotonic() + ANSWER_SECONDS
    try:
        for _ in range(_REDIRECTS + 1):
            body = None
            with line.answer(url, headers, SECONDS, follow=False) as answered:
                if answered.status_code in (301, 302, 303, 307, 308):
                    url = urljoin(url, answered.headers.get("Location", ""))
                else:
                    _check(hub, answered, name)
                    body = _body(answered, ends, watcher)
            if body is not None:
                return json_guard.read(body, ANSWER_LIMIT)
            if not hub.is_own(url) or not urlsplit(url).path.startswith("/api/models/"):
                break
    except LineError as error:
        raise KnownError(ErrorKind.HUB_UNREACHABLE, host=hub.host, reason=error.reason) from error
    except json_guard.BadJsonError as error:
        raise _senseless(hub, str(error)) from error
    raise _senseless(hub, "it sends somewhere else")


def _check(hub: Hub, answered: Any, name: str) -> None:
    """Tell a good answer from the ways in which the hub says no."""
    status = answered.status_code
    if status in (401, 403):
        raise KnownError(ErrorKind.HUB_REFUSED, repository=name, status=status)
    if status in (400, 404):
        raise KnownError(ErrorKind.HUB_NO_REPOSITORY, repository=name)
    if status != 200:
        raise LineError(f"status {status}", waiting.retry_after(answered))
    if answered.headers.get("Content-Encoding", "identity") != "identity":
        raise _senseless(hub, "it came encoded")


def _body(answered: Any, ends: float, watcher: Watcher) -> bytes:
    """Read what comes, up to the caps."""
    body = bytearray()
    for chunk in answered.iter_raw():
        body += chunk
        watcher.moved("asking", len(body), 0)
        if len(body) > ANSWER_LIMIT:
            raise LineError("the answer is too long")
        if monotonic() > ends:
            raise LineError("the answer comes too slowly")
    return bytes(body)


def _senseless(hub: Hub, reason: str) -> KnownError:
    return KnownError(ErrorKind.HUB_ANSWER, host=hub.host, reason=reason)
