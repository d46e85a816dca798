"""A transcript in HTML is one file that does nothing and asks nobody, whatever was said."""

import os
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hermes_desktop.app.sheet import PAPER, PAPER_MINE
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Aside, Item, Opening, Part, PartKind, Told
from hermes_desktop.rendering.style import DARK as RENDERED_DARK
from hermes_desktop.rendering.style import LIGHT as RENDERED_LIGHT
from hermes_desktop.rendering.style import RenderPalette
from hermes_desktop.transcripts import html
from hermes_desktop.transcripts.parts import parts_of
from hermes_desktop.ui.palette import DARK, LIGHT
from tests.contrast import contrast
from tests.transcripts.hostile import HOBBS, LABELS, ME, tellings

TAGS = {
    *(
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "main",
        "header",
        "article",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
    ),
    *(
        "h6",
        "p",
        "div",
        "span",
        "a",
        "time",
        "details",
        "summary",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
    ),
    *("em", "strong", "s", "br", "hr", "table", "thead", "tbody", "tr", "td", "th"),
}
ATTRIBUTES = {
    "class",
    "id",
    "dir",
    "lang",
    "datetime",
    "aria-hidden",
    "start",
    "align",
    "charset",
    "name",
    "content",
}
VOID = {"meta", "br", "hr"}


class Page(HTMLParser):
    """Reads a page and stumbles over whatever may not be in it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.articles: list[str] = []
        self.style = self.policy = ""
        self.anchors: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        found = {name: value or "" for name, value in attrs}
        if tag == "meta" and found.get("http-equiv"):
            assert found.pop("http-equiv") == "Content-Security-Policy"
            self.policy = found["content"]
        if tag == "a":
            assert re.fullmatch(r"#[a-z0-9]+", found.pop("href"))
        assert set(found) <= ATTRIBUTES, found
        if tag == "article":
            self.anchors.append(found["id"])
            self.articles.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        elif "article" in self.open:
            self.articles[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def page_of(opening: Opening, items: list[Item]) -> Page:
    return Page("".join(html.write(opening, items, LABELS)))


def said(text: str) -> Told:
    return Told("m1", Role.USER, HOBBS, parts_of(text, thoughts=True, tools=True))


def read(text: str) -> str:
    """Give what a reader sees of one message."""
    return page_of(Opening("", (), (), ()), [said(text)]).articles[0]


@settings(max_examples=int(os.environ.get("HOSTILE", "150")))
@given(tellings())
def test_whatever_is_said_the_page_has_no_active_content_and_asks_nobody(
    telling: tuple[Opening, list[Item]],
) -> None:
    opening, items = telling
    page = page_of(opening, items)
    assert page.anchors == [item.anchor for item in items if isinstance(item, Told)]
    digest = b64encode(sha256(page.style.encode()).digest()).decode()
    assert page.policy.startswith("default-src 'none'; img-src data:; ")
    assert f"style-src 'sha256-{digest}'" in page.policy
    assert re.findall(r"url\((?!data:image/png;base64,)", page.style) == []
    assert "@import" not in page.style and "http" not in page.style


@settings(max_examples=int(os.environ.get("HOSTILE", "150")))
@given(
    st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff"), max_size=80
    )
)
@example("2 < 3 && <b> “quoted” &amp; 'single'")
def test_every_letter_and_digit_of_a_text_is_there(text: str) -> None:
    # Marks of Markdown become form, numbers of a list too: what is left are the letters, in their order.
    flat = re.sub(r"[`~\[\]<]|^\s*\d+[.)]", "", text)
    assert [sign for sign in read(flat) if sign.isalpha()][len("HHobbsm") :] == [
        s for s in flat if s.isalpha()
    ]


def test_nothing_of_a_megabyte_is_lost() -> None:
    text = "word " * 200_000
    assert read(text).count("word") == 200_000


@pytest.mark.parametrize(
    "text", ["*a* **b** `c < d`", "> quoted", "- one\n- two", "| a | b |\n|---|---|\n| 1 | 2 |"]
)
def test_form_is_kept(text: str) -> None:
    page = "".join(html.write(Opening("", (), (), ()), [said(text)], LABELS))
    assert re.search(r"<em>a</em> <strong>b|<blockquote>|<li>one</li>|<table class=\"grid\">", page)


def test_code_is_code_and_headings_stand_below_the_speaker() -> None:
    page = "".join(html.write(Opening("", (), (), ()), [said("# Big\n\n```python\nx = 1\n```")], LABELS))
    assert '<pre class="code"><code>' in page and "<h3>Big</h3>" in page and "cellpadding" not in page


def test_where_a_link_leads_is_written_and_not_linked() -> None:
    shown = read("See [the bank](https://e.example/evil) or https://e.example/b.")
    assert "the bank (https://e.example/evil)" in shown and shown.count("https://e.example/b") == 1


def test_a_thought_is_folded_also_one_within_another() -> None:
    page = page_of(Opening("", (), (), ()), [said("<think>\na\n<thought>b</thought>\n</think>\nc")])
    assert "Inner monologue" in page.articles[0] and "c" in page.articles[0]


def test_pictures_stand_in_the_style_once_and_letters_for_those_who_have_none() -> None:
    item = Told("m1", Role.USER, ME, (Part(PartKind.WORDS, "a"),))
    text = "".join(html.write(Opening("", (), (), (HOBBS, ME)), [item, item, said("b")], LABELS))
    assert text.count("data:image/png;base64,") == 1 and text.count('"avatar a1"') == 2
    assert '<span class="avatar g' in text and ">H</span>" in text


def test_its_colours_are_those_of_the_window() -> None:
    text = "".join(html.write(Opening("", (), (), ()), [], LABELS))
    assert f"--mine: {LIGHT.user_ground}" in text and f"--mine: {DARK.user_ground}" in text
    assert f"--ground: {LIGHT.ground}" in text and f"--ground: {DARK.ground}" in text
    assert "prefers-color-scheme: dark" in text and "@media print" in text


@pytest.mark.parametrize(
    ("palette", "mine"),
    [(RENDERED_LIGHT, LIGHT.user_ground), (RENDERED_DARK, DARK.user_ground), (PAPER, PAPER_MINE)],
)
def test_what_stands_on_ones_own_ground_can_be_read(palette: RenderPalette, mine: str) -> None:
    assert min(contrast(getattr(palette, ink), mine) for ink in ("ink", "accent", "actions")) >= 4.5


def test_rich_text_for_the_clipboard_is_as_harmless() -> None:
    said_here = said("<script>x</script> **b** <think>t</think>")
    text = "".join(html.fragment([said_here, Aside("b1", "Another <version>")], LABELS))
    assert "<h2>Another &lt;version&gt;</h2>" in text
    assert "<script" not in text and "<strong>b</strong>" in text and "<h3>Hobbs</h3>" in text
