"""Knows how pictures from outside become avatars: read by named formats only, capped, cut; draws others."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageReader, QPainter

from hermes_desktop.app.markup import monogram_ground
from hermes_desktop.domain.errors import ErrorKind, KnownError

AVATAR_SIDE = 512  # pixels
FILE_LIMIT = 32 * 1024 * 1024  # bytes
PIXELS_LIMIT = 4096 * 4096  # so many are too many
WHOLE_LIMIT = 8 * 1024 * 1024  # bytes of a picture that is kept as it is
_PLAIN_SIDE = 256  # pixels
_PLAIN = 0xFF8F897C  # a grey
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
    return cut_square(image, QRect(left, top, side, side))


def whole_picture(data: bytes, source: str) -> bytes:
    """Give a picture's bytes after a look at them; raises PICTURE_UNREADABLE or FILE_TOO_LARGE."""
    _read(data, source)
    if len(data) > WHOLE_LIMIT:
        raise KnownError(ErrorKind.FILE_TOO_LARGE, path=source, limit=WHOLE_LIMIT)
    return data


def mime_of(data: bytes) -> str:
    """Name the type of a picture by its first bytes."""
    return "image/" + next((name for start, name in _SIGNATURES if data.startswith(start)), "png")


def picture(data: bytes, source: str) -> QImage:
    """Read a PNG, JPEG or WebP file for cropping; raises PICTURE_UNREADABLE."""
    return _read(data, source)


def cut_square(image: QImage, square: QRect) -> bytes:
    """Cut a square out of a picture and give it as a PNG of at most AVATAR_SIDE."""
    return _png(_bare(_small(image.copy(square))))


def _small(square: QImage) -> QImage:
    if square.width() <= AVATAR_SIDE:
        return square
    return square.scaled(
        QSize(AVATAR_SIDE, AVATAR_SIDE),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _bare(image: QImage) -> QImage:
    """Leave nothing but pixels: Qt would write the texts of the file, a whole card maybe, into the avatar."""
    alpha = image.hasAlphaChannel()
    plain = image.convertToFormat(QImage.Format.Format_ARGB32 if alpha else QImage.Format.Format_RGB32)
    size, bits = plain.size(), plain.constBits()
    return QImage(bits, size.width(), size.height(), plain.bytesPerLine(), plain.format()).copy()


def is_plain(data: bytes) -> bool:
    """Say whether a picture of ours is of one colour: other programs write that where there is none."""
    image = QImage.fromData(data).convertToFormat(QImage.Format.Format_RGB32)
    pixels = bytes(image.constBits())
    return pixels == pixels[:4] * (len(pixels) // 4)


def plain_png() -> bytes:
    """Make a picture that stands where there is none but a file must be one."""
    image = QImage(QSize(_PLAIN_SIDE, _PLAIN_SIDE), QImage.Format.Format_RGB32)
    image.fill(_PLAIN)
    return _png(image)


def whole_png(data: bytes, source: str) -> bytes:
    """Turn a JPEG or WebP file into a PNG of the same size; raises PICTURE_UNREADABLE."""
    return _png(_read(data, source))


def drawn_png(name: str) -> bytes:
    """Draw a picture for a persona that has none: a figure on the colour of its name."""
    side = AVATAR_SIDE
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(QColor(monogram_ground(name)))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255, 200))
    painter.drawEllipse(QPointF(side * 0.5, side * 0.4), side * 0.17, side * 0.17)
    painter.drawEllipse(QPointF(side * 0.5, side), side * 0.32, side * 0.36)
    painter.end()
    return _png(image)


def small_png(picture: bytes, side: int) -> bytes:
    """Make a stored avatar smaller; nothing where it cannot be read."""
    image = QImage.fromData(picture)
    if image.isNull():
        return b""
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return _png(image.scaled(QSize(side, side), keep, smooth) if image.width() > side else image)


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
