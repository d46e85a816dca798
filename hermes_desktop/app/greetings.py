"""Knows how a conversation begins: greetings are expanded once and kept; not what is said afterwards."""

import dataclasses
from collections.abc import Sequence

from hermes_desktop.app.prompts import moment_of
from hermes_desktop.domain.conversation import Conversation
from hermes_desktop.domain.persona import Persona, PersonaFields, Profile
from hermes_desktop.domain.variables import NO_VARIABLES, Noted, Notes, Variables, changed
from hermes_desktop.prompting.macros import expand
from hermes_desktop.prompting.surroundings import Moment, living, steady
from hermes_desktop.storage import conversations, personas, profiles, tree, variables
from hermes_desktop.storage.database import Session, now


@dataclasses.dataclass(frozen=True, slots=True)
class Greeting:
    """A greeting with its macros expanded, and what they have noted."""

    text: str
    noted: Noted


def greetings_of(
    fields: PersonaFields, profile: Profile, moment: Moment, known: Variables = NO_VARIABLES
) -> list[Greeting]:
    """Expand the macros of every greeting once, so that they never change afterwards.

    Each knows the variables that the persona's texts set, as every prompt will, and not those of another;
    what remains is what it noted itself, since the texts are read again with the first reply.
    """
    names = steady(fields, profile, moment, known)
    slate = names.slate
    assert slate is not None
    for text in (fields.description, fields.personality, fields.scenario):
        expand(text, names)
    before = slate.variables
    greetings = []
    for text in fields.greetings:
        slate.here, slate.everywhere = Notes(before.here), Notes(before.everywhere)
        said = expand(text, living(names, moment))
        after = slate.variables
        here = {**known.here, **changed(before.here, after.here)}
        greetings.append(Greeting(said, Noted(here, changed(before.everywhere, after.everywhere))))
    return greetings


def start(session: Session, persona_id: int, profile_id: int, greeting: int) -> Conversation:
    """Begin with a persona, as the profile that goes with it, or as that one where it is still there."""
    persona = personas.get(session, persona_id)
    known = {profile.id: profile for profile in profiles.all(session)}
    bound = profiles.bound(session, persona_id)
    profile = bound or known.get(profile_id) or profiles.default(session)
    began = now()
    outset = Variables(everywhere=variables.everywhere(session))
    greetings = greetings_of(persona.fields, profile, moment_of(began), outset)
    return begin(session, persona, profile, greetings, greeting, began)


def begin(
    session: Session,
    persona: Persona,
    profile: Profile,
    greetings: Sequence[Greeting],
    greeting: int,
    began: int,
) -> Conversation:
    """Make a conversation that begins with one of its greetings; the others are its versions."""
    made = conversations.create(
        session, persona, profile, [each.text for each in greetings], greeting, began=began
    )
    rows = tree.versions(session, [made.root_id]).get(made.root_id, [])
    for message_id, each in zip(rows, greetings, strict=True):
        if each.noted.here:
            variables.attach(session, message_id, each.noted.here)
    if greetings:
        variables.change_everywhere(session, greetings[greeting].noted.everywhere)
    return made
