"""Knows which lorebooks speak in a conversation, and keeps them ready; what fires is found in `prompting`."""

import json
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

from hermes_desktop.domain.conversation import Conversation, Message, PromptOrder, Role
from hermes_desktop.domain.lore import Book, Lore, LoreSettings, Scope, Source
from hermes_desktop.domain.lorebook import holders_of
from hermes_desktop.domain.persona import Persona, Profile
from hermes_desktop.domain.variables import NO_VARIABLES, Variables
from hermes_desktop.personas.lorebook import book_of, card_book
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.lore import match, replayed
from hermes_desktop.prompting.lore_index import LoreIndex, index_of, names_variables
from hermes_desktop.prompting.macros import Names
from hermes_desktop.prompting.scene import Scene
from hermes_desktop.storage import lorebooks, personas
from hermes_desktop.storage.database import Session

SHARE = 4  # of the context without room for the reply, this part is for lore
_TITLES = 64  # tokens of the late part that headings take
_AROUND = 6  # tokens that stand around an entry: its line, or the marks of a turn of its own
_KEPT = 8  # stacks that stay ready
_READ = 32  # books that stay read

# The scope of a book that stands by itself, or None for a persona's own, and the version of either.
_Place = tuple[Scope | None, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """What lore is wanted for."""

    conversation: Conversation
    persona: Persona
    profile: Profile
    history: Sequence[Message]
    trigger: str
    context: int  # tokens
    late: int  # tokens of the late part
    known: Variables = NO_VARIABLES


class LoreSource:
    """Find the lore of a reply. Books are read once, and patterns that were too slow rest with them."""

    def __init__(self) -> None:
        self._settings = LoreSettings()
        self._books: OrderedDict[_Place, Book | None] = OrderedDict()
        self._ready: OrderedDict[Hashable, LoreIndex | None] = OrderedDict()

    def lore_of(self, session: Session, asked: Asked) -> Lore:
        """Give what the books say. Tokens are estimated, rather too high: only the child can count."""
        index = self._index(session, asked)
        if index is None:
            return Lore()
        scene = _scene(asked, self._settings)
        allowance = _allowance(asked)
        fired = replayed(index, scene, self._settings)
        return match(index, scene, self._settings, allowance, tokens_of, fired)

    def _index(self, session: Session, asked: Asked) -> LoreIndex | None:
        stack = _stack(session, asked)
        books = [book for place in stack if (book := self._book(session, place)) is not None]
        known = asked.known if any(map(names_variables, books)) else NO_VARIABLES
        names = Names(char=asked.persona.fields.spoken_name, user=asked.profile.name, known=known)
        key = stack, names.char, names.user, *map(_frozen, (known.here, known.everywhere))
        if key not in self._ready:
            self._ready[key] = index_of(books, names, self._settings) if books else None
        self._ready.move_to_end(key)
        if len(self._ready) > _KEPT:
            self._ready.popitem(last=False)
        return self._ready[key]

    def _book(self, session: Session, place: _Place) -> Book | None:
        if place not in self._books:
            self._books[place] = _read(session, place)
        self._books.move_to_end(place)
        if len(self._books) > _READ:
            self._books.popitem(last=False)
        return self._books[place]


def _frozen(variables: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(variables.items())


def _stack(session: Session, asked: Asked) -> tuple[_Place, ...]:
    """List the books that speak; `index_of` puts narrower scopes first, and keeps the order in each."""
    persona, profile = asked.persona, asked.profile
    own: list[_Place] = [(None, persona.version_id)] if persona.lore_entries else []
    holders = holders_of(asked.conversation.id, profile.id, persona.id)
    bound = [one for one in lorebooks.in_reach(session, holders) if one.active]
    return (*own, *((one.scope, one.book.version_id) for one in bound))


def _read(session: Session, place: _Place) -> Book | None:
    scope, version_id = place
    if scope is None:
        return card_book(personas.card(session, version_id))
    document = json.loads(lorebooks.document(session, version_id))
    return book_of(document, lorebooks.get_version(session, version_id).name, scope)


def _allowance(asked: Asked) -> Allowance:
    total = (asked.context - asked.context // 4) // SHARE
    if asked.conversation.prompt_order is PromptOrder.TAVERN:
        return Allowance(total, late=total)  # little of it stands in the late part
    note = estimated(asked.conversation.authors_note) + estimated(asked.persona.fields.note)
    return Allowance(total, late=max(asked.late - note - _TITLES, 0))


def _scene(asked: Asked, settings: LoreSettings) -> Scene:
    fields, first = asked.persona.fields, asked.history[0] if asked.history else None
    greeted = first is not None and first.position == 1 and first.role is Role.ASSISTANT
    return Scene(
        messages=asked.history,
        conversation_id=asked.conversation.id,
        persona=(fields.name, fields.nickname),
        tags=fields.tags,
        user=asked.profile.name,
        sources={
            Source.PROFILE: asked.profile.description,
            Source.DESCRIPTION: fields.description,
            Source.PERSONALITY: fields.personality,
            Source.PERSONA_NOTE: fields.note,
            Source.SCENARIO: fields.scenario,
            Source.CREATOR_NOTES: fields.creator_notes,
        },
        trigger=asked.trigger,
        greeting=first.version - 1 if first is not None and greeted else None,
        with_note=bool(asked.conversation.authors_note.strip()),
        with_names=settings.with_names,
    )


def tokens_of(text: str) -> int:
    """Estimate what an entry takes, with what stands around it."""
    return estimated(text) + _AROUND
