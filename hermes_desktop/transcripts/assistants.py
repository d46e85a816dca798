"""Knows what ChatGPT and Claude export, and lists of conversations in the forms of ShareGPT and OpenAI."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from hermes_desktop.containers.loose import dicts, items, mapping, text, texts
from hermes_desktop.domain.conversation import Role
from hermes_desktop.domain.history import Entry, History
from hermes_desktop.transcripts import dates
from hermes_desktop.transcripts.draft import (
    MESSAGES_LIMIT,
    Draft,
    Growth,
    TooManyError,
    Version,
    titled,
)
from hermes_desktop.transcripts.notes import Note, NoteKind

CHATGPT, CLAUDE, SHAREGPT = "chatgpt", "claude", "sharegpt"
_SHARE_ROLES = {
    **{"human": Role.USER, "user": Role.USER, "gpt": Role.ASSISTANT, "assistant": Role.ASSISTANT},
    **{"chatgpt": Role.ASSISTANT, "bing": Role.ASSISTANT, "system": Role.SYSTEM, "tool": Role.TOOL},
    **{"function_response": Role.TOOL, "developer": Role.SYSTEM, "model": Role.ASSISTANT},
}
_ASSISTANT = "Assistant"


# ---- ChatGPT --------------------------------------------------------------------------------------


def chatgpt(chat: Mapping[str, Any], source: str) -> Draft | None:
    """Read one conversation of ChatGPT with all of its branches; nothing where it is none."""
    mapped = chat.get("mapping")
    if not isinstance(mapped, dict):
        return None
    if len(mapped) > MESSAGES_LIMIT:
        raise TooManyError
    nodes = {key: mapping(value) for key, value in mapped.items()}
    entries, keys, skipped = _tree(nodes)
    path = _path(nodes, text(chat.get("current_node")), keys)
    children: dict[int, int] = {}
    for entry in entries:
        children[entry.parent] = entry.key  # the newest, where nobody has chosen
    for parent, child in zip([0, *path], path, strict=False):
        children[parent] = child
    chosen = tuple(_going_on(entry, children.get(entry.key, 0)) for entry in entries)
    created = dates.milliseconds(chat.get("create_time"))
    times = [entry.created_at for entry in entries if entry.created_at]
    began = created or min(times, default=0)
    tip = path[-1] if path else 0
    while children.get(tip, 0):
        tip = children[tip]
    head = History(
        title=titled(text(chat.get("title"))) or PurePath(source).stem,
        created_at=began,
        updated_at=max([began, *times]),
        began_at=began,
        first=children.get(0, 0),
        tip=tip,
    )
    return Draft(CHATGPT, head, chosen, persona="ChatGPT", notes=tuple(_notes(nodes, skipped)))


def _going_on(entry: Entry, child: int) -> Entry:
    return Entry(
        entry.key, entry.parent, entry.role, entry.name, entry.text, entry.created_at, active_child=child
    )


def _tree(nodes: Mapping[str, dict[str, Any]]) -> tuple[list[Entry], dict[str, int], int]:
    """Walk from the roots down; what has no words is passed over, and what answers it moves up."""
    entries: list[Entry] = []
    keys: dict[str, int] = {}  # of a node: the message that it is, or the nearest one above
    skipped = 0
    waiting = [(name, 0) for name, node in nodes.items() if text(node.get("parent")) not in nodes]
    for name, parent in waiting:  # grows while it is walked, so parents come before children
        if name in keys:
            continue
        node = nodes[name]
        message = mapping(node.get("message"))
        words = _words(message)
        if words:
            key = len(entries) + 1
            at = dates.milliseconds(message.get("create_time"))
            entries.append(Entry(key, parent, _role(message), "", words, at))
        else:
            key = parent
            skipped += bool(message) and _role(message) is not Role.SYSTEM
        keys[name] = key
        waiting += [(child, key) for child in texts(node.get("children")) if child in nodes]
    return entries, keys, skipped


def _role(message: Mapping[str, Any]) -> Role:
    named = text(mapping(message.get("author")).get("role"))
    return Role(named) if named in tuple(Role) else Role.TOOL


def _words(message: Mapping[str, Any]) -> str:
    """Give what a person sees of a message; nothing of what the model says to its tools."""
    content = mapping(message.get("content"))
    hidden = mapping(message.get("metadata")).get("is_visually_hidden_from_conversation") is True
    if message.get("recipient", "all") not in ("all", None) or hidden:
        return ""
    parts = [
        part if isinstance(part, str) else text(mapping(part).get("text"))
        for part in items(content.get("parts"))
    ]
    return "\n".join(part for part in parts if part.strip()) or text(content.get("text")).strip()


def _path(nodes: Mapping[str, dict[str, Any]], leaf: str, keys: Mapping[str, int]) -> list[int]:
    path: list[int] = []
    seen = set()
    while leaf in nodes and leaf not in seen:
        seen.add(leaf)
        key = keys.get(leaf, 0)
        if key and (not path or path[-1] != key):
            path.append(key)
        leaf = text(nodes[leaf].get("parent"))
    return path[::-1]


def _notes(nodes: Mapping[str, dict[str, Any]], skipped: int) -> Iterator[Note]:
    if skipped:
        yield Note(NoteKind.LEFT_OUT, str(skipped))
    contents = [mapping(mapping(node.get("message")).get("content")) for node in nodes.values()]
    attached = sum(
        any(isinstance(part, dict) for part in items(content.get("parts"))) for content in contents
    )
    if attached:
        yield Note(NoteKind.ATTACHMENTS, str(attached))


# ---- Claude ---------------------------------------------------------------------------------------


def claude(chat: Mapping[str, Any], source: str) -> Draft | None:
    """Read one conversation of Claude; nothing where it is none."""
    if "chat_messages" not in chat:
        return None
    growth = Growth(CLAUDE)
    skipped = attached = 0
    for said in dicts(chat.get("chat_messages")):
        attached += bool(items(said.get("attachments")) or items(said.get("files")))
        parts = [text(part.get("text")) for part in dicts(said.get("content")) if part.get("type") == "text"]
        words = "\n\n".join(filter(str.strip, parts)) or text(said.get("text"))
        if not words.strip():
            skipped += 1
            continue
        role = Role.USER if said.get("sender") == "human" else Role.ASSISTANT
        growth.say(role, "", Version(words, dates.milliseconds(said.get("created_at"))))
    told = ((NoteKind.LEFT_OUT, skipped), (NoteKind.ATTACHMENTS, attached))
    title = text(chat.get("name")) or PurePath(source).stem
    head = growth.head(title, dates.milliseconds(chat.get("created_at")))
    notes = tuple(Note(kind, str(count)) for kind, count in told if count)
    return Draft(CLAUDE, head, tuple(growth.entries), persona="Claude", notes=notes)


# ---- ShareGPT -------------------------------------------------------------------------------------


def sharegpt(chat: Mapping[str, Any], source: str) -> Draft | None:
    """Read one conversation in the form of ShareGPT, or of OpenAI's messages; nothing where it is none."""
    said = dicts(chat.get("conversations")) or dicts(chat.get("messages")) or dicts(chat.get("items"))
    if not said or not any(("from" in each and "value" in each) or "role" in each for each in said):
        return None
    growth = Growth(SHAREGPT)
    for each in said:
        named = text(each.get("from")) or text(each.get("role"))
        words = _content(each.get("value", each.get("content")))
        if words.strip():
            growth.say(_SHARE_ROLES.get(named.casefold(), Role.ASSISTANT), "", Version(words))
    stem = PurePath(source).stem
    title = text(chat.get("title")) or text(chat.get("id")) or stem
    kept = {key: value for key, value in chat.items() if not isinstance(value, list)}
    head = growth.head(title, extra=kept if len(json.dumps(kept)) < 100_000 else None)
    notes = (Note(NoteKind.NO_DATES),)
    return Draft(SHAREGPT, head, tuple(growth.entries), persona=_ASSISTANT, notes=notes)


def _content(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(filter(None, (text(part.get("text")) for part in dicts(value))))
    return text(value)
