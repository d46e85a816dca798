"""JSON from strangers is read within limits, or refused in a few words."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes_desktop.containers.json_guard import DEPTH_LIMIT, DIGITS_LIMIT, BadJsonError, read

LIMIT = 1_000_000
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text(alphabet='"\\[]{}:,'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@PATIENT
@given(JSON_VALUES, st.booleans(), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_every_document_is_read_as_written(value: Any, ascii_only: bool, encoding: str) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode(encoding)
    assert read(data, LIMIT) == value


@PATIENT
@given(st.binary() | st.text(alphabet='[]{}"\\:,u0123456789dDeE+-. ntf').map(str.encode))
def test_bytes_are_a_document_or_refused(data: bytes) -> None:
    try:
        value = read(data, LIMIT)
    except BadJsonError:
        return
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b'{"a" 1}',
        b'"',
        b'"\\',
        b'"\\"',
        b'["a\\\\", "',
        b"]]]]",
        b"{}{}",
        b'"\n"',
        b"// remark\n{}",
        b'"\\u12"',
    ],
)
def test_what_is_no_json_is_refused_with_its_line(data: bytes) -> None:
    with pytest.raises(BadJsonError, match=r" in line \d+$"):
        read(data, LIMIT)


@pytest.mark.parametrize(
    "data", [b"\xff", b'"\xc3\x28"', b'"\xed\xa0\x80"', b"\xff\xfe\x00", b"\xfe\xff\xd8\x00"]
)
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(BadJsonError, match=r"^not UTF-8 text$"):
        read(data, LIMIT)


def test_a_size_limit_is_held_to_the_byte() -> None:
    assert read(b"[10]", 4) == [10]
    with pytest.raises(BadJsonError, match=r"^larger than 3 bytes$"):
        read(b"[10]", 3)


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_depth_is_limited(start: str, end: str) -> None:
    times = DEPTH_LIMIT // (start.count("[") + start.count("{"))
    inner = "0"
    assert read((start * times + inner + end * times).encode(), LIMIT)
    for text in (start * (times + 1) + inner + end * (times + 1), start * 100_000):
        with pytest.raises(BadJsonError, match=f"^nested more than {DEPTH_LIMIT} deep$"):
            read(text.encode(), LIMIT)


def test_brackets_within_strings_are_no_depth() -> None:
    text = "[" * 1000 + '"' + "\\" * 3 + "{" * 1000
    assert read(json.dumps([text, {text: text}]).encode(), LIMIT) == [text, {text: text}]


def test_brackets_after_an_empty_string_are_counted_right() -> None:
    flat = "[" * 300
    assert read(json.dumps(["", flat]).encode(), LIMIT) == ["", flat]
    with pytest.raises(BadJsonError, match=r"deep$"):
        read(('["", ' + "[" * 300 + "]" * 300 + "]").encode(), LIMIT)


def test_short_lists_make_no_room_for_a_deep_one() -> None:
    deep = "[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT
    with pytest.raises(BadJsonError, match=r"deep$"):
        read(("[" + "[]," * 300 + deep + "]").encode(), LIMIT)


def test_many_short_lists_are_not_deep() -> None:
    assert len(read(b"[" + b"[]," * 10_000 + b"{}]", LIMIT)) == 10_001


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_no_json_numbers_are_refused(word: str) -> None:
    with pytest.raises(BadJsonError, match=f"^{word} is no JSON number$"):
        read(f'{{"a": [{word}]}}'.encode(), LIMIT)


@pytest.mark.parametrize("number", ["1e999", "-1e400", "9" * 400 + ".0"])
def test_numbers_that_no_float_can_hold_are_refused(number: str) -> None:
    with pytest.raises(BadJsonError, match=r"^a number beyond every range$"):
        read(f"[{number}]".encode(), LIMIT)


def test_very_long_numbers_are_refused() -> None:
    longest = "9" * DIGITS_LIMIT
    assert read(longest.encode(), LIMIT) == int(longest)
    with pytest.raises(BadJsonError, match=r"^a number of 10,000 digits$"):
        read(b"9" * 10_000, LIMIT)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (rb'"\ud83d\ude00"', "😀"),
        (rb'"a\ud83db"', "a�b"),
        (rb'"\ude00"', "�"),
        (rb'"\ud83d"', "�"),
        (rb'"\ude00\ud83d"', "��"),
        (rb'"\ud83d\ud83d\ude00"', "�😀"),
    ],
)
def test_lone_surrogates_become_the_replacement_sign(written: bytes, text: str) -> None:
    assert read(b"[" + written + b"]", LIMIT) == [text]
    assert read(b"{" + written + b": 1}", LIMIT) == {text: 1}


def test_the_last_of_two_equal_keys_counts() -> None:
    assert read(b'{"a": 1, "b": 2, "a": 3}', LIMIT) == {"a": 3, "b": 2}
