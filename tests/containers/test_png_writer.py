"""Pictures are copied chunk by chunk: what is not asked for stays, what is asked for goes."""

import struct
import zipfile
import zlib
from io import BytesIO

import pytest

from hermes_desktop.containers import bare, exif, png_writer, zip_writer
from hermes_desktop.containers.archive import Archive
from hermes_desktop.containers.inflate import DamagedError
from tests import writing


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Read chunks as a stranger would: no code of the app, and check sums are checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    found, at = [], 8
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + size
        if kind == b"IEND":
            break
    return found


def all_kept(_kind: bytes, _keyword: str, _body: bytes) -> bool:
    return True


def test_texts_stand_before_the_pixels_and_before_other_texts() -> None:
    odd = writing.chunk(b"prVt", b"\1\2")
    plain = png_writer.with_texts(writing.png(odd), [("a", b"1"), ("b", b"2")], all_kept)
    assert [kind for kind, _ in chunks(plain)] == [b"IHDR", b"prVt", b"tEXt", b"tEXt", b"IDAT", b"IEND"]
    assert [body for kind, body in chunks(plain) if kind == b"tEXt"] == [b"a\x001", b"b\x002"]
    busy = writing.png(writing.text("Software", b"x"), odd, after=[writing.text("late", b"y")])
    made = png_writer.with_texts(busy, [("a", b"1")], all_kept)
    assert [body[:1] for kind, body in chunks(made) if kind == b"tEXt"] == [b"a", b"S", b"l"]
    rest = [each for each in chunks(made) if each[1] != b"a\x001"]
    assert rest == chunks(busy)


def test_what_is_not_kept_goes_and_damage_ends_the_copy() -> None:
    data = writing.png(writing.packed_text("Chara", b"x"), writing.wide_text("CCV3", b"y", compressed=True))
    made = png_writer.with_texts(data, [], lambda _kind, keyword, _body: keyword not in ("chara", "ccv3"))
    assert [kind for kind, _ in chunks(made)] == [b"IHDR", b"IDAT", b"IEND"]
    cut = writing.png()[:-12] + b"\xff\xff\xff\xffIDATx"
    assert [kind for kind, _ in chunks(png_writer.with_texts(cut, [], all_kept))] == [
        b"IHDR",
        b"IDAT",
        b"IEND",
    ]
    for none in (writing.SIGNATURE, writing.SIGNATURE + writing.pixels(), writing.png(idat=b"")):
        with pytest.raises(DamagedError):
            png_writer.with_texts(none, [], all_kept)


def test_an_archive_is_stored_and_the_same_each_time() -> None:
    members = [("card.json", b"{}"), ("b/ä.bin", b"\0" * 5000), ("a", b"")]
    made = zip_writer.archive(members)
    assert made == zip_writer.archive(members)
    with zipfile.ZipFile(BytesIO(made)) as opened:
        assert opened.testzip() is None
        assert [(each.filename, each.compress_type) for each in opened.infolist()] == [
            (name, zipfile.ZIP_STORED) for name, _ in members
        ]
    read = Archive(made)
    assert [(name, read.read(name, 9999)) for name in read.members] == members


def test_a_jpeg_loses_what_it_says_and_keeps_its_pixels() -> None:
    colours = b"\xff\xe2" + struct.pack(">H", 14) + b"ICC_PROFILE\0"
    comment = b"\xff\xfe" + struct.pack(">H", 6) + b"home"
    other = b"\xff\xe1" + struct.pack(">H", 6) + b"http"
    start, rest = (
        writing.jpeg(writing.exif(b"where I live" * 5))[:2],
        writing.jpeg(writing.exif(b"x" * 40))[2:],
    )
    data = start + colours + comment + b"\xff" + other + rest + b"PK\3\4 behind"
    made = bare.jpeg(data)
    assert made == start + colours + writing.jpeg()[2:]
    assert exif.of_jpeg(made) == b"" and bare.jpeg(made) == made
    assert bare.jpeg(b"\xff\xd8\xff") == b"\xff\xd8" and bare.jpeg(data[:40])[:2] == b"\xff\xd8"
    assert bare.jpeg(made[:-2]) == made[:-2]


def test_a_webp_loses_what_it_says_and_keeps_its_pixels() -> None:
    data = writing.webp(writing.exif(b"where I live"))
    assert bare.webp(data) == writing.webp() and exif.of_webp(bare.webp(data)) == b""
    wide = b"VP8X" + struct.pack("<I", 10) + bytes([0x1C]) + b"\0" * 9
    made = bare.webp(data[:12] + wide + data[12:])
    assert made[12:21] == b"VP8X" + struct.pack("<I", 10) + b"\x10"
    assert struct.unpack_from("<I", made, 4)[0] == len(made) - 8
