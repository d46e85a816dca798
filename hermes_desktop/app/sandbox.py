"""Knows how two settings of a persona answer the same message, beside each other; not how they are shown.

Nothing of it is stored, until somebody keeps one of the two as a conversation.
"""

import dataclasses
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.aside import Aside, AsideEnd, AsidesService, AsideState, Wanted
from hermes_desktop.app.chat import ChatService, title_of
from hermes_desktop.app.greetings import Greeting, begin, greetings_of
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.plan import record_of
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.app.prompts import PromptSource, Written, moment_of, spoken
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, Message, MessageState, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.persona import Persona, PersonaFields, Profile
from hermes_desktop.domain.prompt import Prompt
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.domain.variables import Variables
from hermes_desktop.prompting.surroundings import Moment
from hermes_desktop.storage import conversations, messages, personas, variables
from hermes_desktop.storage.database import Session, now

SEEDS = 2**31 - 1  # as many as a box for whole numbers holds
SIDES = (0, 1)  # left and right
NO_GREETING = -1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A persona that can be tried: a stored version, or a draft that nobody has saved."""

    fields: PersonaFields
    version: Persona | None = None  # the stored one; of a draft that from which it was begun
    draft: bool = False
    picture: bytes | None = None  # of a draft, where another was chosen


@dataclass(frozen=True, slots=True)
class Setting:
    """What plays on one side."""

    candidate: Candidate
    preset: str  # name of a sampling preset


@dataclass(frozen=True, slots=True)
class Trial:
    """What both are asked."""

    message: str
    greeting: int  # its place among the persona's; NO_GREETING leaves it out
    seed: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a reply took."""

    prompt_tokens: int
    tokens: int
    tokens_per_second: float
    seconds: float  # from asking to the last token


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a side ended."""

    text: str
    figures: Figures | None = None
    error: KnownError | None = None
    stopped: bool = False


@dataclass(slots=True)
class _Side:
    """What one side was asked, and what it has answered."""

    setting: Setting
    trial: Trial
    profile: Profile
    greetings: Sequence[Greeting]
    began: int  # milliseconds since 1970
    outset: Variables  # as a new conversation begins with them
    written: Written | None = None
    end: AsideEnd | None = None

    @property
    def moment(self) -> Moment:
        """Give what macros know; both sides throw the same dice."""
        return dataclasses.replace(moment_of(self.began), dice=str(self.trial.seed))

    @property
    def greeting(self) -> int:
        """Give the place of the greeting that stands before the message; NO_GREETING where none does."""
        return min(self.trial.greeting, len(self.greetings) - 1)

    @property
    def known(self) -> Variables:
        """Give the variables that hold before the reply."""
        if self.greeting < 0:
            return self.outset
        return self.outset.after(self.greetings[self.greeting].noted)


class SandboxService(QObject):
    """Try a persona. The sides are written one after the other, since one model is held."""

    began = Signal(int)  # side
    loading = Signal(int)  # side: the model is loaded first
    reading = Signal(int, int, int)  # side, tokens read, tokens to read
    grew = Signal(int, str)  # side, whole text
    ended = Signal(int, object)  # side, Outcome
    finished = Signal()

    def __init__(
        self,
        store: Store,
        asides: AsidesService,
        chat: ChatService,
        personas: PersonasService,
        profiles: ProfilesService,
        preferences: PreferencesService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._asides = asides
        self._chat = chat
        self._personas = personas
        self._profiles = profiles
        self._preferences = preferences
        self._prompts = PromptSource(store, preferences)
        self._sides: dict[int, _Side] = {}
        self._waiting: list[int] = []
        self.running = False

    # ---- what can be tried -------------------------------------------------------------------------

    def versions(self, persona_id: int) -> list[Persona]:
        """List the stored versions of a persona, the newest first; raises PERSONA_UNKNOWN."""
        return self._store.read(personas.versions, persona_id)[::-1]

    def presets(self) -> list[str]:
        """Name the sampling presets, the one in use first."""
        usual = self._chat.usual_preset
        names = [preset.name for preset in self._preferences.presets()]
        return sorted(names, key=lambda name: name != usual)

    @staticmethod
    def new_seed() -> int:
        """Throw a seed."""
        return secrets.randbelow(SEEDS)

    # ---- trying ------------------------------------------------------------------------------------

    def run(self, settings: Sequence[Setting], trial: Trial) -> None:
        """Ask both sides the same; what becomes of it comes as signals."""
        if self.running:
            return
        self.running = True
        profile, at = self._profiles.current(), now()
        self._sides = {side: self._side(settings[side], trial, profile, at) for side in SIDES}
        self._waiting = list(SIDES)
        self._next()

    def stop(self) -> None:
        """End what is being written and keep what has come; the other side is not begun."""
        if self.running:
            self._waiting = []
            self._asides.stop()

    def can_keep(self, side: int) -> bool:
        """Say whether a side has a reply that can become a conversation."""
        known = self._sides.get(side)
        return not self.running and known is not None and known.end is not None and bool(known.end.text)

    def is_draft(self, side: int) -> bool:
        """Say whether a draft has replied, which would be saved with the conversation."""
        return self._sides[side].setting.candidate.draft

    def keep(self, side: int) -> Conversation:
        """Make a conversation of the message and this side's reply; a draft is saved as a version first."""
        known = self._sides[side]
        assert known.end is not None and known.end.plan is not None
        candidate = known.setting.candidate
        version = self._stored(candidate)
        for other in self._sides.values():  # a draft is saved once, also where it plays on both sides
            if other.setting.candidate == candidate:
                saved = Candidate(version.fields, version)
                other.setting = dataclasses.replace(other.setting, candidate=saved)
        assert known.written is not None
        plan = dataclasses.replace(
            known.end.plan,
            persona_version_id=version.version_id,
            history=known.written.history,
            lore=known.written.lore.hits,
        )
        known.end = dataclasses.replace(known.end, plan=plan)
        usual = known.setting.preset == self._chat.usual_preset
        conversation = self._store.write(_keep, known, version, "" if usual else known.setting.preset)
        self._chat.grown.emit()
        return conversation

    # ---- inside ------------------------------------------------------------------------------------

    def _side(self, setting: Setting, trial: Trial, profile: Profile, at: int) -> _Side:
        side = _Side(setting, trial, profile, (), at, self._prompts.outset())
        side.greetings = greetings_of(setting.candidate.fields, profile, side.moment, side.outset)
        return side

    def _stored(self, candidate: Candidate) -> Persona:
        if not candidate.draft and candidate.version is not None:
            return candidate.version
        if candidate.version is None:
            return self._personas.create(candidate.fields, candidate.picture)
        return self._personas.update(candidate.version.id, candidate.fields, candidate.picture)

    def _next(self) -> None:
        side = self._waiting.pop(0)
        self.began.emit(side)
        known = self._sides[side]
        candidate = known.setting.candidate
        wanted = Wanted(
            partial(self._prompt, known),
            partial(self._sampling, known),
            name=candidate.fields.spoken_name,
            profile_version_id=known.profile.version_id,
        )
        aside = Aside(wanted, self)
        aside.reading.connect(partial(self.reading.emit, side))
        aside.grew.connect(partial(self.grew.emit, side))
        aside.ended.connect(partial(self._on_ended, side, aside))
        self._asides.start(aside)
        if aside.state is AsideState.LOADING:
            self.loading.emit(side)

    def _prompt(self, known: _Side, model: LoadedModel) -> Prompt:
        candidate, history = known.setting.candidate, _history(known)
        written = self._prompts.drafted(
            candidate.fields,
            known.profile,
            history,
            model.context,
            known.moment,
            version=candidate.version,
            known=known.known,
        )
        known.written = written
        return written.prompt

    def _sampling(self, known: _Side, _model: LoadedModel) -> Sampling:
        return dataclasses.replace(self._preferences.sampling_of(known.setting.preset), seed=known.trial.seed)

    def _on_ended(self, side: int, aside: Aside, end: AsideEnd) -> None:
        aside.deleteLater()
        self._sides[side].end = end
        self.ended.emit(side, Outcome(end.text, _figures(end), end.error, end.stopped))
        if end.error is not None and not _alone(end.error):
            self._waiting = []
        if self._waiting:
            self._next()
        else:
            self.running = False
            self.finished.emit()


def _alone(error: KnownError) -> bool:
    """Say whether a failure concerns one side only."""
    return error.kind in (ErrorKind.REPLY_EMPTY, ErrorKind.REPLY_LOOPED, ErrorKind.PROMPT_TOO_LONG)


def _figures(end: AsideEnd) -> Figures | None:
    done = end.done
    if done is None:
        return None
    return Figures(
        prompt_tokens=done.prompt_tokens,
        tokens=done.generated_tokens,
        tokens_per_second=done.tokens_per_second,
        seconds=done.first_token_ms / 1000 + done.seconds,
    )


def _history(known: _Side) -> list[Message]:
    """Give the messages before the reply as they would stand in a conversation."""
    said = [(Role.USER, known.profile.name, known.trial.message)]
    if known.greeting >= 0:
        name = known.setting.candidate.fields.spoken_name
        said.insert(0, (Role.ASSISTANT, name, known.greetings[known.greeting].text))
    return spoken(said, known.began, version=known.greeting + 1, versions=max(len(known.greetings), 1))


def _keep(session: Session, known: _Side, version: Persona, preset: str) -> Conversation:
    greetings = known.greetings if known.greeting >= 0 else ()
    made = begin(session, version, known.profile, greetings, max(known.greeting, 0), known.began)
    message, end = known.trial.message, known.end
    assert end is not None and end.plan is not None
    conversations.rename(session, made.id, title_of(message))
    conversations.set_preset(session, made.id, preset)
    messages.append(session, made.id, Role.USER, known.profile.name, message)
    reply = messages.append(session, made.id, Role.ASSISTANT, version.fields.spoken_name, end.text)
    if known.written is not None:
        variables.note(session, reply.id, known.written.noted)
    whole = end.done is not None and not end.stopped
    record = record_of(end.plan, end.done, end.started) if end.done is not None else None
    reason = end.done.stop_reason if end.done is not None else None
    state = MessageState.COMPLETE if whole else MessageState.STOPPED
    messages.finish(session, reply.id, end.text, state, reason, record)
    return conversations.get(session, made.id)
