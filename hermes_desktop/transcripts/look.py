"""Knows how a transcript in HTML looks: the window's colours, light and dark, and black on white in print."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

from hermes_desktop.domain.transcript import Speaker
from hermes_desktop.rendering.monogram import GROUNDS
from hermes_desktop.rendering.style import DARK, LIGHT, TOKENS, RenderPalette

# The window's ground of one's own turns, and of panels.
LIGHT_MINE, DARK_MINE = "#EFEBE0", "#2A2722"
PAPER = replace(LIGHT, ground="#FFFFFF")
_COLOURS = ("ground", "ink", "faint", "line", "accent", "actions", "code_ground")
_LAYOUT = """
*, *::before, *::after { box-sizing: border-box; }
html { background: var(--ground); color: var(--ink); }
body {
  margin: 0; font: 16px/1.6 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
main { max-width: 776px; margin: 0 auto; padding: 40px 28px 80px; }
.top { border-bottom: 1px solid var(--line); margin-bottom: 20px; padding-bottom: 20px; }
h1 { font-size: 28px; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 8px; }
.about { color: var(--faint); font-size: 14px; margin: 0; }
.leaf { border: 1px solid var(--line); border-radius: 10px; margin: 12px 0; padding: 10px 16px; }
summary { color: var(--actions); cursor: pointer; font-size: 14px; }
.leaf[open] > summary { margin-bottom: 8px; }
.aside {
  border-top: 1px solid var(--line); color: var(--actions); font-size: 15px; font-weight: 600;
  margin: 40px 0 12px; padding-top: 20px;
}
.turn { position: relative; padding: 10px 0 10px 52px; content-visibility: auto;
  contain-intrinsic-size: auto 160px; }
.turn:target > .said { outline: 2px solid var(--accent); outline-offset: 6px; border-radius: 4px; }
.head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 10px; margin-bottom: 2px; }
.head h2 { font-size: 15px; line-height: 1.4; font-weight: 600; margin: 0; }
.when { color: var(--faint); font-size: 13px; text-decoration: none; }
.when:hover, .when:focus-visible { color: var(--accent); text-decoration: underline; }
.avatar {
  position: absolute; left: 0; top: 12px; width: 36px; height: 36px; border-radius: 50%;
  background-size: cover; background-position: center; color: #FFFFFF; font-size: 15px; font-weight: 600;
  line-height: 36px; text-align: center; print-color-adjust: exact; -webkit-print-color-adjust: exact;
}
.mine > .said { background: var(--mine); border-radius: 14px; padding: 10px 14px; width: fit-content;
  max-width: 100%; }
.said > :first-child { margin-top: 0; }
.said > :last-child { margin-bottom: 0; }
.said p, .said li, .said td, .said th, .said blockquote { unicode-bidi: plaintext; text-align: start; }
p { margin: 0 0 9px; }
ul, ol { margin: 2px 0 9px; padding-inline-start: 26px; }
li { margin: 0 0 3px; }
.said h3, .said h4, .said h5, .said h6 { font-size: 17px; font-weight: 600; margin: 12px 0 6px; }
.said h3 { font-size: 21px; } .said h4 { font-size: 19px; }
em { color: var(--actions); }
strong { font-weight: 600; }
blockquote { border-inline-start: 3px solid var(--line); color: var(--actions); margin: 0 0 9px;
  padding-inline-start: 14px; }
hr { border: 0; border-top: 1px solid var(--line); margin: 14px 0; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "DejaVu Sans Mono", monospace;
  font-size: 14px; }
code { background: var(--code_ground); border-radius: 4px; padding: 1px 4px; }
pre { background: var(--code_ground); border-radius: 8px; margin: 2px 0 9px; padding: 12px 14px;
  white-space: pre-wrap; unicode-bidi: plaintext; }
pre code { background: none; padding: 0; }
table.grid { border-collapse: collapse; margin: 2px 0 9px; }
table.grid td, table.grid th { border: 1px solid var(--line); padding: 5px 10px; }
[align="right"] { text-align: end !important; } [align="center"] { text-align: center !important; }
.link { color: var(--accent); } .address { color: var(--actions); font-size: 14px; }
.thought { border-inline-start: 3px solid var(--line); margin: 0 0 9px; padding-inline-start: 14px;
  color: var(--actions); }
p.thought { border: 0; color: var(--actions); font-size: 14px; padding: 0; }
.under { color: var(--faint); font-size: 13px; margin: 4px 0 0; }
@media (max-width: 520px) { main { padding: 24px 16px 48px; } .turn { padding-left: 46px; } }
@media print {
  body { font-size: 11pt; } main { max-width: none; padding: 0; }
  .turn { content-visibility: visible; } .head { break-after: avoid; } h1, h2, .aside { break-after: avoid; }
  .avatar, pre, tr { break-inside: avoid; } .mine > .said { border: 1px solid var(--line); }
  p { orphans: 2; widows: 2; } summary { list-style: none; }
}
"""


def style(speakers: Sequence[Speaker]) -> str:
    """Write the style sheet with the pictures of those who have one; the n-th speaker's class is "aN"."""
    return "\n".join(
        [
            f":root {{ color-scheme: light dark; {_variables(LIGHT, LIGHT_MINE)} }}",
            f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK, DARK_MINE)} }} }}",
            f"@media print {{ :root {{ color-scheme: light; {_variables(PAPER, PAPER.ground)} }} }}",
            _LAYOUT.strip(),
            *(f".g{number} {{ background-color: {colour}; }}" for number, colour in enumerate(GROUNDS)),
            *_token_rules(),
            *(_picture(number, speaker) for number, speaker in enumerate(speakers) if speaker.picture),
        ]
    )


def _variables(palette: RenderPalette, mine: str) -> str:
    names = (*_COLOURS, *TOKENS)
    return " ".join([*(f"--{name}: {getattr(palette, name)};" for name in names), f"--mine: {mine};"])


def _token_rules() -> list[str]:
    return [
        ", ".join(f".t-{name}" for name in names) + f" {{ color: var(--{role}); }}"
        for role, names in TOKENS.items()
    ]


def _picture(number: int, speaker: Speaker) -> str:
    data = b64encode(speaker.picture).decode("ascii")
    return f".a{number} {{ background-image: url(data:image/png;base64,{data}); }}"
