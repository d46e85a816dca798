"""Knows how profiles are written into files that we and other programs read; not where the files go."""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.persona import ProfileForm
from hermes_desktop.personas.carried import text
from hermes_desktop.personas.kinds import PROFILES
from hermes_desktop.personas.profile_file import DATA, KEYWORD, ProfileDocument

_VERSION = "1.0"
_HEAD = 33  # bytes of a PNG's signature and first chunk
# What SillyTavern begins a persona with.
_ST_USUAL: dict[str, Any] = {"position": 0, "depth": 2, "role": 0, "lorebook": "", "connections": []}


def write(profiles: Sequence[ProfileDocument], form: ProfileForm) -> bytes:
    """Write profiles; a form that holds one gets one. RisuAI's is a text in `picture`: there must be one."""
    return _WRITERS[form](profiles)


def _own(profiles: Sequence[ProfileDocument]) -> bytes:
    entries = [_own_entry(profile) for profile in profiles]
    return _json({"spec": PROFILES, "spec_version": _VERSION, "profiles": entries})


def _own_entry(profile: ProfileDocument) -> dict[str, Any]:
    before = _before(profile)
    entry: dict[str, Any] = {"name": profile.name, "description": profile.description}
    if profile.picture:
        entry["avatar"] = DATA + base64.b64encode(profile.picture).decode("ascii")
    if profile.personas:
        entry["personas"] = list(profile.personas)
    more = before.pop("more", {})
    entry |= more if isinstance(more, dict) else {}
    if before:
        entry["original"] = before
    return entry


def _sillytavern(profiles: Sequence[ProfileDocument]) -> bytes:
    named: dict[str, str] = {}
    described: dict[str, Any] = {}
    chosen = None
    for number, profile in enumerate(profiles, 1):
        kept = _kept(profile, "sillytavern")
        key = text(kept.get("key"))
        if not key or key in named:
            key = f"hermes-{number}.png"
        before = kept.get("description")
        entry = _ST_USUAL | (before if isinstance(before, dict) else {})
        named[key], described[key] = profile.name, entry | {"description": profile.description}
        chosen = key if profile.default else chosen
    return _json({"personas": named, "persona_descriptions": described, "default_persona": chosen})


def _ooba(profiles: Sequence[ProfileDocument]) -> bytes:
    import yaml  # here, because most starts of the program never need it

    profile = profiles[0]
    kept = json_guard.cleaned(_kept(profile, "ooba"))  # YAML has no halves of letters
    document = kept | {"name": profile.name, "user_bio": profile.description}
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110).encode("utf-8")  # type: ignore[no-any-return]  # yaml has no types


def _risu(profiles: Sequence[ProfileDocument]) -> bytes:
    profile = profiles[0]
    said = {"name": profile.name, "personaPrompt": profile.description}
    document = {"note": ""} | _kept(profile, "risu") | said
    value = base64.b64encode(json_guard.text_of(document).encode("utf-8"))
    body = b"tEXt" + KEYWORD.encode() + b"\0" + value
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return profile.picture[:_HEAD] + chunk + profile.picture[_HEAD:]


_WRITERS: dict[ProfileForm, Callable[[Sequence[ProfileDocument]], bytes]] = {
    ProfileForm.OWN: _own,
    ProfileForm.SILLYTAVERN: _sillytavern,
    ProfileForm.OOBA: _ooba,
    ProfileForm.RISU: _risu,
}


def _json(document: object) -> bytes:
    return (json_guard.text_of(document) + "\n").encode("utf-8")


def _kept(profile: ProfileDocument, form: str) -> dict[str, Any]:
    """Give the document that the profile came as, where it came in this form."""
    before = _before(profile)
    document = before.get("document") if before.get("format") == form else None
    return document if isinstance(document, dict) else {}


def _before(profile: ProfileDocument) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(profile.original) if profile.original else {}
    return found
