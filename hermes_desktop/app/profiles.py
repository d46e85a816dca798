"""Knows who I am in conversations: my profiles and the one in use; not how they are shown."""

from PySide6.QtCore import QObject, Signal

from hermes_desktop.app.preferences import PreferencesService
from hermes_desktop.app.store import Store
from hermes_desktop.domain.persona import Profile
from hermes_desktop.storage import profiles


class ProfilesService(QObject):
    """Keep the person's profiles."""

    changed = Signal()

    def __init__(self, store: Store, preferences: PreferencesService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._preferences = preferences

    def all(self) -> list[Profile]:
        """List the profiles by name."""
        return self._store.read(profiles.all)

    def current(self) -> Profile:
        """Give the profile that new conversations get; there always is one."""
        wanted = self._preferences.value.profile_id
        for profile in self.all():
            if profile.id == wanted:
                return profile
        return self._store.write(profiles.default)

    def choose(self, profile_id: int) -> None:
        """Use a profile for new conversations."""
        self._preferences.update(profile_id=profile_id)
        self.changed.emit()

    def create(self, name: str, description: str) -> Profile:
        """Add a profile."""
        profile = self._store.write(profiles.add, name.strip() or self.tr("You"), description)
        self.changed.emit()
        return profile

    def update(self, profile_id: int, name: str, description: str) -> Profile:
        """Change a profile; conversations keep the version they were written with."""
        profile = self._store.write(profiles.update, profile_id, name.strip() or self.tr("You"), description)
        self.changed.emit()
        return profile

    def delete(self, profile_id: int) -> None:
        """Remove a profile from the list; conversations keep it."""
        self._store.write(profiles.delete, profile_id)
        self.changed.emit()
