"""The values of the domain are frozen and carry nothing else; their defaults are those that were chosen."""

import dataclasses
import importlib
import pkgutil
from enum import Enum, StrEnum

import pytest

from hermes_desktop import domain
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadOptions
from hermes_desktop.domain.persona import Persona, PersonaFields
from hermes_desktop.domain.preferences import TEXT_SIZES, Preferences
from hermes_desktop.domain.prompt import PromptTurn, Span, SpanKind
from hermes_desktop.domain.sampling import SHIPPED_PRESETS

MODULES = [
    importlib.import_module(f"{domain.__name__}.{module.name}")
    for module in pkgutil.iter_modules(domain.__path__)
]
CLASSES = [
    value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, type) and value.__module__ == module.__name__
]


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if dataclasses.is_dataclass(kind)])
def test_a_value_cannot_be_changed(kind: type) -> None:
    value = kind(**dict.fromkeys((field.name for field in dataclasses.fields(kind)), None))
    for field in dataclasses.fields(kind):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, field.name, 1)
    assert not hasattr(value, "__dict__")


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if issubclass(kind, Enum)])
def test_an_enumeration_is_made_of_words(kind: type[Enum]) -> None:
    assert issubclass(kind, StrEnum)
    assert len(kind.__members__) == len(list(kind))
    assert all(value == value.lower() for value in kind)


def test_roles_are_the_words_of_chatml() -> None:
    assert [str(role) for role in Role] == ["system", "user", "assistant", "tool"]


def test_the_text_of_a_turn_is_its_spans_with_nothing_between() -> None:
    spans = (Span(SpanKind.PERSONA, "a\n\n"), Span(SpanKind.PROFILE, ""), Span(SpanKind.LORE, "b"))
    assert PromptTurn(Role.SYSTEM, spans).text == "a\n\nb"
    assert PromptTurn(Role.SYSTEM, ()).text == ""


def test_the_defaults_fit_what_they_refer_to() -> None:
    preferences = Preferences()
    assert preferences.preset in [preset.name for preset in SHIPPED_PRESETS]
    assert TEXT_SIZES[0] <= preferences.text_size <= TEXT_SIZES[1]
    assert preferences.load == LoadOptions()


def test_a_stored_persona_has_the_name_of_its_fields() -> None:
    fields = PersonaFields(name="Mirabel Ashdown", nickname="Mira")
    persona = Persona(1, 1, 1, fields, "own", "", 0, "", favourite=False, deleted=False)
    assert persona.name == "Mirabel Ashdown"


def test_a_known_error_keeps_its_kind_and_values() -> None:
    error = KnownError(ErrorKind.MODEL_TRUNCATED, path="a", expected=2, size=1)
    assert error.kind is ErrorKind.MODEL_TRUNCATED
    assert error.values == {"path": "a", "expected": 2, "size": 1}
    assert str(error) == "model_truncated(path=a, expected=2, size=1)"
    assert str(KnownError(ErrorKind.BUSY)) == "busy()"
