"""Servers with OpenAI's protocol on loopback: a real one with the Understudy, and one that misbehaves."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from hermes_desktop.bench.lender import free_port
from hermes_desktop.hub import understudy

KEY = "sk-0123456789-secret"
Act = Callable[["Handler"], None]


@contextmanager
def real_server(*, context: int = 4096, name: str = "Understudy") -> Iterator[str]:
    """Serve the Understudy by llama-cpp-python's server, which wants KEY; give its address."""
    port = free_port()
    words = ["--model", str(understudy.shipped()), "--model_alias", name, "--api_key", KEY]
    words += ["--port", str(port), "--host", "127.0.0.1", "--n_ctx", str(context), "--n_threads", "1"]
    command = [sys.executable, "-W", "ignore", "-m", "llama_cpp.server", *words]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        lines = iter(process.stderr.readline, b"")
        assert any(b"Uvicorn running" in line for line in lines), "the server did not start"
        drain = threading.Thread(target=lambda: [None for _ in lines], daemon=True)
        drain.start()  # it would wait for somebody to read what it says
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()
            drain.join()


@dataclass
class Fake:
    """A server that does as the test says; its own `acts` come first, one a request for a reply."""

    address: str = ""
    owner: str = "llamacpp"
    models: tuple[str, ...] = ("hermes",)
    more: dict[str, object] = field(default_factory=dict)  # in every entry of the list of models
    paths: dict[str, Act] = field(default_factory=dict)  # what else is there
    acts: list[Act] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # path and body of each request
    keys: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # somebody has closed a connection on us

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """Give what was sent to a path."""
        return [body for at, body in self.asked if at == path]


class Handler(BaseHTTPRequestHandler):
    """Answer by the plan of a Fake."""

    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_GET(self) -> None:
        self._note({})
        if self.path in self.fake.paths:
            self.fake.paths[self.path](self)
        elif self.path == "/v1/models":
            entry = {"object": "model", "owned_by": self.fake.owner} | self.fake.more
            answer(200, {"data": [{"id": name} | entry for name in self.fake.models]})(self)
        else:
            answer(404, {"error": {"message": "Not Found"}})(self)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:  # somebody has thought better of it
            self.close_connection = True
            self.fake.left.set()
            return
        self._note(json.loads(body))
        if self.path in self.fake.paths:
            self.fake.paths[self.path](self)
        elif self.path in ("/v1/completions", "/v1/chat/completions") and self.fake.acts:
            self.fake.acts.pop(0)(self)
        else:
            answer(404, {"error": {"message": "Not Found"}})(self)

    def _note(self, body: dict[str, Any]) -> None:
        self.fake.asked.append((self.path, body))
        self.fake.keys.append(self.headers.get("Authorization", ""))

    def send(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    def begin_stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()

    def wait_for_leaving(self) -> None:
        """Say when the other side has closed the connection."""
        self.connection.settimeout(30)
        try:
            gone = not self.connection.recv(1)
        except TimeoutError:
            gone = False
        except ConnectionError:
            gone = True
        if gone:
            self.fake.left.set()

    def log_message(self, *_words: object) -> None:
        """Keep the tests quiet."""


def answer(status: int, body: object, **headers: str) -> Act:
    """Answer at once."""

    def act(handler: Handler) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.send(data)

    return act


def says(*pieces: str, finish: str | None = "stop", end: bool = True, **more: object) -> Act:
    """Stream pieces; without `finish` and `end` the connection is just cut."""

    def act(handler: Handler) -> None:
        chat = handler.path.endswith("chat/completions")
        handler.begin_stream()
        for piece in pieces:
            choice = {"delta": {"content": piece}} if chat else {"text": piece}
            handler.send(_event({"choices": [choice | {"finish_reason": None}]}))
        if finish is not None:
            handler.send(_event({"choices": [{"text": "", "finish_reason": finish}], **more}))
        if end:
            handler.send(b"data: [DONE]\n\n")

    return act


def streams(*events: bytes) -> Act:
    """Stream bytes as they are."""

    def act(handler: Handler) -> None:
        handler.begin_stream()
        for event in events:
            handler.send(event)

    return act


def endless(piece: str = "word ") -> Act:
    """Stream a first piece and then wait until the other side has had enough."""

    def act(handler: Handler) -> None:
        handler.begin_stream()
        handler.send(_event({"choices": [{"text": piece, "finish_reason": None}]}))
        handler.wait_for_leaving()

    return act


def silent(handler: Handler) -> None:
    """Say nothing until the other side has gone."""
    handler.wait_for_leaving()


def _event(fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


@contextmanager
def fake_server(**plan: Any) -> Iterator[Fake]:
    """Serve by a plan; ends with the test."""
    fake = Fake(**plan)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Planned", (Handler,), {"fake": fake}))
    server.daemon_threads = True
    fake.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
