"""Turns the drawings in assets/ into the pictures that ship: avatars and application icons."""

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

ASSETS = Path(__file__).resolve().parent.parent / "assets"
AVATAR_SIZE = 512
ICON_SIZES = (16, 32, 48, 64, 128, 256, 512)
SMALL_ICON_SIZES = (16, 32)  # drawn from a simpler picture, because the full one blurs
SUPERSAMPLING = 4


def rasterise(drawing: Path, size: int) -> QImage:
    """Paint an SVG into a square picture of the given size in pixels.

    Raises ValueError when the file is not an SVG that can be drawn.
    """
    renderer = QSvgRenderer(QByteArray(drawing.read_bytes()))
    if not renderer.isValid():
        raise ValueError(f"not a drawable SVG: {drawing}")
    edge = size * SUPERSAMPLING
    image = QImage(edge, edge, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, edge, edge))
    painter.end()
    smooth = Qt.TransformationMode.SmoothTransformation
    return image.scaled(size, size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)


def save(image: QImage, target: Path) -> None:
    """Write a PNG as small as the format allows. Raises OSError when it cannot be written."""
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = QImageWriter(str(target), QByteArray(b"png"))
    writer.setCompression(100)
    if not writer.write(image):
        raise OSError(f"{target}: {writer.errorString()}")


def render_avatars(assets: Path) -> list[Path]:
    """Render every avatar drawing beside itself, without an alpha channel."""
    written = []
    for drawing in sorted((assets / "avatars").glob("*.svg")):
        image = rasterise(drawing, AVATAR_SIZE)
        save(image.convertToFormat(QImage.Format.Format_RGB888), drawing.with_suffix(".png"))
        written.append(drawing.with_suffix(".png"))
    return written


def render_icons(assets: Path) -> list[Path]:
    """Render the application icon in every size a desktop asks for."""
    written = []
    for size in ICON_SIZES:
        name = "icon-small.svg" if size in SMALL_ICON_SIZES else "icon.svg"
        target = assets / "icons" / f"{size}.png"
        image = rasterise(assets / name, size)
        save(image.convertToFormat(QImage.Format.Format_ARGB32), target)
        written.append(target)
    return written


def main(arguments: Sequence[str]) -> int:
    """Render everything under the assets folder named in the arguments, by default the checkout's."""
    assets = Path(arguments[0]) if arguments else ASSETS
    for target in (*render_avatars(assets), *render_icons(assets)):
        sys.stdout.write(f"{target.relative_to(assets)} {target.stat().st_size}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
