"""Knows how a message is rendered for a page that stands by itself: no links out, nothing made for Qt."""

import re

from hermes_desktop.rendering import markdown
from hermes_desktop.rendering.markdown import Labels

# What `rendering` writes for Qt and what means the same in HTML. Text cannot imitate it: it is escaped.
_FOR_QT = (
    (
        '<table class="code" width="100%" cellpadding="10" cellspacing="0" border="0">'
        '<tbody><tr><td class="code"><pre>',
        '<pre class="code"><code>',
    ),
    ("</pre></td></tr></tbody></table>", "</code></pre>"),
    ('<table class="grid" cellpadding="5" cellspacing="0" border="1">', '<table class="grid">'),
)
_HEADING = re.compile(r"<(/?)h([1-6])>")
_LINK = re.compile(r'<a(?: href="([^"]*)")?>(.*?)</a>', re.DOTALL)  # one with an odd address has none
_TAG = re.compile(r"<[^>]*>")
_DEEPER = 2  # levels that a heading in a message goes down: those above it are the page's


def to_page(text: str, labels: Labels) -> str:
    """Turn a message into HTML; an address is written out, so that one sees where a link would lead."""
    html = markdown.to_html(text, labels=labels, folds=False)
    if "<table" in html:
        for written, meant in _FOR_QT:
            html = html.replace(written, meant)
    if "<h" in html:
        html = _HEADING.sub(lambda m: f"<{m[1]}h{min(int(m[2]) + _DEEPER, 6)}>", html)
    return written_out(html)


def written_out(html: str) -> str:
    """Put its address behind every link, in the place of the link."""
    return _LINK.sub(_written_out, html) if "<a" in html else html


def _written_out(match: re.Match[str]) -> str:
    address, label = match[1] or "", match[2]
    if not address or _TAG.sub("", label) in (address, address.removeprefix("mailto:")):
        return f'<span class="link">{label}</span>'
    return f'<span class="link">{label}</span> <span class="address">({address})</span>'
