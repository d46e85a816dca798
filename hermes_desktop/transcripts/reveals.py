"""Knows what a transcript tells that a person may not want to tell; it looks and changes nothing."""

import re
from collections.abc import Sequence

from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.transcript import Choices, Leaf, PartKind, Reveal, RevealKind, Told

_SHOWN = 3  # of a kind
_LETTERS = 80  # of one
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_PLACE = re.compile(
    r"(?<![\w/.:-])(?:file://|~/|/(?:home|Users|root|media|mnt|opt|srv|tmp|usr|var)/|[A-Za-z]:[\\/](?![\\/])|\\\\[\w.-]+\\)"
    r"[^\s\"'<>|)\]]{1,300}"
)
_NOBODY = frozenset({"", "you", "user", "me"})  # names that say nothing


class Watch:
    """Look at what goes into a transcript and remember what is private in it."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices
        self._names: dict[str, int] = {}
        self._mails: dict[str, int] = {}
        self._places: dict[str, int] = {}
        self._models: dict[str, int] = {}
        self._counts = dict.fromkeys(PartKind, 0)
        self._times: list[str] = []
        self._pictures = False

    def see(self, item: Told) -> None:
        """Look at a message."""
        if item.role is Role.USER:
            self.see_name(item.speaker.name)
        if item.note:
            _count(self._models, item.note.partition(" · ")[0])
        if item.time:
            self._times = [*self._times[:1], item.time]
        self._pictures = self._pictures or (item.speaker.mine and bool(item.speaker.picture))
        for part in item.parts:
            self._counts[part.kind] += 1
            self.see_text(part.text)

    def see_name(self, name: str) -> None:
        """Look at what somebody is called who is no persona."""
        _count(self._names, name)

    def see_text(self, text: str) -> None:
        """Look at words."""
        if "@" in text:
            for found in _MAIL.findall(text):
                _count(self._mails, found)
        if "/" in text or "\\" in text:
            for found in _PLACE.findall(text):
                _count(self._places, found)

    def reveals(self, profile: Leaf | None, system: Sequence[Leaf]) -> tuple[Reveal, ...]:
        """Say what was seen, the weightier first."""
        found = []
        names = {name: count for name, count in self._names.items() if name.casefold() not in _NOBODY}
        if names and not self._choices.my_name:
            found.append(_reveal(RevealKind.NAME, names))
        if profile is not None:
            found.append(Reveal(RevealKind.PROFILE, _brief(profile.text), 1))
        if self._pictures:
            found.append(Reveal(RevealKind.PICTURES, "", 1))
        for kind, seen in ((RevealKind.MAIL, self._mails), (RevealKind.PATHS, self._places)):
            if seen:
                found.append(_reveal(kind, seen))
        if system:
            found.append(Reveal(RevealKind.SYSTEM, _brief(system[0].text), len(system)))
        for kind, part in ((RevealKind.THOUGHTS, PartKind.THOUGHT), (RevealKind.TOOLS, PartKind.TOOL)):
            if self._counts[part]:
                found.append(Reveal(kind, "", self._counts[part]))
        if self._models:
            found.append(_reveal(RevealKind.MODELS, self._models))
        if self._times:
            found.append(Reveal(RevealKind.TIMES, " – ".join(dict.fromkeys(self._times)), 1))
        if self._choices.branches:
            found.append(Reveal(RevealKind.BRANCHES))
        return tuple(found)


def _count(seen: dict[str, int], what: str) -> None:
    if what in seen or len(seen) < 1000:
        seen[what] = seen.get(what, 0) + 1


def _reveal(kind: RevealKind, seen: dict[str, int]) -> Reveal:
    shown = ", ".join(_brief(what) for what in list(seen)[:_SHOWN])
    return Reveal(kind, shown + (", …" if len(seen) > _SHOWN else ""), len(seen))


def _brief(text: str) -> str:
    line = " ".join(text[: 2 * _LETTERS].split())
    return line if len(line) <= _LETTERS else line[: _LETTERS - 1] + "…"
