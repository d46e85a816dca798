"""Knows how messages are found by what is said in them, and how to get to one; not what is made of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlmodel import Session

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.hit import Hit
from hermes_desktop.storage import older, tree, wanted
from hermes_desktop.storage.excerpts import excerpt
from hermes_desktop.storage.tables import Message
from hermes_desktop.storage.text import cleaned
from hermes_desktop.storage.wanted import Term

LIMIT = 50
_SPARE = 4  # times as many are read, since copies of a message count once

_COLUMNS = """
    m.id, m.conversation_id, m.role, m.name, m.created_at, m.text, m.branch_id, m.depth,
    c.title, c.tip_id, p.name as persona_name, p.avatar
"""
_LIVING = """
    cross join conversation c on c.id = m.conversation_id
    join persona_version p on p.id = c.persona_version_id
    where +m.parent_id is not null and m.deleted_at is null and c.deleted_at is null and m.state <> 'running'
"""
# The order of the joins is fixed, and no other index is in the way (that is the plus): the index gives
# the best ones first, and no more is read than is wanted.
_BY_WORDS = f"""
    select {_COLUMNS} from message_words w cross join message m on m.id = w.rowid {_LIVING}
    and message_words match :words %s order by w.rank limit :limit
"""
# Where it is said most often for the length of the text, then the newest.
_LOOKED_THROUGH = f"""
    select {_COLUMNS} from message m {_LIVING} %s
    order by (length(m.text) - length(replace(m.text, :first, ''))) * 1.0 / (length(m.text) + 400) desc,
    m.id desc limit :limit
"""
# Word for word as in the partial index, or it is not used.
_UNSPACED = f"""
    and length(cast(m.text as blob)) > length(m.text) and m.text glob '*[{wanted.SCRIPTS}]*'
"""


def find(session: Session, line: str, limit: int = LIMIT) -> list[Hit]:
    """List the messages that hold every word and phrase of a line, best first; raises SEARCH_EMPTY.

    Other versions and branches count; what is in the bin does not, nor does a reply that is being written.
    """
    terms = wanted.terms_of(cleaned(line))
    if not terms:
        raise KnownError(ErrorKind.SEARCH_EMPTY)
    rows: list[Row[Any]] = []
    if not older.has_table(session, "message_words"):
        rows += _looked_through(session, terms, limit * _SPARE)
        return _hits(session, terms, rows, limit)
    if not any(term.unspaced for term in terms):
        rows += _listed(session, terms, limit * _SPARE)
    rows += _glued(session, terms, limit * _SPARE)
    return _hits(session, terms, rows, limit)


def _listed(session: Session, terms: Sequence[Term], limit: int) -> Sequence[Row[Any]]:
    """Ask the index; where no term has a letter, look through everything."""
    words = [term for term in terms if term.words]
    if not words:
        return _looked_through(session, terms, limit)
    literal = [term for term in terms if term.literal]
    statement = _BY_WORDS % _holding(literal)
    values = _patterns(literal) | {"words": wanted.expression(words), "limit": limit}
    return session.connection().execute(text(statement), values).all()


def _glued(session: Session, terms: Sequence[Term], limit: int) -> Sequence[Row[Any]]:
    """Look through the texts whose words are not divided by spaces."""
    return _looked_through(session, terms, limit, _UNSPACED)


def _looked_through(
    session: Session, terms: Sequence[Term], limit: int, among: str = ""
) -> Sequence[Row[Any]]:
    statement = _LOOKED_THROUGH % (among + _holding(terms))
    values = _patterns(terms) | {"first": terms[0].text, "limit": limit}
    return session.connection().execute(text(statement), values).all()


def _holding(terms: Sequence[Term]) -> str:
    return " ".join(f"and m.text like :like{number} escape '\\'" for number in range(len(terms)))


def _patterns(terms: Sequence[Term]) -> dict[str, str | int]:
    return {f"like{number}": wanted.pattern(term) for number, term in enumerate(terms)}


def _hits(session: Session, terms: Sequence[Term], rows: Sequence[Row[Any]], limit: int) -> list[Hit]:
    shown = _Shown(session)
    found: dict[object, tuple[Row[Any], bool]] = {}
    for row in rows:
        key = (row.conversation_id, row.role, row.created_at, row.text)  # what a copy shares
        known = found.get(key)
        if known is None or (not known[1] and shown.holds(row)):
            found[key] = row, shown.holds(row)
    best = list(found.values())[:limit]
    return [_hit(row, terms, rank, now) for rank, (row, now) in enumerate(best, 1)]


def _hit(row: Row[Any], terms: Sequence[Term], rank: int, shown: bool) -> Hit:
    return Hit(
        conversation_id=row.conversation_id,
        message_id=row.id,
        role=Role(row.role),
        name=row.name,
        created_at=row.created_at,
        title=row.title,
        persona_name=row.persona_name,
        avatar=row.avatar,
        excerpt=excerpt(row.text, terms),
        rank=rank,
        shown=shown,
    )


class _Shown:
    """Tell which messages stand on the paths that are shown now."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._paths: dict[int, dict[int, int]] = {}  # by conversation: the last depth, by branch

    def holds(self, row: Row[Any]) -> bool:
        """Say whether a message is on its conversation's path."""
        path = self._paths.get(row.conversation_id)
        if path is None:
            tip = self._session.get_one(Message, row.tip_id)
            path = {each.branch_id: each.high for each in tree.stretches(self._session, tip)}
            self._paths[row.conversation_id] = path
        return bool(row.depth <= path.get(row.branch_id, -1))


def stands(session: Session, message_id: int) -> bool:
    """Say whether a message stands where its conversation is now; raises MESSAGE_UNKNOWN."""
    message = tree.row(session, message_id)
    conversation = tree.conversation_row(session, message.conversation_id)
    there = tree.on_path(session, tree.tip_of(session, conversation), message.depth)
    return there == message_id and message.deleted_at is None


def reveal(session: Session, message_id: int) -> None:
    """Go to the version that leads to a message; undo goes back. One in the bin stays there."""
    message = tree.row(session, message_id)
    if message.deleted_at is None and not stands(session, message_id):
        tree.lead_to(session, tree.conversation_row(session, message.conversation_id), message)
