"""YAML from strangers is read as plain values within limits, or refused in a few words."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.containers.yaml_guard import DEPTH_LIMIT, SIZE_LIMIT, BadYamlError, read

LAUGHS = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghi"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_character(encoding: str) -> None:
    text = 'name: Ada\ncontext: |-\n  She counts.\n  {{char}}: One.\ngreeting: "H\\u00e9"\nyear: 1843\n'
    assert read(text.encode(encoding)) == {
        "name": "Ada",
        "context": "She counts.\n{{char}}: One.",
        "greeting": "Hé",
        "year": 1843,
    }


def test_values_that_json_does_not_know() -> None:
    found = read(
        b"day: 2020-01-02\nat: 2020-01-02 10:00:00\n3: .nan\nbig: .inf\nset: !!set {a}\nb: !!binary aGk="
    )
    assert found == {
        "day": "2020-01-02",
        "at": "2020-01-02T10:00:00",
        "3": None,
        "big": None,
        "set": ["a"],
        "b": None,
    }
    json.dumps(found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LAUGHS, "aliases"),
        ("- " * (DEPTH_LIMIT + 1) + "x", "deep"),
        ("[" * 5000, "deep"),
        ("- a\n" * 20_000, "too many"),
        ("a: " + "1" * 5000, "digits"),
        ("a: 1" + ":1" * 50_000, "digits"),
        ("x" * (SIZE_LIMIT + 1), "larger"),
        ("a: !!python/object/apply:os.system ['true']", "constructor"),
        ("a: b: c", "line 1"),
        ("a: 2020-13-45", "value"),
        ("%YAML", "line 1"),
    ],
)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadYamlError, match=reason):
        read(text.encode())


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(BadYamlError):
        read(b"a: \xff")


@given(st.binary() | st.text(alphabet="ab:-[]{}&*!|>\"' \n0.").map(str.encode))
def test_any_bytes_are_values_or_refused(data: bytes) -> None:
    try:
        value: Any = read(data)
    except BadYamlError:
        return
    json.dumps(value)
