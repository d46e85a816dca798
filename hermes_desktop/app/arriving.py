"""Knows how one chat finds its people and comes into the database, whole or not at all; reads no file."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from hermes_desktop.containers.loose import mapping
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import Entry, History, PictureBytes, digest
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding, Lorebook
from hermes_desktop.domain.persona import Persona, PersonaFields, Profile
from hermes_desktop.personas import card as cards
from hermes_desktop.storage import arrivals, conversations, lorebooks, people, personas, pictures, profiles
from hermes_desktop.storage.arrivals import Cast
from hermes_desktop.storage.database import Session, now
from hermes_desktop.storage.people import Settled
from hermes_desktop.transcripts.draft import Draft, greeted, named
from hermes_desktop.transcripts.notes import Note, NoteKind

_OWN = "own"


@dataclass(slots=True)
class Company:
    """Who is known while files are brought in."""

    profile_id: int  # the one in use; 0: none yet
    made: dict[str, int] = field(default_factory=dict)  # personas that came with this job, by their names
    shared: set[int] = field(default_factory=set)  # those of them that others here are called like
    books: Mapping[str, int] = field(default_factory=dict)  # lorebooks of its folder, by their folded names
    profiles: Mapping[str, int] = field(default_factory=dict)  # of its folder, by the files of their pictures
    members: Collection[int] = ()  # personas of the group that talks in it; of several of a name it is theirs


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of one chat."""

    conversation_id: int
    title: str
    messages: int
    notes: tuple[Note, ...]
    duplicate: bool = False
    persona_added: bool = False
    persona_made: bool = False  # with this job, from what its chats say
    persona_shared: bool = False  # since several here are called so
    persona_id: int = 0
    persona: str = ""
    profile_added: bool = False


def settle(
    session: Session,
    draft: Draft,
    company: Company,
    persona_id: int = 0,
    *,
    taken: Collection[int] = (),
) -> Arrived:
    """Bring in one chat; with `persona_id` it is known whose it is. What is taken is another one."""
    arrived = _settled(session, draft, company, persona_id, taken)
    conversation = conversations.get(session, arrived.conversation_id)
    persona = personas.get_version(session, conversation.persona_version_id)
    return replace(arrived, persona_id=persona.id, persona=persona.name)


def _settled(
    session: Session, draft: Draft, company: Company, persona_id: int, taken: Collection[int]
) -> Arrived:
    said = digest(draft.entries)
    same = arrivals.find_same(session, said, taken)
    if same is None and draft.head.personas:
        same = arrivals.find_twin(session, draft.head, len(draft.entries), said, taken)
    if same is not None:
        return _known(session, same, draft)
    if draft.head.personas:
        return _back(session, draft)
    return _foreign(session, draft, company, persona_id, said)


def _known(session: Session, conversation_id: int, draft: Draft) -> Arrived:
    title = conversations.get(session, conversation_id).title
    note = Note(NoteKind.DUPLICATE, f"{title} ({conversation_id})".strip())
    return Arrived(conversation_id, title, len(draft.entries), (note,), duplicate=True)


# ---- our own --------------------------------------------------------------------------------------


def _back(session: Session, draft: Draft) -> Arrived:
    """Bring in a conversation with everybody who is in it."""
    head = draft.head
    put_pictures(session, head.pictures)
    who = [people.settle_persona(session, each) for each in head.personas]
    mine = [people.settle_profile(session, each) for each in head.profiles]
    versions = {key: number for each in who for key, number in each.versions.items()}
    own = {key: number for each in mine for key, number in each.versions.items()}
    owner = next(each.id for each in who if head.persona in each.versions)
    cast = Cast(owner, versions[head.persona], own[head.profile], versions, own)
    number = arrivals.add(session, head, draft.entries, cast)
    called = [each.versions[-1].fields.name for each in head.personas]
    added = _told(NoteKind.PERSONA_MADE, called, who)
    added += _told(NoteKind.PROFILE_MADE, [each.versions[-1].name for each in head.profiles], mine)
    return Arrived(
        number,
        head.title,
        len(draft.entries),
        (*draft.notes, *added),
        persona_added=any(each.added for each in who),
        profile_added=any(each.added for each in mine),
    )


def _told(kind: NoteKind, names: Sequence[str], settled: Sequence[Settled]) -> list[Note]:
    return [Note(kind, name) for name, each in zip(names, settled, strict=True) if each.added]


def put_pictures(session: Session, found: Sequence[PictureBytes]) -> None:
    """Keep pictures that came with people."""
    for picture in found:
        pictures.put(session, picture.data, picture.mime)


# ---- those of other programs ----------------------------------------------------------------------


def _foreign(session: Session, draft: Draft, company: Company, persona_id: int, said: str) -> Arrived:
    persona, notes, added = _persona(session, draft, company, persona_id)
    profile = _profile(session, draft, company)
    if draft.greeting is not None:
        fields = persona.fields
        if not fields.greetings:
            notes = (*notes, Note(NoteKind.NO_GREETING))
        draft = greeted(draft, (fields.greeting, *fields.alternate_greetings))
    at = now()
    user = draft.user or profile.name
    entries = list(named(draft.entries, persona.fields.spoken_name, user, draft.head.created_at or at))
    head = _dated(draft.head, entries, at, said)
    cast = Cast(persona.id, persona.version_id, profile.version_id, {}, {})
    number = arrivals.add(session, head, entries, cast)
    told = (*_still_true(draft, persona), *notes, *_bind_book(session, number, draft.book, company.books))
    return Arrived(
        number,
        head.title,
        len(entries),
        told,
        persona_added=added,
        persona_made=persona.id in company.made.values(),
        persona_shared=persona.id in company.shared,
    )


def _still_true(draft: Draft, persona: Persona) -> tuple[Note, ...]:
    """Leave out that what it says of the persona is not used, where the persona says just that."""
    said, has = _texts(draft.known), _texts(persona.fields)
    if not draft.tells or any(has.get(field) != words for field, words in said.items()):
        return draft.notes
    return tuple(note for note in draft.notes if note.kind not in (NoteKind.SCENARIO, NoteKind.MEMORY))


def _texts(fields: PersonaFields) -> dict[str, str]:
    """Give what a chat may say of its persona beside the greeting, as far as something is said."""
    found = {
        "description": fields.description,
        "scenario": fields.scenario,
        "system_prompt": fields.system_prompt,
        "example_dialogue": fields.example_dialogue,
    }
    return {field: words for field, words in found.items() if words}


def _bind_book(session: Session, number: int, name: str, books: Mapping[str, int]) -> tuple[Note, ...]:
    """Let the lorebook that a chat names speak in it, where there is one of that name."""
    if not name:
        return ()
    found = named_book(session, name, books)
    if found is None:
        return (Note(NoteKind.LOREBOOK, name),)
    lorebooks.bind(session, Binding(found.id, Scope.CHAT, number))
    return (Note(NoteKind.BOOK_BOUND, found.name),)


def named_book(session: Session, name: str, books: Mapping[str, int]) -> Lorebook | None:
    """Give the lorebook of this name: the one of the same folder, otherwise one that is here."""
    number = books.get(name.strip().casefold(), 0)
    if number:
        return lorebooks.get(session, number)
    return next(iter(lorebooks.find_named(session, name)), None)


def _dated(head: History, entries: Sequence[Entry], at: int, said: str) -> History:
    began = head.created_at or at
    updated = max([began, *(entry.created_at for entry in entries)])
    return replace(head, created_at=began, began_at=began, updated_at=updated, digest=said)


def _persona(
    session: Session, draft: Draft, company: Company, persona_id: int
) -> tuple[Persona, tuple[Note, ...], bool]:
    """Find whose chat it is: as is known, by the name where one alone has it, or make the persona.

    Gives what there is to tell of that, and whether it was made just now.
    """
    name = draft.persona.strip() or "?"
    if persona_id:
        return personas.get(session, persona_id), (), False
    members = [each for each in map(partial(personas.get, session), company.members) if each.speaks_as(name)]
    if len(members) == 1:
        return members[0], (Note(NoteKind.PERSONA_FOUND, members[0].name),), False
    if name.casefold() in company.made:
        return *_filled(session, personas.get(session, company.made[name.casefold()]), draft), False
    found = [each for each in personas.all(session) if each.speaks_as(name)]
    if len(found) == 1:
        return found[0], (Note(NoteKind.PERSONA_FOUND, found[0].name),), False
    fields = replace(draft.known, name=name, greeting=draft.known.greeting or _greeting(draft))
    made = personas.add(session, fields, spec=_OWN, card=cards.new(fields))
    company.made[name.casefold()] = made.id
    if found:
        company.shared.add(made.id)
    told = (Note(NoteKind.PERSONA_SHARED if found else NoteKind.PERSONA_MADE, name),)
    return made, (*told, Note(NoteKind.PERSONA_KNOWN)) if draft.tells else told, True


def _filled(session: Session, made: Persona, draft: Draft) -> tuple[Persona, tuple[Note, ...]]:
    """Let a persona that an earlier chat made take what only this one says of it, as a new version."""
    new = {field: words for field, words in _texts(draft.known).items() if field not in _texts(made.fields)}
    if not new:
        return made, ()
    fields = replace(made.fields, **new)  # type: ignore[arg-type]  # texts, by the names of texts
    card = cards.patch(personas.card(session, made.version_id), fields, made.fields)
    return personas.update(session, made.id, fields, card=card), (Note(NoteKind.PERSONA_KNOWN),)


def _greeting(draft: Draft) -> str:
    """Give the words that open a chat, where it is the persona that opens it."""
    first = draft.entries[draft.head.first - 1] if draft.head.first else draft.entries[0]
    return first.text if first.role is Role.ASSISTANT and draft.greeting is None else ""


def _profile(session: Session, draft: Draft, company: Company) -> Profile:
    """Find who I am in a chat: as it says, by the name that I speak with, or who I am now."""
    everybody, name = profiles.all(session), draft.user
    locked = [
        profile for profile in everybody if draft.profile and _is_locked(session, profile, draft, company)
    ]
    by_name = [profile for profile in everybody if name and profile.name.casefold() == name.casefold()]
    in_use = [profile for profile in everybody if profile.id == company.profile_id]
    return next(iter((*locked, *by_name, *in_use)), None) or profiles.default(session)


def _is_locked(session: Session, profile: Profile, draft: Draft, company: Company) -> bool:
    """Say whether a chat of SillyTavern names this profile: by the file of its picture, or by its name."""
    if draft.profile in company.profiles:
        return company.profiles[draft.profile] == profile.id
    came = mapping(json.loads(profiles.original(session, profile.version_id) or "{}"))
    keyed = came.get("format") == "sillytavern" and mapping(came.get("document")).get("key") == draft.profile
    return keyed or profile.name.casefold() == draft.profile.casefold()
