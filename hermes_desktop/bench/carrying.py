"""Knows what it takes to carry a long conversation out and back, and whether odd ones come back unchanged."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from hermes_desktop.app.arriving import Company, settle
from hermes_desktop.bench.bombs import memory_mb
from hermes_desktop.domain.conversation import (
    FiredLore,
    GenerationRecord,
    MessageState,
    PromptOrder,
    Role,
    StopReason,
)
from hermes_desktop.domain.history import Entry, History, MemoryState
from hermes_desktop.domain.memory import MemoryKind
from hermes_desktop.domain.persona import PersonaFields
from hermes_desktop.storage import arrivals, histories, personas, profiles
from hermes_desktop.storage.arrivals import Cast
from hermes_desktop.storage.database import Database, Session
from hermes_desktop.transcripts import native_writer, reader

MESSAGES = 100_000
HISTORIES = 1_000
_WORDS = "The lamp at the harbour burned low, and nobody came to look for the keeper of the ledger. "
_ODD = (
    "",
    " ",
    "😀👩‍👩‍👧",
    "اهلا وسهلا",
    "\u202eabc",
    "half \ud83d",
    "\ude00",
    "nul\x00",
    "\r\n\t",
    "{{user}}",
    "<|im_end|>",
    "é" * 300,
)
RECORD = GenerationRecord(
    model_sha256="a" * 64,
    model_name="m",
    quantisation="Q4_K_M",
    template_hash="t",
    build="b",
    devices=("cpu",),
    threads=2,
    context=8192,
    kv_type="f16",
    sampling="{}",
    seed=7,
    persona_version_id=1,
    profile_version_id=1,
    memory_line_id=None,
    late_block="late",
    schedule=(3, 4),
    exact=True,
    prompt_tokens=7,
    kept_tokens=0,
    shifted_tokens=0,
    evaluated_tokens=7,
    generated_tokens=2,
    first_token_ms=1.5,
    tokens_per_second=2.5,
    stop_reason=StopReason.END,
    tokens=tuple(range(40)),
    tokenizer_hash="k",
    lore=(FiredLore("Harbour", "The lamp", "persona", "constant", ""),),
    recipe="eJyrVipJLFayUoiOjdVRKihKzc0vSY0vTixITVWyUoJI1AIAyyUMRw==",
    recalled=(1, 3),
)


@dataclass(frozen=True, slots=True)
class Carried:
    """What 100,000 messages took."""

    out_s: float
    out_mb: float  # memory of the process that writes, at its worst
    in_s: float
    in_mb: float


def carry(folder: Path) -> Carried:
    """Write a conversation of 100,000 messages, half of them with records, and bring it into fresh data."""
    for name in ("here", "there"):
        (folder / name).mkdir()
    opened = Database.open(folder / "here")
    with opened.session() as session:
        _begin(session, _long(MESSAGES))
    opened.close()
    out = _apart("out", folder)
    back = _apart("back", folder)
    return Carried(out["seconds"], out["megabytes"], back["seconds"], back["megabytes"])


def _apart(act: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "hermes_desktop.bench.carrying", act, str(folder)],
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _act(act: str, folder: Path) -> None:
    """Do one way in this process, which was started for it."""
    began = time.perf_counter()
    file = folder / "long.json"
    if act == "out":
        opened = Database.open(folder / "here", read_only=True)
        with opened.session() as session, file.open("wb") as target:
            head, _count, entries = histories.read(session, 1)
            for piece in native_writer.write(head, entries):
                target.write(piece)
    else:
        opened = Database.open(folder / "there")
        (draft,) = reader.read(file.read_bytes(), file.name).drafts
        with opened.session() as session:
            settle(session, draft, Company(0))
    opened.close()
    taken = {"seconds": time.perf_counter() - began, "megabytes": memory_mb("VmHWM")}
    sys.stdout.write(json.dumps(taken))


def differing(folder: Path, count: int = HISTORIES) -> int:
    """Carry odd conversations out and back; give the number of those that came back otherwise."""
    opened = []
    for name in ("here", "there"):
        (folder / name).mkdir()
        opened.append(Database.open(folder / name))
    chance = random.Random(11)
    wrong = 0
    with opened[0].session() as here, opened[1].session() as there:
        for number in range(count):
            made = _begin(here, _odd(chance, number), chance)
            head, _count, entries = histories.read(here, made)
            data = b"".join(native_writer.write(head, entries))
            (draft,) = reader.read(data, f"{number}.json").drafts
            came = settle(there, draft, Company(0)).conversation_id
            wrong += arrivals.dump_one(here, made) != arrivals.dump_one(there, came)
    for each in opened:
        each.close()
    return wrong


# ---- conversations --------------------------------------------------------------------------------


def _begin(session: Session, entries: list[Entry], chance: random.Random | None = None) -> int:
    """Put a conversation there, with a chance to be odd in every way that one can be."""
    found = personas.all(session)
    ada = (
        found[0] if found else personas.add(session, PersonaFields("Ada"), spec="own", card='{"name": "Ada"}')
    )
    me = profiles.default(session)
    cast = Cast(ada.id, ada.version_id, me.version_id, {1: ada.version_id}, {1: me.version_id})
    head = History("Long", 5, 6, 4, first=1, tip=len(entries), memories=_memories(len(entries)))
    if chance is not None:
        head = _set_up(head, entries, chance)
    return arrivals.add(session, head, entries, cast)


def _set_up(head: History, entries: list[Entry], chance: random.Random) -> History:
    def key() -> int:
        return chance.randint(0, len(entries))

    return replace(
        head,
        title=chance.choice(_ODD),
        created_at=chance.randint(0, 2**41),
        first=next((entry.key for entry in entries if not entry.parent), 0),
        tip=key(),
        memory_line=key(),
        view=key(),
        view_offset=chance.randint(-9, 9),
        favourite=chance.random() < 0.5,
        deleted_at=chance.choice([None, 7]),
        draft=chance.choice(_ODD),
        authors_note=chance.choice(_ODD),
        note_depth=chance.randint(0, 9),
        prompt_order=chance.choice(list(PromptOrder)),
        preset=chance.choice(_ODD),
        extra=chance.choice(["", '{"sillytavern": {"header": {"user_name": "\\ud83d"}}}']),
        variables=chance.choice([{}, {chance.choice(_ODD): chance.choice(_ODD)}]),
        memories=tuple(_odd_memory(len(entries), chance) for _ in range(chance.randint(0, 9))),
    )


def _memories(count: int) -> tuple[MemoryState, ...]:
    """Remember of a long conversation a summary, a pin and a fact for every forty messages."""
    found: list[MemoryState] = []
    for last in range(40, count + 1, 40):
        found += (
            MemoryState(MemoryKind.SUMMARY, last - 39, last, text=_WORDS * 5, created_at=last),
            MemoryState(MemoryKind.PIN, last, last, by_hand=True, created_at=last),
            MemoryState(MemoryKind.FACT, 1, last, "Jonas", "is afraid of ghosts", created_at=last),
        )
    return tuple(found)


def _odd_memory(messages: int, chance: random.Random) -> MemoryState:
    """Remember something of any row of messages, also one that leads to another branch, or everywhere."""
    message = chance.randint(0, messages)
    return MemoryState(
        chance.choice([*MemoryKind, "of a newer version"]),
        chance.randint(0, messages),
        message,
        chance.choice(_ODD),
        chance.choice(_ODD),
        chance.random() < 0.5,
        chance.randint(0, 2**41),
        chance.choice([None, None, 0, 9]),
        chance.choice(["", '{"hermes-desktop": {"later": ["\\ud83d"]}}', '{"agnai": 1}']),
    )


def _long(count: int) -> list[Entry]:
    return [
        Entry(
            key,
            key - 1,
            Role.ASSISTANT if key % 2 else Role.USER,
            "Ada" if key % 2 else "Jonas",
            _WORDS * (1 + key % 3),
            1_700_000_000_000 + key,
            active_child=key + 1 if key < count else 0,
            record=RECORD if key % 2 else None,
        )
        for key in range(1, count + 1)
    ]


def _odd(chance: random.Random, number: int) -> list[Entry]:
    """Make a tree of up to 60 messages; each hundredth has a message of 200,000 letters."""
    entries = [_odd_one(key, chance) for key in range(1, chance.randint(1, 60) + 1)]
    if number % 100 == 0:
        entries[0] = replace(entries[0], text=_WORDS * 2_000)
    children: dict[int, list[int]] = {}
    for entry in entries:
        children.setdefault(entry.parent, []).append(entry.key)
    return [replace(entry, active_child=_one_of(children.get(entry.key), chance)) for entry in entries]


def _one_of(children: list[int] | None, chance: random.Random) -> int:
    return chance.choice([0, *children]) if children else 0


def _odd_one(key: int, chance: random.Random) -> Entry:
    made = replace(
        RECORD,
        memory_line_id=chance.choice([None, key]),
        seed=chance.getrandbits(32),
        recalled=chance.choice([(), (key,)]),
    )
    return Entry(
        key,
        chance.randint(max(0, key - 4), key - 1),
        chance.choice(list(Role)),
        chance.choice(_ODD),
        "".join(chance.choices(_ODD, k=chance.randint(0, 6))),
        chance.randint(0, 2**41),
        chance.choice([MessageState.COMPLETE, MessageState.STOPPED, MessageState.INTERRUPTED]),
        chance.choice([None, *StopReason]),
        deleted_at=chance.choice([None, None, 9]),
        record=made if chance.random() < 0.3 else None,
        extra=chance.choice(["", "", '{"agnai": {"a": [1, 0.5, null]}}']),
        variables=chance.choice([None, None, {}, {chance.choice(_ODD): chance.choice(_ODD)}]),
    )


def figures(folder: Path) -> Iterator[tuple[str, float, float, str]]:
    """Give what is promised of all this: name, measure, bound, unit."""
    (folder / "long").mkdir()
    (folder / "odd").mkdir()
    carried = carry(folder / "long")
    yield f"writing {MESSAGES:,} messages without loss", carried.out_s, 5, "s"
    yield "memory for that", carried.out_mb, 300, "MB"
    yield "bringing them back", carried.in_s, 60, "s"
    yield "memory for that, all of it read", carried.in_mb, 2000, "MB"
    told = f"of {HISTORIES:,} odd conversations, those that came back otherwise"
    yield told, differing(folder / "odd"), 0, "conversations"


if __name__ == "__main__":
    if sys.argv[1] == "odd":
        sys.stdout.write(f"{differing(Path(sys.argv[2]))}\n")
    else:
        _act(sys.argv[1], Path(sys.argv[2]))
