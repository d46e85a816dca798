"""Knows how conversations are made, listed, found and set up; not what is said in them."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from hermes_desktop.domain import conversation as values
from hermes_desktop.domain.conversation import ConversationSummary, MessageState, Role
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona, Profile
from hermes_desktop.storage import memories, variables
from hermes_desktop.storage.database import now
from hermes_desktop.storage.journal import Change, write
from hermes_desktop.storage.tables import Branch, Conversation, Message
from hermes_desktop.storage.text import checksum, cleaned
from hermes_desktop.storage.tree import conversation_row


def create(
    session: Session,
    persona: Persona,
    profile: Profile,
    greetings: Sequence[str],
    greeting: int = 0,
    title: str = "",
    began: int | None = None,
) -> values.Conversation:
    """Begin a conversation; the greetings, already expanded, become versions of its first message.

    `began` is the time that they were expanded for; without it that is now.
    """
    row = _add(
        session,
        Conversation(
            title=cleaned(title),
            persona_id=persona.id,
            persona_version_id=persona.version_id,
            profile_version_id=profile.version_id,
            created_at=now(),
            updated_at=_newest(session),
        ),
        began,
    )
    root = _root(session, row)
    for index, words in enumerate(greetings):
        _add_greeting(session, root, persona.fields.spoken_name, words, active=index == greeting)
    row.tip_id = root.active_child_id or root.id
    row.messages = 1 if root.active_child_id else 0
    session.add(row)
    session.flush()
    return _value(row)


def copied(session: Session, old: Conversation) -> Conversation:
    """Begin an empty conversation with the people, settings and beginning of another one."""
    fresh = Conversation(
        title=old.title,
        persona_id=old.persona_id,
        persona_version_id=old.persona_version_id,
        profile_version_id=old.profile_version_id,
        created_at=now(),
        updated_at=_newest(session),
        authors_note=old.authors_note,
        preset=old.preset,
        prompt_order=old.prompt_order,
        note_depth=old.note_depth,
        extra=old.extra,
    )
    root = _root(session, old)
    begun = _add(session, fresh, root.created_at)
    if known := variables.at_beginning(session, root.id or 0):
        variables.attach(session, begun.root_id or 0, known)
    memories.copy(session, root.id or 0, begun.root_id or 0)
    return begun


def _add(session: Session, row: Conversation, began: int | None) -> Conversation:
    """Insert a conversation with its empty root, which keeps when the first of its branches began."""
    session.add(row)
    session.flush()
    branch = Branch(conversation_id=row.id or 0, start_depth=0)
    session.add(branch)
    session.flush()
    root = _message(row.id or 0, branch.id or 0, None, 0, Role.SYSTEM, "", "")
    root.created_at = began or root.created_at
    session.add(root)
    session.flush()
    row.root_id = row.tip_id = root.id
    session.add(row)
    session.flush()
    return row


def _add_greeting(session: Session, root: Message, name: str, text: str, *, active: bool) -> None:
    taken = session.exec(
        select(func.count()).where(Message.branch_id == root.branch_id, Message.depth == 1)
    ).one()
    branch_id = root.branch_id
    if taken:
        branch = Branch(conversation_id=root.conversation_id, parent_branch_id=root.branch_id, start_depth=1)
        session.add(branch)
        session.flush()
        branch_id = branch.id or 0
    row = _message(root.conversation_id, branch_id, root.id, 1, Role.ASSISTANT, name, text)
    session.add(row)
    session.flush()
    if active:
        root.active_child_id = row.id
        session.add(root)


def _message(
    conversation_id: int, branch_id: int, parent_id: int | None, depth: int, role: Role, name: str, text: str
) -> Message:
    text = cleaned(text)
    return Message(
        conversation_id=conversation_id,
        branch_id=branch_id,
        parent_id=parent_id,
        depth=depth,
        role=role.value,
        name=cleaned(name),
        text=text,
        checksum=checksum(text),
        state=MessageState.COMPLETE.value,
        created_at=now(),
    )


def _newest(session: Session) -> int:
    """Give a time that puts a new conversation on top, also where the clock was set back."""
    latest = session.exec(select(func.max(Conversation.updated_at))).one()
    return max(now(), (latest or 0) + 1)


# ---- reading --------------------------------------------------------------------------------------


def get(session: Session, conversation_id: int) -> values.Conversation:
    """Give one conversation, also a deleted one; raises CONVERSATION_UNKNOWN."""
    return _value(conversation_row(session, conversation_id))


def began(session: Session, conversation_id: int) -> int:
    """Give when it began, in milliseconds since 1970; a branch began when the first conversation did."""
    return _root(session, conversation_row(session, conversation_id)).created_at


def _root(session: Session, row: Conversation) -> Message:
    root = session.get(Message, row.root_id)
    assert root is not None
    return root


def find(session: Session, name: str) -> values.Conversation:
    """Give the conversation with this id or title; raises CONVERSATION_UNKNOWN or NAME_AMBIGUOUS."""
    if name.isascii() and name.isdecimal() and len(name) < 18:
        row = session.get(Conversation, int(name))
        if row is not None and row.deleted_at is None:
            return _value(row)
    live = [item.id for item in summaries(session) if item.title.casefold() == name.casefold()]
    return get(session, _only(live, name, ErrorKind.CONVERSATION_UNKNOWN))


def find_deleted(session: Session, name: str) -> values.Conversation:
    """Give the one in the bin with this id or title; raises CONVERSATION_NOT_DELETED or NAME_AMBIGUOUS."""
    live = {item.id for item in summaries(session)}
    bin_ = [item for item in summaries(session, include_deleted=True) if item.id not in live]
    found = [item.id for item in bin_ if str(item.id) == name]
    found = found or [item.id for item in bin_ if item.title.casefold() == name.casefold()]
    return get(session, _only(found, name, ErrorKind.CONVERSATION_NOT_DELETED))


def _only(found: Sequence[int], name: str, unknown: ErrorKind) -> int:
    if not found:
        raise KnownError(unknown, name=name)
    if len(found) > 1:
        raise KnownError(ErrorKind.NAME_AMBIGUOUS, name=name, matches=len(found))
    return found[0]


def ids(session: Session) -> list[int]:
    """List every conversation, those in the bin, too, in the order in which they came to be here."""
    return [
        number for number in session.exec(select(Conversation.id).order_by(col(Conversation.id))) if number
    ]


_SUMMARIES = text(
    """
    select c.id, c.title, c.persona_id, p.name, p.avatar, c.updated_at, c.favourite, c.messages
    from conversation c join persona_version p on p.id = c.persona_version_id
    where :all or c.deleted_at is null
    order by c.updated_at desc, c.id desc
    """
)


def summaries(session: Session, *, include_deleted: bool = False) -> list[ConversationSummary]:
    """List the conversations, newest first."""
    rows = session.connection().execute(_SUMMARIES, {"all": include_deleted})
    return [
        ConversationSummary(number, title, persona_id, name, avatar, updated_at, bool(favourite), count)
        for number, title, persona_id, name, avatar, updated_at, favourite, count in rows
    ]


def by_title(session: Session, query: str) -> list[ConversationSummary]:
    """List the conversations whose title or persona has these words."""
    wanted = query.casefold()
    return [
        item
        for item in summaries(session)
        if wanted in item.title.casefold() or wanted in item.persona_name.casefold()
    ]


def _value(row: Conversation) -> values.Conversation:
    assert row.id is not None
    assert row.root_id is not None
    assert row.tip_id is not None
    return values.Conversation(
        id=row.id,
        title=row.title,
        persona_id=row.persona_id,
        persona_version_id=row.persona_version_id,
        profile_version_id=row.profile_version_id,
        root_id=row.root_id,
        tip_id=row.tip_id,
        memory_line_id=row.memory_line_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
        favourite=row.favourite,
        deleted=row.deleted_at is not None,
        draft=row.draft,
        view_message_id=row.view_message_id,
        view_offset=row.view_offset,
        authors_note=row.authors_note,
        preset=row.preset,
        prompt_order=values.PromptOrder(row.prompt_order),
        note_depth=row.note_depth,
    )


# ---- setting up -----------------------------------------------------------------------------------


def rename(session: Session, conversation_id: int, title: str) -> None:
    """Give it another title."""
    _set(session, conversation_id, title=cleaned(title))


def set_favourite(session: Session, conversation_id: int, favourite: bool) -> None:
    """Put it among the favourites, or take it out."""
    _set(session, conversation_id, favourite=favourite)


def set_draft(session: Session, conversation_id: int, text: str) -> None:
    """Keep what stands in its composer."""
    _set(session, conversation_id, draft=cleaned(text))


def set_view(session: Session, conversation_id: int, message_id: int | None, offset: int) -> None:
    """Keep the place in its transcript; None stands for the end."""
    _set(session, conversation_id, view_message_id=message_id, view_offset=offset)


def set_memory_line(session: Session, conversation_id: int, message_id: int | None) -> None:
    """Keep the first message that the persona remembers; None: all."""
    _set(session, conversation_id, memory_line_id=message_id)


def set_persona_version(session: Session, conversation_id: int, version_id: int) -> None:
    """Go on with another version of its persona."""
    _set(session, conversation_id, persona_version_id=version_id)


def set_profile_version(session: Session, conversation_id: int, version_id: int) -> None:
    """Go on as another version of a profile."""
    _set(session, conversation_id, profile_version_id=version_id)


def set_authors_note(session: Session, conversation_id: int, text: str) -> None:
    """Keep its author's note."""
    _set(session, conversation_id, authors_note=cleaned(text))


def set_prompt_order(session: Session, conversation_id: int, order: values.PromptOrder) -> None:
    """Keep where what changes stands in its prompts."""
    _set(session, conversation_id, prompt_order=order.value)


def set_note_depth(session: Session, conversation_id: int, depth: int) -> None:
    """Keep how many messages follow its author's note."""
    _set(session, conversation_id, note_depth=depth)


def set_preset(session: Session, conversation_id: int, name: str) -> None:
    """Keep the name of its sampling preset."""
    _set(session, conversation_id, preset=cleaned(name))


def delete(session: Session, conversation_id: int) -> None:
    """Put it into the bin."""
    _mark(session, conversation_id, now(), "delete conversation")


def restore(session: Session, conversation_id: int) -> None:
    """Take it out of the bin."""
    _mark(session, conversation_id, None, "restore conversation")


def _mark(session: Session, conversation_id: int, at: int | None, act: str) -> None:
    row = conversation_row(session, conversation_id)
    write(session, None, act, [Change("conversation", conversation_id, "deleted_at", row.deleted_at, at)])
    row.deleted_at = at
    session.add(row)
    session.flush()  # the list is read past the session


def _set(session: Session, conversation_id: int, **cells: object) -> None:
    row = conversation_row(session, conversation_id)
    for name, value in cells.items():
        setattr(row, name, value)
    session.add(row)
