"""Knows how compressed bytes from strangers are unpacked: no further than a limit; not where they stood."""

import zlib


class DamagedError(Exception):
    """Say in a few words what is wrong with the bytes of a file."""


class TooMuchError(Exception):
    """Say in a few words what a file asks for that no honest one needs."""


def inflate(data: bytes, limit: int, *, bare: bool = False) -> bytes:
    """Unpack a zlib stream, or a bare deflate stream; raises DamagedError or TooMuchError.

    The limit holds while it is unpacked, so a bomb costs no more memory than that.
    """
    machine = zlib.decompressobj(-zlib.MAX_WBITS if bare else zlib.MAX_WBITS)
    try:
        unpacked = machine.decompress(data, limit + 1)
    except zlib.error as error:
        raise DamagedError("its compressed part is damaged") from error
    if len(unpacked) > limit:
        raise TooMuchError(f"it unpacks to more than {limit:,} bytes")
    if not machine.eof:
        raise DamagedError("its compressed part is cut short")
    return unpacked
