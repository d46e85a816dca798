"""Knows what a lorebook would say to a text, by the rules that hold in conversations; it changes nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hermes_desktop.app.lore import SHARE, tokens_of
from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.lore import Book, Lore, LoreSettings, Source
from hermes_desktop.domain.lorebook import Manuscript
from hermes_desktop.domain.persona import Persona, Profile
from hermes_desktop.personas.decorators import decorated
from hermes_desktop.prompting.allowance import Allowance
from hermes_desktop.prompting.lore import match
from hermes_desktop.prompting.lore_index import LoreIndex, index_of
from hermes_desktop.prompting.macros import Names
from hermes_desktop.prompting.scene import Scene

_BLANK = re.compile(r"\n[ \t]*\n")
_LATE = 1024  # tokens, at most an eighth of the context


@dataclass(frozen=True, slots=True)
class Stage:
    """Who is there when a book is tried, and how much room there is."""

    persona: Persona | None = None
    profile: Profile | None = None
    context: int = 8192  # tokens


class LoreTrial:
    """Hold one manuscript ready, and try it on texts."""

    def __init__(self, manuscript: Manuscript, stage: Stage) -> None:
        """Make the book ready; a large one takes a tenth of a second."""
        self._stage = stage
        self._settings = LoreSettings()
        self._index = self._indexed(manuscript)

    def on(self, text: str, throw: int = 0) -> Lore:
        """Say what fires on a text whose messages are divided by blank lines; `throw` is where dice fall."""
        persona, profile = self._stage.persona, self._stage.profile
        scene = Scene(
            messages=messages_of(text),
            conversation_id=throw,
            persona=(persona.name, persona.fields.nickname) if persona else (),
            tags=persona.fields.tags if persona else (),
            user=profile.name if profile else "",
            sources=_sources(persona, profile),
            with_note=True,
            with_names=False,  # they stand in the text where they are wanted
        )
        room = (self._stage.context - self._stage.context // 4) // SHARE
        allowance = Allowance(total=room, late=min(_LATE, self._stage.context // 8))
        return match(self._index, scene, self._settings, allowance, tokens_of)

    def _indexed(self, manuscript: Manuscript) -> LoreIndex:
        fields = manuscript.fields
        book = Book(
            entries=tuple(decorated(each.entry) for each in manuscript.entries),
            scan_depth=fields.scan_depth,
            token_budget=fields.token_budget,
            recursive=fields.recursive,
        )
        persona, profile = self._stage.persona, self._stage.profile
        names = Names(
            char=persona.fields.spoken_name if persona else "", user=profile.name if profile else ""
        )
        return index_of([book], names, self._settings)


def messages_of(text: str) -> Sequence[Message]:
    """Read messages that are divided by blank lines, mine and the persona's in turn; the last one is mine."""
    parts = [part.strip() for part in _BLANK.split(text) if part.strip()]
    return [_message(place, part, len(parts)) for place, part in enumerate(parts, 1)]


def text_of(messages: Sequence[Message]) -> str:
    """Write messages as `messages_of` reads them; a blank line in one becomes none."""
    return "\n\n".join(f"{each.name}: {_BLANK.sub(chr(10), each.text.strip())}" for each in messages)


def _message(place: int, text: str, last: int) -> Message:
    role = Role.USER if (last - place) % 2 == 0 else Role.ASSISTANT
    state = MessageState.COMPLETE
    return Message(place, 0, place - 1, place, place, role, "", text, state, 0, version=1, versions=1)


def _sources(persona: Persona | None, profile: Profile | None) -> dict[Source, str]:
    found = {Source.PROFILE: profile.description} if profile else {}
    if persona is None:
        return found
    fields = persona.fields
    return found | {
        Source.DESCRIPTION: fields.description,
        Source.PERSONALITY: fields.personality,
        Source.SCENARIO: fields.scenario,
        Source.CREATOR_NOTES: fields.creator_notes,
    }
