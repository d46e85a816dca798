"""Knows which lorebooks speak in a conversation, and keeps them ready; what fires is found in `prompting`."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from hermes_desktop.domain.conversation import Conversation, Message, Role
from hermes_desktop.domain.lore import Lore, LoreSettings, Source
from hermes_desktop.domain.persona import Persona, Profile
from hermes_desktop.personas.lorebook import card_book
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.lore import match, replayed
from hermes_desktop.prompting.lore_index import LoreIndex, index_of
from hermes_desktop.prompting.macros import Names
from hermes_desktop.prompting.scene import Scene
from hermes_desktop.storage import personas
from hermes_desktop.storage.database import Session

_SHARE = 4  # of the context without room for the reply, this part is for lore
_TITLES = 64  # tokens of the late part that headings take
_AROUND = 6  # tokens that stand around an entry: its line, or the marks of a turn of its own
_KEPT = 8  # books that stay ready


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


class LoreSource:
    """Find the lore of a reply. Books are read once, and patterns that were too slow rest with them."""

    def __init__(self) -> None:
        self._settings = LoreSettings()
        self._ready: OrderedDict[tuple[int, Names], LoreIndex | None] = OrderedDict()

    def lore_of(self, session: Session, asked: Asked) -> Lore:
        """Give what the books say. Tokens are estimated, rather too high: only the child can count."""
        index = self._index(session, asked)
        if index is None:
            return Lore()
        scene = _scene(asked, self._settings)
        note = estimated(asked.conversation.authors_note) + estimated(asked.persona.fields.note)
        allowance = Allowance(
            total=(asked.context - asked.context // 4) // _SHARE,
            late=max(asked.late - note - _TITLES, 0),
        )
        fired = replayed(index, scene, self._settings)
        return match(index, scene, self._settings, allowance, _tokens, fired)

    def _index(self, session: Session, asked: Asked) -> LoreIndex | None:
        if not asked.persona.lore_entries:
            return None
        names = Names(char=asked.persona.fields.spoken_name, user=asked.profile.name)
        key = asked.persona.version_id, names
        if key not in self._ready:
            book = card_book(personas.card(session, asked.persona.version_id))
            self._ready[key] = index_of([book], names, self._settings) if book else None
        self._ready.move_to_end(key)
        if len(self._ready) > _KEPT:
            self._ready.popitem(last=False)
        return self._ready[key]


def _scene(asked: Asked, settings: LoreSettings) -> Scene:
    fields, first = asked.persona.fields, asked.history[0] if asked.history else None
    greeted = first is not None and first.position == 1 and first.role is Role.ASSISTANT
    return Scene(
        messages=asked.history,
        conversation_id=asked.conversation.id,
        persona=(fields.name, fields.nickname),
        tags=fields.tags,
        sources={
            Source.PROFILE: asked.profile.description,
            Source.DESCRIPTION: fields.description,
            Source.PERSONALITY: fields.personality,
            Source.SCENARIO: fields.scenario,
            Source.CREATOR_NOTES: fields.creator_notes,
        },
        trigger=asked.trigger,
        greeting=first.version - 1 if first is not None and greeted else None,
        with_note=bool(asked.conversation.authors_note.strip()),
        with_names=settings.with_names,
    )


def _tokens(text: str) -> int:
    return estimated(text) + _AROUND
