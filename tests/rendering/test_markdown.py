"""What a message looks like, and what it may never do."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextCursor, QTextDocument

from hermes_desktop.bench.hostile import MESSAGES
from hermes_desktop.rendering.markdown import Labels, to_html
from hermes_desktop.rendering.stream import StreamRenderer
from hermes_desktop.rendering.style import DARK, LIGHT, TOKENS, RenderPalette, style_sheet
from tests.contrast import contrast

TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
MARKS = st.sampled_from(
    [
        *("*", "**", "_", "`", "```", "~~", "[", "]", "(", ")", "![", "<", ">", "<b>", "&", "&lt;", "#"),
        *("- ", "1. ", "\n", "\n\n", "    ", "|", "---", "\\", "https://e.org/a", "javascript:x"),
        *("<think>", "</think>", "word"),
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(MARKS, max_size=40).map("".join))


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_data(self, data: str) -> None:
        self.text += data


def _line(html: str) -> str:
    return html.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*She turns* and **says**", "<p><em>She turns</em> and <strong>says</strong></p>"),
        ("*She said **no** again*", "<p><em>She said <strong>no</strong> again</em></p>"),
        ("***both*** ~~gone~~ _low_", "<p><strong><em>both</em></strong> <s>gone</s> <em>low</em></p>"),
        ("2*3*4 and a_b_c", "<p>2*3*4 and a_b_c</p>"),
        ("* a star", "<ul><li>a star</li></ul>"),
        (r"\*not\*", "<p>*not*</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("`a < b` & *c*", "<p><code>a &lt; b</code> &amp; <em>c</em></p>"),
        ("<b>raw</b> &copy;", "<p>&lt;b&gt;raw&lt;/b&gt; &amp;copy;</p>"),
        ("# Head *x* #", "<h1>Head <em>x</em></h1>"),
        ("#tag", "<p>#tag</p>"),
        ("above\n---\nbelow", "<p>above</p><hr><p>below</p>"),
        ("> one\n> two", "<blockquote><p>one<br>two</p></blockquote>"),
        ("Here:\n- a\n- b\nafter", "<p>Here:</p><ul><li>a</li><li>b</li></ul><p>after</p>"),
        ("3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'),
        ("- a\n  - b\n- c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
        ("1. a\n   - b\n2. c", '<ol start="1"><li>a<ul><li>b</li></ul></li><li>c</li></ol>'),
        ("[x](https://e.org/)", '<p><a href="https://e.org/">x</a></p>'),
        ("see https://e.org/a_(b).", '<p>see <a href="https://e.org/a_(b)">https://e.org/a_(b)</a>.</p>'),
        ("![alt](https://e.org/i.png)", '<p><a href="https://e.org/i.png">alt</a></p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](hermes:delete/1)", "<p>[x](hermes:delete/1)</p>"),
        ("[r]: https://e.org", '<p>[r]: <a href="https://e.org">https://e.org</a></p>'),
        ("    four spaces", "<p>four spaces</p>"),
        ("", ""),
        ("a\x00b\ud800c", "<p>abc</p>"),
    ],
)
def test_a_text_looks_like_this(text: str, html: str) -> None:
    assert _line(to_html(text)) == html


def test_a_table_keeps_its_alignment() -> None:
    html = _line(to_html("| a | b |\n|---|--:|\n| 1 | *2* |"))
    assert '<th align="right">b</th>' in html and '<td align="right"><em>2</em></td>' in html


def test_a_fence_inside_a_list_is_code_inside_the_item() -> None:
    html = _line(to_html("1. run\n   ```python\n   x = 1\n   ```\n2. done"))
    assert html.startswith('<ol start="1"><li>run<table class="code"')
    assert '<span class="t-n">x</span>' in html and html.endswith("<li>done</li></ol>")


def test_an_open_fence_is_code_already() -> None:
    assert "<pre>let a</pre>" in to_html("```js\nlet a", streaming=True)


def test_code_in_an_unknown_language_is_shown_plain() -> None:
    assert "<pre>&lt;x&gt; *y*</pre>" in to_html("```klingon\n<x> *y*\n```")


@pytest.mark.parametrize(
    "code",
    ["a\n" + "\n" * 100, "word " * 100, "f(1);" * 40, "x = [1]\n" * 1_001],
    ids=["gap", "words", "line", "long"],
)
def test_code_that_holds_a_lexer_up_is_shown_plain_and_whole(code: str) -> None:
    html = to_html(f"```java\n{code}\n```")
    assert "<span" not in html and _Seen(html).text == code


def test_much_code_loses_its_colours_and_not_the_text_after_it() -> None:
    html = to_html(("```python\n" + "x = (1)\n" * 200 + "```\n") * 20 + "*after*")
    assert html.index("<pre>x = (1)\n") > html.rindex("<span")
    assert html.endswith("<p><em>after</em></p>")


def test_a_growing_emphasis_does_not_flicker() -> None:
    assert to_html("*She tur", streaming=True) == "<p><em>She tur</em></p>"
    assert to_html("**She tur", streaming=True) == "<p><strong>She tur</strong></p>"
    assert to_html("say `co", streaming=True) == "<p>say <code>co</code></p>"
    assert to_html("*She tur") == "<p>*She tur</p>"


def test_thoughts_are_folded_and_numbered() -> None:
    text = "<think>one two</think> Hello\n<SCRATCHPAD>\nthree\n</SCRATCHPAD>\nBye"
    html = to_html(text, labels=Labels(thought="Thought ({n})"))
    assert "hermes:thought/0" in html and "▸ Thought (2)" in html
    assert "hermes:thought/1" in html and "▸ Thought (1)" in html
    assert "one two" not in html and "Hello" in html and "Bye" in html
    assert "three" in to_html(text, open_thoughts=frozenset({1}))


def test_a_thought_ends_at_its_tag_whatever_its_letters() -> None:
    html = to_html("<think>Straße, Fuß, İzmir</THINK> Hello", open_thoughts=frozenset({0}))
    assert "<p>Straße, Fuß, İzmir</p>" in html and html.endswith("<p>Hello</p>")


def test_more_blocks_than_are_looked_at_stay_readable() -> None:
    numbers = [str(number) for number in range(2_000)]
    html = to_html("\n\n".join(numbers))
    assert _Seen(html.replace("<br>", " ")).text.split() == numbers


def test_a_tag_with_look_alike_letters_is_text() -> None:
    assert to_html("<\u017fcratchpad>a") == "<p>&lt;\u017fcratchpad&gt;a</p>"


def test_too_much_work_is_shown_plain_and_whole() -> None:
    text = "*a* " * 16_000 + "the end"
    html = to_html(text)
    assert "<em>" not in html and _Seen(html).text == text


@given(TEXTS)
def test_nothing_but_the_known_tags_and_schemes_comes_out(text: str) -> None:
    seen = _Seen(to_html(text))
    assert seen.tags <= TAGS
    assert all(re.match(r"(https?://|mailto:|hermes:thought/\d+$)", each) for each in seen.addresses)
    assert {name for _, name in seen.attributes} <= {
        *("href", "class", "start", "align", "width", "cellpadding", "cellspacing", "border")
    }


@given(st.lists(st.text("abcäö", min_size=1, max_size=8), min_size=1, max_size=30).map(" ".join))
def test_plain_words_come_out_as_they_are(text: str) -> None:
    assert _Seen(to_html(text)).text == text


@pytest.mark.parametrize("name", MESSAGES)
def test_a_hostile_message_is_harmless(name: str) -> None:
    seen = _Seen(to_html(MESSAGES[name]()))
    assert seen.tags <= TAGS
    assert all(re.match(r"(https?://|hermes:thought/\d+$)", each) for each in seen.addresses)


BEACONS = (
    "![x](https://e.org/a.png)",
    "<img src=https://e.org/a.png>",
    "<p style='background:url(https://e.org/a.png)'>x</p>",
    "![x][r]\n\n[r]: https://e.org/a.png",
    "<svg><image href='https://e.org/a.png'/></svg>",
    "![x](data:image/png;base64,AAAA)",
    "<link rel=stylesheet href=https://e.org/a.css>",
    "![x](file:///etc/passwd)",
    "<iframe src=https://e.org></iframe>",
    "<table background='https://e.org/a.png'><tr><td>x",
    "```html\n<img src=https://e.org/a.png>\n```",
)


class _Recorder(QTextDocument):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def loadResource(self, _kind: int, name: QUrl) -> object:
        self.asked.append(name.toString())
        return None


@pytest.mark.usefixtures("qapp")
def test_no_resource_is_ever_asked_for() -> None:
    document = _Recorder()
    document.setDefaultStyleSheet(style_sheet(LIGHT, 15))
    for beacon in BEACONS:
        QTextCursor(document).insertHtml(to_html(beacon))
    document.size()
    assert document.asked == []


@pytest.mark.usefixtures("qapp")
def test_the_recorder_would_have_heard_it() -> None:
    document = _Recorder()
    document.setHtml('<img src="https://e.org/a.png">')
    document.size()
    assert document.asked


STORY = """<think>He kept it.
All winter.</think> And then *she* said:
1. one
2. two
   ```python
   x = 1  # c
   ```
   - nested

> quote
> more

| a | b |
|---|--:|
| 1 | `2` |
after

# Title
text
---
```js
let a = "<b>";
"""


def test_streaming_ends_with_what_the_whole_gives() -> None:
    stream = StreamRenderer()
    for end in range(len(STORY) + 1):
        stream.feed(STORY[:end])
    assert _line("".join(stream.feed(STORY))) == _line(to_html(STORY, streaming=True))
    assert _line("".join(stream.finish(STORY))) == _line(to_html(STORY))


def test_what_is_finished_never_changes() -> None:
    stream, before = StreamRenderer(), ""
    for end in range(len(STORY) + 1):
        finished, _ = stream.feed(STORY[:end])
        assert finished.startswith(before)
        before = finished
    assert before


@given(TEXTS, st.integers(1, 7))
def test_any_text_streams_to_its_whole(text: str, step: int) -> None:
    stream = StreamRenderer()
    for end in range(0, len(text), step):
        stream.feed(text[:end])
    assert _line("".join(stream.finish(text))) == _line(to_html(text))


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_can_be_read(palette: RenderPalette) -> None:
    on_ground = (palette.ink, palette.faint, palette.accent, palette.actions)
    on_code = (palette.ink, *(getattr(palette, role) for role in TOKENS))
    assert [c for c in on_ground if contrast(c, palette.ground) < 4.5] == []
    assert [c for c in on_code if contrast(c, palette.code_ground) < 4.5] == []
