"""Knows the colours of the window, light and dark; every pair that carries text keeps 4.5:1."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by what they are for, as #RRGGBB."""

    ground: str
    sidebar: str
    panel: str
    ink: str
    soft: str
    faint: str
    line: str
    user_ground: str
    accent: str
    accent_ground: str
    accent_ink: str
    on_accent: str
    actions: str
    danger: str
    ok: str


LIGHT = Palette(
    ground="#FBFAF7",
    sidebar="#F3F1EB",
    panel="#F7F5F0",
    ink="#23211C",
    soft="#625D52",
    faint="#6F6959",
    line="#E4E0D6",
    user_ground="#EFEBE0",
    accent="#96561F",
    accent_ground="#F3E4D3",
    accent_ink="#8A4F1E",
    on_accent="#FFFFFF",
    actions="#6B6353",
    danger="#A33A2A",
    ok="#3F7A4F",
)
DARK = Palette(
    ground="#1B1A18",
    sidebar="#151412",
    panel="#201F1C",
    ink="#ECE7DC",
    soft="#A9A294",
    faint="#8F897C",
    line="#322F2A",
    user_ground="#2A2722",
    accent="#D99A5B",
    accent_ground="#3A2C1D",
    accent_ink="#D99A5B",
    on_accent="#1B1A18",
    actions="#A79B86",
    danger="#E08A7B",
    ok="#7DB48A",
)
