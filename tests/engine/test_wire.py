"""A frame is one line of JSON; what is no frame is refused with a reason and never breaks the reader."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hermes_desktop.domain.conversation import Role, StopReason
from hermes_desktop.domain.fit import Memory
from hermes_desktop.domain.model_file import DeviceShare, KvType, LoadedModel, LoadOptions
from hermes_desktop.domain.prompt import Keep, Prompt, PromptTurn, Span, SpanKind
from hermes_desktop.domain.replay import ReadMessages, ReadText, Recipe
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol, wire
from hermes_desktop.engine.wire import BadFrameError

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text() | st.text(st.characters())  # the second with lone surrogates
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
st.register_type_strategy(float, FLOATS)
COMMANDS = st.sampled_from(sorted(wire.COMMANDS)).flatmap(lambda name: st.from_type(wire.COMMANDS[name]))
EVENTS = st.sampled_from(sorted(wire.EVENTS)).flatmap(lambda name: st.from_type(wire.EVENTS[name]))
ROOMY = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)

MODEL = LoadedModel(
    path="/m.gguf",
    name="Hermes",
    quantisation="Q4_K_M",
    context=8192,
    kv_type=KvType.F16,
    layers=32,
    devices=(DeviceShare("CPU", 32),),
    threads=4,
    batch=512,
    mmap=True,
    flash_attention=True,
    build="1",
    template="chatml",
    template_hash="a",
    tokenizer_hash="b",
    load_seconds=1.5,
    size=5,
    allocated=Memory(5, 6, 7),
)


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def loaded(**changes: object) -> bytes:
    fields = json.loads(wire.encode(protocol.Loaded(1, MODEL)))
    fields["model"] |= changes
    return line(**fields)


# ---- there and back --------------------------------------------------------------------------------


@ROOMY
@given(COMMANDS)
def test_every_command_comes_back(frame: protocol.Command) -> None:
    assert wire.decode_command(wire.encode(frame)) == frame


@ROOMY
@given(EVENTS)
def test_every_event_comes_back(frame: protocol.Event) -> None:
    assert wire.decode_event(wire.encode(frame)) == frame


@ROOMY
@given(COMMANDS | EVENTS)
def test_a_frame_is_one_line_of_ascii(frame: protocol.Command | protocol.Event) -> None:
    written = wire.encode(frame)
    assert written.isascii()
    assert written.index(b"\n") == len(written) - 1
    assert b"\r" not in written


def test_the_types_come_back_too() -> None:
    turn = PromptTurn(Role.USER, (Span(SpanKind.TURNS, "Ä\n\u2028😀"),), keep=Keep.WINDOW, tokens=(1, 2))
    command = protocol.Generate(7, Prompt((turn,), memory_line_id=3), Sampling(logit_bias=((5, -1.0),)))
    back = wire.decode_command(wire.encode(command))
    assert isinstance(back, protocol.Generate)
    assert back == command
    assert isinstance(back.prompt.turns[0].role, Role)
    assert isinstance(back.prompt.turns[0].keep, Keep)
    assert isinstance(back.prompt.turns[0].tokens, tuple)
    assert isinstance(back.sampling.logit_bias[0], tuple)


@pytest.mark.parametrize(
    ("frame", "written"),
    [
        (protocol.Count(3, ("ä", "")), b'{"frame":"Count","id":3,"texts":["\\u00e4",""]}\n'),
        (protocol.Alive(), b'{"frame":"Alive"}\n'),
        (protocol.LoadProgress(1, 0.5), b'{"frame":"LoadProgress","id":1,"fraction":0.5}\n'),
        (
            protocol.Failed(2, "busy", {"path": "a", "size": 1}),
            b'{"frame":"Failed","id":2,"kind":"busy","values":{"path":"a","size":1}}\n',
        ),
        (
            protocol.Load(1, "m", LoadOptions()),
            b'{"frame":"Load","id":1,"path":"m","options":{"context":0,"kv_type":null,"gpu_layers":-1,'
            b'"flash_attention":true,"mmap":null,"threads":0,"batch":512},"rpc":[]}\n',
        ),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else type(value).__name__,
)
def test_the_form_on_the_wire(frame: protocol.Command | protocol.Event, written: bytes) -> None:
    assert wire.encode(frame) == written


# ---- what is tolerated -----------------------------------------------------------------------------


@ROOMY
@given(st.dictionaries(st.text().filter(lambda name: name not in ("frame", "id", "target")), JSON_VALUES))
def test_unknown_fields_are_ignored(extra: Mapping[str, Any]) -> None:
    written = json.dumps({"frame": "Cancel", "id": 1, "target": 2, **extra}).encode()
    assert wire.decode_command(written) == protocol.Cancel(1, 2)


def test_unknown_fields_are_ignored_deep_inside_too() -> None:
    assert wire.decode_event(loaded(colour="red")) == protocol.Loaded(1, MODEL)


def test_fields_with_a_default_may_be_missing() -> None:
    written = line(frame="Generate", id=1, prompt={"turns": []}, sampling={"top_k": 40})
    assert wire.decode_command(written) == protocol.Generate(1, Prompt(()), Sampling(top_k=40))


def test_a_whole_number_stands_for_a_float() -> None:
    event = wire.decode_event(line(frame="LoadProgress", id=1, fraction=1))
    assert isinstance(event, protocol.LoadProgress)
    assert isinstance(event.fraction, float)


def test_white_space_around_a_frame_does_not_matter() -> None:
    assert wire.decode_event(b' {"frame" : "Alive" } \r\n') == protocol.Alive()


def test_the_protocol_has_room_for_very_long_conversations() -> None:
    turns = tuple(
        PromptTurn(Role.USER, (Span(SpanKind.TURNS, "x" * 200),), Keep.WINDOW, 100_000 + number)
        for number in range(1000)
    )
    assert len(wire.encode(protocol.Measure(1, Prompt(turns), 750))) * 100 < protocol.FRAME_LIMIT


# ---- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\n",
        b"llama_model_loader: loaded meta data",
        b'{"frame":"Alive"',
        b'{"frame":"Alive"}{"frame":"Alive"}\n',
        b'{"frame":"Alive"}\n{"frame":"Alive"}\n',
        b'\xff\xfe{"frame":"Alive"}',
        b'{"frame":"Unloaded","id":1,"x":"\xc3\x28"}',
        b'{"frame":"Alive","x":"' + b"\xed\xa0",
        b"\x00" * 8,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"frame":"Unloaded","id":' + b"9" * 10_000 + b"}",
    ],
    ids=lambda garbage: repr(garbage[:24]),
)
def test_what_is_no_json_is_refused(garbage: bytes) -> None:
    with pytest.raises(BadFrameError, match="no JSON"):
        wire.decode_event(garbage)


@pytest.mark.parametrize(
    "document",
    [
        b"null",
        b"1",
        b"[]",
        b'"Alive"',
        b'["Alive"]',
        b"{}",
        b'{"frame":null}',
        b'{"frame":1}',
        b'{"frame":["Alive"]}',
        b'{"frame":{"Alive":1}}',
        b'{"frame":"alive"}',
        b'{"frame":"Explode"}',
        b'{"frame":"BadFrameError"}',
    ],
    ids=repr,
)
def test_what_names_no_frame_is_refused(document: bytes) -> None:
    with pytest.raises(BadFrameError, match="no known frame"):
        wire.decode_event(document)


def test_neither_side_takes_the_words_of_the_other() -> None:
    with pytest.raises(BadFrameError, match="no known frame"):
        wire.decode_command(wire.encode(protocol.Alive()))
    with pytest.raises(BadFrameError, match="no known frame"):
        wire.decode_event(wire.encode(protocol.Quit(1)))


def test_a_frame_over_the_limit_is_refused_before_it_is_read() -> None:
    most = b'{"frame":"Alive"}'.ljust(protocol.FRAME_LIMIT)
    assert wire.decode_event(most) == protocol.Alive()
    with pytest.raises(BadFrameError, match=f"frame of {protocol.FRAME_LIMIT + 1} bytes"):
        wire.decode_event(most + b" ")


@ROOMY
@given(EVENTS, st.data())
def test_half_a_frame_is_refused(frame: protocol.Event, data: st.DataObject) -> None:
    written = wire.encode(frame)
    cut = data.draw(st.integers(0, len(written) - 2))
    for half in (written[:cut], written[cut:] if cut else b""):
        with pytest.raises(BadFrameError):
            wire.decode_event(half)


@pytest.mark.parametrize(
    "kind", [*wire.COMMANDS.values(), *wire.EVENTS.values()], ids=lambda kind: kind.__name__
)
@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_every_field_without_a_default_is_needed(kind: type, data: st.DataObject) -> None:
    fields = json.loads(wire.encode(data.draw(st.from_type(kind))))
    decode = wire.decode_command if kind.__name__ in wire.COMMANDS else wire.decode_event
    for field in dataclasses.fields(kind):
        if field.default is not dataclasses.MISSING:
            continue
        rest = {name: value for name, value in fields.items() if name != field.name}
        with pytest.raises(BadFrameError, match=f"{kind.__name__}.{field.name} is missing"):
            decode(line(**rest))


@pytest.mark.parametrize(
    "changes",
    [
        {"path": None},
        {"path": 1},
        {"path": ["/m.gguf"]},
        {"context": "8192"},
        {"context": 1.5},
        {"context": True},
        {"context": None},
        {"kv_type": "F16"},
        {"kv_type": 1},
        {"kv_type": None},
        {"mmap": 1},
        {"mmap": None},
        {"load_seconds": "1"},
        {"load_seconds": True},
        {"load_seconds": None},
        {"load_seconds": float("nan")},
        {"load_seconds": float("inf")},
        {"load_seconds": 10**400},
        {"devices": {}},
        {"devices": "CPU"},
        {"devices": [None]},
        {"devices": [["CPU", 3]]},
        {"devices": [{"name": "CPU"}]},
        {"devices": [{"name": "CPU", "layers": "3"}]},
    ],
    ids=lambda changes: f"{next(iter(changes))}={str(*changes.values())[:20]}",
)
def test_an_ill_typed_field_is_refused(changes: Mapping[str, object]) -> None:
    with pytest.raises(BadFrameError):
        wire.decode_event(loaded(**changes))


def test_one_of_two_kinds_of_object_is_told_by_its_fields() -> None:
    fields = {"prompt_sha256": "", "batches": [], "batch": 1, "flash_attention": True}
    turns = [{"first": 1, "last": 2}, {"role": "user", "text": "Hi"}]
    recipe = wire.build(Recipe, fields | {"turns": turns})
    assert recipe.turns == (ReadMessages(1, 2), ReadText(Role.USER, "Hi"))
    for turn in ({"first": 1}, {"role": "nobody", "text": ""}, 5):
        with pytest.raises(BadFrameError):
            wire.build(Recipe, fields | {"turns": [turn]})


@pytest.mark.parametrize("model", [None, [], "x", 3])
def test_an_object_must_be_an_object(model: object) -> None:
    with pytest.raises(BadFrameError, match="LoadedModel is no object"):
        wire.decode_event(line(frame="Loaded", id=1, model=model))


@pytest.mark.parametrize("bias", [[[1]], [[1, 2.0, 3]], [["1", 2.0]], [[1, "2"]], [1], "x"])
def test_a_pair_must_be_a_pair(bias: object) -> None:
    with pytest.raises(BadFrameError, match="logit_bias"):
        wire.decode_command(line(frame="Generate", id=1, prompt={"turns": []}, sampling={"logit_bias": bias}))


@pytest.mark.parametrize("values", [{"a": None}, {"a": 1.5}, {"a": True}, {"a": []}, [], "a"])
def test_the_values_of_a_failure_are_texts_and_whole_numbers(values: object) -> None:
    with pytest.raises(BadFrameError, match=r"Failed\.values"):
        wire.decode_event(line(frame="Failed", id=1, kind="busy", values=values))


@pytest.mark.parametrize("line_id", ["3", 3.0, False, []])
def test_a_field_that_may_be_none_is_otherwise_of_its_type(line_id: object) -> None:
    prompt = {"turns": [], "memory_line_id": line_id}
    with pytest.raises(BadFrameError, match="memory_line_id"):
        wire.decode_command(line(frame="Measure", id=1, prompt=prompt, reserve=1))


def test_an_unknown_stop_reason_is_refused() -> None:
    done = protocol.Done(1, StopReason.END, "", (), 1, 1, 1, 1, 1, 1, (), 1.0, 1.0, 1.0)
    written = wire.encode(done).replace(b'"end"', b'"ended"')
    with pytest.raises(BadFrameError, match="stop_reason"):
        wire.decode_event(written)


# ---- nothing breaks the reader ---------------------------------------------------------------------


@ROOMY
@given(st.binary(max_size=200))
def test_bytes_are_a_frame_or_refused(data: bytes) -> None:
    for decode in (wire.decode_command, wire.decode_event):
        with pytest.raises(BadFrameError):
            decode(data)


@ROOMY
@given(COMMANDS, st.data())
def test_any_value_in_any_place_is_taken_or_refused(frame: protocol.Command, data: st.DataObject) -> None:
    fields = json.loads(wire.encode(frame))
    _spoil(fields, data)
    try:
        back = wire.decode_command(json.dumps(fields).encode())
    except BadFrameError:
        return
    assert wire.decode_command(wire.encode(back)) == back


def _spoil(fields: dict[str, Any], data: st.DataObject) -> None:
    """Put any JSON value in the place of one field, maybe deep inside."""
    name = data.draw(st.sampled_from(sorted(fields)))
    value = fields[name]
    inner = value[0] if isinstance(value, list) and value else value
    if isinstance(inner, dict) and inner and data.draw(st.booleans()):
        _spoil(inner, data)
    else:
        fields[name] = data.draw(JSON_VALUES)
