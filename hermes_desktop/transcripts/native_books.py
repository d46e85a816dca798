"""Knows how lorebooks and what is bound to what stand in an archive of ours, both ways; no database."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from hermes_desktop.containers.loose import dicts, text, whole
from hermes_desktop.domain.history import BookHistory, BookState, BookTie, ProfileTie
from hermes_desktop.domain.lore import Scope
from hermes_desktop.transcripts import native_values as values
from hermes_desktop.transcripts.native_writer import opened

_HELD = {"conversation": Scope.CHAT, "profile": Scope.PROFILE, "persona": Scope.PERSONA, "all": Scope.GLOBAL}
_NAMES = {scope: name for name, scope in _HELD.items()}


def written(found: Iterable[BookHistory], ties: Iterable[BookTie]) -> dict[str, Any]:
    """Write lorebooks with all versions, and where they speak."""
    return {"lorebooks": [_book(each) for each in found], "bindings": [_tie(each) for each in ties]}


def _book(whole: BookHistory) -> dict[str, Any]:
    versions = [asdict(state) | {"document": opened(state.document)} for state in whole.versions]
    return {"deleted_at": whole.deleted_at, "versions": versions}


def _tie(tie: BookTie) -> dict[str, Any]:
    return {
        "lorebook": tie.book,
        "speaks_in": _NAMES[tie.scope],
        "number": tie.holder,
        "active": tie.active,
    }


def profile_ties_written(ties: Iterable[ProfileTie]) -> list[dict[str, Any]]:
    """Write which profile goes with which persona."""
    return [asdict(tie) for tie in ties]


def book(said: Mapping[str, Any]) -> BookHistory:
    """Read a lorebook with its versions; raises DamagedError."""
    versions = tuple(map(_version, dicts(said.get("versions"))))
    values.check_versions([state.number for state in versions])
    return BookHistory(versions, values.moment(said.get("deleted_at")))


def _version(said: Mapping[str, Any]) -> BookState:
    return BookState(
        number=values.key(said.get("number")),
        name=text(said.get("name")),
        spec=text(said.get("spec")) or "own",
        document=values.document(said.get("document"), "a lorebook", kinds=(dict, list)),
        entries=whole(said.get("entries"), 0, values.LARGEST),
        created_at=values.time(said.get("created_at")),
        file=values.hashed(said.get("file")),
        digest=values.hashed(said.get("digest")),
    )


def ties(value: object) -> list[BookTie]:
    """Read where lorebooks speak; what says nothing is passed over."""
    return [
        BookTie(
            values.key(each.get("lorebook")),
            _HELD[text(each.get("speaks_in"))],
            values.key(each.get("number")),
            each.get("active") is not False,
        )
        for each in dicts(value)
        if text(each.get("speaks_in")) in _HELD
    ]


def profile_ties(value: object) -> list[ProfileTie]:
    """Read which profile goes with which persona."""
    return [
        ProfileTie(values.key(each.get("persona")), values.key(each.get("profile"))) for each in dicts(value)
    ]
