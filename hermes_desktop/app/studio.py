"""Knows what a persona that is being written weighs and what the model would read; nothing is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.engine import EngineClient
from hermes_desktop.app.greetings import greetings_of
from hermes_desktop.app.models import ModelsService
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.prompts import PromptSource, Written, moment_of, spoken
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.persona import Persona, PersonaFields, Profile
from hermes_desktop.domain.prompt import END, START, Prompt
from hermes_desktop.engine import protocol
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.macros import expand
from hermes_desktop.prompting.surroundings import Moment, steady
from hermes_desktop.prompting.system import cleaned, system_turn
from hermes_desktop.storage.database import now

USUAL_CONTEXT = 8192  # tokens, where no model is loaded and nobody has chosen
_STANDS = "stands"  # the part that is the whole of what is in every prompt


@dataclass(frozen=True, slots=True)
class Weight:
    """How many tokens a part of a persona has."""

    field: str  # of PersonaFields; "lore" for entries that are always there
    place: int  # among the greetings that are not blank; the main one always is the first
    tokens: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What a whole persona weighs."""

    parts: tuple[Weight, ...]
    stands: int  # tokens in every prompt
    context: int  # tokens there are
    about: bool  # they are estimated

    def of(self, field: str, place: int = 0) -> int:
        """Give the tokens of one part."""
        return next((one.tokens for one in self.parts if (one.field, one.place) == (field, place)), 0)

    @property
    def heavy(self) -> bool:
        """Say whether more than half the context is taken before a word is said."""
        return self.stands * 2 > self.context


@dataclass(frozen=True, slots=True)
class _Part:
    field: str
    place: int
    text: str


def opening(role: str) -> str:
    """Give what stands before a turn in ChatML."""
    return f"{START}{role}\n"


CLOSING = f"{END}\n"


def chatml(prompt: Prompt) -> str:
    """Write a prompt as the model reads it, up to where its reply begins."""
    turns = (opening(turn.role.value) + turn.text + CLOSING for turn in prompt.turns)
    return "".join((*turns, opening(Role.ASSISTANT.value), prompt.prefill))


class StudioService(QObject):
    """Weigh and preview drafts. Where a model is loaded it counts; otherwise tokens are estimated."""

    changed = Signal()  # another context, or somebody else who counts
    weighed = Signal(object)  # Weights
    counted = Signal(int, tuple)  # request, tokens of each of its texts

    def __init__(
        self,
        store: Store,
        engine: EngineClient,
        models: ModelsService,
        preferences: PreferencesService,
        profiles: ProfilesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._engine = engine
        self._models = models
        self._preferences = preferences
        self._profiles = profiles
        self._prompts = PromptSource(store, preferences)
        self._asked: tuple[int, list[_Part]] | None = None  # the newest request
        engine.event_arrived.connect(self._on_event)
        models.state_changed.connect(self.changed)
        profiles.changed.connect(self.changed)

    @property
    def context(self) -> int:
        """Give the tokens a prompt may have: of the model that is loaded, or as it would be."""
        loaded = self._models.loaded
        if loaded is not None:
            return loaded.context
        return self._preferences.value.load.context or USUAL_CONTEXT

    @property
    def exact(self) -> bool:
        """Say whether what is counted is so: a server that plays may estimate."""
        return self._models.loaded is not None and self._models.loaded.served is None

    @property
    def own_template(self) -> bool:
        """Say whether the loaded model reads other marks than those of ChatML."""
        loaded = self._models.loaded
        return loaded is not None and loaded.template != "chatml"

    @property
    def profile(self) -> Profile:
        """Give who I am in new conversations."""
        return self._profiles.current()

    # ---- weighing ----------------------------------------------------------------------------------

    def weigh(self, fields: PersonaFields, lore: tuple[str, ...] = ()) -> None:
        """Count a draft; the answer comes as `weighed`, of the newest request only.

        `lore` are the entries of its book that stand in every prompt.
        """
        parts = list(self._parts(fields, lore))
        request = self.count(tuple(part.text for part in parts))
        if request:
            self._asked = request, parts
        else:
            self._tell(parts, [estimated(part.text) for part in parts], about=True)

    def count(self, texts: tuple[str, ...]) -> int:
        """Let the model count texts; the answer comes as `counted`. Gives 0 where none is loaded."""
        if self._models.loaded is None:
            return 0
        request = self._engine.next_id()
        self._engine.send(protocol.Count(request, texts))
        return request

    def estimate(self, text: str) -> int:
        """Estimate the tokens of a text."""
        return estimated(text)

    def _parts(self, fields: PersonaFields, lore: tuple[str, ...]) -> Iterator[_Part]:
        """List the texts of a persona as they stand in a prompt, and first all that stands in every one."""
        me = replace(self.profile, description="")
        names = steady(fields, me, Moment())

        def read(text: str) -> str:
            return cleaned(expand(text, names))

        system = system_turn(
            fields, me, default=self._preferences.value.system_prompt, lore=lore, names=names
        )
        after, note = read(fields.post_history_instructions), read(fields.note)
        yield _Part(_STANDS, 0, "\n".join(filter(None, (system.text, after, note))))
        for field in ("description", "personality", "scenario", "system_prompt", "example_dialogue"):
            yield _Part(field, 0, read(getattr(fields, field)))
        yield _Part("post_history_instructions", 0, after)
        yield _Part("note", 0, note)
        yield _Part("lore", 0, "\n".join(map(read, lore)))
        for field, texts in (
            ("greeting", (fields.greeting, *filter(str.strip, fields.alternate_greetings))),
            ("group_greetings", filter(str.strip, fields.group_greetings)),
        ):
            for place, text in enumerate(texts):
                yield _Part(field, place, read(text))

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Counted):
            self.counted.emit(event.id, event.tokens)
        if self._asked is None or not isinstance(event, protocol.Counted | protocol.Failed):
            return
        request, parts = self._asked
        if event.id == request and isinstance(event, protocol.Counted):
            self._asked = None
            self._tell(parts, event.tokens, about=not self.exact)
        elif event.id == request:
            self._asked = None
            self._tell(parts, [estimated(part.text) for part in parts], about=True)

    def _tell(self, parts: list[_Part], tokens: "tuple[int, ...] | list[int]", *, about: bool) -> None:
        weights = [Weight(part.field, part.place, n) for part, n in zip(parts, tokens, strict=True)]
        self.weighed.emit(Weights(tuple(weights[1:]), weights[0].tokens, self.context, about))

    # ---- previewing --------------------------------------------------------------------------------

    def preview(self, persona: Persona, greeting: int, said: str) -> Written:
        """Put together what the model reads before its first reply; `greeting` counts as in `greetings`."""
        began = now()
        moment = moment_of(began)
        outset = self._prompts.outset()
        greetings = greetings_of(persona.fields, self.profile, moment, outset)
        chosen = greetings[greeting:][:1]
        known = outset.after(chosen[0].noted) if chosen else outset
        lines = [(Role.ASSISTANT, persona.fields.spoken_name, each.text) for each in chosen]
        if said.strip():
            lines.append((Role.USER, self.profile.name, said))
        history = spoken(lines, began, version=greeting + 1, versions=max(len(greetings), 1))
        return self._prompts.drafted(
            persona.fields,
            self.profile,
            history,
            self.context,
            moment,
            version=persona,
            known=known,
        )
