"""The words between window and engine child: whole, apart from each other, and unchangeable."""

import dataclasses
from typing import get_args

import pytest

from hermes_desktop.engine import protocol

COMMANDS = get_args(protocol.Command)
EVENTS = get_args(protocol.Event)
OF_THE_CHILD_ITSELF = {protocol.Hello, protocol.Alive}


def fields_of(frame: type) -> list[str]:
    return [field.name for field in dataclasses.fields(frame)]


@pytest.mark.parametrize("frame", COMMANDS)
def test_every_command_has_an_id(frame: type) -> None:
    assert fields_of(frame)[0] == "id"


@pytest.mark.parametrize("frame", [frame for frame in EVENTS if frame not in OF_THE_CHILD_ITSELF])
def test_every_answer_carries_the_id_of_its_command(frame: type) -> None:
    assert fields_of(frame)[0] == "id"


def test_no_field_is_called_as_the_frame_itself() -> None:
    assert not [frame for frame in (*COMMANDS, *EVENTS) if "frame" in fields_of(frame)]


def test_commands_and_events_have_names_of_their_own() -> None:
    names = [frame.__name__ for frame in (*COMMANDS, *EVENTS)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", ["id", "target"])
def test_a_frame_cannot_be_changed_on_its_way(name: str) -> None:
    frame = protocol.Cancel(1, 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(frame, name, 3)
    assert frame == protocol.Cancel(1, 2)
