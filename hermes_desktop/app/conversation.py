"""Knows the conversation that is open: its place, its tree and its settings; not how a reply is made."""

import dataclasses

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.notices import NoticesService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.conversation import Conversation, Message, PromptOrder
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.persona import Persona, Profile
from hermes_desktop.domain.variables import NO_VARIABLES, Variables
from hermes_desktop.storage import conversations, hits, messages, personas, profiles, variables

_FIND_PAGE = 200  # messages read at a time


class OpenConversation(QObject):
    """Hold one conversation and change it. While `busy` is true its tree is left alone."""

    opened = Signal(object)  # Conversation
    closed = Signal()
    path_changed = Signal()
    message_added = Signal(object)  # Message
    message_changed = Signal(object)  # Message
    message_removed = Signal(int)
    conversation_changed = Signal(object)  # Conversation: title, note, preset, line
    grown = Signal()  # the list of conversations has changed
    persona_exchanged = Signal(list, int)  # list[int] of this conversation, the persona that undo brought

    def __init__(self, store: Store, notices: NoticesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._notices = notices
        self.conversation: Conversation | None = None
        self.persona: Persona | None = None
        self.profile: Profile | None = None
        self._avatars: dict[str, str] = {}  # keys of pictures, by names that I had before
        self._faces: dict[str, str] | None = None  # the same of whoever answered; None: not wanted yet

    @property
    def busy(self) -> bool:
        """Say whether the tree must be left alone now."""
        return False

    def open(self, conversation_id: int) -> None:
        """Show a conversation where it was left; raises CONVERSATION_UNKNOWN."""
        if self.conversation is not None and self.conversation.id == conversation_id:
            return
        conversation = self._store.read(conversations.get, conversation_id)
        self.close()
        self.conversation = conversation
        self._read_people()
        self.opened.emit(conversation)

    def close(self) -> None:
        """Leave the conversation."""
        if self.conversation is not None:
            self.conversation = self.persona = self.profile = None
            self.closed.emit()

    # ---- reading -----------------------------------------------------------------------------------

    def page(self, before: int | None = None, after: int | None = None, limit: int = 60) -> list[Message]:
        """Read messages of the current path by depth, oldest first; without bounds the last ones."""
        if self.conversation is None:
            return []
        return self._store.read(messages.page, self.conversation.id, before=before, after=after, limit=limit)

    def last(self) -> Message | None:
        """Give the last message of the path."""
        return self._store.read(messages.last, self.conversation.id) if self.conversation else None

    def find(self, words: str, depth: int, *, backwards: bool) -> Message | None:
        """Give the nearest message before or behind a depth that holds these words, whatever their case."""
        wanted = words.casefold()
        while True:
            place = {"before": depth} if backwards else {"after": depth}
            page = self.page(**place, limit=_FIND_PAGE)
            for message in reversed(page) if backwards else page:
                if wanted in message.text.casefold():
                    return message
            if len(page) < _FIND_PAGE:
                return None
            depth = page[0].depth if backwards else page[-1].depth

    def depth_of(self, message_id: int) -> int:
        """Give how deep a message lies in the tree; raises MESSAGE_UNKNOWN."""
        return self.message(message_id).depth

    def message(self, message_id: int) -> Message:
        """Give one message; raises MESSAGE_UNKNOWN."""
        return self._store.read(messages.get, message_id)

    # ---- the tree ----------------------------------------------------------------------------------

    def edit(self, message_id: int, text: str, keep_following: bool) -> None:
        """Put another version beside a message; with `keep_following` what came after it stays below."""
        if self.conversation is not None and not self._refuse_busy():
            self._store.write(messages.sibling, message_id, text, keep_following=keep_following)
            self._after_change()

    def delete(self, message_id: int) -> None:
        """Take a message out of the path; `undo` brings it back."""
        if self.conversation is None or self._refuse_busy():
            return
        self._store.write(messages.delete, message_id)
        self.message_removed.emit(message_id)
        self._after_change()

    def switch_version(self, message_id: int, step: int) -> None:
        """Go to another version of a message; what followed it there comes back."""
        if self.conversation is None or self._refuse_busy():
            return
        self._store.write(messages.switch, message_id, step)
        self._after_change()

    def reveal(self, message_id: int) -> bool:
        """Go to the version on which a message stands; False where that cannot be, or it is in the bin."""
        if self._store.read(hits.stands, message_id):
            return True
        if self._refuse_busy():
            return False
        self._store.write(hits.reveal, message_id)
        self._after_change()
        return self._store.read(hits.stands, message_id)

    def undo(self) -> None:
        """Take the last change of this conversation back."""
        self._step(forward=False)

    def redo(self) -> None:
        """Do again what was taken back."""
        self._step(forward=True)

    def branch(self, message_id: int) -> None:
        """Open a new conversation that shares everything up to this message."""
        conversation = self._store.write(messages.branch, message_id)
        self.grown.emit()
        self.open(conversation.id)

    def _step(self, *, forward: bool) -> None:
        if self.conversation is None or self._refuse_busy():
            return
        act, before = messages.redo if forward else messages.undo, self.conversation
        if self._store.write(act, before.id) is not None:
            self._after_change()
            if self.conversation.persona_id != before.persona_id:
                self.persona_exchanged.emit([before.id], self.conversation.persona_id)

    def _after_change(self) -> None:
        self._reload()
        self.path_changed.emit()
        self.grown.emit()
        self._on_prompt_changed()

    # ---- settings of the conversation --------------------------------------------------------------

    def set_draft(self, text: str) -> None:
        """Keep what stands in the composer."""
        if self.conversation is not None and text != self.conversation.draft:
            self.conversation = dataclasses.replace(self.conversation, draft=text)
            self._store.post(self._store.submit(conversations.set_draft, self.conversation.id, text))

    def set_view(self, message_id: int | None, offset: int) -> None:
        """Keep the place in the transcript; None stands for the end."""
        now = self.conversation
        if now is not None and (message_id, offset) != (now.view_message_id, now.view_offset):
            self.conversation = dataclasses.replace(now, view_message_id=message_id, view_offset=offset)
            self._store.post(self._store.submit(conversations.set_view, now.id, message_id, offset))

    def set_title(self, text: str) -> None:
        """Give the conversation another title."""
        if self.conversation is not None:
            self._store.write(conversations.rename, self.conversation.id, text.strip())
            self._reload()
            self.grown.emit()

    def set_authors_note(self, text: str) -> None:
        """Keep a note that stands near the end of every prompt."""
        if self.conversation is not None:
            self._store.write(conversations.set_authors_note, self.conversation.id, text)
            self._reload()
            self._on_prompt_changed()

    def set_note_depth(self, depth: int) -> None:
        """Let so many messages follow the author's note."""
        if self.conversation is not None:
            self._store.write(conversations.set_note_depth, self.conversation.id, depth)
            self._reload()
            self._on_prompt_changed()

    def set_prompt_order(self, order: PromptOrder) -> None:
        """Put what changes from reply to reply in another place."""
        if self.conversation is not None:
            self._store.write(conversations.set_prompt_order, self.conversation.id, order)
            self._reload()
            self._on_prompt_changed()

    def variables(self) -> Variables:
        """Give what macros have noted, as it is at the end of the path."""
        if self.conversation is None:
            return NO_VARIABLES
        return self._store.read(variables.known, self.conversation.id)

    def set_variable(self, name: str, value: str, *, everywhere: bool) -> None:
        """Let a variable hold something else from the next reply on, or forget it."""
        if self.conversation is None or self._refuse_busy():
            return
        try:
            if everywhere:
                self._store.write(variables.put_everywhere, name, value)
            else:
                self._store.write(variables.put_here, self.conversation.id, name, value)
        except KnownError as error:
            self._notices.post_error(error)
        self._on_prompt_changed()

    def reread(self) -> None:
        """Read who is in it again, where somebody else has changed that."""
        if self.conversation is not None:
            self._reload()
            self._on_prompt_changed()

    def set_preset(self, name: str) -> None:
        """Use a sampling preset here; "" follows the preferences."""
        if self.conversation is not None:
            self._store.write(conversations.set_preset, self.conversation.id, name)
            self._reload()

    def move_to_newest_persona(self) -> None:
        """Go on with the newest version of the persona."""
        if self.conversation is not None:
            self.move_to_version(self._store.read(personas.get, self.conversation.persona_id))

    def move_to_version(self, version: Persona) -> None:
        """Go on with another version of the persona."""
        if self.conversation is not None and version.id == self.conversation.persona_id:
            self._store.write(conversations.set_persona_version, self.conversation.id, version.version_id)
            self._reload()
            self._on_prompt_changed()

    def switch_profile(self, profile_id: int) -> None:
        """Go on as the newest version of a profile; what was said before stays said by who said it."""
        if self.conversation is not None:
            newest = self._store.read(profiles.get, profile_id)
            self._store.write(conversations.set_profile_version, self.conversation.id, newest.version_id)
            self._reload()
            self._on_prompt_changed()

    def newest_profile(self) -> Profile | None:
        """Give the newest version of the profile that is used here."""
        return self._store.read(profiles.get, self.profile.id) if self.profile is not None else None

    def my_avatar(self, name: str) -> str:
        """Give the key of my picture under the name that a message was written with."""
        if self.profile is not None and name in ("", self.profile.name):
            return self.profile.avatar
        if name not in self._avatars:
            self._avatars[name] = self._store.read(profiles.avatar_called, name)
        return self._avatars[name]

    def their_avatar(self, name: str) -> str:
        """Give the key of the picture of whoever answered under a name: not always the present persona."""
        if self.persona is None or self.persona.speaks_as(name):
            return self.persona.avatar if self.persona else ""
        if self._faces is None:
            self._faces = self._store.read(personas.faces)
        return self._faces.get(name, "")

    # ---- for the one who talks ---------------------------------------------------------------------

    def _on_prompt_changed(self) -> None:
        """Hear that the next prompt will differ."""

    def _refuse_busy(self) -> bool:
        if self.busy:
            self._notices.post_error(KnownError(ErrorKind.BUSY))
        return self.busy

    def _reload(self) -> None:
        if self.conversation is not None:
            draft = self.conversation.draft
            fresh = self._store.read(conversations.get, self.conversation.id)
            before, self.conversation = self.conversation, dataclasses.replace(fresh, draft=draft)
            if _people(before) != _people(fresh):
                self._read_people()
            self.conversation_changed.emit(self.conversation)

    def _read_people(self) -> None:
        assert self.conversation is not None
        self.persona = self._store.read(personas.get_version, self.conversation.persona_version_id)
        self.profile = self._store.read(profiles.get_version, self.conversation.profile_version_id)
        self._avatars.clear()
        self._faces = None


def _people(conversation: Conversation) -> tuple[int, int]:
    return conversation.persona_version_id, conversation.profile_version_id
