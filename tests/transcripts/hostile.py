"""Makes transcripts of the worst that a message may hold; knows nothing of how they are written."""

from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Aside, Item, Labels, Leaf, Opening, Speaker, Told
from hermes_desktop.transcripts.parts import parts_of

LABELS = Labels("Inner monologue", "Tool")
ME, HOBBS = Speaker('R_o#b <b>*x*"', mine=True, picture=b"\x89PNG"), Speaker("Hobbs", mine=False)
SNIPPETS = (
    *(
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<style>*{}</style>",
    ),
    *('<a href="javascript:alert(1)">x</a>', "[x](javascript:alert(1))", "![x](http://e.example/x.png)"),
    *(
        "[x](https://e.example/y)",
        "<https://e.example/z>",
        "</div></article></main>",
        "<!--",
        "-->",
        "<![CDATA[",
    ),
    *(
        "</style>",
        "<iframe src=http://e.example>",
        '<meta http-equiv="refresh" content="0">',
        "<base href=//e>",
    ),
    *(
        "# Hobbs",
        "### Hobbs · 12:04",
        "Hobbs\n===",
        "Hobbs\n---",
        "- ",
        "1. ",
        "> ",
        "```",
        "~~~",
        "    ",
        "`",
        "``",
    ),
    *(
        "|a|b|\n|---|---|\n|1|2|",
        "[a]: http://e.example",
        "\\",
        "&lt;h2&gt;",
        "&",
        "**",
        "_",
        "\t",
        "\n",
        "\n\n",
    ),
    *(
        "<think>\n",
        "</think>",
        "<tool_call>{}</tool_call>",
        "\u202e",
        "\u2028",
        "\r",
        "\x85",
        "\x00",
        "\x0b",
        "\ud83d",
    ),
    *(
        "שלום",
        "😀👨‍👩‍👧",
        "url(http://e.example)",
        "expression(alert(1))",
        "<h2>Hobbs</h2>",
        "\x02",
        "&#60;b&#62;",
        "letters",
    ),
)
texts = st.lists(st.sampled_from(SNIPPETS), max_size=10).map("".join) | st.text(max_size=40)


@st.composite
def tellings(draw: st.DrawFn) -> tuple[Opening, list[Item]]:
    """Make what stands above, and some messages and headings."""
    items: list[Item] = []
    for number in range(draw(st.integers(0, 4))):
        if draw(st.integers(0, 9)) == 0:
            items.append(Aside(f"b{number}", draw(texts)))
        parts = parts_of(draw(texts), thoughts=draw(st.booleans()), tools=draw(st.booleans()))
        note = draw(texts) if draw(st.booleans()) else ""
        speaker = draw(st.sampled_from((ME, HOBBS)))
        items.append(
            Told(f"m{number}", Role.USER, speaker, parts, "12:04", "2026-01-01T00:00:00", "", "", note)
        )
    leaves = (Leaf(draw(texts), draw(texts)),) if draw(st.booleans()) else ()
    return Opening(draw(texts), (draw(texts),), leaves, (HOBBS, ME)), items
