"""Members of an archive are read within limits; what lies about itself is refused."""

import contextlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hermes_desktop.containers.archive import MEMBERS_LIMIT, Archive, find_end
from hermes_desktop.containers.inflate import DamagedError, TooMuchError
from tests import writing

FILES = {"card.json": b"{}", "assets/icon/main.png": b"\x89PNG" * 100, "größe/ü.txt": b"u"}
LIMIT = 10_000


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("before", [b"", writing.jpeg(), b"PK\5\6" + b"x" * 9])
def test_members_come_out_as_they_went_in(packed: bool, before: bytes) -> None:
    opened = Archive(writing.archive(FILES, packed=packed, before=before))
    assert list(opened.members) == list(FILES)
    assert {name: opened.read(name, LIMIT) for name in FILES} == FILES


@given(st.dictionaries(st.text("abcüß/ -", min_size=1, max_size=9), st.binary(max_size=99), max_size=5))
def test_archives_of_the_standard_library(files: dict[str, bytes]) -> None:
    files = {f"d/{name}": data for name, data in files.items() if not name.endswith("/")}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.comment = b"PK made by hand"
        for name, data in files.items():
            writer.writestr(name, data)
    opened = Archive(made.getvalue())
    assert {name: opened.read(name, LIMIT) for name in opened.members} == files


def test_folders_are_no_members() -> None:
    assert list(Archive(writing.archive({"assets/": b"", "a": b""})).members) == ["a"]


def wide() -> bytes:
    """Write an archive as the library writes those that are too large for plain numbers."""
    made = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zipfile, "ZIP64_LIMIT", 40)
        patch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as writer:
            for name, data in FILES.items():
                writer.writestr(name, data)
    return made.getvalue()


def test_a_large_archive_is_read_where_it_may_be_one() -> None:
    opened = Archive(wide(), takes_wide=True)
    assert {name: opened.read(name, LIMIT) for name in opened.members} == FILES
    with pytest.raises(TooMuchError):
        Archive(wide())
    for change in ({"members_limit": 2}, {"list_limit": 100}, {"total_limit": 10}):
        with pytest.raises(TooMuchError):
            Archive(wide(), takes_wide=True, **change)
    plain = Archive(writing.archive(FILES), takes_wide=True)
    assert {name: plain.read(name, LIMIT) for name in plain.members} == FILES


@given(st.data())
def test_a_large_archive_with_changed_bytes_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(wide())
    start = whole.find(b"PK\1\2")
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(start, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DamagedError, TooMuchError):
        opened = Archive(bytes(whole), takes_wide=True)
        for name in opened.members:
            opened.read(name, LIMIT)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(KeyError):
        Archive(writing.archive(FILES)).read("other", LIMIT)


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "\\windows", "../up", "a/../../b", "a\\..\\b", "C:/x", "c:\\x", "", "a\0b"),
        *("..", "x" * 2000, "//host/share"),
    ],
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(DamagedError):
        Archive(writing.archive({"card.json": b"{}", name: b"evil"}))


def test_a_bomb_stops_at_the_limit_whatever_it_claims() -> None:
    bomb = writing.archive({"card.json": b"\0" * 30_000_000}, claims=100)
    with pytest.raises(TooMuchError):
        Archive(bomb).read("card.json", LIMIT)
    stored = writing.archive({"card.json": b"\0" * (LIMIT + 1)}, packed=False)
    with pytest.raises(TooMuchError):
        Archive(stored).read("card.json", LIMIT)


def many(number: int) -> bytes:
    return writing.archive((f"f{each}", b"") for each in range(number))


@pytest.mark.parametrize(
    "data",
    [
        many(MEMBERS_LIMIT + 1),
        writing.archive({"a": b"\0" * 30_000_000}),  # an honest bomb
        writing.archive([("a", b"1"), ("b", b"2")], claims=400_000_000),
        writing.archive(FILES)[:-22] + b"PK\6\7" + b"\0" * 16 + writing.archive(FILES)[-22:],
    ],
    ids=["many", "ratio", "total", "wide"],
)
def test_too_much_is_refused_before_anything_is_unpacked(data: bytes) -> None:
    with pytest.raises(TooMuchError):
        Archive(data)


def test_as_many_as_are_allowed() -> None:
    assert len(Archive(many(MEMBERS_LIMIT)).members) == MEMBERS_LIMIT


@pytest.mark.parametrize(
    "data",
    [
        writing.archive(FILES, flags=0x801),
        writing.archive(FILES, method=99),
        writing.archive(FILES, method=8, packed=False),
        writing.archive(FILES).replace(b"PK\3\4", b"PK\3\5", 1),
        writing.archive(FILES, packed=False).replace(b"{}", b"[]", 1),
    ],
    ids=["encrypted", "method", "not deflated", "moved", "changed"],
)
def test_a_member_that_cannot_be_unpacked(data: bytes) -> None:
    with pytest.raises(DamagedError):
        Archive(data).read("card.json", LIMIT)


def test_a_long_list_and_a_cut_file() -> None:
    whole = writing.archive({"x" * 900 + str(each): b"" for each in range(1900)})
    assert len(Archive(whole).members) == 1900
    for broken in (whole[:-1], whole[10:], whole[:-22], b"", b"PK\5\6"):
        with pytest.raises(DamagedError):
            _first(broken)


def _first(data: bytes) -> bytes:
    opened = Archive(data)
    return opened.read(next(iter(opened.members)), LIMIT)


def test_where_an_archive_ends() -> None:
    assert find_end(b"") == find_end(b"PK\5\6") == -1
    made = writing.archive(FILES, remark=b"a remark")
    assert find_end(made) == len(made) - 22 - 8


@given(st.data())
def test_one_changed_byte_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(writing.archive(FILES))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        opened = Archive(bytes(whole))
        read = {name: opened.read(name, LIMIT) for name in opened.members}
    except (DamagedError, TooMuchError):
        return
    assert all(value in FILES.values() for value in read.values())
