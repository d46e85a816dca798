"""Knows by a first look whether a file that was dropped holds conversations or a card; reads neither."""

import re
from pathlib import Path

from hermes_desktop.app import tavern_folder

_LOOK = 64 * 1024  # bytes at either end
_ENDS = (".jsonl", ".txt")
_MARKS = re.compile(
    rb'"(?:mapping|chat_messages|savedsettings|gamestarted|histories|internal|data_visible|mes|conversations|'
    rb'messages|user_name|character_name)"\s*:|"(?:risuChat|risuAllChats|hermes-desktop-transcript)"'
)
_CARD = re.compile(rb'"spec"\s*:\s*"(?:chara_card|lorebook)')
_LISTED = (b"conversations.json", b"archive.json")


def is_chat(path: Path) -> bool:
    """Say whether a file or folder is most likely one with conversations and no card."""
    if path.is_dir():
        return tavern_folder.is_one(path)
    if path.suffix.lower() in _ENDS:
        return True
    try:
        if not path.is_file():
            return False
        with path.open("rb") as opened:
            start = opened.read(_LOOK)
            opened.seek(max(path.stat().st_size - _LOOK, 0))
            end = opened.read(_LOOK)
    except OSError:
        return False
    if start.startswith(b"PK"):
        return any(name in end for name in _LISTED)
    bare = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return bare[:1] in (b"{", b"[") and bool(_MARKS.search(start)) and not _CARD.search(start)
