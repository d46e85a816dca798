"""Knows the way from message text to what a view shows; it only passes on, so that views know no renderer."""

from hermes_desktop.rendering.markdown import to_html
from hermes_desktop.rendering.stream import StreamRenderer
from hermes_desktop.rendering.style import RenderPalette, style_sheet

__all__ = ["RenderPalette", "StreamRenderer", "style_sheet", "to_html"]
