"""Knows what past replies tell of a model's speed; it changes nothing."""

import json

from sqlalchemy import text
from sqlmodel import Session

from hermes_desktop.domain.speed import Timing

LOOKED_AT = 2000  # newest replies, of whatever model
_QUERY = text("""
    select json_extract(record, '$.evaluated_tokens'), json_extract(record, '$.first_token_ms'),
           json_extract(record, '$.generated_tokens'), json_extract(record, '$.tokens_per_second'),
           json_extract(record, '$.threads'), json_extract(record, '$.devices')
    from (select message_id, record from generation order by message_id desc limit :newest)
    where json_extract(record, '$.model_sha256') = :sha256
       or (json_extract(record, '$.model_sha256') = '' and json_extract(record, '$.model_name') = :name
           and json_extract(record, '$.quantisation') = :quantisation)
    order by message_id desc
""")


def timings(session: Session, sha256: str, name: str, quantisation: str) -> list[Timing]:
    """List the figures of a model's newest replies, the newest first.

    Replies from before its file was hashed are known by the name in its header alone.
    """
    values = {"newest": LOOKED_AT, "sha256": sha256 or "-", "name": name, "quantisation": quantisation}
    rows = session.connection().execute(_QUERY, values)
    return [Timing(*[*figures, tuple(json.loads(devices))]) for *figures, devices in rows]
