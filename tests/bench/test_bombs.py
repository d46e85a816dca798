"""Proves that bombs are refused for what they are, and a sound card in the same dress is let in."""

import pytest

from hermes_desktop.app.paper import avatar_png
from hermes_desktop.bench import bombs
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.personas import reader

CHEAP = {
    "a ZIP of 60,000 files": ErrorKind.CARD_TOO_MUCH,
    "an animation of 200,000 frames": ErrorKind.CARD_TOO_MUCH,
    "JSON that is a million deep": ErrorKind.CARD_NOT_JSON,
    "YAML whose aliases double": ErrorKind.CARD_NOT_YAML,
}


def test_a_sound_card_is_let_in_and_one_more_pixel_is_too_many() -> None:
    sound = reader.read(bombs._picture(1024)(), "sound")
    assert sound.card.fields.name == "Ada" and avatar_png(sound.picture, "sound")
    large = reader.read(bombs.BOMBS["a picture of 4,096² pixels"](), "large")
    assert large.card.fields.name == "Ada"
    with pytest.raises(KnownError) as caught:
        avatar_png(large.picture, "large")
    assert caught.value.kind is ErrorKind.PICTURE_UNREADABLE


@pytest.mark.parametrize(("name", "kind"), CHEAP.items())
def test_a_bomb_is_refused_for_what_it_is(name: str, kind: ErrorKind) -> None:
    with pytest.raises(KnownError) as caught:
        reader.read(bombs.BOMBS[name](), "bomb")
    assert caught.value.kind is kind


def test_the_drawing_costs_the_persona_its_picture_and_nothing_else() -> None:
    found = reader.read(bombs.BOMBS["a drawing of drawings (SVG) as an avatar"](), "drawing")
    assert found.card.fields.name == "Ada" and b"<svg" in found.picture
    with pytest.raises(KnownError):
        avatar_png(found.picture, "drawing")


def test_what_a_bomb_cost_is_measured_in_a_process_of_its_own() -> None:
    cost = bombs._thrown("JSON with a number of a million digits")
    assert cost.refused and cost.ms > 0 and cost.megabytes >= 0
