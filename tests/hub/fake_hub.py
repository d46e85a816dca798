"""A hub on loopback with the real one's wire format: metadata here, bytes on another origin, and bad days."""

import hashlib
import json
import re
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_CHANGED = bytes(byte ^ 1 for byte in range(256))


@dataclass
class FakeHub:
    """What is published, and what goes wrong with it."""

    files: dict[str, bytes]  # by name in the repository
    repository: str = "maker/model"
    endpoint: str = ""
    storage: str = ""
    # What befalls the next requests for bytes, one a request; when they are used up, all is well.
    troubles: deque[str] = field(default_factory=deque)
    head_troubles: deque[str] = field(default_factory=deque)
    always: str = ""  # a trouble that does not end
    cut_at: int = 0  # bytes after which `cut`, `reset` and `stall` do what they say
    sent: int = 0  # bytes of files that went out
    ranges: list[str] = field(default_factory=list)  # of each request for bytes
    tokens_at_storage: int = 0
    tags: tuple[str, ...] = ("gguf", "license:mit", "region:us")
    wanted_token: str = ""  # without which the files are refused
    tokens: list[str] = field(default_factory=list)  # that the hub was shown, "" where none
    asked: list[str] = field(default_factory=list)  # paths of the API
    answers: dict[str, object] = field(default_factory=dict)  # of the API by path, in the place of its own
    retry_after: str = "0"
    stalled: threading.Event = field(default_factory=threading.Event)

    def sha256(self, name: str) -> str:
        return hashlib.sha256(self.files[name]).hexdigest()

    def listed(self) -> dict[str, object]:
        """Describe the repository as the list of models does, with what `expand` asks for."""
        return {
            "_id": "66b0c4f5b2e5d6a7c8d9e0f1",
            "id": self.repository,
            "downloads": 12345,
            "likes": 67,
            "gated": "auto" if self.wanted_token else False,
            "lastModified": "2024-08-15T10:30:00.000Z",
            "tags": list(self.tags),
        }

    def described(self) -> dict[str, object]:
        """Describe it as the page of one model does, with `blobs=true`."""
        author = self.repository.partition("/")[0]
        return self.listed() | {
            "modelId": self.repository,
            "author": author,
            "private": False,
            "disabled": False,
            "sha": COMMIT,
            "cardData": {"license": "mit", "tags": list(self.tags)},
            "siblings": [self._sibling(name) for name in (".gitattributes", "README.md", *self.files)],
        }

    def _sibling(self, name: str) -> dict[str, object]:
        if name not in self.files:
            return {"rfilename": name, "blobId": "a" * 40, "size": 1519}
        size = len(self.files[name])
        lfs = {"sha256": self.sha256(name), "size": size, "pointerSize": 135}
        return {"rfilename": name, "blobId": "b" * 40, "size": size, "lfs": lfs}


class _Hub(BaseHTTPRequestHandler):
    """The hub's own origin: says what a file is and sends elsewhere for the bytes."""

    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_HEAD(self) -> None:
        trouble = self.hub.head_troubles.popleft() if self.hub.head_troubles else ""
        name = unquote(self.path.partition("/resolve/")[2].partition("/")[2])
        if self._is_refused():
            self._end(401, {"X-Error-Code": "GatedRepo"})
        elif trouble:
            status, _, code = trouble.partition(" ")
            self._end(int(status), {"X-Error-Code": code} if code else {})
        elif not self.path.startswith(f"/{self.hub.repository}/"):
            self._end(404, {"X-Error-Code": "RepoNotFound"})
        elif name not in self.hub.files:
            self._end(404, {"X-Error-Code": "EntryNotFound"})
        else:
            self._end(
                302,
                {
                    "X-Repo-Commit": COMMIT,
                    "X-Linked-Etag": f'"{self.hub.sha256(name)}"',
                    "X-Linked-Size": str(len(self.hub.files[name])),
                    "Location": f"{self.hub.storage}/{quote(name)}?signature=1",
                },
            )

    def do_GET(self) -> None:
        """Answer the API: a list of models, or one with its files."""
        url = urlsplit(self.path)
        self.hub.asked.append(self.path)
        self._is_refused()
        if url.path in self.hub.answers:
            self._answer(self.hub.answers[url.path])
        elif url.path == "/api/models":
            wanted = parse_qs(url.query)
            found = wanted.get("search", [""])[0].casefold() in self.hub.repository.casefold()
            self._answer([self.hub.listed()] if found else [])
        elif re.fullmatch(f"/api/models/{self.hub.repository}(/revision/[^/]+)?", url.path):
            self._answer(self.hub.described())
        else:
            self._end(404, {"X-Error-Code": "RepoNotFound"})

    def _is_refused(self) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self.hub.tokens.append(token)
        return bool(self.hub.wanted_token) and token != self.hub.wanted_token

    def _answer(self, value: object) -> None:
        """Send JSON; a number is a status, a text an address to go to, bytes are sent as they are."""
        if isinstance(value, int):
            self._end(value, {"X-Error-Code": "GatedRepo"} if value == 403 else {})
        elif isinstance(value, str):
            self._end(307, {"Location": value})
        else:
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _end(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


class _Storage(BaseHTTPRequestHandler):
    """The origin that has the bytes."""

    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_GET(self) -> None:
        hub = self.hub
        hub.tokens_at_storage += "Authorization" in self.headers
        asked = self.headers.get("Range", "")
        hub.ranges.append(asked)
        data = hub.files[unquote(self.path.lstrip("/").partition("?")[0])]
        trouble = hub.troubles.popleft() if hub.troubles else hub.always
        data = hub.files[trouble.removeprefix("of ")] if trouble.startswith("of ") else data
        found = _RANGE.fullmatch(asked)
        start = int(found[1]) if found else 0
        end = int(found[2]) + 1 if found and found[2] else len(data)
        if trouble.isdigit():
            self._refuse(int(trouble), len(data))
        elif start >= len(data) > 0 and asked:
            self._refuse(416, len(data))
        else:
            self._send(data, start, end, trouble)

    def _refuse(self, status: int, size: int) -> None:
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", self.hub.retry_after)
        if status == 416:
            self.send_header("Content-Range", f"bytes */{size}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, data: bytes, start: int, end: int, trouble: str) -> None:
        is_part = start > 0 or end < len(data)
        if trouble == "ignores range":
            start, end, is_part = 0, len(data), False
        if trouble == "wrong bytes":
            data = data.translate(_CHANGED)
        body = data[start:end]
        if trouble == "too long":
            body += b"more"
        announced = len(body) + (7 if trouble == "lies about length" else 0)
        self.send_response(206 if is_part else 200)
        if is_part:
            first = start - 1 if trouble == "wrong range" else start
            self.send_header("Content-Range", f"bytes {first}-{min(end, len(data)) - 1}/{len(data)}")
        if trouble == "encoded":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(announced))
        self.end_headers()
        if trouble in ("cut", "reset", "stall"):
            body = body[: self.hub.cut_at]
        self._write(body)
        if trouble == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if trouble == "stall":
            self.hub.stalled.wait(30)
        if trouble in ("cut", "reset", "stall", "lies about length"):
            self.close_connection = True
            self.connection.close()

    def _write(self, body: bytes) -> None:
        for at in range(0, len(body), 65536):
            chunk = body[at : at + 65536]
            try:
                self.wfile.write(chunk)
            except OSError:
                self.close_connection = True
                return
            self.hub.sent += len(chunk)

    def log_message(self, *_: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that was killed


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve a hub and its storage on two ports of loopback."""
    servers = []
    for base in (_Hub, _Storage):
        handler = type(base.__name__, (base,), {"hub": hub})
        server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
    hub.endpoint, hub.storage = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    try:
        yield hub
    finally:
        hub.stalled.set()
        for server in servers:
            server.shutdown()
            server.server_close()
