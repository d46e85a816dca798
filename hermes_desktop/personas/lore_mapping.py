"""Knows how one entry of a lorebook is said in the words of V3, in SillyTavern's, and by our own values."""

from collections.abc import Mapping
from typing import Any

from hermes_desktop.containers import json_guard
from hermes_desktop.domain.lore import Entry
from hermes_desktop.personas import coercion, lore_entry
from hermes_desktop.prompting.pattern import is_delimited

# V3's word, SillyTavern's, and what an entry is where nothing is said.
_PLAIN: tuple[tuple[str, str, Any], ...] = (
    ("keys", "key", []),
    ("secondary_keys", "keysecondary", []),
    ("comment", "comment", ""),
    ("content", "content", ""),
    ("constant", "constant", False),
    ("selective", "selective", False),
    ("insertion_order", "order", 100),
)
# The same for what a card keeps among the extensions of an entry.
_EXTENSIONS: tuple[tuple[str, str, Any], ...] = (
    ("vectorized", "vectorized", False),
    ("selectiveLogic", "selectiveLogic", 0),
    ("exclude_recursion", "excludeRecursion", False),
    ("prevent_recursion", "preventRecursion", False),
    ("delay_until_recursion", "delayUntilRecursion", False),
    ("probability", "probability", 100),
    ("useProbability", "useProbability", True),
    ("depth", "depth", 4),
    ("group", "group", ""),
    ("group_override", "groupOverride", False),
    ("group_weight", "groupWeight", 100),
    ("scan_depth", "scanDepth", None),
    ("case_sensitive", "caseSensitive", None),
    ("match_whole_words", "matchWholeWords", None),
    ("use_group_scoring", "useGroupScoring", None),
    ("automation_id", "automationId", ""),
    ("role", "role", None),
    ("sticky", "sticky", 0),
    ("cooldown", "cooldown", 0),
    ("delay", "delay", 0),
    ("ignore_budget", "ignoreBudget", False),
    ("outlet_name", "outletName", ""),
    ("triggers", "triggers", []),
    ("match_persona_description", "matchPersonaDescription", False),
    ("match_character_description", "matchCharacterDescription", False),
    ("match_character_personality", "matchCharacterPersonality", False),
    ("match_character_depth_prompt", "matchCharacterDepthPrompt", False),
    ("match_scenario", "matchScenario", False),
    ("match_creator_notes", "matchCreatorNotes", False),
    ("character_filter", "characterFilter", None),
    ("display_index", "displayIndex", None),
)


def to_world(entry: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Say an entry of V2 or V3 in SillyTavern's words; values stay as they are."""
    raw = entry.get("extensions")
    extensions = raw if isinstance(raw, dict) else {}
    uid = entry.get("id")
    own = isinstance(uid, int) and not isinstance(uid, bool) and uid >= 0
    made: dict[str, Any] = {"uid": uid if own else number}
    made |= {theirs: entry.get(ours, usual) for ours, theirs, usual in _PLAIN}
    for theirs in ("key", "keysecondary"):
        if not isinstance(made[theirs], list):
            made[theirs] = list(coercion.words(made[theirs]))
    made["comment"] = entry.get("comment") or entry.get("name") or ""
    made |= {theirs: extensions.get(ours, usual) for ours, theirs, usual in _EXTENSIONS}
    if made["caseSensitive"] is None and isinstance(entry.get("case_sensitive"), bool):
        made["caseSensitive"] = entry["case_sensitive"]
    made["addMemo"] = bool(made["comment"])
    made["position"] = _position(entry, extensions)
    made["disable"] = coercion.flag(entry.get("enabled")) is False
    if made["displayIndex"] is None:
        made["displayIndex"] = number
    if made["characterFilter"] is None:
        made["characterFilter"] = {"isExclude": False, "names": [], "tags": []}
    return made


def _position(entry: Mapping[str, Any], extensions: Mapping[str, Any]) -> Any:
    """Say where an entry goes; the number among the extensions says more than the word."""
    for value in (extensions.get("position"), entry.get("position")):
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    word = entry.get("position")
    return 0 if isinstance(word, str) and word.startswith("before") else 1


def to_v3(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say an entry of a world info in the words of V3; what it does not mention stays unsaid."""
    made: dict[str, Any] = {"id": entry["uid"]} if "uid" in entry else {}
    made |= {ours: entry[theirs] for ours, theirs, _ in _PLAIN if theirs in entry}
    made.setdefault("insertion_order", 100)
    made["enabled"] = coercion.flag(entry.get("disable")) is not True
    made["position"] = "before_char" if entry.get("position", 0) in (0, "0") else "after_char"
    made["use_regex"] = any(is_delimited(word) for word in coercion.words(entry.get("key")))
    extensions = {ours: entry[theirs] for ours, theirs, _ in _EXTENSIONS if theirs in entry}
    extensions["position"] = entry.get("position", 0)
    return made | {"extensions": extensions}


def from_domain(entry: Entry) -> dict[str, Any]:
    """Say an entry as it was understood here in the words of V3."""
    made: dict[str, Any] = {
        "keys": list(entry.keys),
        "content": entry.content,
        "enabled": entry.enabled,
        "insertion_order": _number(entry.order),
        "constant": entry.constant,
        "selective": bool(entry.secondary_keys),
        "secondary_keys": list(entry.secondary_keys),
        "use_regex": any(is_delimited(word) for word in entry.keys),
        "position": "before_char" if lore_entry.number_of(entry.position) == 0 else "after_char",
    }
    texts = {"name": entry.name, "comment": entry.comment, "id": entry.uid}
    made |= {key: value for key, value in texts.items() if value}
    if entry.priority is not None:
        made["priority"] = _number(entry.priority)
    extensions: dict[str, Any] = {
        "position": lore_entry.number_of(entry.position),
        "probability": _number(entry.probability),
        "useProbability": entry.probability < 100,
    }
    numbers = {"scan_depth": entry.scan_depth, "case_sensitive": entry.case_sensitive}
    extensions |= {key: value for key, value in numbers.items() if value is not None}
    return made | {"extensions": extensions}


def merged(came: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Put into what came the differences between before and now, and nothing else."""
    made = dict(came)
    for key in before.keys() - now.keys():
        made.pop(key, None)
    for key, value in now.items():
        if key in before and same(before[key], value):
            continue
        if isinstance(before.get(key), dict) and isinstance(value, dict):
            inner = came.get(key)
            made[key] = merged(inner if isinstance(inner, dict) else {}, before[key], value)
        else:
            made[key] = value
    return made


def same(one: object, other: object) -> bool:
    """Compare as JSON does, to which 0, 0.0 and false are different things."""
    return json_guard.text_of(one) == json_guard.text_of(other)


def _number(value: float) -> int | float:
    """Write a whole number without a point."""
    return int(value) if value == int(value) else value
