"""Knows how a conversation of the corpus comes about: what is told, asked and answered.

The prompt is put together by the app's own `assemble`, so the model is trained on what it will read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hermes_desktop.domain.conversation import Message, MessageState, Role
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.segments import pinned_turn, summary_turn
from understudy import talk
from understudy.draw import Draw
from understudy.facts import YOU, Fact, I, Kind, Person, ask, draw_facts, kinds, named
from understudy.manners import PLAIN, Manner
from understudy.scene import Scene, prose


@dataclass(frozen=True)
class Case:
    """A prompt, the reply that is learned, and what an evaluation looks for in it."""

    skill: str
    prompt: Prompt
    reply: str
    wanted: tuple[str, ...] = ()  # values that must stand in the reply
    others: tuple[str, ...] = ()  # values that must not
    manner: Manner = PLAIN
    data: Any = None
    copied: frozenset[str] = frozenset()  # what replies take word for word from what was read


class Story:
    """A conversation under way. Each method adds an exchange and gives the reply that was said."""

    def __init__(self, draw: Draw, scene: Scene, extra: dict[str, Any] | None = None) -> None:
        self.draw = draw
        self.scene = scene
        self.extra = extra or {}  # what else goes into the prompt: summary, pinned, recalled, note, tools
        self.messages: list[Message] = []
        self.known: dict[str, dict[str, Fact]] = {
            "me": {fact.kind.key: fact for fact in scene.facts},
            "you": {fact.kind.key: fact for fact in scene.about_user},
        }
        self.copied = {scene.name}
        self.result = ""  # what the last tool gave
        self.user_name = "" if scene.profile.name == "You" else scene.profile.name
        if draw.chance(0.5) or scene.persona.greeting:
            greeting = scene.persona.greeting or scene.manner.wear(draw, self._fill(draw.one(talk.WELCOMES)))
            greeting = greeting.replace("{{char}}", scene.name).replace("{{user}}", scene.profile.name)
            self.add(Role.ASSISTANT, greeting)

    def add(self, role: Role, text: str) -> None:
        """Add a message."""
        name = self.scene.profile.name if role is Role.USER else self.scene.name
        at = len(self.messages) + 1
        self.messages.append(Message(at, 1, at - 1, at, at, role, name, text, MessageState.COMPLETE, 0, 1, 1))

    def say(self, said: str, core: str, *, plain: bool = False) -> str:
        """Add an exchange: what the person said, and the answer in the persona's manner."""
        self.add(Role.USER, said)
        reply = core if plain else self.scene.manner.wear(self.draw, core)
        self.add(Role.ASSISTANT, reply)
        return reply

    def prompt(self) -> Prompt:
        """Put the prompt together from what has been said so far, as the app does."""
        extra = dict(self.extra)
        memories = (summary_turn(extra.pop("summary", "")), pinned_turn(extra.pop("pinned", ())))
        extra["memories"] = tuple(filter(None, memories))
        return assemble(self.scene.persona, self.scene.profile, self.messages, **extra)

    def case(self, skill: str, **found: Any) -> Case:
        """End here: the last reply is what is learned, the rest its prompt."""
        last = self.messages.pop()
        assert last.role is Role.ASSISTANT
        prompt = self.prompt()
        self.messages.append(last)
        copied = frozenset(text for text in (*self.copied, *self._told()) if text)
        return Case(skill, prompt, last.text, manner=self.scene.manner, copied=copied, **found)

    def _told(self) -> Iterator[str]:
        yield self.user_name
        for who, facts in self.known.items():
            yield who if who not in ("me", "you") else ""
            for fact in facts.values():
                yield from (fact.value, fact.kind.noun)

    def _fill(self, text: str) -> str:
        return text.replace("{n}", self.scene.name)

    # ---- exchanges ---------------------------------------------------------------------------------

    def _said(self, options: tuple[str, ...]) -> str:
        """Draw what the person says; some people leave out capitals and full stops."""
        text = self.draw.phrase(options)
        if self.draw.chance(0.12):
            text = text.lower().rstrip(".!?") if self.draw.chance(0.7) else text.rstrip(".!?")
        return text

    def introduce(self) -> str:
        """Ask who the persona is."""
        return self.say(self._said(talk.WHO), self.scene.introduction)

    def greet(self) -> str:
        """Greet."""
        return self.say(self._said(talk.GREETINGS), self._fill(self.draw.one(talk.GREETED)))

    def chat(self) -> str:
        """Talk about nothing much."""
        intent = self.draw.one(talk.TALK)
        return self.say(self._said(intent.said), self._fill(self.draw.one(intent.answers)))

    def ramble(self) -> str:
        """Say something that no small model understands."""
        said = self.draw.one(prose()).replace("{{char}}", "you").replace("{{user}}", "I")
        answers = ("Tell me more about it.", "I see. And then?", "I do not know much about that. Go on.")
        return self.say(said, self.draw.one(answers))

    def german(self) -> str:
        """Talk in German, which every manner drops for plain words."""
        intent = self.draw.one(talk.GERMAN)
        return self.say(self._said(intent.said), self._fill(self.draw.one(intent.answers)), plain=True)

    def german_name(self) -> str:
        """Ask for one's name in German."""
        if not self.user_name:
            self.user_name = self.draw.value("names")
            said = self.draw.phrase(talk.GERMAN_NAMED).replace("{v}", self.user_name)
            self.say(said, f"Schön, dich kennenzulernen, {self.user_name}.", plain=True)
        return self.say(self.draw.phrase(talk.GERMAN_ASKED), f"Du heißt {self.user_name}.", plain=True)

    def tell_name(self) -> str:
        """Tell one's name, or another one."""
        self.user_name = self.draw.value("names")
        said = self.draw.phrase(talk.NAMED).replace("{v}", self.user_name)
        core = self.draw.one(("Hello, {v}.", "Nice to meet you, {v}.", "Welcome, {v}.")).replace(
            "{v}", self.user_name
        )
        return self.say(said, core)

    def ask_name(self) -> str:
        """Ask for one's own name."""
        core = f"Your name is {self.user_name}." if self.user_name else self.draw.one(talk.UNKNOWN)
        return self.say(self.draw.phrase(talk.NAME_ASKED), core)

    def tell(self, fact: Fact | None = None, *, back: bool | None = None) -> Fact:
        """State a fact about oneself; `back` says whether the answer repeats it."""
        told = fact or self._new_fact("you")
        self._tell("you", told, I, YOU, back)
        return told

    def tell_other(self) -> Fact:
        """State a fact about somebody else."""
        others = [who for who in self.known if who not in ("me", "you")]
        who = self.draw.one(others) if others and self.draw.chance(0.6) else self.draw.value("names")
        told = self._new_fact(who)
        self._tell(who, told, named(who), named(who), None)
        return told

    def _new_fact(self, who: str) -> Fact:
        known = self.known.setdefault(who, {})
        while True:
            fact = draw_facts(self.draw, 1)[0]
            if fact.kind.key not in known:
                return fact

    def _tell(self, who: str, fact: Fact, said_of: Person, heard_of: Person, back: bool | None) -> None:
        self.known.setdefault(who, {})[fact.kind.key] = fact
        repeat = self.draw.chance(0.4) if back is None else back
        answer = fact.answer(heard_of)
        if repeat:
            core = self.draw.one(talk.NOTED_BACK).replace("{f}", answer)
            core = core.replace("{l}", answer if who not in ("me", "you") else answer[0].lower() + answer[1:])
        else:
            core = self.draw.one(talk.NOTED)
        self.say(fact.told(self.draw, said_of), core)

    def ask(self, who: str, fact: Fact) -> str:
        """Ask for a fact that was told."""
        asked, answered = {"me": (YOU, I), "you": (I, YOU)}.get(who, (named(who), named(who)))
        return self.say(fact.asked(self.draw, asked), fact.answer(answered))

    def ask_known(self) -> str:
        """Ask for any fact that stands in the conversation; chat where there is none."""
        known = [(who, fact) for who, facts in self.known.items() for fact in facts.values()]
        return self.ask(*self.draw.one(known)) if known else self.chat()

    def ask_unknown(self, kind: Kind | None = None, who: str = "") -> str:
        """Ask for what nobody has told; often about a thing that is known of somebody else."""
        if not kind:
            who, kind = self._unknown()
        person = {"me": YOU, "you": I}.get(who) or named(who)
        return self.say(ask(self.draw, kind, person), self.draw.one(talk.UNKNOWN))

    def _unknown(self) -> tuple[str, Kind]:
        who = self.draw.one(list(self.known))
        mine = self.known[who]
        of_others = [
            fact.kind for other, facts in self.known.items() if other != who for fact in facts.values()
        ]
        of_others = [kind for kind in of_others if kind.key not in mine]
        if of_others and self.draw.chance(0.5):
            return who, self.draw.one(of_others)
        while True:
            kind = self.draw.one(self.draw.one(kinds(self.draw.held)))
            if kind.key not in mine:
                return who, kind

    def go_on(self) -> None:
        """Add one exchange of any kind."""
        step = self.draw.random.choices(_STEPS, _WEIGHTS)[0]
        step(self)

    def pass_time(self, exchanges: int) -> None:
        """Add exchanges that tell nothing about what was asked: small talk and other people's facts."""
        for _ in range(exchanges):
            way = self.draw.random.random()
            if way < 0.55:
                self.chat()
            elif way < 0.8:
                self.tell_other()
            else:
                self.tell()


_STEPS: tuple[Callable[[Story], object], ...] = (
    Story.introduce, Story.greet, Story.chat, Story.tell, Story.tell_other, Story.ask_known,
    Story.ask_unknown, Story.tell_name, Story.ask_name, Story.ramble, Story.german, Story.german_name,
)  # fmt: skip
_WEIGHTS = (8, 2, 14, 14, 8, 28, 12, 3, 5, 2, 3, 1)
