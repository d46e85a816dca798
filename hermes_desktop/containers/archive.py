"""Knows how members of a ZIP archive are read into memory, within limits; writes nothing and trusts no name.

The list at the end of the file counts; what stands before the archive (a picture) does not disturb. The
standard library's reader is not used: it reads the whole list before anybody can say that it is too long.
Source: APPNOTE 6.3.10, sections 4.3 and 4.4.
"""

import struct
import zlib
from dataclasses import dataclass

from hermes_desktop.containers import wide
from hermes_desktop.containers.inflate import DamagedError, TooMuchError, inflate

MEMBERS_LIMIT = 2000
LIST_LIMIT = 2 * 1024 * 1024  # bytes of the list of members
TOTAL_LIMIT = 512 * 1024 * 1024  # bytes that all members claim to unpack to
RATIO_LIMIT = 200
_RATIO_FROM = 4 * 1024 * 1024  # bytes; below, a good ratio is no threat
_NAME_LIMIT = 1024
_END, _END_SIZE, _COMMENT_LIMIT = b"PK\x05\x06", 22, 65_535
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
_LOCAL, _LOCAL_SIZE = b"PK\x03\x04", 30
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _UTF8 = 0x1, 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, as the list describes it."""

    name: str
    method: int
    encrypted: bool
    check: int
    packed: int  # bytes
    size: int  # bytes, as claimed
    offset: int


class Archive:
    """Read the list of a ZIP archive; raises DamagedError or TooMuchError."""

    def __init__(
        self,
        data: bytes,
        *,
        members_limit: int = MEMBERS_LIMIT,
        list_limit: int = LIST_LIMIT,
        total_limit: int = TOTAL_LIMIT,
        takes_wide: bool = False,
    ) -> None:
        """Take limits; `takes_wide` is for more than 4 GB or 65,535 files, which no card has."""
        self._data = data
        self._takes_wide = takes_wide
        self._members_limit, self._list_limit = members_limit, list_limit
        self.members = {member.name: member for member in self._list()}
        total = sum(member.size for member in self.members.values())
        if total > total_limit or (total > _RATIO_FROM and total > RATIO_LIMIT * len(data)):
            raise TooMuchError(f"it claims to unpack to {total:,} bytes")

    @property
    def start(self) -> int:
        """Say where the archive begins, behind what stands before it."""
        return min((member.offset for member in self.members.values()), default=0)

    def read(self, name: str, limit: int) -> bytes:
        """Unpack one member; raises KeyError, DamagedError or TooMuchError."""
        member = self.members[name]
        if member.encrypted:
            raise DamagedError("it is encrypted")
        head = self._data[member.offset : member.offset + _LOCAL_SIZE]
        if head[:4] != _LOCAL or len(head) < _LOCAL_SIZE:
            raise DamagedError("a file is not where its list says")
        name_size, extra_size = struct.unpack_from("<HH", head, 26)
        start = member.offset + _LOCAL_SIZE + name_size + extra_size
        if member.method == _STORED and member.packed > limit:
            raise TooMuchError(f"a file in it is larger than {limit:,} bytes")
        unpacked = self._unpacked(member, self._data[start : start + member.packed], limit)
        if zlib.crc32(unpacked) != member.check:
            raise DamagedError("a file in it has changed since it was packed")
        return unpacked

    @staticmethod
    def _unpacked(member: Member, packed: bytes, limit: int) -> bytes:
        if len(packed) < member.packed:
            raise DamagedError("it is cut short")
        if member.method == _STORED:
            return packed
        if member.method == _DEFLATED:
            return inflate(packed, limit, bare=True)
        raise DamagedError("it is packed in a way that is not known here")

    def _list(self) -> list[Member]:
        end = find_end(self._data)
        if end < 0:
            raise DamagedError("the list of its files is missing")
        count, size, offset = struct.unpack_from("<HII", self._data, end + 10)
        found, before = wide.Listing(count, end - size, end), end - size - offset
        if wide.is_wide(self._data, end):
            if not self._takes_wide:
                raise TooMuchError(f"it has more than {self._members_limit:,} files")
            found, before = wide.listing(self._data, end), 0
        if found.count > self._members_limit:
            raise TooMuchError(f"it has more than {self._members_limit:,} files")
        if found.end - found.start > self._list_limit:
            raise TooMuchError("the list of its files is too long")
        if found.start < 0 or before < 0:
            raise DamagedError("the list of its files is damaged")
        return self._entries(found, before)

    def _entries(self, found: wide.Listing, before: int) -> list[Member]:
        """Read a list; so many bytes stand before the archive."""
        members, at = [], found.start
        for _number in range(found.count):
            member, at = self._entry(at, found.end, before)
            members.append(member)
        return [member for member in members if not member.name.endswith("/")]

    def _entry(self, at: int, end: int, before: int) -> tuple[Member, int]:
        if self._data[at : at + 4] != _ENTRY or at + _ENTRY_SIZE > end:
            raise DamagedError("the list of its files is damaged")
        flags, method = struct.unpack_from("<HH", self._data, at + 8)
        check, packed, size, name_size, extra_size, remark_size = struct.unpack_from(
            "<IIIHHH", self._data, at + 16
        )
        (offset,) = struct.unpack_from("<I", self._data, at + 42)
        start = at + _ENTRY_SIZE
        raw = self._data[start : start + name_size]
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        _check_name(name)
        extra = self._data[start + name_size : start + name_size + extra_size]
        if self._takes_wide:
            size, packed, offset = wide.widened(extra, size, packed, offset)
        member = Member(name, method, bool(flags & _ENCRYPTED), check, packed, size, before + offset)
        return member, start + name_size + extra_size + remark_size


def find_end(data: bytes) -> int:
    """Say where an archive's last record stands, -1 where there is no archive."""
    from_here = max(len(data) - _END_SIZE - _COMMENT_LIMIT, 0)
    at = data.rfind(_END, from_here)
    while at >= 0 and at + _END_SIZE > len(data):
        at = data.rfind(_END, from_here, at)
    return at


def _check_name(name: str) -> None:
    """Refuse names that point out of the archive; nothing is ever written by them, but none is honest."""
    parts = name.replace("\\", "/").split("/")
    drive = len(parts[0]) == 2 and parts[0][1] == ":"
    if len(name) > _NAME_LIMIT or not parts[0] or drive or ".." in parts or "\0" in name:
        raise DamagedError("a file in it has a name that leads out of it")
