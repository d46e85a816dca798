"""Proves that a file of the shape of a large model is read as one, and what is said of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hermes_desktop.app import offers
from hermes_desktop.bench import sizing
from hermes_desktop.containers import model_header
from hermes_desktop.domain.fit import Advice
from hermes_desktop.domain.model_file import KvType
from hermes_desktop.hub import catalogue, quantisation
from tests.cli.shell import Shell

GIB = 1024**3


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with sizing.shaped(tmp_path_factory.mktemp("large"), "70b") as file:
        yield file


def test_it_has_the_header_of_the_real_one_and_hardly_any_blocks(large: Path) -> None:
    shape = next(offer.family.shape for offer in catalogue.offers() if offer.family.id == "70b")
    assert model_header.read_geometry(large) == quantisation.geometry(shape, sizing.MIXTURE)
    status = large.stat()
    assert status.st_size == pytest.approx(quantisation.file_size(shape, sizing.MIXTURE), rel=1e-4)
    assert status.st_blocks * 512 < 16 * 1024**2


def test_a_machine_that_is_too_small_for_it_is_told_what_it_can_run(large: Path) -> None:
    _, _, fit = offers.fit(str(large), offers.USUAL_CONTEXT, KvType.F16, ram=24 * GIB)
    assert (fit.fits, fit.advice, fit.room) == (False, Advice.SMALLER_MODEL, 0)
    other = offers.instead(fit, ram=24 * GIB)
    assert other is not None and other.id == "8b-q8_0"
    assert offers.instead(fit, ram=2 * GIB) is None
    _, _, enough = offers.fit(str(large), offers.USUAL_CONTEXT, KvType.F16, ram=64 * GIB)
    assert enough.fits and offers.instead(enough, ram=64 * GIB) is None


def test_the_command_says_so_in_words(large: Path, tmp_path: Path) -> None:
    ended = Shell(tmp_path)("models", "fit", str(large), "--ram", "24G", "--vram", "0")
    assert ended.status == 0
    said = ended.out.splitlines()
    assert said[-2].startswith("It needs 45.6 GB, which this machine does not have free")
    assert said[-1] == "Hermes 3 8B Q8_0 (8b-q8_0) would fit."


@pytest.mark.parametrize("setting", sizing.SETTINGS, ids=lambda setting: setting.name)
def test_what_is_read_leaves_room_in_every_context(setting: sizing.Setting) -> None:
    """The shapes have a token for every letter."""
    assert 512 < len(setting.text) < setting.context - 100
    assert setting.flash_attention or len(setting.text) > 0.9 * setting.context
