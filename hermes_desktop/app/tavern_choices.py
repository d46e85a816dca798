"""Knows what a SillyTavern user had switched on, and takes it over where nobody has chosen otherwise here."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hermes_desktop.app.card_words import listed
from hermes_desktop.app.tavern_folder import Neighbours
from hermes_desktop.containers.loose import mapping, text, texts
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding
from hermes_desktop.domain.persona import Profile
from hermes_desktop.personas.notes import Note, NoteKind
from hermes_desktop.storage import lorebooks, profiles, variables
from hermes_desktop.storage.database import Session
from hermes_desktop.transcripts.sillytavern import noted

_WORLDS = 1000  # that are looked at


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings of a user say."""

    worlds: tuple[str, ...] = ()  # names of those that speak everywhere
    me: tuple[str, ...] = ()  # names of the pictures of who one is, the likeliest first
    variables: Mapping[str, str] = field(default_factory=dict)  # that every chat knows

    def __bool__(self) -> bool:
        """Say whether anything was chosen."""
        return bool(self.worlds or self.me or self.variables)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it."""

    notes: tuple[Note, ...]
    profile_id: int = 0  # that new conversations are to begin with; 0: nothing changes


def read(settings: Mapping[str, Any]) -> Choices:
    """Find them in settings of every age."""
    held = (mapping(settings.get("world_info_settings")), settings)
    lists = [mapping(place.get("world_info")).get("globalSelect") for place in held]
    worlds = [name for each in (*lists, settings.get("selected_world_info")) for name in texts(each)]
    me = (mapping(settings.get("power_user")).get("default_persona"), settings.get("user_avatar"))
    return Choices(
        tuple(dict.fromkeys(name for name in worlds[:_WORLDS] if name.strip())),
        tuple(name for each in me if (name := text(each))),
        noted(mapping(mapping(settings.get("extension_settings")).get("variables")).get("global")),
    )


def take(session: Session, choices: Choices, beside: Neighbours, profile_id: int) -> Taken:
    """Let the worlds speak everywhere, and find who one is; `profile_id` is who one has chosen to be here."""
    mine = next((number for key in choices.me if (number := beside.profiles.get(key, 0))), 0)
    notes = [*_speak(session, choices.worlds, beside), *_note(session, choices.variables)]
    if not mine:
        return Taken(tuple(notes))
    name = profiles.get(session, mine).name
    if mine == profile_id:
        return Taken(tuple(notes))
    if _has_chosen(profiles.all(session), profile_id, beside.profiles.values()):
        return Taken((*notes, Note(NoteKind.ME_STAYS, name)))
    return Taken((*notes, Note(NoteKind.ME_TAKEN, name)), mine)


def _speak(session: Session, worlds: Sequence[str], beside: Neighbours) -> list[Note]:
    """Bind what is new, and what was never bound to anything; what was arranged here stays so."""
    spoken, missing = [], []
    for world in worlds:
        book = beside.book(world)
        if not book:
            missing.append(world)
        elif book in beside.fresh or not lorebooks.bindings(session, book):
            lorebooks.bind(session, Binding(book, Scope.GLOBAL))
            spoken.append(lorebooks.get(session, book).name)
    said = ((NoteKind.WORLDS_SPEAK, spoken), (NoteKind.WORLDS_MISSING, missing))
    return [Note(kind, listed(names)) for kind, names in said if names]


def _note(session: Session, known: Mapping[str, str]) -> list[Note]:
    """Take over variables that nothing here is called by."""
    fresh = variables.add_everywhere(session, known)
    return [Note(NoteKind.VARIABLES_TAKEN, listed(fresh))] if fresh else []


def _has_chosen(known: Sequence[Profile], profile_id: int, came: Collection[int]) -> bool:
    """Say whether somebody is somebody here: by choice, or by a profile that is more than the first one."""
    if any(profile.id == profile_id for profile in known):
        return True
    others = [profile for profile in known if profile.id not in came]
    return len(others) > 1 or any(_is_somebody(profile) for profile in others)


def _is_somebody(profile: Profile) -> bool:
    named = profile.name != profiles.DEFAULT_NAME or profile.version > 1
    return bool(named or profile.description or profile.avatar)
