"""Knows the personas that ship with the app, as files; not whether the person still has them."""

from dataclasses import dataclass

from hermes_desktop import paths

_PNG = "image/png"


@dataclass(frozen=True, slots=True)
class ShippedCard:
    """A card and its avatar; both files carry the same name."""

    name: str
    card: bytes
    avatar: bytes  # nothing where it has none
    mime: str = _PNG


def shipped() -> list[ShippedCard]:
    """Read the shipped cards, by name."""
    pictures = paths.data_file("assets/avatars")
    return [
        ShippedCard(
            name=file.stem,
            card=file.read_bytes(),
            avatar=picture.read_bytes() if (picture := pictures / f"{file.stem}.png").exists() else b"",
        )
        for file in sorted(paths.data_file("personas").glob("*.json"))
    ]
