"""What counts as the address of a server, and what of it a person sees."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.remote import host_of, is_open, origin_of, remote_address


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("http://studio.local:8080/v1", "http://studio.local:8080/v1"),
        (" HTTPS://API.Example.com/v1/ ", "https://api.example.com/v1"),
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("localhost:1234/v1/chat/completions", "http://localhost:1234/v1"),
        ("studio", "http://studio/v1"),
        ("box.lan:80/v1/models", "http://box.lan:80/v1"),
        ("api.example.com", "https://api.example.com/v1"),
        ("api.example.com/openai/v1/completions", "https://api.example.com/openai/v1"),
        ("https://example.com/a-b/~c/v2", "https://example.com/a-b/~c/v2"),
    ],
)
def test_an_address_is_brought_into_form(typed: str, meant: str) -> None:
    assert remote_address(typed) == meant
    assert remote_address(meant) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ftp://host/v1",
        "file:///etc/passwd",
        "http://",
        "http://host:port/v1",
        "http://host:99999/v1",
        "http://[::1/v1",
        "http://me:secret@host/v1",
        "http://host/v1?key=secret",
        "http://host/v1#x",
        "http://ho st/v1",
        "http://-host/v1",
        "http://host/v1/ä b",
    ],
)
def test_what_is_none_is_refused(typed: str) -> None:
    with pytest.raises(KnownError) as caught:
        remote_address(typed)
    assert caught.value.kind is ErrorKind.REMOTE_ADDRESS


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_address_or_a_sentence(typed: str) -> None:
    with suppress(KnownError):
        address = remote_address(typed)
        assert remote_address(address) == address and host_of(address)


def test_what_can_be_read_on_its_way() -> None:
    assert is_open("http://192.168.1.20:8080/v1") and is_open("http://studio.local/v1")
    assert not is_open("https://studio.local/v1") and not is_open("http://127.0.0.1:8080/v1")
    assert not is_open("http://localhost:8080/v1") and not is_open("http://[::1]:8080/v1")


def test_a_key_belongs_to_scheme_host_and_port() -> None:
    assert origin_of("https://a.example:443/v1") == origin_of("https://a.example:443/v2")
    assert origin_of("https://a.example/v1") != origin_of("http://a.example/v1")
    assert host_of("https://a.example:8443/v1") == "a.example:8443"
