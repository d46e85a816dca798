"""Knows how a stored conversation becomes the parts of a transcript; not how they are written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from PySide6.QtCore import QLocale

from hermes_desktop.app import paper, transcript_words
from hermes_desktop.app.prompts import moment_of
from hermes_desktop.domain.conversation import GenerationRecord, Message, Role
from hermes_desktop.domain.transcript import (
    Aside,
    Choices,
    Format,
    Item,
    Leaf,
    Opening,
    Part,
    Speaker,
    Stretch,
    Told,
)
from hermes_desktop.prompting.macros import expand
from hermes_desktop.prompting.surroundings import steady
from hermes_desktop.prompting.system import system_turn
from hermes_desktop.storage import conversations, personas, pictures, profiles
from hermes_desktop.storage.database import Session
from hermes_desktop.storage.transcripts import Walk
from hermes_desktop.transcripts.parts import Names, parts_of

_FACES = 20  # pictures of others that a page holds
_PICTURE_SIDE = 108  # pixels: three times as large as it is shown, for paper and sharp screens


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of an export."""

    conversation_id: int
    form: Format
    choices: Choices
    stretches: tuple[Stretch, ...] = ()  # positions of the path; nothing: all of it


class Telling:
    """Read one conversation for one wish."""

    def __init__(self, session: Session, wish: Wish, system_prompt: str) -> None:
        self._session, self._wish, self._choices = session, wish, wish.choices
        self._system_prompt = system_prompt
        self._walk = Walk(session, wish.conversation_id, versions=wish.choices.branches)
        self._conversation = conversations.get(session, wish.conversation_id)
        self._persona = personas.get_version(session, self._conversation.persona_version_id)
        self._profile = profiles.get_version(session, self._conversation.profile_version_id)
        self._names = Names(
            (self._profile.name, *self._walk.names(Role.USER)),
            self._choices.my_name,
            (self._persona.name, self._persona.fields.spoken_name, *self._walk.names(Role.ASSISTANT)),
            self._choices.persona_name,
        )
        self._speakers: dict[tuple[str, Role], Speaker] = {}
        self._faces: dict[str, str] | None = None  # keys of pictures by names; None: not wanted yet

    @property
    def total(self) -> int:
        """Count the messages that are looked at, about."""
        return self._walk.count(branches=self._choices.branches)

    def opening(self) -> Opening:
        """Give what stands above the messages."""
        known = (
            self._speaker(self._persona.fields.spoken_name, Role.ASSISTANT),
            self._speaker(self._profile.name, Role.USER),
        )
        title = self._conversation.title or self._persona.name or transcript_words.untitled()
        first, last = self._walk.ends() if self._choices.times else (None, None)
        return Opening(
            title=self._names.text(title),
            about=transcript_words.about(
                known[0].name if self._choices.persona_name else self._persona.name,
                self._chosen_count(),
                transcript_words.time_of(first) if first else "",
                transcript_words.time_of(last) if last else "",
            ),
            leaves=tuple(leaf for leaf in (self.profile(), *self.system()) if leaf is not None),
            speakers=tuple(dict.fromkeys((*known, *self._others()))),
            language=QLocale().bcp47Name().split("-")[0],
        )

    def profile(self) -> Leaf | None:
        """Give what I say of myself, where that was chosen and is anything."""
        if not self._choices.profile or not self._profile.description.strip():
            return None
        title = transcript_words.profile_title(self._names.label(self._profile.name, Role.USER))
        return Leaf(title, self._names.text(self._profile.description))

    def system(self) -> tuple[Leaf, ...]:
        """Give what the model is told beside the messages, where that was chosen."""
        if not self._choices.system:
            return ()
        fields = self._persona.fields
        profile = self._profile if self._choices.profile else replace(self._profile, description="")
        began = conversations.began(self._session, self._conversation.id)
        names = steady(fields, profile, moment_of(began))
        turn = system_turn(fields, profile, default=self._system_prompt, names=names)
        texts = (
            (transcript_words.system_title(), "".join(span.text for span in turn.spans)),
            (transcript_words.note_title(), expand(self._conversation.authors_note, names)),
            (transcript_words.last_title(), expand(fields.post_history_instructions, names)),
        )
        return tuple(Leaf(title, self._names.text(text)) for title, text in texts if text.strip())

    def items(self, seen: Callable[[int], None] = lambda _count: None) -> Iterator[Item]:
        """Give the messages in order; `seen` is told how many were looked at, and may raise to stop."""
        count = 0
        for page in self._walk.path():
            seen(count)
            count += len(page)
            yield from self._told([message for message in page if self._is_chosen(message)])
        if not self._choices.branches or self._wish.stretches:
            return
        for number, run in enumerate(self._walk.runs(), 1):
            yield Aside(f"b{number}", transcript_words.aside(run.position))
            for page in self._walk.messages(run):
                seen(count)
                count += len(page)
                yield from self._told(page, f"b{number}")

    # ---- inside ------------------------------------------------------------------------------------

    def _is_chosen(self, message: Message) -> bool:
        stretches = self._wish.stretches
        return not stretches or any(each.first <= message.position <= each.last for each in stretches)

    def _chosen_count(self) -> int:
        whole = self._walk.count(branches=False)
        if not self._wish.stretches:
            return whole
        chosen = (min(each.last, whole) - max(each.first, 1) + 1 for each in self._wish.stretches)
        return sum(max(count, 0) for count in chosen)

    def _told(self, page: list[Message], before: str = "") -> Iterator[Told]:
        choices = self._choices
        records = self._walk.records([message.id for message in page]) if choices.models else {}
        for message in page:
            if message.role is Role.TOOL and not choices.tools:
                continue
            parts = parts_of(message.text, thoughts=choices.thoughts, tools=choices.tools)
            if choices.my_name or choices.persona_name:
                parts = tuple(replace(part, text=self._names.text(part.text)) for part in parts)
            if parts or not message.text.strip():
                yield self._one(message, parts, before, records.get(message.id))

    def _one(
        self, message: Message, parts: tuple[Part, ...], before: str, record: GenerationRecord | None
    ) -> Told:
        choices = self._choices
        return Told(
            anchor=f"{before}m{message.position}",
            role=message.role,
            speaker=self._speaker(message.name, message.role),
            parts=parts,
            time=transcript_words.time_of(message) if choices.times else "",
            moment=transcript_words.moment_of(message) if choices.times else "",
            version=transcript_words.version_of(message) if choices.branches else "",
            broken=transcript_words.broken_off(message),
            note=transcript_words.made(record) if record is not None else "",
        )

    def _others(self) -> Iterator[Speaker]:
        """Give those who answered under another name and have a picture, as far as a page can hold them."""
        if self._choices.pictures and not self._choices.persona_name:
            speakers = (self._speaker(name, Role.ASSISTANT) for name in self._walk.names(Role.ASSISTANT))
            yield from islice((speaker for speaker in speakers if speaker.picture), _FACES)

    def _speaker(self, name: str, role: Role) -> Speaker:
        key = (name, role)
        if key not in self._speakers:
            picture = self._picture(name, role)
            self._speakers[key] = Speaker(self._names.label(name, role), role is Role.USER, picture)
        return self._speakers[key]

    def _face(self, name: str, role: Role) -> str:
        """Give the key of the picture of whoever answered under a name."""
        if role is not Role.ASSISTANT:
            return ""
        if self._persona.speaks_as(name):
            return self._persona.avatar
        if self._faces is None:
            self._faces = personas.faces(self._session)
        return self._faces.get(name, "")

    def _picture(self, name: str, role: Role) -> bytes:
        """Give the picture of somebody, small; who has another name here has no picture."""
        choices, session = self._choices, self._session
        if not choices.pictures or (choices.my_name if role is Role.USER else choices.persona_name):
            return b""
        key = self._profile.avatar if role is Role.USER else self._face(name, role)
        found = pictures.get(session, key) if key else None
        return paper.small_png(found[0], _PICTURE_SIDE) if found else b""
