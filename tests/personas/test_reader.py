"""A persona is found in every kind of file, by its bytes; what is none is refused in a known way."""

import base64
import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import card, reader
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.personas.reader import Reading
from tests import writing
from tests.personas.test_card import FULL, V1, V2, V3, documents

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
NEWER = dataclasses.replace(FULL, name="Mirabel Ashdown", nickname="Mira", group_greetings=("All of you?",))


def read(data: bytes, name: str = "somewhere/a.bin") -> Reading:
    return reader.read(data, name)


def kinds(reading: Reading) -> list[NoteKind]:
    return [note.kind for note in reading.card.notes]


def failure(data: bytes) -> KnownError:
    with pytest.raises(KnownError) as caught:
        read(data)
    assert caught.value.values["path"] == "somewhere/a.bin"
    return caught.value


def _png(document: object) -> bytes:
    return writing.png(writing.text("chara", writing.encoded(document)))


def _exif(document: object) -> bytes:
    return writing.exif(json.dumps(document).encode())


CONTAINERS: dict[str, tuple[Callable[[object], bytes], str]] = {
    "png": (_png, "png"),
    "png behind the pixels": (
        lambda d: writing.png(after=[writing.text("ccv3", writing.encoded(d))]),
        "png",
    ),
    "zTXt": (lambda d: writing.png(writing.packed_text("chara", writing.encoded(d))), "png"),
    "apng": (
        lambda d: writing.png(writing.chunk(b"acTL", b"\0" * 8), writing.text("chara", writing.encoded(d))),
        "apng",
    ),
    "plain json in png": (
        lambda d: writing.png(writing.text("chara", json.dumps(d).encode())),
        "png",
    ),
    "exif in png": (lambda d: writing.png(writing.chunk(b"eXIf", _exif(d))), "png"),
    "jpeg": (lambda d: writing.jpeg(_exif(d)), "jpeg"),
    "webp": (lambda d: writing.webp(_exif(d)), "webp"),
    "numbers in webp": (
        lambda d: writing.webp(writing.exif(",".join(str(byte) for byte in json.dumps(d).encode()).encode())),
        "webp",
    ),
    "base64 in webp": (lambda d: writing.webp(writing.exif(writing.encoded(d))), "webp"),
    "charx": (writing.charx, "charx"),
    "jpeg and zip": (lambda d: writing.jpeg() + writing.charx(d), "charx"),
    "png and zip": (lambda d: writing.png() + writing.charx(d), "charx"),
    "anything and zip": (lambda d: b"#!\0" * 9 + writing.charx(d), "charx"),
    "json": (lambda d: json.dumps(d).encode(), "json"),
    "json in utf-16": (lambda d: json.dumps(d).encode("utf-16"), "json"),
    "json after blanks": (lambda d: b"\xef\xbb\xbf \r\n" + json.dumps(d).encode() + b"\n\n", "json"),
}


@pytest.mark.parametrize(("write", "form"), CONTAINERS.values(), ids=CONTAINERS)
def test_a_card_in_every_container(write: Callable[[object], bytes], form: str) -> None:
    reading = read(write(V3))
    assert (reading.format, reading.card.spec, reading.card.fields) == (form, "v3", NEWER)
    assert json.loads(reading.card.card) == V3
    assert reading.card.notes == ()


@PATIENT
@given(documents(), st.sampled_from(sorted(CONTAINERS)))
def test_whatever_a_card_holds_comes_back_whole(document: dict[str, Any], container: str) -> None:
    write, _form = CONTAINERS[container]
    reading = read(write(document))
    assert json.loads(reading.card.card) == document
    assert json.loads(card.patch(reading.card.card, reading.card.fields, reading.card.fields)) == document


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rstrip(b"="),
        lambda text: b"\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + b"\n",
        lambda text: text.replace(b"+", b"-").replace(b"/", b"_"),
        lambda text: b" " + text + b"\0",
        lambda text: base64.b64encode(b"\xef\xbb\xbf" + base64.b64decode(text)),
    ],
)
def test_careless_base64(change: Callable[[bytes], bytes]) -> None:
    document = V2 | {"more": "õõõ~~~???>>>"}
    assert read(writing.png(writing.text("chara", change(writing.encoded(document))))).card.fields == FULL


def test_a_big_book_comes_in_whole() -> None:
    entry = {
        "keys": ["lamp", "light"],
        "content": "It is old.\r\n" * 20,
        "enabled": True,
        "extensions": {"depth": 4},
    }
    document = V3 | {"data": V3["data"] | {"character_book": {"entries": [entry] * 2000}}}
    reading = read(_png(document))
    assert reading.card.lore_entries == 2000 and json.loads(reading.card.card) == document


# ---- more than one card ----------------------------------------------------------------------------


@pytest.mark.parametrize("newer_first", [True, False])
def test_of_both_chunks_the_newer_counts(newer_first: bool) -> None:
    chunks = [writing.text("ccv3", writing.encoded(V3)), writing.text("chara", writing.encoded(V2))]
    reading = read(writing.png(*(chunks if newer_first else chunks[::-1])))
    assert reading.card.spec == "v3" and reading.card.fields == NEWER
    assert kinds(reading) == [NoteKind.TWO_CARDS]
    same = V2 | {"spec": "chara_card_v3", "spec_version": "3.0"}
    chunks = [writing.text("chara", writing.encoded(V2)), writing.text("ccv3", writing.encoded(same))]
    assert kinds(read(writing.png(*chunks))) == []


def test_the_first_text_that_is_a_card_counts() -> None:
    reading = read(
        writing.png(
            writing.text("Software", b"Some"),
            writing.text("parameters", b"a lighthouse"),
            writing.text("chara", b"!!!"),
            writing.text("chara", writing.encoded({"entries": []})),
            writing.text("chara", writing.encoded(V2)),
            after=[writing.text("chara", writing.encoded(V1 | {"name": "Other"}))],
        )
    )
    assert reading.card.fields == FULL and kinds(reading) == [NoteKind.TWO_CARDS]


# ---- broken pictures -------------------------------------------------------------------------------


def test_a_card_in_a_broken_picture_comes_in() -> None:
    made = writing.text("chara", writing.encoded(V2), sound=False)
    assert kinds(read(writing.png(made))) == [NoteKind.DAMAGED]
    whole = _png(V2)
    for data in (whole[:-12], whole[: whole.index(b"IDAT") + 6]):
        reading = read(data)
        assert reading.card.fields == FULL and kinds(reading) == [NoteKind.DAMAGED]


# ---- notes -----------------------------------------------------------------------------------------


def wrapped(**data: Any) -> dict[str, Any]:
    return copy.deepcopy(V3) | {"data": V3["data"] | data}


@pytest.mark.parametrize(
    ("document", "note"),
    [
        (V3 | {"spec_version": "3.1"}, Note(NoteKind.NEWER, "3.1")),
        (V1 | {"spec": "chara_card_v2"}, Note(NoteKind.UNWRAPPED)),
        (wrapped(scenario=3, tags={"a": 1}), Note(NoteKind.NOT_TEXT, "scenario, tags")),
        (wrapped(tags=["x"] * 1001), Note(NoteKind.CUT, "tags")),
        (
            wrapped(extensions={"regex_scripts": [{}], "tavern_helper": {"scripts": [1]}, "world": "x"}),
            Note(NoteKind.SCRIPTS, "regex_scripts, tavern_helper"),
        ),
        (wrapped(extensions={"risuai": {"customScripts": [1]}}), Note(NoteKind.SCRIPTS, "risuai")),
        (wrapped(assets=[{"uri": "https://e.org/a.png"}, {"uri": 3}, 4]), Note(NoteKind.REMOTE_ASSETS, "1")),
        (wrapped(name=""), Note(NoteKind.NAME_FROM_FILE, "a")),
    ],
)
def test_what_a_person_should_know(document: object, note: Note) -> None:
    assert read(json.dumps(document).encode()).card.notes == (note,)


@pytest.mark.parametrize("extensions", [None, [], {"risuai": {}}, {"regex_scripts": []}, {"risuai": 3}])
def test_extensions_without_scripts(extensions: object) -> None:
    assert kinds(read(json.dumps(wrapped(extensions=extensions)).encode())) == []


@pytest.mark.parametrize("version", [None, "", "2.9", "three", [], 3, "nan"])
def test_versions_that_are_not_newer(version: object) -> None:
    assert kinds(read(json.dumps(V3 | {"spec_version": version}).encode())) == []


# ---- pictures --------------------------------------------------------------------------------------


PICTURE = writing.png()
ICON = {"type": "icon", "name": "main", "ext": "png"}


def test_a_picture_card_is_its_own_picture() -> None:
    for name in ("png", "apng", "jpeg", "webp"):
        data = CONTAINERS[name][0](V3)
        assert read(data).picture == data
    prefix = writing.jpeg()
    assert read(prefix + writing.charx(V3)).picture == prefix


@pytest.mark.parametrize("comment", [b"A" * 40, b"{this is not a card at all}", b"rcc||rccv1||" + b"x" * 20])
@pytest.mark.parametrize(
    "picture",
    [writing.jpeg, writing.webp, lambda exif: writing.png(writing.chunk(b"eXIf", exif))],
    ids=["jpeg", "webp", "png"],
)
def test_a_comment_that_only_looks_like_a_card_hides_no_archive(
    picture: Callable[[bytes], bytes], comment: bytes
) -> None:
    prefix = picture(writing.exif(comment))
    reading = read(prefix + writing.charx(V3))
    assert reading.format == "charx" and reading.card.fields == NEWER
    assert reading.picture == prefix
    for behind in (b"", writing.archive({"a.txt": b"x"}), writing.charx(V3)[:-30]):
        with pytest.raises(KnownError) as caught:
            read(prefix + behind)
        assert caught.value.kind in (ErrorKind.CARD_NOT_JSON, ErrorKind.CARD_ENCRYPTED)


def test_the_remark_in_a_picture_is_no_card() -> None:
    remark = writing.chunk(b"eXIf", writing.exif(b"Us at the sea, in summer, with Bruno"))
    with pytest.raises(KnownError) as caught:
        read(writing.png(remark))
    assert caught.value.kind is ErrorKind.CARD_MISSING
    assert read(writing.png(remark) + writing.charx(V3)).format == "charx"


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("embeded://assets/icon/images/main.png", "assets/icon/images/main.png"),
        ("embedded://assets/icon/images/main.png", "assets/icon/images/MAIN.png"),
        ("assets/icon/main.png", "assets/other/main.png"),
        ("data:application/octet-stream;base64," + base64.b64encode(PICTURE).decode(), "nothing"),
    ],
)
def test_the_main_icon_of_an_archive(uri: str, file: str) -> None:
    other = {"type": "icon", "name": "x", "uri": "embeded://other.png"}
    document = wrapped(assets=[other, ICON | {"uri": uri}])
    reading = read(writing.charx(document, **{"other.png": b"x", file: PICTURE}))
    assert reading.picture == PICTURE


def test_assets_that_are_missing_and_modules() -> None:
    document = wrapped(assets=[ICON | {"uri": "embeded://a.png"}, {"uri": "embeded://b.png"}])
    reading = read(writing.charx(document, **{"b.png": PICTURE, "module.risum": b"x"}))
    assert reading.picture == b""
    assert reading.card.notes == (
        Note(NoteKind.ASSETS_MISSING, "1"),
        Note(NoteKind.ASSETS, "1"),
        Note(NoteKind.RISU_MODULE),
    )


def test_a_damaged_icon_costs_only_the_picture() -> None:
    document = wrapped(assets=[ICON | {"uri": "embeded://a.png"}])
    data = writing.archive({"card.json": json.dumps(document).encode(), "a.png": PICTURE}, packed=False)
    reading = read(data.replace(PICTURE, PICTURE[:-1] + b"x", 1))
    assert reading.picture == b"" and NoteKind.PICTURE in kinds(reading)


def test_the_picture_in_a_json_card() -> None:
    uri = "data:image/png;base64," + base64.b64encode(PICTURE).decode()
    assert read(json.dumps(wrapped(assets=[ICON | {"uri": uri}])).encode()).picture == PICTURE
    assert read(json.dumps(V1 | {"avatar": uri}).encode()).picture == PICTURE
    for avatar in ("none", None, 3, "data:image/png;base64,!!!", "data:image/svg+xml,<svg/>"):
        assert read(json.dumps(V1 | {"avatar": avatar}).encode()).picture == b""


# ---- what is refused -------------------------------------------------------------------------------

LOREBOOK = {"entries": {"0": {"key": ["a"], "content": "b"}}}
REFUSED: dict[str, tuple[bytes, ErrorKind]] = {
    "nothing": (b"", ErrorKind.CARD_UNKNOWN),
    "blanks": (b" \n", ErrorKind.CARD_UNKNOWN),
    "GIF": (b"GIF89a" + b"\0" * 99, ErrorKind.CARD_UNKNOWN),
    "prose": (b"Dear reader", ErrorKind.CARD_UNKNOWN),
    "letters of nobody": (b"\xfa\xfb: \xff", ErrorKind.CARD_NOT_YAML),
    "cut JSON": (b'{"name": "Mira", "desc', ErrorKind.CARD_NOT_JSON),
    "picture": (writing.png(), ErrorKind.CARD_MISSING),
    "photograph": (writing.jpeg(), ErrorKind.CARD_MISSING),
    "photograph with a remark": (
        writing.jpeg(writing.exif(b"Us at the sea, in summer, with Bruno")),
        ErrorKind.CARD_MISSING,
    ),
    "webp": (writing.webp(), ErrorKind.CARD_MISSING),
    "zip": (writing.archive({"a.txt": b"x"}), ErrorKind.CARD_MISSING),
    "cut zip": (writing.charx(V3)[:-30], ErrorKind.CARD_DAMAGED),
    "zip that leads out": (writing.charx(V3, **{"../x": b""}), ErrorKind.CARD_DAMAGED),
    "broken base64": (writing.png(writing.text("chara", b"!!!")), ErrorKind.CARD_NOT_JSON),
    "numbers too large": (writing.png(writing.text("chara", b"1,2,300")), ErrorKind.CARD_NOT_JSON),
    "encrypted": (writing.png(writing.text("chara", b"rcc||rccv1||abc")), ErrorKind.CARD_ENCRYPTED),
    "encrypted in base64": (
        writing.png(writing.text("ccv3", base64.b64encode(b"rcc||rccv1||x"))),
        ErrorKind.CARD_ENCRYPTED,
    ),
    "bomb in a picture": (
        writing.png(writing.packed_text("chara", b"\0" * 40_000_000)),
        ErrorKind.CARD_TOO_MUCH,
    ),
    "bomb in an archive": (writing.charx("x" * 40_000_000), ErrorKind.CARD_TOO_MUCH),
    "deep JSON": (b"[" * 100_000, ErrorKind.CARD_NOT_JSON),
    "wide JSON": (b"[" + b"[]," * 3_000_000 + b"1]", ErrorKind.CARD_NOT_JSON),
    "deep YAML": (b"- " * 1000, ErrorKind.CARD_NOT_YAML),
    "lorebook": (json.dumps({"spec": "lorebook_v3", "data": LOREBOOK}).encode(), ErrorKind.CARD_LOREBOOK),
    "world info": (json.dumps(LOREBOOK).encode(), ErrorKind.CARD_LOREBOOK),
    "memory book": (json.dumps({"kind": "memory", "entries": []}).encode(), ErrorKind.CARD_LOREBOOK),
    "NovelAI": (json.dumps({"lorebookVersion": 5, "entries": []}).encode(), ErrorKind.CARD_LOREBOOK),
    "Risu lorebook": (json.dumps({"type": "risu", "data": []}).encode(), ErrorKind.CARD_LOREBOOK),
    "lorebook in a picture": (writing.png(writing.text("naidata", b"x")), ErrorKind.CARD_LOREBOOK),
    "Risu chat": (json.dumps({"type": "risuChat", "data": {}}).encode(), ErrorKind.CARD_CHAT),
    "chat": (b'{"user_name": "U", "character_name": "C"}\n{"mes": "Hi"}', ErrorKind.CARD_CHAT),
    "chats": (json.dumps([{"mapping": {}}]).encode(), ErrorKind.CARD_CHAT),
    "two documents": (b'{"a": 1}\n{"b": 2}', ErrorKind.CARD_NOT_JSON),
    "Ooba chat": (json.dumps({"internal": [], "visible": []}).encode(), ErrorKind.CARD_CHAT),
    "list": (b"[1, 2]", ErrorKind.CARD_UNKNOWN),
    "own persona": (b"name: I\nuser_bio: Me\n", ErrorKind.CARD_PROFILE),
    "own persona in a picture": (writing.png(writing.text("persona", b"{}")), ErrorKind.CARD_PROFILE),
    "instructions": (b"user: a\nbot: b\nturn_template: c\n", ErrorKind.CARD_UNKNOWN),
}


@pytest.mark.parametrize(("data", "kind"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(data: bytes, kind: ErrorKind) -> None:
    assert failure(data).kind is kind


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "FILE_LIMIT", 100)
    assert failure(b" " * 101).kind is ErrorKind.FILE_TOO_LARGE


STARTS = [writing.SIGNATURE, b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP", b"PK\3\4", b"{", b"", b"a: "]


@given(st.sampled_from(STARTS), st.binary())
def test_any_bytes_are_a_card_or_refused(start: bytes, data: bytes) -> None:
    assert _path_of_failure(start + data) == "somewhere/a.bin"


@PATIENT
@given(st.sampled_from(sorted(CONTAINERS)), st.data())
def test_one_changed_byte_is_a_card_or_refused(container: str, data: st.DataObject) -> None:
    whole = bytearray(CONTAINERS[container][0](V2))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    assert _path_of_failure(bytes(whole)) == "somewhere/a.bin"


def _path_of_failure(data: bytes) -> object:
    """Give the file that a failure names; a card that could be read names none."""
    try:
        read(data)
    except KnownError as error:
        return error.values["path"]
    return "somewhere/a.bin"
