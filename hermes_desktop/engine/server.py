"""Knows how to speak HTTP with one server: ask, stream, and how each fails; not what is asked for.

Nothing that the server sends is trusted: bytes are bounded, no redirection is followed, and what it says of a
failure is cut short, and never with the key in it.
"""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.remote import RemoteServer, host_of
from hermes_desktop.waiting import reason, retry_after

CONNECT_SECONDS = 10.0
_ANSWER_LIMIT = 8 * 1024 * 1024  # bytes; a list of some thousand models
_REFUSAL_LIMIT = 64 * 1024
_DETAIL = 300  # letters of what a server says of a failure
_CONNECTIONS = 8
_VERSION = re.compile(r"/v\d+$")

Fields = dict[str, object]


class StatusError(Exception):
    """Carry another status than 200, and what the server says of it."""

    def __init__(self, status: int, detail: str, code: str, wait: float, context: int) -> None:
        super().__init__(f"{status}: {detail}")
        self.status, self.detail, self.code = status, detail, code
        self.wait = wait  # seconds after which the server wants to be asked again; 0: it does not say
        self.context = context  # tokens, where the refusal names them; else 0


class Server:
    """One server, over connections that are kept. Raises KnownError REMOTE_…, and StatusError."""

    def __init__(self, server: RemoteServer, key: str, proxy: str = "") -> None:
        self.host = host_of(server.address)
        self._base, self._root = server.address, _VERSION.sub("", server.address)
        self._key, self._patience = key, server.patience
        headers = {"User-Agent": "hermes-desktop", "Accept-Encoding": "identity"}
        self._client = httpx2.AsyncClient(
            headers=headers | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx2.Timeout(float(server.patience), connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=_CONNECTIONS),
            proxy=_proxy(server.address, proxy),
            trust_env=False,
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def get(self, path: str, *, beside: bool = False) -> Fields:
        """Ask for an object; `beside` the protocol of OpenAI, at the root of the server."""
        return await self._ask("GET", path, None, beside=beside)

    async def post(self, path: str, body: Fields, *, beside: bool = False) -> Fields:
        """Send an object and get one."""
        return await self._ask("POST", path, body, beside=beside)

    @asynccontextmanager
    async def events(self, path: str, body: Fields) -> AsyncIterator[AsyncIterator[Fields]]:
        """Send an object and get others, one after the other; leaving closes the connection."""
        async with self._opened("POST", self._base + path, body, keep=False) as response:
            yield self._events(response)

    def known(self, error: StatusError) -> KnownError:
        """Give what a status means for a person."""
        status = error.status
        if status in (401, 403):
            return KnownError(ErrorKind.REMOTE_REFUSED, host=self.host, status=status)
        if status in (402, 429):
            return KnownError(ErrorKind.REMOTE_BUSY, host=self.host)
        if 300 <= status < 400:
            return self._nonsense("it sends us to another address")
        detail = error.detail.rstrip(".") or "it does not say why"
        return KnownError(ErrorKind.REMOTE_FAILED, host=self.host, status=status, detail=detail)

    # ---- inside ------------------------------------------------------------------------------------

    async def _ask(self, method: str, path: str, body: Fields | None, *, beside: bool) -> Fields:
        url = (self._root if beside else self._base) + path
        body = None if body is None else {name: value for name, value in body.items() if value is not None}
        async with self._opened(method, url, body) as response:
            return self._parsed(await self._all(response, _ANSWER_LIMIT))

    @asynccontextmanager
    async def _opened(
        self, method: str, url: str, body: Fields | None, *, keep: bool = True
    ) -> AsyncIterator[httpx2.Response]:
        """Send a request; whatever the library raises becomes a KnownError.

        A stream is not to keep its connection: a server that fails in the middle may close it unseen.
        """
        began = False
        headers = {} if keep else {"Connection": "close"}
        try:
            async with self._client.stream(method, url, json=body, headers=headers) as response:
                if response.status_code != httpx2.codes.OK:
                    raise await self._refusal(response)
                began = True
                yield response
        except httpx2.ConnectTimeout as error:
            raise self._unreachable(f"no answer in {CONNECT_SECONDS:.0f} seconds") from error
        except httpx2.TimeoutException as error:
            raise KnownError(ErrorKind.REMOTE_SILENT, host=self.host, seconds=self._patience) from error
        except (httpx2.SSEError, httpx2.DecodingError) as error:
            raise self._nonsense(reason(error)) from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            if began:
                raise KnownError(ErrorKind.REMOTE_CUT, host=self.host, reason=reason(error)) from error
            raise self._unreachable(reason(error)) from error

    async def _events(self, response: httpx2.Response) -> AsyncIterator[Fields]:
        kind = response.headers.get("content-type", "")
        if not kind.startswith("text/event-stream"):  # some do not stream, and say all at once
            yield self._parsed(await self._all(response, _ANSWER_LIMIT))
            return
        async for event in httpx2.EventSource(response):
            if event.data == "[DONE]":
                yield {"choices": [{"finish_reason": "stop"}]}  # some say no other end
                return
            yield self._parsed(event.data.encode())

    async def _all(self, response: httpx2.Response, limit: int) -> bytes:
        whole = bytearray()
        async for part in response.aiter_bytes():
            whole += part
            if len(whole) > limit:
                raise self._nonsense(f"over {limit} bytes at once")
        return bytes(whole)

    def _parsed(self, text: bytes) -> Fields:
        try:
            fields = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self._nonsense("no JSON") from error
        if not isinstance(fields, dict):
            raise self._nonsense("no object")
        return fields

    async def _refusal(self, response: httpx2.Response) -> StatusError:
        text = await self._all(response, _REFUSAL_LIMIT)
        try:
            fields = self._parsed(text)
        except KnownError:  # a page of a proxy, or nothing
            fields = {"error": text.decode("utf-8", "replace")}
        said = fields.get("error") or fields.get("detail") or fields.get("message") or ""
        return self._status(response.status_code, said, retry_after(response))

    def refusal(self, fields: Fields) -> StatusError | None:
        """Give what a server says of a failure in the middle of a stream, where it does."""
        said = fields.get("error")
        return self._status(500, said) if said else None

    def _status(self, status: int, said: object, wait: float = 0.0) -> StatusError:
        inner = said if isinstance(said, dict) else {"message": said}
        detail = self._tidy(str(inner.get("message") or ""))
        code = str(inner.get("code") or inner.get("type") or "")
        return StatusError(status, detail, code, wait, _context(inner.get("n_ctx"), detail))

    def _tidy(self, text: str) -> str:
        """Make one line of what a server says; it may quote the key."""
        hidden = text.replace(self._key, "…") if self._key else text
        return " ".join(hidden.split())[:_DETAIL]

    def _unreachable(self, why: str) -> KnownError:
        return KnownError(ErrorKind.REMOTE_UNREACHABLE, host=self.host, reason=self._tidy(why))

    def _nonsense(self, why: str) -> KnownError:
        return KnownError(ErrorKind.REMOTE_ANSWER, host=self.host, reason=self._tidy(why))


_LIMITS = (
    re.compile(r"maximum context length (?:is|of) (\d{1,9})"),
    re.compile(r"context (?:size|window|length) \(?(?:of )?(\d{1,9})"),
)


def _context(told: object, detail: str) -> int:
    """Read how many tokens a server has room for from its refusal of more; 0 where it does not say."""
    if isinstance(told, int) and not isinstance(told, bool) and told > 0:
        return told
    found = next((match for limit in _LIMITS if (match := limit.search(detail))), None)
    return int(found[1]) if found else 0


def _proxy(address: str, wanted: str) -> str | None:
    """Give the proxy to go through: as set, else as the environment says; never to this computer itself."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if host == "localhost" or host.startswith("127.") or host == "::1":
        return None
    if wanted:
        return wanted
    return None if proxy_bypass(host) else getproxies().get(parts.scheme)
