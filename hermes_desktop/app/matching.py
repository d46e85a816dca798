"""Knows how conversations are given to another persona, and how that is taken back; not who offers it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.chats import ChatReport
from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.storage import matching
from hermes_desktop.storage.matching import Match


@dataclass(frozen=True, slots=True)
class Made:
    """A persona that was made for conversations that came in without theirs."""

    persona_id: int
    name: str
    shared: bool  # since several here are called so; otherwise since nobody is
    conversation_ids: tuple[int, ...]


def made_in(reports: Sequence[ChatReport]) -> list[Made]:
    """List the personas that an import made, those with most conversations first."""
    brought = [each for report in reports for each in report.conversations if each.persona_made]
    first = {each.persona_id: each for each in reversed(brought)}
    theirs: dict[int, list[int]] = {number: [] for number in first}
    for each in brought:
        theirs[each.persona_id].append(each.conversation_id)
    found = [
        Made(number, first[number].persona, first[number].persona_shared, tuple(listed))
        for number, listed in theirs.items()
    ]
    return sorted(found, key=lambda one: -len(one.conversation_ids))


class MatchingService(QObject):
    """Let conversations go on with another persona; what was said in them stays as it is."""

    matched = Signal(list, int)  # list[int] of conversations that another persona has now, and which

    def __init__(
        self,
        store: Store,
        personas: PersonasService,
        conversations: ConversationsService,
        notices: NoticesService,
        replying: Callable[[], int],
        parent: QObject | None = None,
    ) -> None:
        """`replying` gives the conversation in which a reply is being written; 0: in none."""
        super().__init__(parent)
        self._store, self._personas, self._conversations = store, personas, conversations
        self._notices, self._replying = notices, replying

    def match(self, conversation_ids: Sequence[int], persona_id: int, made: int = 0) -> int:
        """Give conversations to a persona and say how many had another one, with a way back.

        A persona that was `made` for them is put into the bin when none of them has it any more. Raises
        CONVERSATION_UNKNOWN, PERSONA_UNKNOWN, or BUSY where a reply is being written in one of them.
        """
        self._refuse_busy(conversation_ids)
        done = self._store.write(matching.match, conversation_ids, persona_id, made)
        if done.before:
            self.note([each.conversation_id for each in done.before], persona_id)
            self._offer_way_back(done, self._words(done, persona_id))
        return len(done.before)

    def note(self, conversation_ids: Sequence[int], persona_id: int) -> None:
        """Tell everybody that conversations have another persona, as undo in one of them may have done."""
        self._personas.note_import()
        self._conversations.note_change()
        self.matched.emit(list(conversation_ids), persona_id)

    def _offer_way_back(self, done: Match, said: str) -> None:
        undo = self.tr("Undo")
        self._notices.post(
            Notice(NoticeKind.INFO, said, action=undo, act=lambda: self._take_back(done, said))
        )

    def _take_back(self, done: Match, said: str) -> None:
        try:
            self._refuse_busy([each.conversation_id for each in done.before])
            went = self._store.write(matching.take_back, done)
        except KnownError as error:
            self._notices.post_error(error)
            self._offer_way_back(done, said)  # it can be pressed again
            return
        for before in dict.fromkeys(each.persona_id for each in went):
            self.note([each.conversation_id for each in went if each.persona_id == before], before)

    def _refuse_busy(self, conversation_ids: Sequence[int]) -> None:
        if self._replying() in conversation_ids:
            raise KnownError(ErrorKind.BUSY)

    def _words(self, done: Match, persona_id: int) -> str:
        name, count = self._personas.get(persona_id).name, len(done.before)
        if count > 1:
            said = self.tr("{n} conversations go on with {persona}.").replace("{n}", f"{count:,}")
            return said.replace("{persona}", name)
        conversation = self._conversations.get(done.before[0].conversation_id)
        if not conversation.title:
            return self.tr("The conversation goes on with {persona}.").replace("{persona}", name)
        said = self.tr("“{title}” goes on with {persona}.").replace("{persona}", name)
        return said.replace("{title}", conversation.title)
