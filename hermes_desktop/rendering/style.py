"""Knows the colours of rendered text, light and dark, as the style sheet that Qt's rich text reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderPalette:
    """Colours as #RRGGBB; every one keeps 4.5:1 on `ground`, the code colours on `code_ground`."""

    ground: str
    ink: str
    faint: str
    line: str
    accent: str
    actions: str
    code_ground: str
    keyword: str
    string: str
    number: str
    comment: str
    name: str


LIGHT = RenderPalette(
    ground="#FBFAF7",
    ink="#23211C",
    faint="#6F6959",
    line="#E4E0D6",
    accent="#96561F",
    actions="#6B6353",
    code_ground="#F3F1EB",
    keyword="#8A3B6A",
    string="#3E6B2F",
    number="#8A4F1E",
    comment="#6B6557",
    name="#2F5D86",
)
DARK = RenderPalette(
    ground="#1B1A18",
    ink="#ECE7DC",
    faint="#8F897C",
    line="#322F2A",
    accent="#D99A5B",
    actions="#A79B86",
    code_ground="#242220",
    keyword="#D59AC0",
    string="#A6C48A",
    number="#E0AC73",
    comment="#9A9385",
    name="#8FB8DE",
)

# Pygments' short names of token classes, by the colour they get.
TOKENS = {
    "keyword": ("k", "kc", "kd", "kn", "kp", "kr", "kt", "ow", "nt"),
    "string": ("s", "s1", "s2", "sa", "sb", "sc", "sd", "se", "sh", "si", "sr", "ss", "sx", "dl", "gi"),
    "number": ("m", "mb", "mf", "mh", "mi", "mo", "il", "no"),
    "comment": ("c", "c1", "ch", "cm", "cp", "cs", "cpf", "gd"),
    "name": ("nf", "nc", "nb", "bp", "nd", "fm", "na", "nn", "gh"),
}


def style_sheet(palette: RenderPalette, text_size: int) -> str:
    """Write the style sheet; text_size in pixels."""
    small, code = text_size - 3, text_size - 1
    rules = [
        f"body, p, li, td, th {{ color: {palette.ink}; font-size: {text_size}px; }}",
        "p { margin: 0 0 9px 0; }",
        *(
            f"h{level} {{ font-size: {text_size + grow}px; font-weight: 600; margin: 8px 0 6px 0; }}"
            for level, grow in zip(range(1, 7), (7, 5, 3, 1, 0, 0), strict=True)
        ),
        "ul, ol { margin: 2px 0 9px 0; } li { margin: 0 0 3px 0; }",
        f"em {{ color: {palette.actions}; font-style: italic; }} strong {{ font-weight: 600; }}",
        f"a {{ color: {palette.accent}; text-decoration: none; }}",
        f"blockquote {{ margin: 0 0 9px 18px; color: {palette.actions}; }}",
        f"code, pre {{ font-family: monospace; font-size: {code}px; }}",
        f"code {{ background-color: {palette.code_ground}; }}",
        "pre { white-space: pre-wrap; margin: 0; }",
        f"table.code {{ background-color: {palette.code_ground}; margin: 2px 0 9px 0; }}",
        f"table.grid {{ border-color: {palette.line}; border-style: solid; border-collapse: collapse; }}",
        "table.grid { margin: 2px 0 9px 0; }",
        f"hr {{ color: {palette.line}; background-color: {palette.line}; }}",
        f".name {{ font-size: {text_size - 1}px; font-weight: 600; color: {palette.ink}; }}",
        f".pinned {{ font-size: {small}px; color: {palette.accent}; }}",
        f".time, .verbs, .verbs a, .thought, .thought a {{ font-size: {small}px; color: {palette.faint}; }}",
        ".thought { margin: 0 0 6px 0; }",
    ]
    for role, names in TOKENS.items():
        selectors = ", ".join(f".t-{name}" for name in names)
        rules.append(f"{selectors} {{ color: {getattr(palette, role)}; }}")
    return "\n".join(rules)
