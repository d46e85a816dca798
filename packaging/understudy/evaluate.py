"""Measures the Understudy: greedy, through the app's own engine, on cases that training never saw.

Run as `python -m understudy.evaluate`. Names, values, tools and a third of the phrasings are held out.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from hermes_desktop.domain.conversation import StopReason
from hermes_desktop.domain.model_file import KvType, LoadOptions
from hermes_desktop.domain.sampling import Sampling
from hermes_desktop.engine import protocol
from hermes_desktop.engine.backend import Ticket
from hermes_desktop.engine.session import Session
from hermes_desktop.prompting import tasks as wording
from understudy import corpus, tasks, tools
from understudy.draw import Draw
from understudy.manners import MANNERS
from understudy.story import Case
from understudy.talk import GERMAN_WORDS

CASES = 500
STOPS, FIRST_TOKEN_MS, SPEED = 98.0, 100.0, 300.0  # percent at least, median at most, tokens/s at least
LIMIT = 120  # tokens in which a reply has to end by itself
_GREEDY = Sampling(temperature=0.0, top_p=1.0, min_p=0.0, repeat_penalty=1.0, seed=1, max_tokens=LIMIT)
Test = Callable[[Case, str], bool]


@dataclass(frozen=True)
class Skill:
    """A row of the table: where its cases come from, how a reply is marked, and the bounds."""

    name: str
    make: Callable[[Draw], Case]
    test: Test
    must: float  # percent; 0: reported
    aim: float
    limit: int = LIMIT


def has_wanted(case: Case, reply: str) -> bool:
    """The value stands in the reply, whole and in its own letters."""
    return all(_stands_in(value, reply) for value in case.wanted)


def _stands_in(value: str, reply: str) -> bool:
    """Look for whole words: "Al" does not stand in "Also"."""
    words, within = (f" {''.join(c if c.isalnum() else ' ' for c in text)} " for text in (value, reply))
    return words in within


def says_unknown(case: Case, reply: str) -> bool:
    """The reply says that it does not know, and names no value from the prompt."""
    return "do not know" in reply and not any(_stands_in(value, reply) for value in case.others)


def is_json(_case: Case, reply: str) -> bool:
    """The reply is one JSON object."""
    try:
        return isinstance(json.loads(reply), dict)
    except ValueError:
        return False


def is_right_json(case: Case, reply: str) -> bool:
    """The reply is the wanted object."""
    return is_json(case, reply) and bool(json.loads(reply) == case.data)


def is_call(_case: Case, reply: str) -> bool:
    """The reply is one call that can be read, as strict JSON and closed."""
    calls = wording.tool_calls(reply)
    strict = reply.strip().removeprefix("<tool_call>").removesuffix("</tool_call>")
    closed = reply.strip().startswith("<tool_call>") and reply.strip().endswith("</tool_call>")
    return closed and len(calls) == 1 and isinstance(calls[0], wording.ToolCall) and is_json(_case, strict)


def is_right_call(case: Case, reply: str) -> bool:
    """The call has the right tool and arguments."""
    call = wording.tool_calls(reply)[0] if is_call(case, reply) else None
    return isinstance(call, wording.ToolCall) and (call.name, dict(call.arguments)) == case.data


def is_in_manner(case: Case, reply: str) -> bool:
    """The reply has a marker of its manner and none of another one."""
    others = (manner for manner in MANNERS if manner is not case.manner)
    return case.manner.shows_in(reply) and not any(manner.shows_in(reply) for manner in others)


def closes_tags(case: Case, reply: str) -> bool:
    """The thought is opened and closed once, and an answer follows."""
    opened, closed = f"<{case.data}>", f"</{case.data}>"
    after = reply.partition(closed)[2].strip()
    return reply.startswith(opened) and reply.count(opened) == reply.count(closed) == 1 and bool(after)


def agrees(case: Case, reply: str) -> bool:
    """The rating is on the side of the label."""
    rating = wording.rating(reply)
    return rating is not None and (rating > 5) == case.data


def is_german(_case: Case, reply: str) -> bool:
    """The reply has German words and none that are only English."""
    found = "".join(c if c.isalpha() else " " for c in reply.casefold()).split()
    return any(word in GERMAN_WORDS for word in found) and not {"the", "you", "am", "know", "is"} & set(found)


def keeps_facts(case: Case, reply: str) -> bool:
    """Every planted value stands in the summary."""
    return has_wanted(case, reply)


def _only(make: Callable[[Draw], Case], *skills: str) -> Callable[[Draw], Case]:
    """Draw until the case is of one of the skills."""

    def draw(source: Draw) -> Case:
        while True:
            case = make(source)
            if case.skill in skills:
                return case

    return draw


SKILLS = (
    Skill("introduces itself by the persona's name", corpus.introduction, has_wanted, 95, 99),
    Skill("fact from the system prompt", corpus.persona_fact, has_wanted, 80, 95),
    Skill("fact the user told 3 turns earlier", lambda draw: corpus.told(draw, 3), has_wanted, 75, 95),
    Skill("fact the user told 30 turns earlier", lambda draw: corpus.told(draw, 30), has_wanted, 0, 90),
    Skill("fact from a memory block", _only(tasks.memory, "memory"), has_wanted, 75, 95),
    Skill("a fact that nobody told", corpus.unknown, says_unknown, 80, 95),
    Skill("tool call: valid JSON", _only(tools.tools, "tools"), is_call, 97, 99),
    Skill("tool call: right tool and arguments", _only(tools.tools, "tools"), is_right_call, 75, 95),
    Skill("tool response is used", _only(tools.tools, "tool-response"), has_wanted, 0, 85),
    Skill("JSON for a schema: valid", tasks.schema_json, is_json, 95, 99),
    Skill("JSON for a schema: right values", tasks.schema_json, is_right_json, 70, 90),
    Skill("speaks in the manner asked for", corpus.mannered, is_in_manner, 85, 97),
    Skill("closes its tags", tasks.thoughts, closes_tags, 98, 99.5),
    Skill("summary keeps the planted facts", tasks.summary, keeps_facts, 0, 85, 300),
    Skill("judge agrees with the label", tasks.judgement, agrees, 0, 85),
    Skill("German answered in German", corpus.german, is_german, 0, 85),
)


@dataclass
class Result:
    """The marks of one skill."""

    skill: Skill
    cases: int = 0
    right: int = 0
    new_cases: int = 0  # with a phrasing that is held out
    new_right: int = 0
    stopped: int = 0

    @property
    def percent(self) -> float:
        """Give the share of right replies."""
        return 100 * self.right / self.cases

    def line(self) -> dict[str, object]:
        """Give the row of the table."""
        return {
            "skill": self.skill.name,
            "cases": self.cases,
            "percent": round(self.percent, 1),
            "must": self.skill.must or None,
            "aim": self.skill.aim,
            "new_phrasing_percent": round(100 * self.new_right / self.new_cases, 1)
            if self.new_cases
            else None,
            "stopped_percent": round(100 * self.stopped / self.cases, 1),
        }


class Actor:
    """The model under test, in this process."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = Session()
        self._done: protocol.Done | None = None
        options = LoadOptions(context=4096, kv_type=KvType.F16, threads=threads, gpu_layers=0)
        self._session.load(protocol.Load(1, str(path), options), self._take, Ticket())

    def _take(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Done):
            self._done = event

    def close(self) -> None:
        """Give the model's memory back."""
        self._session.unload()

    def reply(self, case: Case, limit: int) -> protocol.Done:
        """Let the model answer a case, greedily."""
        sampling = replace(_GREEDY, max_tokens=limit)
        self._session.generate(protocol.Generate(2, case.prompt, sampling), self._take, Ticket())
        assert self._done is not None
        return self._done


def measure(
    actor: Actor, skill: Skill, cases: int, failures: list[tuple[Case, str]]
) -> tuple[Result, list[protocol.Done]]:
    """Mark a skill; what went wrong is added to `failures`."""
    result, dones = Result(skill), []
    draw = Draw(77_000, held=True)
    for _ in range(cases):
        draw.new_phrasing = False
        case = skill.make(draw)
        done = actor.reply(case, skill.limit)
        dones.append(done)
        right = skill.test(case, done.text)
        result.cases += 1
        result.right += right
        result.new_cases += draw.new_phrasing
        result.new_right += right and draw.new_phrasing
        result.stopped += done.stop_reason is StopReason.END
        if not right:
            failures.append((case, done.text))
    return result, dones


def main() -> int:
    """Print the table; exit with 1 where a figure that must be reached is missed."""
    parser = argparse.ArgumentParser(description="Measure the Understudy.")
    parser.add_argument("--model", type=Path, default=Path("assets/understudy.gguf"))
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--only", default="", help="skills whose name contains one of these, parted by commas"
    )
    parser.add_argument("--failures", type=int, default=0, help="failures to show of each skill")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    actor = Actor(arguments.model, arguments.threads)
    missed, lines, everything = False, [], []
    for skill in (skill for skill in SKILLS if any(part in skill.name for part in arguments.only.split(","))):
        failures: list[tuple[Case, str]] = []
        result, dones = measure(actor, skill, arguments.cases, failures)
        everything += dones
        lines.append(result.line())
        missed |= result.percent < skill.must
        _print(result)
        for case, text in failures[: arguments.failures]:
            _show(case, text)
    whole = _speed(everything)
    missed |= whole["stops_by_itself_percent"] < STOPS
    missed |= whole["first_token_ms_median"] > FIRST_TOKEN_MS or whole["tokens_per_second_median"] < SPEED
    lines.append({**whole, "threads": arguments.threads})
    print(lines[-1])
    if arguments.json:
        arguments.json.write_text(json.dumps(lines, indent=1) + "\n")
    return 1 if missed else 0


def _print(result: Result) -> None:
    must = f"{result.skill.must:g}" if result.skill.must else "-"
    line = result.line()
    print(
        f"{result.skill.name:42} {result.percent:5.1f} %  must {must:>3}  aim {result.skill.aim:g}"
        f"  new phrasing {line['new_phrasing_percent']}  stops {line['stopped_percent']}",
        flush=True,
    )


def _show(case: Case, text: str) -> None:
    print("  ----", case.wanted, case.data)
    for turn in case.prompt.turns[-3:]:
        print(f"  [{turn.role}] {turn.text[-700:]}")
    print(f"  wanted: {case.reply}\n  got:    {text}", flush=True)


def _speed(dones: list[protocol.Done]) -> dict[str, float]:
    stopped = sum(done.stop_reason is StopReason.END for done in dones)
    long = [done for done in dones if done.generated_tokens >= 16]
    return {
        "first_token_ms_median": round(median(done.first_token_ms for done in dones), 1),
        "first_token_ms_p95": round(sorted(done.first_token_ms for done in dones)[int(len(dones) * 0.95)], 1),
        "tokens_per_second_median": round(median(done.tokens_per_second for done in long)),
        "stops_by_itself_percent": round(100 * stopped / len(dones), 1),
    }


if __name__ == "__main__":
    sys.exit(main())
