"""The user comment of JPEG and WebP is found in either directory and either byte order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.containers import exif
from tests import writing

COMMENT = b'{"name": "Mira"}'


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deep", [False, True])
def test_a_comment_in_either_directory(order: str, deep: bool) -> None:
    block = writing.exif(COMMENT, order=order, deep=deep)
    assert exif.of_jpeg(writing.jpeg(block)) == block
    assert exif.of_webp(writing.webp(block)) == block
    assert exif.of_webp(writing.webp(b"Exif\0\0" + block)) == block
    assert exif.comment(block) == COMMENT


@pytest.mark.parametrize(
    ("prefix", "comment"),
    [
        (b"UNICODE\0", "{é}".encode("utf-16-le")),
        (b"\0" * 8, "{é}".encode()),
        (b"", "{é} and more".encode()),
    ],
)
def test_the_letters_of_a_comment(prefix: bytes, comment: bytes) -> None:
    assert exif.comment(writing.exif(comment, prefix=prefix)).decode().startswith("{é}")


def test_pictures_without_a_comment() -> None:
    assert exif.of_jpeg(writing.jpeg()) == exif.of_webp(writing.webp()) == exif.comment(b"") == b""
    assert exif.comment(b"II*\0\xff\xff\xff\xff") == b""
    assert exif.comment(writing.exif(b"", prefix=b"abc")) == b""
    filled = b"\xff\xd8\xff\xff\xd0" + writing.jpeg(writing.exif(COMMENT))[2:]
    assert exif.comment(exif.of_jpeg(filled)) == COMMENT


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    for block in (data, exif.of_jpeg(b"\xff\xd8" + data), exif.of_webp(writing.webp()[:12] + data)):
        exif.comment(block)
        exif.comment(b"II*\0\x08\0\0\0" + block)
