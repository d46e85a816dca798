"""Knows how old messages of a path are found that matter for what is said now; not what is made of them.

The rare words of a turn lead to some hundred messages, by the index; these are read, and every word of the
turn counts in them. So the work is bounded, however long the conversation is.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import text as statement
from sqlmodel import Session, col, select

from hermes_desktop.domain.conversation import MessageState
from hermes_desktop.domain.recall import Recalled
from hermes_desktop.storage import clues, messages, older, tree
from hermes_desktop.storage.clues import Clue, Form
from hermes_desktop.storage.tables import Conversation, Message
from hermes_desktop.storage.text import cleaned
from hermes_desktop.storage.wanted import SCRIPTS

LIMIT = 40
FLOOR = 0.4  # of the best score; what has less is chance rather than memory
_COUNTED = 1_000  # messages after which it is estimated how many hold a word
_LOOKED_UP = 3_000  # places of all words together that are followed to their messages
_OF_ONE = 1_500  # of one word
_FREQUENT = 0.2  # of all messages: a word in more of them leads nowhere
_WITH_KIN = 12  # words whose kin are looked for, the rarest
_KIN = 40  # words that begin alike, of which kin are chosen
_KIN_WORTH, _ONLY_KIN = 0.6, 0.9  # beside the word itself, and where nobody said it so
_READ = 120  # messages whose text is weighed
_UNSPACED = 5_000  # texts without spaces that are looked through, the newest
_PAIRS = 12  # pairs of signs that are looked for, the rarest
_SAMPLE = 300  # texts that say which pairs are rare
_PARTNERS = 40  # of the best, whose answers may come with them
_SHARE = 0.3  # of a message's score that what was said next gets
_ANSWER = 0.9  # the same, where it was a question
_ASKS = tuple("?？؟")
_CLOSING = " \n*_\"'”’»)」』"


def find(
    session: Session,
    conversation_id: int,
    query: str,
    *,
    below: int | None = None,
    limit: int = LIMIT,
    floor: float = FLOOR,
    telling: float = 0.0,
) -> list[Recalled]:
    """List messages of the path that matter for a turn, best first; `below`: of a smaller depth only.

    Nothing comes that has less than the share `floor` of the best score. With `telling` above 0 a message
    has to hold a word that is rare on this path, the rarer the larger it is; near 1 it stands nowhere else.
    Raises CONVERSATION_UNKNOWN only.
    """
    path = _Path(session, tree.conversation_row(session, conversation_id), below)
    query = cleaned(query)
    found = _Found(session, path)
    words, pairs = clues.words_of(query), clues.pairs_of(query)
    if older.has_table(session, "message_words"):
        found.by_words(words)
        found.by_pairs(pairs, among=_WITHOUT_SPACES)
    else:
        found.by_pairs([*words, *pairs])
    scored = _once(_with_answers(path, found.weighed(telling)))
    least = max((score for _row, score in scored), default=0) * floor
    best = [(row, score) for row, score in scored if score >= least][:limit]
    return _values(session, path, best)


class _Path:
    """Tell which messages stand on the path of a conversation, behind a depth."""

    def __init__(self, session: Session, conversation: Conversation, below: int | None) -> None:
        self.session = session
        self.root_id = conversation.root_id or 0
        self.conversation_id = conversation.id or 0
        self.tip = tree.tip_of(session, conversation)
        self._last = {each.branch_id: each.high for each in tree.stretches(session, self.tip)}
        self._below = self.tip.depth + 1 if below is None else below

    def holds(self, branch_id: int, depth: int) -> bool:
        """Say whether a message stands on it."""
        return 0 < depth < self._below and depth <= self._last.get(branch_id, -1)

    def rows(self, depths: Iterable[int]) -> list[Message]:
        """Read the visible messages of these depths."""
        wanted = [depth for depth in set(depths) if 0 < depth < self._below]
        query = select(Message).where(
            col(Message.branch_id).in_(self._last),
            col(Message.depth).in_(wanted),
            col(Message.deleted_at).is_(None),
            Message.state != MessageState.RUNNING.value,
        )
        return [row for row in self.session.exec(query) if self.holds(row.branch_id, row.depth)]


_NEWEST = statement("select coalesce(max(id), 0) from message")
_VOCABULARY = statement(
    "create virtual table if not exists temp.message_terms using fts5vocab('main', 'message_words', 'row')"
)
_BEGINNING = statement(
    "select term, doc from temp.message_terms where term >= :low and term < :high limit :limit"
)
# Places are as evenly spread as need be to tell from the first of them how many there are.
_FIRST = """
    select count(*), coalesce(max(id), 0) from (
        select rowid as id from message_words where message_words match ? limit ?
    )
"""
_PLACES = statement(
    """
    select m.id, m.branch_id, m.depth from (
        select rowid as id from message_words where message_words match :words and rowid > :root limit :limit
    ) w cross join message m on m.id = w.id
    where m.conversation_id = :conversation and m.deleted_at is null
    """
)
# Word for word as in the partial index, or it is not used.
_WITHOUT_SPACES = f"""
    and length(cast(m.text as blob)) > length(m.text) and m.text glob '*[{SCRIPTS}]*'
"""
_TEXTS = """
    select m.id, m.branch_id, m.depth, m.text from message m
    where +m.conversation_id = :conversation and m.id > :root and m.deleted_at is null
    and m.state <> 'running' %s order by m.id desc limit :limit
"""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    messages: float  # that hold it, about


class _Found:
    """Gather the messages that clues lead to."""

    def __init__(self, session: Session, path: _Path) -> None:
        connection = session.connection()
        self._run, self._driver = connection.execute, connection.exec_driver_sql
        self._path = path
        self._all = int(self._run(_NEWEST).scalar_one())
        self._clues: list[Clue] = []
        self._depths: dict[int, float] = defaultdict(float)  # what leads there

    def by_words(self, words: Sequence[str]) -> None:
        """Follow the rarest words, until enough was looked up; the others count where these lead."""
        if not words:
            return
        self._run(_VOCABULARY)
        left = _LOOKED_UP
        for number, word in enumerate(self._counted(words)):
            clue = self._clue(word, with_kin=number < _WITH_KIN)
            places = []
            if clue.forms and word.messages <= max(self._all * _FREQUENT, 1) and left > 0:
                places = self._places(clue, min(left, _OF_ONE))
                left -= len(places)
            clue = _narrowed(clue, len(places), self._path.tip.depth)
            self._clues.append(clue)
            worth = max((form.worth for form in clue.forms), default=0)
            for depth in places:
                self._depths[depth] += worth

    def _counted(self, words: Sequence[str]) -> list[_Word]:
        """Say about how many messages hold each of the words, the rarest first."""
        values = tuple(value for word in words for value in (f'"{word}"', _COUNTED))
        found = self._driver(" union all ".join([_FIRST] * len(words)), values).all()
        counted = [
            _Word(word, number if number < _COUNTED else number * self._all / last)
            for word, (number, last) in zip(words, found, strict=True)
        ]
        return sorted(counted, key=lambda word: word.messages)

    def _clue(self, word: _Word, *, with_kin: bool) -> Clue:
        forms = [Form(word.text, self._worth(word))] if word.messages else []
        beginning = clues.stem(word.text) if with_kin else ""
        if beginning:
            share = _KIN_WORTH if word.messages else _ONLY_KIN
            values = {"low": beginning, "high": beginning + "\U0010ffff", "limit": _KIN}
            for term, number in self._run(_BEGINNING, values):
                if term != word.text and clues.are_kin(term, word.text):
                    forms.append(Form(term, share * self._worth(_Word(term, number))))
        return Clue(tuple(forms))

    def _worth(self, word: _Word) -> float:
        return _rarity(word.messages, self._all) * clues.importance(word.text)

    def _places(self, clue: Clue, limit: int) -> list[int]:
        words = " OR ".join(f'"{form.word}"' for form in clue.forms)
        values = {
            "words": words,
            "root": self._path.root_id,
            "limit": limit,
            "conversation": self._path.conversation_id,
        }
        found = self._run(_PLACES, values).all()
        return [depth for _id, branch_id, depth in found if self._path.holds(branch_id, depth)]

    def by_pairs(self, pairs: Sequence[str], among: str = "") -> None:
        """Look through the newest texts, as far as time allows."""
        if not pairs:
            return
        values = {
            "conversation": self._path.conversation_id,
            "root": self._path.root_id,
            "limit": _UNSPACED,
        }
        found = self._run(statement(_TEXTS % among), values).all()
        texts = [
            (depth, said.lower()) for _id, branch, depth, said in found if self._path.holds(branch, depth)
        ]
        sample = [said for _depth, said in texts[:: len(texts) // _SAMPLE + 1]]
        rare = sorted(pairs, key=lambda pair: sum(pair in said for said in sample))[:_PAIRS]
        for pair in rare:
            places = [depth for depth, said in texts if pair in said]
            worth = _rarity(len(places), len(texts)) * clues.importance(pair)
            self._clues.append(Clue((Form(pair, worth),), signs=True))
            for depth in places:
                self._depths[depth] += worth

    def weighed(self, telling: float) -> list[tuple[Message, float]]:
        """Read where most leads to, and give them with their scores, best first."""
        best = sorted(self._depths.items(), key=itemgetter(1), reverse=True)[:_READ]
        rows = self._path.rows(depth for depth, _worth in best)
        told = clues.told_by([row.text for row in rows], self._clues)
        least = telling * math.log1p(self._path.tip.depth)
        scored = [(row, each.score) for row, each in zip(rows, told, strict=True) if each.peak >= least]
        return sorted(scored, key=itemgetter(1), reverse=True)


def _rarity(number: float, among: float) -> float:
    return math.log1p(max(among - number + 0.5, 0.5) / (number + 0.5))


def _narrowed(clue: Clue, number: int, among: int) -> Clue:
    """Let a word that is rare elsewhere count for less where this conversation says it again and again."""
    most = _rarity(number, among) if number else math.inf
    return Clue(tuple(Form(form.word, min(form.worth, most)) for form in clue.forms))


def _with_answers(path: _Path, scored: list[tuple[Message, float]]) -> list[tuple[Message, float]]:
    """Let what was said next to a good message share in its score."""
    given: dict[int, float] = {}
    for row, score in scored[:_PARTNERS]:
        share = _ANSWER if row.text.rstrip(_CLOSING)[-1:] in _ASKS else _SHARE
        given[row.depth + 1] = max(given.get(row.depth + 1, 0), score * share)
    own = {row.depth: score for row, score in scored}
    rows = {row.depth: row for row in path.rows(depth for depth in given if depth not in own)}
    rows |= {row.depth: row for row, _score in scored}
    total = [(row, max(own.get(depth, 0), given.get(depth, 0))) for depth, row in rows.items()]
    return sorted(total, key=lambda each: (-each[1], each[0].depth))


def _once(scored: list[tuple[Message, float]]) -> list[tuple[Message, float]]:
    """Leave out what was said in the same words before, and what says nothing."""
    first: dict[str, tuple[Message, float]] = {}
    for row, score in scored:
        if row.text.strip() and score > 0:
            first.setdefault(row.text, (row, score))
    return list(first.values())


def _values(session: Session, path: _Path, best: list[tuple[Message, float]]) -> list[Recalled]:
    score = {row.id: score for row, score in best}
    rows = sorted((row for row, _score in best), key=lambda row: row.depth)
    found = messages.single(session, path.tip, rows)
    return sorted((Recalled(each, score[each.id]) for each in found), key=lambda one: -one.score)
