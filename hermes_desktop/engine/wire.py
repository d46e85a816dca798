"""Knows how a protocol frame becomes one line of JSON and back; it checks every field and trusts none."""

import dataclasses
import json
import sys
import types
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from hermes_desktop.engine import protocol

COMMANDS: dict[str, type] = {frame.__name__: frame for frame in get_args(protocol.Command)}
EVENTS: dict[str, type] = {frame.__name__: frame for frame in get_args(protocol.Event)}


class BadFrameError(Exception):
    """Say why a line is no frame."""


def encode(frame: protocol.Command | protocol.Event) -> bytes:
    """Write a frame as one line of UTF-8 JSON that ends in a newline."""
    fields = {"frame": type(frame).__name__} | _values(frame)
    return _ENCODER.encode(fields).encode("ascii") + b"\n"


def _values(value: Any) -> dict[str, Any]:
    """Give the fields of a dataclass as they are; unlike asdict it copies nothing, token after token."""
    kind: type = type(value)
    return {name: getattr(value, name) for name in _names(kind)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


_LARGEST = sys.float_info.max
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=_values)


def decode_command(line: bytes) -> protocol.Command:
    """Read a line that the parent sent; raises BadFrameError."""
    command: protocol.Command = _decode(line, COMMANDS)
    return command


def decode_event(line: bytes) -> protocol.Event:
    """Read a line that the child sent; raises BadFrameError."""
    event: protocol.Event = _decode(line, EVENTS)
    return event


def _decode(line: bytes, frames: dict[str, type]) -> Any:
    if len(line) > protocol.FRAME_LIMIT:
        raise BadFrameError(f"frame of {len(line)} bytes")
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadFrameError(f"no JSON: {line[:80]!r}") from error
    name = fields.get("frame") if isinstance(fields, dict) else None
    if not isinstance(name, str) or name not in frames:
        raise BadFrameError(f"no known frame: {line[:80]!r}")
    return build(frames[name], fields)


def build(kind: type, fields: object) -> Any:
    """Make a frozen dataclass from parsed JSON; raises BadFrameError on a missing or ill-typed field."""
    if not isinstance(fields, dict):
        raise BadFrameError(f"{kind.__name__} is no object")
    values: dict[str, Any] = {}
    for name, reader, required in _fields_of(kind):
        if name in fields:
            try:
                values[name] = reader(fields[name])
            except (TypeError, ValueError, OverflowError) as error:
                raise BadFrameError(f"{kind.__name__}.{name}: {error}") from error
        elif required:
            raise BadFrameError(f"{kind.__name__}.{name} is missing")
    return kind(**values)


@cache
def _fields_of(kind: type) -> tuple[tuple[str, Callable[[object], Any], bool], ...]:
    hints = get_type_hints(kind)
    return tuple(
        (
            field.name,
            _reader(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _reader(hint: Any) -> Callable[[object], Any]:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _union_reader(arguments)
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is dict:
        return _dict_reader(arguments[1])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return lambda value: build(hint, value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return lambda value: hint(_expect(value, str))
    if hint is float:
        return _read_float
    return lambda value: _expect(value, hint)


def _expect(value: object, kind: type) -> Any:
    # A bool is an int in Python, but not on the wire.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{type(value).__name__} is no {kind.__name__}")
    return value


def _read_float(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise TypeError(f"{value!r} is no finite number")
    return float(value)


def _tuple_reader(arguments: tuple[Any, ...]) -> Callable[[object], tuple[Any, ...]]:
    if arguments[-1] is Ellipsis:
        reader = _reader(arguments[0])
        return lambda value: tuple(reader(item) for item in _expect(value, list))
    readers = [_reader(argument) for argument in arguments]

    def read(value: object) -> tuple[Any, ...]:
        items = _expect(value, list)
        if len(items) != len(readers):
            raise ValueError(f"{len(items)} items instead of {len(readers)}")
        return tuple(reader(item) for reader, item in zip(readers, items, strict=True))

    return read


def _dict_reader(value_hint: Any) -> Callable[[object], dict[str, Any]]:
    reader = _reader(value_hint)
    return lambda value: {key: reader(item) for key, item in _expect(value, dict).items()}


def _union_reader(arguments: tuple[Any, ...]) -> Callable[[object], Any]:
    optional = type(None) in arguments
    readers = [_reader(argument) for argument in arguments if argument is not type(None)]

    def read(value: object) -> Any:
        if value is None and optional:
            return None
        for reader in readers:
            try:
                return reader(value)
            except (TypeError, ValueError, BadFrameError):
                continue
        raise TypeError(f"{type(value).__name__} fits none of its types")

    return read
