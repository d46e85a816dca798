"""Knows how it is packed into cells how a reply came to be, and unpacked again; not where they stand."""

import array
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from hermes_desktop.domain.conversation import FiredLore, GenerationRecord, StopReason

_RECORDED = [f.name for f in fields(GenerationRecord) if f.name not in ("tokens", "tokenizer_hash")]


def unpacked_record(
    record: str,
    tokens: bytes,
    tokenizer_hash: str,
    changed: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
) -> GenerationRecord:
    """Give a record from the cells that keep it; `changed` gives what is to stand there otherwise."""
    made = json.loads(record)
    made |= changed(made) if changed is not None else {}
    return record_of(made, tokenizer_hash, unpacked_tokens(tokens))


def record_of(fields: dict[str, Any], tokenizer_hash: str, tokens: tuple[int, ...]) -> GenerationRecord:
    """Turn the stored form of a record into the record."""
    fields |= {
        "devices": tuple(fields["devices"]),
        "schedule": tuple(fields["schedule"]),
        "stop_reason": StopReason(fields["stop_reason"]),
        "lore": tuple(FiredLore(**each) for each in fields.get("lore", ())),
        "recalled": tuple(fields.get("recalled", ())),
        "tokens": tokens,
        "tokenizer_hash": tokenizer_hash,
    }
    return GenerationRecord(**fields)


def record_text(made: GenerationRecord) -> str:
    """Write a record without its tokens, which are kept beside it."""
    return json.dumps({name: getattr(made, name) for name in _RECORDED}, default=asdict)


def unpacked_tokens(tokens: bytes) -> tuple[int, ...]:
    """Read ids, little-endian and of 32 bits."""
    ids = array.array("i")
    ids.frombytes(tokens)
    return tuple(ids)
