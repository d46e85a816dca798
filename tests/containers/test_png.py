"""Texts of a PNG are found wherever they stand and however they are packed, in broken pictures, too."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.containers import png
from hermes_desktop.containers.inflate import TooMuchError
from tests import writing

LIMIT = 100_000
WORDS = ("ccv3", "chara")
WRITERS = {
    "tEXt": writing.text,
    "zTXt": writing.packed_text,
    "iTXt": lambda word, value: writing.wide_text(word, value, compressed=False),
    "packed iTXt": lambda word, value: writing.wide_text(word, value, compressed=True),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("word", ["chara", "Chara", "CCV3"])
def test_every_kind_of_text_before_and_behind_the_pixels(write: object, behind: bool, word: str) -> None:
    assert callable(write)
    made = write(word, b"the card")
    data = writing.png(after=[made]) if behind else writing.png(made)
    found = png.read(data, WORDS, LIMIT)
    assert found.texts == (png.Text(word.lower(), b"the card", sound=True),)
    assert found.whole and not found.animated and not found.exif


def test_other_texts_are_passed_over_and_the_order_stays() -> None:
    data = writing.png(
        writing.text("Software", b"x" * LIMIT),
        writing.text("chara", b"1"),
        writing.text("parameters", b"a"),
        after=[writing.text("ccv3", b"2"), writing.text("chara", b"3")],
    )
    assert [text.data for text in png.read(data, WORDS, LIMIT).texts] == [b"1", b"2", b"3"]


def test_a_wrong_check_sum_is_told_and_the_text_read() -> None:
    data = writing.png(writing.text("chara", b"card", sound=False))
    assert png.read(data, WORDS, LIMIT).texts == (png.Text("chara", b"card", sound=False),)


def test_animation_and_exif_are_seen() -> None:
    found = png.read(
        writing.png(writing.chunk(b"acTL", b"\0" * 8), writing.chunk(b"eXIf", b"II*\0")), WORDS, LIMIT
    )
    assert found.animated and found.exif == b"II*\0"


@pytest.mark.parametrize(
    "damage",
    [
        struct.pack(">I", 0x7FFF_FFFF) + b"IDAT" + b"\x01" * 30,  # a length beyond the end
        b"\xff" * 12,  # no chunk at all
    ],
)
def test_texts_behind_a_break_are_searched_for(damage: bytes) -> None:
    start = writing.png()[: -len(writing.chunk(b"IEND", b""))]
    data = start + damage + writing.text("chara", b"card") + writing.chunk(b"IEND", b"")
    found = png.read(data, WORDS, LIMIT)
    assert [text.data for text in found.texts] == [b"card"] and not found.whole


def test_a_text_that_the_end_of_the_file_cuts_is_given_as_far_as_it_goes() -> None:
    data = writing.SIGNATURE + writing.header() + writing.text("chara", b"card" * 10)
    found = png.read(data[:-20], WORDS, LIMIT)
    assert not found.whole and b"card".startswith(found.texts[0].data[:4])


@pytest.mark.parametrize(
    "chunk",
    [
        writing.chunk(b"zTXt", b"chara\0\0no zlib"),
        writing.chunk(b"zTXt", b"chara\0"),
        writing.chunk(b"zTXt", writing.packed_text("chara", b"card" * 9)[8:-10]),
        writing.chunk(b"iTXt", b"chara\0\0\0no parts"),
        writing.chunk(b"tEXt", b"chara without an end of its keyword"),
        writing.chunk(b"tEXt", b""),
    ],
)
def test_a_text_that_cannot_be_unpacked_is_none(chunk: bytes) -> None:
    assert png.read(writing.png(chunk), WORDS, LIMIT).texts == ()


def bomb() -> bytes:
    return writing.packed_text("chara", b"\0" * 20_000_000)


@pytest.mark.parametrize(
    "data",
    [
        writing.png(bomb()),
        writing.png(writing.wide_text("ccv3", b"\0" * 20_000_000, compressed=True)),
        writing.png(writing.text("chara", b"x" * (LIMIT + 1))),
        writing.png(*[writing.packed_text("chara", b"x" * (LIMIT // 2))] * 3),
        writing.png(*[writing.text("chara", b"x")] * (png.TEXTS_LIMIT + 1)),
        writing.png(*[writing.chunk(b"tIME", b"")] * (png.CHUNKS_LIMIT + 1)),
    ],
    ids=["zTXt bomb", "iTXt bomb", "long text", "long together", "many texts", "many chunks"],
)
def test_too_much_is_refused(data: bytes) -> None:
    with pytest.raises(TooMuchError):
        png.read(data, WORDS, LIMIT)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read(data: bytes, headed: bool) -> None:
    found = png.read(writing.SIGNATURE + (writing.header() if headed else b"") + data, WORDS, LIMIT)
    assert len(found.texts) <= png.TEXTS_LIMIT


@given(st.data())
def test_one_changed_byte_hides_no_sound_text_before_it(data: st.DataObject) -> None:
    whole = bytearray(writing.png(writing.text("ccv3", b"card"), after=[writing.text("chara", b"second")]))
    at = data.draw(st.integers(len(writing.SIGNATURE) + 25 + 25, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    assert png.read(bytes(whole), WORDS, LIMIT).texts[0] == png.Text("ccv3", b"card", sound=True)
