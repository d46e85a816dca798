"""Knows what a fuzz run starts from: small files of every form, which are then changed at random."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz.targets import CONTAINERS
from hermes_desktop.bench import tiny_gguf
from hermes_desktop.prompting import table

_FRONT = 8 * 1024  # bytes of a model's file that are worth changing
_DATA = {
    "name": "Mira",
    "description": "Keeps the lamp of {{user}}'s harbour.",
    "first_mes": "\u201cYou came,\u201d says {{char}}.",
    "mes_example": "<START>\n{{user}}: Hi\n{{char}}: Hello",
    "alternate_greetings": ["{{random:a,b}}", "{{roll:2d6+1}}"],
    "tags": ["sea"],
    "extensions": {"depth_prompt": {"prompt": "x", "depth": 4, "role": "system"}, "fav": False},
    "assets": [
        {"type": "icon", "uri": "embeded://assets/icon/images/main.png", "name": "main", "ext": "png"}
    ],
    "character_book": {
        "scan_depth": 4,
        "entries": [{"keys": ["lamp", "/l(a|o)mp/i"], "content": "It is old."}],
    },
}
_FLAT = {key: value for key, value in _DATA.items() if isinstance(value, str)}
_ENTRY = {
    "uid": 0, "key": ["lamp"], "keysecondary": ["sea"], "selectiveLogic": 1, "content": "@@depth 2\nold",
    "order": 100, "position": 4, "depth": 2, "role": 1, "probability": 50, "useProbability": True,
    "sticky": 2, "cooldown": 1, "delay": 1, "group": "a,b", "excludeRecursion": False,
}  # fmt: skip

CARDS: tuple[object, ...] = (
    {"spec": "chara_card_v2", "spec_version": "2.0", "data": _DATA},
    {"spec": "chara_card_v3", "spec_version": "3.0", "data": _DATA | {"nickname": "M"}},
    _FLAT,
    {"char_name": "Mira", "char_persona": "keeper", "char_greeting": "Hi", "example_dialogue": "You: Hi"},
    {"kind": "character", "name": "Mira", "greeting": "Hi", "scenario": "", "sampleChat": "",
     "persona": {"kind": "wpp", "attributes": {"mood": ["dry", "calm"]}}},
    {"character": {"aiName": "Mira", "aiPersona": "{character}", "firstMessage": "Hi",
     "loreItems": [{"key": "lamp", "value": "old"}]}, "version": 4},
    {"spec": "tavern_ai", "spec_version": "1.0", **_FLAT},
)  # fmt: skip
BOOKS: tuple[object, ...] = (
    {"entries": {"0": _ENTRY}, "name": "Harbour"},
    {"spec": "lorebook_v3", "data": _DATA["character_book"]},
    {
        "lorebookVersion": 4,
        "entries": [{"keys": ["lamp"], "text": "old", "contextConfig": {"budgetPriority": 4}}],
    },
    {"kind": "memory", "entries": [{"keywords": ["lamp"], "entry": "old", "weight": 2, "priority": 1}]},
    {"type": "risu", "ver": 1, "data": [{"key": "lamp, sea", "content": "old", "mode": "normal"}]},
)
PROFILES: tuple[object, ...] = (
    {"spec": "hermes_desktop_profiles", "profiles": [{"name": "Sam", "description": "Mends clocks."}]},
    {"personas": {"a.png": "Sam"}, "persona_descriptions": {"a.png": {"description": "x", "position": 0}}},
    {"type": "risuPersona", "name": "Sam", "personaPrompt": "x", "note": ""},
    {"name": "Sam", "user_bio": "Mends clocks."},
)
TAVERN: tuple[object, ...] = (
    {"user_name": "Sam", "character_name": "Mira", "chat_metadata": {"note_prompt": "brief"}},
    {"name": "Mira", "is_user": False, "send_date": "June 19, 2023 2:20pm", "mes": "b", "swipes": ["a", "b"],
     "swipe_id": 1, "swipe_info": [{"send_date": "2024-7-12@01h31m37s"}], "extra": {"type": "narrator"}},
    {"name": "Sam", "is_user": True, "send_date": 1687184400123, "mes": "Hi {{char}}"},
)  # fmt: skip
_TALK = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Hi"]}, "create_time": 1.5}
CHATS: tuple[object, ...] = (
    [{"title": "t", "current_node": "b", "mapping": {"a": {"parent": None, "children": ["b"]},
      "b": {"parent": "a", "children": [], "message": _TALK}}}],
    [{"name": "t", "chat_messages": [{"sender": "human", "text": "Hi", "created_at": "2024-05-01"}]}],
    [{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes"}]}],
    {"savedsettings": {"chatname": "Sam", "chatopponent": "Mira"}, "prompt": "Mira: a", "actions": ["Sam:"]},
    {"internal": [["<|BEGIN-VISIBLE-CHAT|>", "a"], ["b", "c"]], "visible": [],
     "metadata": {"assistant_1": {"versions": [{"content": "d"}], "current_version_index": 0}}},
    {"name": "Mira", "messages": [{"msg": "a", "userId": "u", "retries": ["b"]}]},
    {"type": "risuChat", "data": {"message": [{"role": "char", "data": "a", "swipes": ["b"]}], "fmIndex": 0}},
    {"histories": {"histories": [{"msgs": [{"src": {"is_human": True}, "text": "a"}]}]}},
    {"format": "hermes-desktop-transcript", "version": 1,
     "conversation": {"persona": 1, "profile": 1, "first": 1, "tip": 1},
     "personas": [{"versions": [{"key": 1, "number": 1, "fields": {"name": "Mira"}, "card": {}}]}],
     "profiles": [{"versions": [{"key": 1, "number": 1, "name": "Sam"}]}], "pictures": [],
     "messages": [{"key": 1, "parent": 0, "role": "user", "text": "Hi", "active_child": 2, "generation": {}},
                  {"key": 2, "parent": 1, "role": "assistant", "text": "Yes"}]},
)  # fmt: skip
_YAML = b"name: Mira\ngreeting: |-\n  Hi\n  there\ncontext: >\n  The keeper.\n"


def write(folder: Path, target: str) -> None:
    """Write the seeds of a target into a folder, one file each."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(_of(target)):
        (folder / f"seed-{number}").write_bytes(data)


def _of(target: str) -> Iterator[bytes]:
    if target == "profile":
        yield from map(_written, PROFILES)
    elif target in ("book", "lore"):
        yield from map(_written, BOOKS)
    elif target == "chat":
        yield from map(_written, CHATS)
        yield b"\n".join(map(_written, TAVERN))
        yield b"Mira: Hi.\nYou: Hello\nMira: Yes?\n"
        yield CONTAINERS[3](_written(CHATS[0]))
    elif target == "macros":
        yield from (
            f"{{{{{name}::a::{{{{user}}}}}}}} <USER> {{{{// b}}}}".encode()
            for name in (*table.ALONE, *table.WITH_ARGUMENTS)
        )
    elif target == "model":
        with TemporaryDirectory() as folder:
            made = Path(folder) / "seed.gguf"
            tiny_gguf.write(made)
            yield made.read_bytes()[:_FRONT]
    elif target == "wrapped":
        yield from (
            bytes([place]) + _written(document) for document in CARDS for place in range(len(CONTAINERS))
        )
    else:
        yield from (*map(_written, CARDS), _YAML)
        yield from (put(_written(document)) for document in CARDS[:2] for put in CONTAINERS)


def _written(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()
