"""Knows the page of a persona's versions: what each field is called that changed; not how they are kept."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from hermes_desktop.app.differences import FieldChange, changes, stretches
from hermes_desktop.app.lore_differences import BookChanges
from hermes_desktop.app.notices import Notice, NoticeKind, NoticesService
from hermes_desktop.app.personas import PersonasService
from hermes_desktop.app.translating import QT_TRANSLATE_NOOP
from hermes_desktop.domain.persona import Persona
from hermes_desktop.ui.difference import Difference
from hermes_desktop.ui.lorebooks import changes as lore
from hermes_desktop.ui.theme import Theme
from hermes_desktop.ui.versions import VersionRow, VersionsPage, summed_names

_CONTEXT = "PersonaVersions"
_NAMES = {
    "name": QT_TRANSLATE_NOOP("PersonaVersions", "name"),
    "nickname": QT_TRANSLATE_NOOP("PersonaVersions", "nickname"),
    "description": QT_TRANSLATE_NOOP("PersonaVersions", "description"),
    "personality": QT_TRANSLATE_NOOP("PersonaVersions", "personality"),
    "scenario": QT_TRANSLATE_NOOP("PersonaVersions", "scenario"),
    "system_prompt": QT_TRANSLATE_NOOP("PersonaVersions", "system prompt"),
    "post_history_instructions": QT_TRANSLATE_NOOP("PersonaVersions", "last instructions"),
    "greeting": QT_TRANSLATE_NOOP("PersonaVersions", "greeting"),
    "alternate_greetings": QT_TRANSLATE_NOOP("PersonaVersions", "greeting {n}"),
    "example_dialogue": QT_TRANSLATE_NOOP("PersonaVersions", "example dialogue"),
    "creator": QT_TRANSLATE_NOOP("PersonaVersions", "creator"),
    "creator_notes": QT_TRANSLATE_NOOP("PersonaVersions", "notes"),
    "character_version": QT_TRANSLATE_NOOP("PersonaVersions", "version of the card"),
    "tags": QT_TRANSLATE_NOOP("PersonaVersions", "tags"),
    "group_greetings": QT_TRANSLATE_NOOP("PersonaVersions", "greeting for groups {n}"),
    "note": QT_TRANSLATE_NOOP("PersonaVersions", "character’s note"),
    "note_depth": QT_TRANSLATE_NOOP("PersonaVersions", "place of the character’s note"),
    "note_role": QT_TRANSLATE_NOOP("PersonaVersions", "who says the character’s note"),
    "picture": QT_TRANSLATE_NOOP("PersonaVersions", "picture"),
}


def field_name(change: FieldChange) -> str:
    """Name the field that changed; greetings count from the main one."""
    number = change.place + (2 if change.field == "alternate_greetings" else 1)
    return QCoreApplication.translate(_CONTEXT, _NAMES[change.field]).replace("{n}", str(number))


class PersonaVersions(VersionsPage):
    """List the versions of a persona; an old one comes back as a new one."""

    def __init__(self, personas: PersonasService, notices: NoticesService, theme: Theme) -> None:
        said = self.tr(
            "Every save is a version. A conversation keeps the one it was begun with until you choose "
            "another; to restore an old one makes a new version of it."
        )
        super().__init__(self.tr("Back to the persona"), said)
        self._personas, self._notices, self._theme = personas, notices, theme
        self._versions: Sequence[Persona] = ()
        self._used = self.persona_id = 0
        self.restore_requested.connect(self._on_restore)

    def show_persona(self, persona: Persona, open_version: int = 0) -> None:
        """Show its versions; `open_version` is that of the open conversation, whoever plays in it."""
        self.persona_id, self._versions = persona.id, self._personas.versions(persona.id)
        self._used = open_version if open_version in {each.version_id for each in self._versions} else 0
        self.show_rows(self._versions[0].name, len(self._versions), self._row)

    def _row(self, place: int) -> VersionRow:
        version = self._versions[place]
        before = self._versions[place + 1] if place + 1 < len(self._versions) else None
        fields = changes(before, version) if before is not None else []
        book = self._personas.lore_changes(before, version) if before is not None else BookChanges()
        used = version.version_id == self._used
        return VersionRow(
            version,
            version.version,
            version.created_at,
            self._summed(fields, book) if before is not None else self.tr("As it was at first"),
            (lambda: self._differences(fields, book)) if fields or book.seen else None,
            restorable=place > 0,
            usable=bool(self._used) and not used,
            used=used,
        )

    def _summed(self, fields: Sequence[FieldChange], book: BookChanges) -> str:
        names = [field_name(change) for change in fields]
        said = [summed_names(self.tr("Changed: {names}"), names)] if names else []
        lines = [*said, *(self.tr("Lorebook: {said}").replace("{said}", line) for line in lore.summed(book))]
        return "\n".join(lines) or self.tr("Saved without a change")

    def _differences(self, fields: Sequence[FieldChange], book: BookChanges) -> list[QWidget]:
        own = [Difference(field_name(one), stretches(one.before, one.after), self._theme) for one in fields]
        return [*own, *lore.differences(book, self._theme)]

    def _on_restore(self, version: Persona) -> None:
        fresh = self._personas.go_back(version)
        said = self.tr("Version {n} of {name} is back, as version {m}.").replace("{n}", str(version.version))
        said = said.replace("{name}", fresh.name).replace("{m}", str(fresh.version))
        self._notices.post(Notice(NoticeKind.INFO, said))
        self.show_persona(fresh, self._used)
