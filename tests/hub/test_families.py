"""Proves which families are recognised, and that what they suggest can be used."""

import dataclasses

import pytest

from hermes_desktop.domain.model_file import ModelHeader
from hermes_desktop.domain.sampling import RANGES, Sampling, clamped
from hermes_desktop.hub.families import families, recognised


def header(name: str, architecture: str = "llama") -> ModelHeader:
    return ModelHeader(architecture, name, "Q4_K_M", 1, 1, 1, 1, 1, 1, 1, "gpt2", "", "", 1)


@pytest.mark.parametrize(
    ("name", "architecture", "family"),
    [
        ("Hermes 3 Llama 3.1 8B", "llama", "Hermes 3"),
        ("NousResearch_Hermes-3-Llama-3.2-3B", "llama", "Hermes 3"),
        ("DeepHermes 3 Llama 3 8B Preview", "llama", "DeepHermes 3"),
        ("Hermes-2-Pro-Llama-3-8B", "llama", "Hermes 2 Pro"),
        ("Hermes 4 14B", "qwen3", "Hermes 4"),
        ("Hermes 4.3 36B", "seed_oss", "Hermes 4"),
        ("Hermes 30 Llama", "llama", None),
        ("Hermes 4 14B", "gemma3", None),
        ("Tiny Hermes", "llama", None),
        ("", "llama", None),
    ],
)
def test_the_header_names_the_family(name: str, architecture: str, family: str | None) -> None:
    found = recognised(header(name, architecture))
    assert (found.name if found else None) == family


def test_every_suggestion_is_a_setting_within_its_range_with_a_source() -> None:
    assert len(families()) == 4
    for family in families():
        sampling = dataclasses.replace(Sampling(), **family.sampling)  # type: ignore[arg-type]
        assert set(family.sampling) <= set(RANGES) and clamped(sampling) == sampling
        assert "https://huggingface.co/NousResearch/" in family.source
