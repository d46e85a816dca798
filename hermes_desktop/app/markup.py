"""Knows the way from message text to what a view shows, in the person's language; views know no renderer."""

from PySide6.QtCore import QCoreApplication

from hermes_desktop.rendering import markdown
from hermes_desktop.rendering.markdown import Labels
from hermes_desktop.rendering.monogram import GROUNDS, ground, letter
from hermes_desktop.rendering.stream import StreamRenderer
from hermes_desktop.rendering.style import DARK, LIGHT, RenderPalette, style_sheet

__all__ = ["DARK", "LIGHT", "RenderPalette", "StreamRenderer", "stream", "style_sheet", "to_html"]


def to_html(text: str, open_thoughts: frozenset[int] = frozenset()) -> str:
    """Render a whole message."""
    return markdown.to_html(text, open_thoughts=open_thoughts, labels=_labels())


def monogram(name: str) -> str:
    """Give the letter that stands for somebody without a picture."""
    return letter(name)


def monogram_ground(name: str) -> str:
    """Give the colour on which it stands."""
    return GROUNDS[ground(name)]


def stream() -> StreamRenderer:
    """Make what renders a message that grows."""
    return StreamRenderer(_labels())


def _labels() -> Labels:
    return Labels(thought=QCoreApplication.translate("Markup", "Inner monologue · {n} words"))
