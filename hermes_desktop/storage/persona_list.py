"""Knows the list of personas, read without their cards; not what is done with one of them."""

import json
from collections.abc import Sequence

from sqlalchemy import bindparam, text
from sqlmodel import Session

from hermes_desktop.domain.persona import PersonaSummary

BLURB = 400  # letters; no card shows more
_SEARCHED = 20_000  # letters of one field that are looked through
_BATCH = 500

_SUMMARIES = text(
    f"""
    with newest as (
        select persona_id, max(id) as id from persona_version group by persona_id
    ),
    used as (
        select persona_id, max(updated_at) as at
        from conversation where deleted_at is null group by persona_id
    )
    select
        p.id, v.id, v.name, v.fields ->> '$.nickname', v.fields -> '$.tags', v.fields ->> '$.creator',
        substr(v.fields ->> '$.creator_notes', 1, {BLURB}), substr(v.fields ->> '$.description', 1, {BLURB}),
        v.avatar, p.favourite, coalesce(used.at, 0)
    from persona p
    join newest on newest.persona_id = p.id
    join persona_version v on v.id = newest.id
    left join used on used.persona_id = p.id
    where p.deleted_at is null
    """
)
_TEXTS = text(
    f"""
    select
        id,
        name
        || char(10) || coalesce(fields ->> '$.nickname', '')
        || char(10) || coalesce(fields -> '$.tags', '')
        || char(10) || coalesce(fields ->> '$.creator', '')
        || char(10) || substr(coalesce(fields ->> '$.creator_notes', ''), 1, {_SEARCHED})
        || char(10) || substr(coalesce(fields ->> '$.description', ''), 1, {_SEARCHED})
    from persona_version where id in :ids
    """
).bindparams(bindparam("ids", expanding=True))


def summaries(session: Session) -> list[PersonaSummary]:
    """List the newest versions of all that are not in the bin, by name."""
    rows = session.connection().execute(_SUMMARIES)
    found = [
        PersonaSummary(
            id=persona_id,
            version_id=version_id,
            name=name,
            nickname=nickname or "",
            tags=tuple(json.loads(tags or "[]")),
            creator=creator or "",
            blurb=(notes or "").strip() or (description or "").strip(),
            avatar=avatar,
            favourite=bool(favourite),
            used_at=used_at,
        )
        for (
            persona_id,
            version_id,
            name,
            nickname,
            tags,
            creator,
            notes,
            description,
            avatar,
            favourite,
            used_at,
        ) in rows
    ]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def texts(session: Session, version_ids: Sequence[int]) -> dict[int, str]:
    """Give what can be looked for in versions, by id: names, tags, creator, notes, description."""
    found: dict[int, str] = {}
    for start in range(0, len(version_ids), _BATCH):
        ids = list(version_ids[start : start + _BATCH])
        for number, said in session.connection().execute(_TEXTS, {"ids": ids}):
            found[number] = said
    return found
