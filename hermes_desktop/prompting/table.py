"""Knows every macro by name and what it stands for; not how macros are found in a text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hermes_desktop.domain.variables import Notes
from hermes_desktop.prompting import chance, clock
from hermes_desktop.prompting.parsing import Part, items, joined, split, stripped
from hermes_desktop.prompting.surroundings import Names, Slate

_NUMBER_LETTERS = 15  # longer ones are text: they would not be exact


@dataclass(frozen=True, slots=True)
class Call:
    """One macro in its place."""

    name: str
    rest: tuple[Part, ...]  # what follows its name; nothing where it stands alone
    names: Names
    slate: Slate
    place: str  # names its text and the offset in it
    field: Callable[[str, str], str | None]  # expands a field of the card that has a name

    @property
    def text(self) -> str:
        """Give what follows the name as one text."""
        return joined(stripped(self.rest))


Meaning = Callable[[Call], str | None]  # None: it stays as it is written


def _field(read: Callable[[Names], str | None]) -> Meaning:
    def expanded(call: Call) -> str | None:
        text = read(call.names)
        return None if text is None else call.field(call.name, text.strip())

    return expanded


def _card(name: str) -> Meaning:
    return _field(lambda names: None if names.card is None else str(getattr(names.card, name)))


def _time(word: Callable[..., str], *more: str) -> Meaning:
    return lambda call: None if call.names.at is None else word(call.names.at, *more)


def _time_there(call: Call) -> str | None:
    there = None if call.names.at is None else clock.at_offset(call.names.at, call.text)
    return None if there is None else clock.short_time(there)


def _format(call: Call) -> str | None:
    return None if call.names.at is None else clock.formatted(call.names.at, call.text)


# ---- chance ----------------------------------------------------------------------------------------


def _steady_seed(call: Call) -> str:
    return f"{call.names.seed}\n{call.place}"


def _seed(call: Call) -> str:
    """Give a new seed each time, where something new may stand at each evaluation."""
    if not call.names.dice:
        return f"{_steady_seed(call)}\n{call.name}"
    return f"{call.names.dice}\n{call.slate.next_draw()}"


def _pick(call: Call) -> str:
    return chance.choice(items(call.rest), _steady_seed(call))


def _random(call: Call) -> str:
    return chance.choice(items(call.rest), _seed(call))


def _roll(call: Call) -> str:
    return chance.throw(call.text, _seed(call))


# ---- variables -------------------------------------------------------------------------------------


def _variables(scope: str, notes: Callable[[Slate], Notes]) -> dict[str, Meaning]:
    """Make the macros of one kind of variable."""

    def named(call: Call) -> tuple[str, str]:
        name, *value = split(call.rest, "::", 2)
        return joined(stripped(name)), joined(stripped(value[0] if value else []))

    def kept(call: Call, name: str, value: str) -> bool:
        return call.slate.note(notes(call.slate), name, value)

    def value_of(call: Call, name: str) -> str:
        return notes(call.slate).values.get(name, "")

    def read(call: Call) -> str:
        return value_of(call, named(call)[0])

    def write(call: Call) -> str | None:
        return "" if kept(call, *named(call)) else None

    def add(call: Call) -> str | None:
        name, more = named(call)
        return "" if kept(call, name, _sum(value_of(call, name), more)) else None

    def step(by: str) -> Meaning:
        def stepped(call: Call) -> str | None:
            name = named(call)[0]
            before = value_of(call, name)
            value = _sum(before if _number(before) is not None else "0", by)
            return value if kept(call, name, value) else None

        return stepped

    meanings = {"get": read, "set": write, "add": add, "inc": step("1"), "dec": step("-1")}
    return {f"{act}{scope}var": meaning for act, meaning in meanings.items()}


def _sum(one: str, other: str) -> str:
    """Add two numbers; join what is none."""
    before, more = _number(one or "0"), _number(other)
    return one + other if before is None or more is None else f"{before + more:.15g}"


def _number(text: str) -> float | None:
    if len(text) > _NUMBER_LETTERS or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None


# ---- lore ------------------------------------------------------------------------------------------


def _outlet(call: Call) -> str | None:
    """Put in the entries that stand where their name is called."""
    call.slate.outlets.add(call.text)
    texts = [text for name, text in call.names.outlets if name == call.text]
    return call.field(f"outlet {call.text}", "\n".join(texts))


# ---- the table -------------------------------------------------------------------------------------

ALONE: Mapping[str, Meaning] = MappingProxyType(
    {
        **dict.fromkeys(
            ("char", "bot", "group", "charifnotgroup", "groupnotmuted"), lambda call: call.names.char
        ),
        **dict.fromkeys(("user", "notchar"), lambda call: call.names.user),
        "description": _card("description"),
        "personality": _card("personality"),
        "scenario": _card("scenario"),
        "mesexamples": _card("example_dialogue"),
        "charversion": _card("character_version"),
        "persona": _field(lambda names: names.profile),
        "time": _time(clock.short_time),
        "date": _time(clock.long_date),
        "weekday": _time(clock.weekday),
        "isotime": _time(clock.formatted, "HH:mm"),
        "isodate": _time(clock.formatted, "YYYY-MM-DD"),
        **dict.fromkeys(("idle_duration", "idleduration"), lambda call: clock.pause(call.names.said.idle)),
        "newline": lambda _: "\n",
        "space": lambda _: " ",
        "noop": lambda _: "",
        "input": lambda call: call.names.said.draft,
        "lastmessage": lambda call: call.names.said.last,
        "lastusermessage": lambda call: call.names.said.last_user,
        "lastcharmessage": lambda call: call.names.said.last_char,
        "lastmessageid": lambda call: call.names.said.last_id,
    }
)
WITH_ARGUMENTS: Mapping[str, Meaning] = MappingProxyType(
    {
        "random": _random,
        "pick": _pick,
        "roll": _roll,
        "reverse": lambda call: call.text[::-1],
        "time": _time_there,
        "datetimeformat": _format,
        "banned": lambda _: "",
        "outlet": _outlet,
        **_variables("", lambda slate: slate.here),
        **_variables("global", lambda slate: slate.everywhere),
    }
)
# What changes from reply to reply; it stands still in the stable part of a prompt.
MOVING = frozenset(
    {
        *("time", "date", "weekday", "isotime", "isodate", "datetimeformat", "idle_duration", "idleduration"),
        *("input", "lastmessage", "lastusermessage", "lastcharmessage", "lastmessageid"),
    }
)


def is_known(name: str, *, alone: bool) -> bool:
    """Say whether a macro with this name means something, without arguments or with them."""
    return name in (ALONE if alone else WITH_ARGUMENTS) or (alone and name in ("trim", "original"))
