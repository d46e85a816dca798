"""Knows how to be a hub on loopback that is as fast as the machine; it has one file and no bad days.

Run as `python -m hermes_desktop.bench.hub FILE`: a process of its own, since every process of the app is kept
from opening a port. It prints its address and serves until its stdin is closed.
"""

import hashlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Hub(BaseHTTPRequestHandler):
    """Say what the file is, send elsewhere for its bytes, and send them there."""

    protocol_version = "HTTP/1.1"
    file: Path
    digest: str

    def do_HEAD(self) -> None:
        """Answer as the hub does to a question about a file in its large-file storage."""
        port = self.connection.getsockname()[1]
        self._head(
            302,
            {
                "X-Repo-Commit": COMMIT,
                "X-Linked-Etag": f'"{self.digest}"',
                "X-Linked-Size": str(self.file.stat().st_size),
                "Location": f"http://localhost:{port}/storage",  # another origin than 127.0.0.1
                "Content-Length": "0",
            },
        )

    def do_GET(self) -> None:
        """Describe the repository, or send the bytes from where they are asked for."""
        if self.path.startswith("/api/models/"):
            about = {"id": "maker/model", "sha": COMMIT, "tags": ["license:mit"], "siblings": []}
            body = json.dumps(about).encode()
            self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
            self.wfile.write(body)
        else:
            self._send()

    def _send(self) -> None:
        size = self.file.stat().st_size
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        headers = {"Content-Length": str(size - start)}
        if asked:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._head(206 if asked else 200, headers)
        try:
            with self.file.open("rb") as file:
                self.connection.sendfile(file, start)
        except OSError:  # the client has gone
            self.close_connection = True

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> int:
    """Serve the file that is named until stdin ends."""
    file = Path(sys.argv[1])
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    handler = type("Handler", (_Hub,), {"file": file, "digest": digest})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
