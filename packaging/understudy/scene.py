"""Knows who takes part in a conversation of the corpus: the persona, the profile, what is true of them."""

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from hermes_desktop.domain.persona import PersonaFields, Profile
from understudy import talk
from understudy.draw import Draw
from understudy.facts import HE, SHE, Fact, Person, draw_facts, named
from understudy.manners import MANNERS, PLAIN, Manner, draw_manner

_PERSONAS = Path(__file__).parents[2] / "personas"
_SHIPPED_MANNERS = {"Captain Kell": "pirate", "Hobbs": "butler", "The Oracle": "oracle", "Pim": "robot"}


@dataclass
class Scene:
    """Who takes part: the persona as the app stores it, and what is true of it."""

    persona: PersonaFields
    profile: Profile
    manner: Manner
    name: str
    role: str = ""  # as it stands in an introduction: "a baker from Tarn"
    facts: list[Fact] = field(default_factory=list)  # about the persona
    about_user: list[Fact] = field(default_factory=list)  # from the profile

    @property
    def introduction(self) -> str:
        """Say who the persona is."""
        return f"I am {self.name}, {self.role}." if self.role else f"I am {self.name}."


_FILLERS = (
    "{n} takes time for everybody.",
    "It is late in the year.",
    "The house stands at the end of a long road.",
    "{n} has seen much of the world.",
    "There is a fire in the stove and tea on the table.",
    "Few people know {n} well.",
    "{n} is fond of long walks and short answers.",
    "Nobody is in a hurry here.",
    "{n} listens first and speaks afterwards.",
    "The window looks out on the harbour.",
    "{n} keeps promises.",
    "Once a week there is music in the square.",
    "{n} laughs easily.",
    "The morning is cold and clear.",
    "{n} does not like to be rushed.",
    "On the wall hangs an old map.",
    "{n} writes everything down in a small book.",
    "The last guest has just gone home.",
    "{n} was not always so calm.",
    "A clock ticks somewhere in the dark.",
)
_SCENES = (
    "{u} has come in out of the rain.",
    "{n} and {u} sit in a small cafe.",
    "It is evening, and {u} is visiting {n}.",
    "{u} and {n} meet for the first time.",
    "The two wait for the same train.",
    "{n} opens the door to {u}.",
    "A quiet morning. {u} has a question.",
    "They are old friends.",
)


@cache
def _shipped() -> tuple[PersonaFields, ...]:
    found = []
    for file in sorted(_PERSONAS.glob("*.json")):
        data = json.loads(file.read_text("utf-8"))["data"]
        found.append(
            PersonaFields(
                name=data["name"],
                nickname=data.get("nickname") or "",
                description=data["description"],
                personality=data["personality"],
                scenario=data["scenario"],
                system_prompt=data["system_prompt"],
                greeting=data["first_mes"],
                example_dialogue=data["mes_example"],
            )
        )
    return tuple(found)


@cache
def prose() -> tuple[str, ...]:
    """List the sentences of the shipped personas' descriptions, as words that mean nothing to a question."""
    texts = " ".join(f"{card.description} {card.personality} {card.scenario}" for card in _shipped())
    sentences = (text.strip() for text in texts.replace("\n", " ").replace(". ", ".\n").split("\n"))
    return tuple(text for text in sentences if 20 < len(text) < 160)


def draw_user(draw: Draw) -> str:
    """Name the person; many never change the name that the app gives them."""
    return "You" if draw.chance(0.3) else draw.value("names")


def draw_name(draw: Draw) -> str:
    """Name a persona."""
    name = draw.value("names")
    if draw.chance(0.12):
        name = (
            f"{draw.one(('Captain', 'Dr.', 'Old', 'Lady', 'Sir', 'Uncle', 'Aunt', 'Mister', 'Madam'))} {name}"
        )
    elif draw.chance(0.06):
        name = f"{name} {draw.value('names')}"
    return name


def draw_scene(draw: Draw, *, facts: int | None = None, long: bool = False) -> Scene:
    """Draw a persona and a profile; now and then a shipped one, more often where the talk is `long`."""
    if facts is None and not draw.held and draw.chance(0.15 if long else 0.03):
        return _shipped_scene(draw)
    count = draw.number(0, 5) if facts is None else facts
    name, user, manner = draw_name(draw), draw_user(draw), draw_manner(draw)
    own = draw_facts(draw, count)
    role = ""
    if draw.chance(0.6):
        role = draw.value("roles")
        role = f"{'an' if role[0] in 'aeiou' else 'a'} {role}"
        role += f" from {draw.value('places')}" if draw.chance(0.4) else ""
    pronoun = draw.one((HE, SHE))
    sentences = [fact.told(draw, _about(draw, name, pronoun)) for fact in own]
    sentences += [text.replace("{n}", name) for text in draw.some(_FILLERS, draw.number(0, 3))]
    if draw.chance(0.25):
        sentences += [
            text.replace("{{char}}", name).replace("{{user}}", user) for text in draw.some(prose(), 3)
        ]
    draw.random.shuffle(sentences)
    if role:
        sentences.insert(0 if draw.chance(0.7) else len(sentences), _role_sentence(draw, name, role))
    voice = manner.describe(draw, draw.one((name, "{{char}}"))) if manner.markers else ""
    apart = draw.chance(0.4)
    if voice and not apart:
        sentences.insert(draw.number(0, len(sentences)), voice)
    about = draw_facts(draw, draw.number(1, 3)) if draw.chance(0.25) and user != "You" else []
    persona = PersonaFields(
        name=name,
        description=" ".join(sentences),
        personality=voice if apart else "",
        scenario=draw.one(_SCENES).replace("{n}", name).replace("{u}", user) if draw.chance(0.3) else "",
        system_prompt=draw.phrase(talk.PROMPTS) if draw.chance(0.5) else "",
        example_dialogue=_example(draw, manner) if draw.chance(0.08) else "",
    )
    profile = Profile(1, 1, user, " ".join(fact.told(draw, _about(draw, user, HE)) for fact in about))
    return Scene(persona, profile, manner, name, role, own, about)


def _example(draw: Draw, manner: Manner) -> str:
    """Write a line or two that show how the persona speaks; they are nothing that was said."""
    chosen = draw.some(talk.TALK, draw.number(1, 2))
    pairs = ((draw.one(intent.said), manner.wear(draw, draw.one(intent.answers))) for intent in chosen)
    return "\n".join(f"<START>\n{{{{user}}}}: {said}\n{{{{char}}}}: {reply}" for said, reply in pairs)


def _about(draw: Draw, name: str, pronoun: Person) -> Person:
    return named(name) if draw.chance(0.6) else pronoun


def _role_sentence(draw: Draw, name: str, role: str) -> str:
    return draw.phrase(talk.ROLES).replace("{n}", name).replace("{r}", role)


def _shipped_scene(draw: Draw) -> Scene:
    card = draw.one(_shipped())
    manner = {manner.name: manner for manner in MANNERS}.get(_SHIPPED_MANNERS.get(card.name, ""), PLAIN)
    return Scene(card, Profile(1, 1, draw_user(draw), ""), manner, card.spoken_name)
