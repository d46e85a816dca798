"""Proves how the address of another computer is read."""

import pytest

from hermes_desktop.domain.device import rpc_address
from hermes_desktop.domain.errors import ErrorKind, KnownError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:1", "127.0.0.1:1"),
        (" studio.local:65535 ", "studio.local:65535"),
        ("studio", "studio:50052"),
        ("my-box.lan:05005", "my-box.lan:5005"),
    ],
)
def test_an_address_is_a_host_and_a_port(text: str, address: str) -> None:
    assert rpc_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        ":1",
        "host:",
        "host:0",
        "host:65536",
        "host:-1",
        "host:1e3",
        "host:١",
        "a b:1",
        "::1:5",
        "ä:1",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(KnownError) as caught:
        rpc_address(text)
    assert caught.value.kind is ErrorKind.RPC_ADDRESS
