"""Knows for whom a book can speak, and what they are called here: personas, profiles, conversations."""

from collections.abc import Collection, Iterator

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.conversations import ConversationsService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.profiles import ProfilesService
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.lore import Scope
from hermes_desktop.domain.lorebook import Binding


class Holders(QObject):
    """Name whoever a book can be bound to."""

    changed = Signal()

    def __init__(
        self,
        personas: PersonasService,
        profiles: ProfilesService,
        conversations: ConversationsService,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._personas, self._profiles, self._conversations = personas, profiles, conversations
        personas.changed.connect(self.changed)

    def places(self, bound: Collection[tuple[Scope, int]]) -> Iterator[tuple[str, Scope, int]]:
        """Name every place where a book can be let speak; of conversations those where one said so."""
        yield self.tr("Everywhere"), Scope.GLOBAL, 0
        for profile in self._profiles.all():
            yield self.tr("When I am {name}").replace("{name}", profile.name), Scope.PROFILE, profile.id
        for persona in self._personas.all():
            yield self.tr("With {name}").replace("{name}", persona.name), Scope.PERSONA, persona.id
        for summary in self._conversations.summaries():
            if (Scope.CHAT, summary.id) in bound:
                title = summary.title or summary.persona_name
                yield self.tr("In “{name}”").replace("{name}", title), Scope.CHAT, summary.id

    def name_of(self, binding: Binding) -> str:
        """Name the holder of a binding; "" where it is gone."""
        try:
            if binding.scope is Scope.PERSONA:
                persona = self._personas.get(binding.holder_id)
                return "" if persona.deleted else persona.name
            if binding.scope is Scope.CHAT:
                talk = self._conversations.get(binding.holder_id)
                title = talk.title or self.tr("a conversation")
                return "" if talk.deleted else self.tr("“{title}”").replace("{title}", title)
        except KnownError:  # gone for good
            return ""
        return next((each.name for each in self._profiles.all() if each.id == binding.holder_id), "")
