"""Knows how to render a chat template that nobody trusts, within 1 s and 1 MB; not what its text means.

The contents of the turns never go through the template: marks stand in for them, and the text between the
marks is what the template adds. So a template cannot act on what a person wrote, and special tokens in a
person's text stay text.
"""

import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hermes_desktop.domain.errors import ErrorKind, KnownError

SECONDS = 1.0
LETTERS = 1024 * 1024
_DATE = "26 Jul 2024"  # of `strftime_now`: a prompt that changes with the clock would never be cached

# A private-use letter on both sides of a number; the spaces show whether the template trims.
_MARK = re.compile("( ?)\ue0f0(\\d+)\ue0f1( ?)")

# Filters whose result can be far larger than what went in, or that no chat template needs.
_NO_FILTERS = (
    "attr center filesizeformat forceescape format groupby pprint random slice batch sum truncate urlencode"
    " urlize wordwrap xmlattr"
)
_STRING_METHODS = """
capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit islower isnumeric
isspace istitle isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex rpartition
rsplit rstrip split splitlines startswith strip swapcase title upper
"""
_SAFE_METHODS = frozenset(_STRING_METHODS.split())


class _TooMuchError(Exception):
    """Say that a limit was reached."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What a template writes before one turn's content, and whether it trims the content."""

    turn: int
    before: str
    trims: bool


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A rendered chat without its contents, in the order in which the template shows them."""

    slots: tuple[Slot, ...]
    end: str  # after the last content: what closes it, and the beginning of the reply


def writes_bos(template: str) -> bool:
    """Say whether a template begins every chat with the BOS token; raises KnownError ENGINE_TEMPLATE."""
    return render(template, [{"role": "user", "content": "Hi"}], bos="\ue0f2").startswith("\ue0f2")


def skeleton(template: str, roles: Sequence[str], *, bos: str, eos: str) -> Skeleton:
    """Render a chat of these roles, marks for contents; raises KnownError ENGINE_TEMPLATE.

    That is also raised when the template leaves a turn out or writes one twice.
    """
    messages = [{"role": role, "content": f" \ue0f0{at}\ue0f1 "} for at, role in enumerate(roles)]
    text = render(template, messages, bos=bos, eos=eos)
    slots: list[Slot] = []
    end = 0
    for mark in _MARK.finditer(text):
        slots.append(Slot(int(mark[2]), text[end : mark.start()], trims=not mark[1]))
        end = mark.end()
    if sorted(slot.turn for slot in slots) != list(range(len(roles))):
        raise KnownError(ErrorKind.ENGINE_TEMPLATE, detail="the template leaves messages out")
    return Skeleton(tuple(slots), text[end:])


def render(template: str, messages: Sequence[dict[str, str]], *, bos: str = "", eos: str = "") -> str:
    """Render a chat up to the beginning of the reply; raises KnownError ENGINE_TEMPLATE."""
    try:
        if len(template) > LETTERS:
            raise _TooMuchError("template too large")
        with _Deadline(SECONDS):
            return _render(template, messages, bos, eos)
    except (_TooMuchError, jinja2.TemplateError, ArithmeticError, LookupError, MemoryError) as error:
        raise _refused(error) from error
    except (AttributeError, TypeError, ValueError, RecursionError, SyntaxError) as error:
        raise _refused(error) from error


def _refused(error: BaseException) -> KnownError:
    return KnownError(ErrorKind.ENGINE_TEMPLATE, detail=f"{type(error).__name__}: {error}"[:300])


def _render(template: str, messages: Sequence[dict[str, str]], bos: str, eos: str) -> str:
    pieces: list[str] = []
    length = 0
    values = {"messages": list(messages), "add_generation_prompt": True, "bos_token": bos, "eos_token": eos}
    for piece in _environment().from_string(template).generate(values):
        length += len(piece)
        if length > LETTERS:
            raise _TooMuchError("output too large")
        pieces.append(piece)
    return "".join(pieces)


class _Deadline:
    """Stop Python code of this thread that runs for too long, between any two of its lines.

    A trace function, since a thread or a signal could strike after the rendering is over.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._before: Any = None

    def __enter__(self) -> None:
        self._before = sys.gettrace()
        sys.settrace(self._trace)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _trace(self, _frame: FrameType, _event: str, _argument: object) -> Any:
        if time.monotonic() > self._end:
            raise _TooMuchError("took too long")
        return self._trace


# ---- the sandbox: nothing may grow past LETTERS in one step ---------------------------------------


def _weight(values: Iterable[Any]) -> int:
    """Estimate the letters that values take when they are written out; a thing counts each time it occurs."""
    total = 0
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value)
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            waiting += value
        elif isinstance(value, int):
            total += value.bit_length() // 3
        total += 1
        if total + len(waiting) > 4 * LETTERS:
            raise _TooMuchError("value too large")
    return total


def _capped(letters: int) -> None:
    if letters > LETTERS:
        raise _TooMuchError("value too large")


def _join(separator: str, items: Iterable[Any]) -> list[Any]:
    found = list(items)
    _capped(_weight(found) + len(separator) * len(found))
    return found


def _check_replace(text: str, old: str, new: str) -> None:
    _capped(len(text) + (text.count(old) if old else len(text) + 1) * len(new))


class _Generator(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # jinja2 names it so
        self.write("environment.concat_values((")
        for argument in node.nodes:
            self.visit(argument, frame)
            self.write(", ")
        self.write("))")


class _Sandbox(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str) and attr not in _SAFE_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:
        """Let `format` be judged like every other method: its widths make gigabytes."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise _TooMuchError(f"operator {operator}")
        weight = _weight((left, right))
        if operator == "*" and isinstance(left, int) != isinstance(right, int):
            number = left if isinstance(left, int) else right
            weight *= max(abs(number), 1) if isinstance(number, int) else 1
        _capped(weight)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        _capped(_weight((*args, *kwargs.values())))
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str) and name == "replace" and len(args) > 1:
            _check_replace(owner, *args[:2])
        if isinstance(owner, str) and name == "join" and args:
            args = (_join(owner, args[0]),)
        return super().call(__context, __obj, *args, **kwargs)

    def concat_values(self, values: Sequence[Any]) -> str:
        """Stand behind the operator `~`."""
        _capped(_weight(values))
        return "".join(map(str, values))


def _concat(pieces: Iterable[str]) -> str:
    found = list(pieces)
    _capped(_weight(found))
    return "".join(found)


def _weighed(filter_: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        _weight((*args, *kwargs.values()))
        return filter_(*args, **kwargs)

    if hasattr(filter_, "jinja_pass_arg"):  # some filters want the environment or the context first
        run.jinja_pass_arg = filter_.jinja_pass_arg  # type: ignore[attr-defined]  # jinja2 marks functions so
    return run


def _join_filter(value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    if attribute is not None:
        raise _TooMuchError("join with an attribute")
    return str(d).join(map(str, _join(str(d), value)))


def _replace_filter(value: Any, old: str, new: str, count: int = -1) -> str:
    _check_replace(str(value), old, new)
    return str(value).replace(old, new, count)


def _indent_filter(value: Any, width: int = 4, first: bool = False) -> str:
    text = str(value)
    _capped(len(text) + width * (text.count("\n") + 1))
    padding = " " * width
    return (padding if first else "") + text.replace("\n", f"\n{padding}")


def _raise(message: str = "") -> None:
    raise jinja2.TemplateError(str(message))


def _finalize(value: Any) -> Any:
    if not isinstance(value, str):
        _capped(_weight((value,)))
    return value


def _environment() -> _Sandbox:
    # The settings that Hugging Face's transformers renders chat templates with.
    environment = _Sandbox(
        trim_blocks=True, lstrip_blocks=True, finalize=_finalize, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.concat = _concat  # type: ignore[method-assign]  # how jinja2 lets one replace it
    for name in _NO_FILTERS.split():
        environment.filters.pop(name, None)
    environment.filters = {name: _weighed(filter_) for name, filter_ in environment.filters.items()}
    environment.filters |= {"join": _join_filter, "replace": _replace_filter, "indent": _indent_filter}
    environment.globals = {
        "range": environment.globals["range"],
        "namespace": environment.globals["namespace"],
    }
    environment.globals |= {"raise_exception": _raise, "strftime_now": lambda _form: _DATE}
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    return environment
