"""Knows how a file that a person asked for gets its name and its place; not what is in it."""

import errno
import os
import stat
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.paths import USUAL_MASK

_LONGEST = 120  # bytes of a name without its ending: systems take 255, and numbers may come behind it
_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset(
    (
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *tuple(f"{name}{sign}" for name in ("com", "lpt") for sign in "123456789¹²³"),
    )
)
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
_TRIES = 10_000


def file_name(name: str, ending: str, otherwise: str = "persona") -> str:
    """Make a name that every system takes, and that says nothing else than it shows."""
    shown = "".join(_sign(sign) for sign in unicodedata.normalize("NFC", name))
    bare = " ".join(shown.split()).strip(" .-~")
    while len(bare.encode("utf-8")) > _LONGEST:
        bare = bare[:-1]
    bare = bare.strip(" .-~") or otherwise
    if bare.partition(".")[0].rstrip().lower() in _RESERVED:
        bare = f"_{bare}"
    return f"{bare}.{ending}"


def _sign(sign: str) -> str:
    """Give a sign as it may stand in a name: those that nobody sees, or that turn others round, may not."""
    kind = unicodedata.category(sign)
    if sign in _FORBIDDEN or kind in ("Zs", "Zl", "Zp"):
        return "_" if sign in _FORBIDDEN else " "
    if kind == "Cc":
        return " "
    return "" if kind in ("Cf", "Cs", "Co", "Cn") else sign


def write(path: Path, data: bytes) -> Path:
    """Write a file, whole or not at all, over one that may be there; raises DISK_FULL or FILE_UNWRITABLE.

    A link is followed, and what is no file (a pipe) is written to as it is.
    """
    with replacing(path, len(data)) as opened:
        opened.write(data)
    return path


@contextmanager
def replacing(path: Path, needed: int = 0) -> Iterator[BinaryIO]:
    """Open what takes the place of a file once it is whole; raises what `write` raises.

    Where the block ends by an exception, everything is as it was before.
    """
    with _known(path, needed):
        target = Path(os.path.realpath(path))
    with _known(path, needed, (OSError,)):  # what is written may have errors of its own
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            with target.open("wb") as opened:
                yield opened
            return
        with _growing(target) as (opened, part):
            yield opened
            _settle(opened)
            _take_over_mode(part, target)
            part.replace(target)


def write_beside(folder: Path, name: str, data: bytes) -> Path:
    """Write a file into a folder, with a number where the name is taken; raises what `write` raises."""
    with _known(folder / name, len(data)), _growing(folder / name) as (opened, part):
        opened.write(data)
        _settle(opened)
        return _named(part, folder / name)


def _named(part: Path, wanted: Path) -> Path:
    for number in range(1, _TRIES):
        path = wanted if number == 1 else wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
        if os.path.lexists(path):
            continue
        try:
            os.link(part, path)  # never takes the place of a file that has come meanwhile
        except FileExistsError:
            continue
        except OSError:  # some disks have no links
            part.rename(path)
        return path
    raise OSError(errno.EEXIST, "every name is taken")


@contextmanager
def _growing(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Open a file beside its place, under a name of nobody's; it is gone where it was not moved away."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".hermes-", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as opened:
            part.chmod(0o666 & ~USUAL_MASK)
            yield opened, part
    finally:
        part.unlink(missing_ok=True)


def _settle(opened: BinaryIO) -> None:
    """Bring a file to the disk and close it: Windows moves no open one."""
    opened.flush()
    os.fsync(opened.fileno())
    opened.close()


def _take_over_mode(part: Path, target: Path) -> None:
    if target.exists():
        part.chmod(stat.S_IMODE(target.stat().st_mode))


@contextmanager
def _known(
    path: Path, needed: int, kinds: tuple[type[Exception], ...] = (OSError, ValueError)
) -> Iterator[None]:
    """Turn what the system says into a known error."""
    name = os.fsencode(path).decode("utf-8", "replace")
    try:
        yield
    except kinds as error:
        if getattr(error, "errno", None) in _FULL:
            raise KnownError(ErrorKind.DISK_FULL, path=name, needed=needed) from error
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise KnownError(ErrorKind.FILE_UNWRITABLE, path=name, reason=str(reason)) from error
