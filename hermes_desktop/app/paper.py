"""Knows how pictures from outside become avatars: read by named formats only, capped, cut square."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from hermes_desktop.domain.errors import ErrorKind, KnownError

AVATAR_SIDE = 512  # pixels
FILE_LIMIT = 32 * 1024 * 1024  # bytes
PIXELS_LIMIT = 4096 * 4096  # so many are too many
_ALLOCATION_MB = 64
_QUICK = 80  # Qt's word for how PNG is packed: an eighth larger than at its best, in half the time
# First bytes and the reader they name. SVG is left out: a small one can hold the program for minutes.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"RIFF", "webp"),
)


def avatar_png(data: bytes, source: str) -> bytes:
    """Turn a PNG, JPEG or WebP file into a square PNG of at most AVATAR_SIDE; raises PICTURE_UNREADABLE."""
    image = _read(data, source)
    side = min(image.width(), image.height())
    left, top = (image.width() - side) // 2, (image.height() - side) // 2
    square = image.copy(QRect(left, top, side, side))
    if side > AVATAR_SIDE:
        square = square.scaled(
            QSize(AVATAR_SIDE, AVATAR_SIDE),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return _png(square)


def is_usable(data: bytes) -> bool:
    """Say whether a picture can be shown as an avatar, as it is."""
    try:
        image = _read(data, "")
    except KnownError:
        return False
    return max(image.width(), image.height()) <= 2 * AVATAR_SIDE


def _read(data: bytes, source: str) -> QImage:
    unreadable = KnownError(ErrorKind.PICTURE_UNREADABLE, path=source)
    name = next((name for start, name in _SIGNATURES if data.startswith(start)), "")
    if not name or len(data) > FILE_LIMIT:
        raise unreadable
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(name.encode()))
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(_ALLOCATION_MB)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() >= PIXELS_LIMIT:
        raise unreadable
    image = reader.read()
    if image.isNull():
        raise unreadable
    return image


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", _QUICK)  # type: ignore[call-overload]  # the stub wants bytes, the call takes str
    return bytes(buffer.data().data())
