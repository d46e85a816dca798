"""Knows how the stored conversation becomes a prompt; the wording is in `prompting`, the cut in the child."""

import dataclasses
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from hermes_desktop.app.lore import Asked, LoreSource, tokens_of
from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.remembered import recalled_for, turns_for
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, Message, MessageState, PromptOrder, Role
from hermes_desktop.domain.lore import Hit, Lore, Position
from hermes_desktop.domain.model_file import LoadedModel
from hermes_desktop.domain.persona import Persona, PersonaFields, Profile
from hermes_desktop.domain.prompt import Prompt, PromptTurn, SpanKind
from hermes_desktop.domain.variables import NO_VARIABLES, Noted, Variables, changed
from hermes_desktop.prompting.assemble import assemble
from hermes_desktop.prompting.estimate import estimated
from hermes_desktop.prompting.placing import Placed, placed
from hermes_desktop.prompting.surroundings import Moment, steady
from hermes_desktop.storage import conversations, messages, personas, profiles, variables
from hermes_desktop.storage.database import Session, now

_NOBODY = Persona(0, 0, 0, PersonaFields(""), "own", "", 0, "", favourite=False, deleted=False)
_LATE_RESERVE = 1024  # tokens, at most an eighth of the context


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """A prompt and what the lorebooks had to say to it."""

    prompt: Prompt
    lore: Lore
    noted: Noted  # by the macros of its texts
    history: Sequence[Message]  # the messages that it was made of
    recalled: Sequence[Message] = ()  # single ones from behind the memory line


class PromptSource:
    """Read what a prompt needs and put it together."""

    def __init__(self, store: Store, preferences: PreferencesService) -> None:
        self._store = store
        self._preferences = preferences
        self._lore = LoreSource()

    def prompt_of(
        self,
        conversation: Conversation,
        model: LoadedModel,
        *,
        until: Message | None = None,
        continuing: Message | None = None,
    ) -> Written:
        """Build the prompt of the current path, up to but without `until`."""
        place = model.context, model.tokenizer_hash
        return self._store.read(self._written, conversation, *place, until=until, continuing=continuing)

    def estimated(self, conversation: Conversation, context: int) -> Written:
        """Build the prompt of a next reply by a model of such a context that nobody has loaded."""
        return self._store.read(self._written, conversation, context, "", until=None, continuing=None)

    def outset(self) -> Variables:
        """Give the variables that a new conversation begins with."""
        return Variables(everywhere=self._store.read(variables.everywhere))

    def drafted(
        self,
        fields: PersonaFields,
        profile: Profile,
        history: Sequence[Message],
        context: int,
        moment: Moment,
        *,
        version: Persona | None = None,
        known: Variables = NO_VARIABLES,
    ) -> Written:
        """Build a prompt of messages that are stored nowhere, for a persona that need not be either.

        `version` is the stored one that the fields are of, or were changed from: its lorebook speaks.
        `known` are the variables that hold at the end of the messages.
        """
        persona = dataclasses.replace(version or _NOBODY, fields=fields)
        late = min(_LATE_RESERVE, context // 8)
        asked = Asked(_unstored(persona), persona, profile, history, "normal", context, late, known)
        return self._store.read(self._assembled, asked, moment=moment)

    def _written(
        self,
        session: Session,
        conversation: Conversation,
        context: int,
        tokenizer_hash: str,
        until: Message | None,
        continuing: Message | None,
    ) -> Written:
        beside = until or continuing
        below = beside.depth if beside else None
        history, line = _history(session, conversation, below)
        history = [
            message
            for message in history
            if (until is None or message.depth < until.depth)
            and (continuing is None or message.id != continuing.id)
            and message.text.strip()
        ]
        replies = [message.id for message in history if message.role is Role.ASSISTANT]
        persona = personas.get_version(session, conversation.persona_version_id)
        profile = profiles.get_version(session, conversation.profile_version_id)
        late = min(_LATE_RESERVE, context // 8)
        trigger = "continue" if continuing else "regenerate" if until else "normal"
        known = variables.known(session, conversation.id, below=below)
        asked = Asked(conversation, persona, profile, history, trigger, context, late, known)
        return self._assembled(
            session,
            asked,
            memories=turns_for(session, conversation.id, history, from_line=line is not None, below=below),
            memory_line_id=line,
            continuing=continuing,
            reply_tokens=messages.reply_tokens(session, replies, tokenizer_hash),
            moment=moment_of(conversations.began(session, conversation.id), conversation.draft),
        )

    def _assembled(
        self,
        session: Session,
        asked: Asked,
        *,
        moment: Moment,
        memories: Sequence[PromptTurn] = (),
        memory_line_id: int | None = None,
        continuing: Message | None = None,
        reply_tokens: Mapping[int, tuple[int, ...]] | None = None,
    ) -> Written:
        """Put a prompt together; whatever the model reads comes from here."""
        lore = self._lore.lore_of(session, asked)
        places = placed(lore.hits, asked.conversation.prompt_order)
        recalled = _recalled(session, asked, places, memories) if memory_line_id is not None else []
        names = steady(asked.persona.fields, asked.profile, moment, asked.known)
        muted = any(hit.entry.mutes_default for hit in lore.hits)
        prompt = assemble(
            asked.persona.fields,
            asked.profile,
            asked.history,
            lore=places,
            system_prompt="" if muted else self._preferences.value.system_prompt,
            memories=memories,
            recalled=recalled,
            note=asked.conversation.authors_note,
            note_depth=asked.conversation.note_depth,
            memory_line_id=memory_line_id,
            continuing=continuing,
            reply_tokens=reply_tokens,
            moment=moment,
            names=names,
        )
        prompt = dataclasses.replace(prompt, late_reserve=asked.late)
        assert names.slate is not None  # it is always there with steady names
        after = names.slate.variables
        noted = Noted(after.here, changed(asked.known.everywhere, after.everywhere))
        return Written(prompt, _spoken(lore, names.slate.outlets), noted, asked.history, recalled)


def _recalled(
    session: Session, asked: Asked, lore: Placed, memories: Sequence[PromptTurn]
) -> Sequence[Message]:
    """Bring back what lore and note leave room for in the late part."""
    room = asked.late - estimated(asked.conversation.authors_note) - sum(map(tokens_of, lore.triggered))
    pinned = [turn.stands_for for turn in memories if turn.spans[0].kind is SpanKind.PINNED]
    return recalled_for(session, asked.conversation.id, asked.history, room, pinned)


def _spoken(lore: Lore, outlets: Collection[str]) -> Lore:
    """Leave out what only waits for a macro that nobody wrote."""

    def speaks(hit: Hit) -> bool:
        return hit.entry.position is not Position.OUTLET or hit.entry.outlet.strip() in outlets

    return dataclasses.replace(lore, hits=tuple(filter(speaks, lore.hits)))


def spoken(
    said: Sequence[tuple[Role, str, str]], at: int, *, version: int = 1, versions: int = 1
) -> list[Message]:
    """Make messages that are stored nowhere of role, name and text; only a greeting has versions."""
    return [
        Message(
            id=place,
            conversation_id=0,
            parent_id=place - 1,
            depth=place,
            position=place,
            role=role,
            name=name,
            text=text,
            state=MessageState.COMPLETE,
            created_at=at,
            version=version if role is Role.ASSISTANT else 1,
            versions=versions if role is Role.ASSISTANT else 1,
        )
        for place, (role, name, text) in enumerate(said, 1)
    ]


def _unstored(persona: Persona) -> Conversation:
    """Give a conversation that stands in no database, so that it has no id and no settings of its own."""
    return Conversation(
        id=0,
        title="",
        persona_id=persona.id,
        persona_version_id=persona.version_id,
        profile_version_id=0,
        root_id=0,
        tip_id=0,
        memory_line_id=None,
        created_at=0,
        updated_at=0,
        favourite=False,
        deleted=False,
        draft="",
        view_message_id=None,
        view_offset=0,
        authors_note="",
        preset="",
        prompt_order=PromptOrder.STABLE,
        note_depth=1,
    )


def _history(
    session: Session, conversation: Conversation, below: int | None
) -> tuple[Sequence[Message], int | None]:
    """Read the path from the memory line on; it does not count on another path, nor from a depth on."""
    line = conversation.memory_line_id
    depth = messages.get(session, line).depth if line is not None else 0
    if line is not None and (below is None or depth < below):
        path = messages.path(session, conversation.id, from_depth=depth)
        if path and path[0].id == line:
            return path, line
    return messages.path(session, conversation.id), None


def moment_of(began: int, draft: str = "") -> Moment:
    """Say when a conversation is evaluated that began then, in milliseconds since 1970.

    Its beginning is what {{pick}} is drawn from: branches have the same one, and it outlives a restart.
    """
    return Moment(
        seed=str(began),
        began=datetime.fromtimestamp(began / 1000).astimezone(),
        now=datetime.fromtimestamp(now() / 1000).astimezone(),
        dice=secrets.token_hex(8),
        draft=draft,
    )
