"""Knows the chats of SillyTavern and TavernAI, a JSON object a line: how one is read and how a line is kept.

What a line says beside its words is kept with the message, so that it goes out as it came. Macros in texts
are never expanded. `sillytavern_writer` writes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.containers.loose import dicts, items, mapping, text, whole
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import MemoryState
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.variables import bounded
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import Draft, Growth, TooManyError, Version, about, kept, unknown
from hermes_desktop.transcripts.notes import Note, NoteKind

FORMAT = "sillytavern"
LINES_LIMIT = 300_000
LINE_LIMIT = 16 * 1024 * 1024  # bytes
_HEADS = ("user_name", "character_name", "character_names", "chat_metadata")
_NOBODY = "unused"  # what newer versions write in the place of names
_USERS = ("you", "user", "{{user}}")
_BAD_SHOWN = 20
_SWIPES_LIMIT = 1000  # of one message
_SUMMARY_LIMIT = 20_000  # letters


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says, apart from how."""

    texts: tuple[str, ...]
    active: int


@dataclass(slots=True)
class _Reading:
    """A file while it is read."""

    header: dict[str, Any] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)


def is_head(value: object) -> bool:
    """Say whether a line is the first of a chat: it says whose it is and has no message."""
    return isinstance(value, dict) and "mes" not in value and any(key in value for key in _HEADS)


def is_line(value: object) -> bool:
    """Say whether a line is a message."""
    return isinstance(value, dict) and "mes" in value


def read(data: bytes, source: str) -> Draft:
    """Read a chat; raises CHAT_UNKNOWN or TooManyError. Bad lines are told, the others come in."""
    found = _lines(data)
    if not found.lines and not found.header:
        raise unknown(source)
    return of_lines(found.header, found.lines, source, found.bad)


def _lines(data: bytes) -> _Reading:
    found = _Reading()
    rows = _utf8(data).split(b"\n")
    if len(rows) > LINES_LIMIT:
        raise TooManyError
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        try:
            value = json_guard.read(row.strip(), LINE_LIMIT, lenient=True)
        except json_guard.BadJsonError:
            found.bad.append(number)
            continue
        if is_line(value):
            found.lines.append(value)
        elif is_head(value) and not found.header and not found.lines:
            found.header = value
        else:
            found.bad.append(number)
    return found


def _utf8(data: bytes) -> bytes:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf")


def of_lines(
    header: Mapping[str, Any], lines: Iterable[dict[str, Any]], source: str, bad: Iterable[int] = ()
) -> Draft:
    """Make a chat of its lines."""
    rows, notes = list(lines), list(_told(header, bad))
    users, guessed = _users(header, rows)
    growth, summaries = _grown(rows, users)
    meta = mapping(header.get("chat_metadata"))
    created = dates.milliseconds(header.get("create_date"))
    head = growth.head(
        PurePath(source).stem,
        created,
        note=text(meta.get("note_prompt")),
        note_depth=whole(meta.get("note_depth"), 0, 10_000, 1) if meta.get("note_prompt") else 1,
        extra={"header": dict(header)} if header else None,
    )
    return Draft(
        FORMAT,
        replace(head, digest="", variables=noted(meta.get("variables")), memories=tuple(summaries)),
        tuple(growth.entries),
        persona=_persona(header, rows, users, source),
        user=_user(header, rows),
        notes=(
            *notes,
            *_about(rows, users),
            *([Note(NoteKind.SUMMARIES, str(len(summaries)))] if summaries else []),
            *([Note(NoteKind.GUESSED)] if guessed else []),
        ),
        book=kept(text(meta.get("world_info")).strip()),
        profile=kept(text(meta.get("persona")).strip()),
        known=about(
            scenario=text(meta.get("scenario")),
            system_prompt=text(meta.get("system_prompt")),
            example_dialogue=text(meta.get("mes_example")),
        ),
    )


def _grown(rows: Iterable[dict[str, Any]], users: set[str]) -> tuple[Growth, list[MemoryState]]:
    """Grow the tree of messages; give also the summaries that are kept with them."""
    growth = Growth(FORMAT)
    summaries: list[MemoryState] = []
    for row in rows:
        said = said_by(row)
        versions = [_version(row, said, number) for number in range(len(said.texts))]
        growth.say(_role(row, users), text(row.get("name")), *versions, active=said.active)
        summaries += _summed_up(row, growth)
    return growth, summaries


def _summed_up(row: Mapping[str, Any], growth: Growth) -> list[MemoryState]:
    """Give the summary that its extension keeps with a message: of all up to there."""
    told = kept(text(mapping(row.get("extra")).get("memory"))).strip()[:_SUMMARY_LIMIT]
    if not told:
        return []
    at = growth.entries[growth.tip - 1].created_at
    return [MemoryState(MemoryKind.SUMMARY.value, growth.first, growth.tip, text=told, created_at=at)]


def noted(variables: object) -> dict[str, str]:
    """Give the variables of a chat, or of all; what is no text there is JSON here."""
    said = mapping(variables).items()
    return bounded({name: held if isinstance(held, str) else json_guard.text_of(held) for name, held in said})


# ---- a line ---------------------------------------------------------------------------------------


def said_by(line: Mapping[str, Any]) -> Said:
    """Give the versions of a line's message; where they contradict each other, `mes` is the truth."""
    said = _words(line.get("mes"))
    found = [_words(each) for each in items(line.get("swipes"))[:_SWIPES_LIMIT]]
    if not found:
        return Said((said,), 0)
    place = line.get("swipe_id")
    if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(found):
        found[place] = said
        return Said(tuple(found), place)
    if said in found:
        return Said(tuple(found), found.index(said))
    return Said((*found, said), len(found))


def _words(value: object) -> str:
    if isinstance(value, dict):  # as Chub has it
        return text(value.get("message"))
    return text(value)


def _version(line: dict[str, Any], said: Said, number: int) -> Version:
    """Make one version; the one that is shown keeps the line, and each its place among the versions."""
    info = items(line.get("swipe_info"))
    own = mapping(info[number]) if number < len(info) else {}
    at = dates.milliseconds(line.get("send_date")) if number == said.active else 0
    at = at or dates.milliseconds(own.get("send_date")) or dates.milliseconds(line.get("send_date"))
    extra: dict[str, Any] = {"swipe": number}
    if number == said.active:
        extra |= _frame(line, said)
    return Version(said.texts[number], at, extra)


def _frame(line: dict[str, Any], said: Said) -> dict[str, Any]:
    """Give a line without its words where they can be put back exactly, otherwise all of it."""
    texts = [kept(each) for each in said.texts]
    empty = line | {"mes": None} | ({"swipes": None, "swipe_id": None} if "swipes" in line else {})
    if json_guard.text_of(filled(empty, texts, said.active)) == json_guard.text_of(line):
        return {"line": empty}
    return {"line": line, "whole": True}


def filled(frame: Mapping[str, Any], texts: list[str], active: int) -> dict[str, Any]:
    """Put words back into a line."""
    line = dict(frame) | {"mes": texts[active]}
    if "swipes" in frame:
        line |= {"swipes": texts}
        if "swipe_id" in frame:
            line["swipe_id"] = active
    return line


# ---- who speaks -----------------------------------------------------------------------------------


def _name(header: Mapping[str, Any], key: str) -> str:
    found = text(header.get(key)).strip()
    return "" if found == _NOBODY else found


def _users(header: Mapping[str, Any], lines: list[dict[str, Any]]) -> tuple[set[str], bool]:
    """Name those who are the person, for lines that do not say; and whether that was a guess."""
    if all("is_user" in line or "is_system" in line for line in lines):
        return set(), False
    known = {_name(header, "user_name").casefold(), *_USERS} - {""}
    names = list(dict.fromkeys(text(line.get("name")).strip().casefold() for line in lines))
    if known & set(names):
        return known, True
    persona = _name(header, "character_name").casefold()
    others = [name for name in names if name and name != persona]
    # The first to speak greets; so the person is the second one, where nobody is named.
    return ({others[0]} if persona and others else set(others[1:2])), True


def _role(line: Mapping[str, Any], users: set[str]) -> Role:
    if mapping(line.get("extra")).get("type") == "narrator":
        return Role.SYSTEM
    said = line.get("is_user")
    if isinstance(said, bool):
        return Role.USER if said else Role.ASSISTANT
    return Role.USER if text(line.get("name")).strip().casefold() in users else Role.ASSISTANT


def _user(header: Mapping[str, Any], lines: list[dict[str, Any]]) -> str:
    spoken = (text(line.get("name")).strip() for line in lines if line.get("is_user") is True)
    return _name(header, "user_name") or next(filter(None, spoken), "")


def _persona(header: Mapping[str, Any], lines: list[dict[str, Any]], users: set[str], source: str) -> str:
    if named := _name(header, "character_name"):
        return named
    spoken = Counter(_speakers(lines, users))
    if spoken:
        return max(spoken, key=lambda name: spoken[name])
    return PurePath(source).stem.split(" - ")[0]


def _speakers(lines: list[dict[str, Any]], users: set[str]) -> Iterator[str]:
    for line in lines:
        name = text(line.get("name")).strip()
        if name and _role(line, users) is Role.ASSISTANT and line.get("is_system") is not True:
            yield name


# ---- what there is to tell ------------------------------------------------------------------------


def _told(header: Mapping[str, Any], bad: Iterable[int]) -> Iterator[Note]:
    numbers = list(bad)
    if numbers:
        shown = ", ".join(map(str, numbers[:_BAD_SHOWN])) + (" …" if len(numbers) > _BAD_SHOWN else "")
        yield Note(NoteKind.BAD_LINES, shown)
    meta = mapping(header.get("chat_metadata"))
    if any(text(meta.get(key)).strip() for key in ("scenario", "system_prompt", "mes_example")):
        yield Note(NoteKind.SCENARIO)


def _about(lines: list[dict[str, Any]], users: set[str]) -> Iterator[Note]:
    speakers = list(dict.fromkeys(_speakers(lines, users)))
    if len(speakers) > 1:
        yield Note(NoteKind.GROUP, ", ".join(speakers[:8]) + (" …" if len(speakers) > 8 else ""))
    hidden = sum(line.get("is_system") is True and _role(line, users) is not Role.SYSTEM for line in lines)
    if hidden:
        yield Note(NoteKind.HIDDEN, str(hidden))
    extras = [mapping(line.get("extra")) for line in lines]
    attached = sum(
        bool(extra.get("image") or extra.get("file") or dicts(extra.get("media"))) for extra in extras
    )
    if attached:
        yield Note(NoteKind.ATTACHMENTS, str(attached))
    if lines and not any(dates.milliseconds(line.get("send_date")) for line in lines):
        yield Note(NoteKind.NO_DATES)
