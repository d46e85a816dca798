"""Writes the model card of the Understudy from what the training and the evaluation left behind.

Run as `python -m understudy.card --folder build/understudy --model assets/understudy.gguf`.
"""

import argparse
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

_TEMPLATE = Path(__file__).with_suffix(".md")


def main() -> int:
    """Write the card beside the model."""
    parser = argparse.ArgumentParser(description="Write the Understudy's model card.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    arguments = parser.parse_args()
    made = json.loads((arguments.folder / "plan.json").read_text())
    log = _lines(arguments.folder / "log.jsonl")
    runs = _lines(arguments.folder / "runs.jsonl")
    measured = json.loads((arguments.folder / "evaluation.json").read_text())
    arguments.model.with_suffix(".md").write_text(text(made, log, runs, measured, arguments.model))
    return 0


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def text(
    made: dict[str, Any],
    log: list[dict[str, Any]],
    runs: list[dict[str, Any]],
    measured: list[dict[str, Any]],
    model: Path,
) -> str:
    """Fill in the card."""
    shape, plan, data = made["shape"], made["plan"], model.read_bytes()
    skills, whole = measured[:-1], measured[-1]
    missed = [row["skill"] for row in skills if row["must"] and row["percent"] < row["must"]]
    limits = f"\nNot reached: {'; '.join(missed)}.\n" if missed else ""
    return _TEMPLATE.read_text("utf-8").format(
        **shape,
        limit=plan["limit"],
        size=len(data) / 1e6,
        bytes=len(data),
        sha=sha256(data).hexdigest(),
        parameters=_parameters(shape),
        tokens=sum(read for _, read in _shares(runs, log)),
        loss=log[-1]["loss"],
        runs="\n".join(_run(run["plan"], read) for run, read in _shares(runs, log)),
        cases=skills[0]["cases"],
        rows="\n".join(_row(row) for row in skills),
        stops=whole["stops_by_itself_percent"],
        first=whole["first_token_ms_median"],
        late=whole["first_token_ms_p95"],
        speed=whole["tokens_per_second_median"],
        threads=whole["threads"],
        limits=limits,
    )


def _shares(runs: list[dict[str, Any]], log: list[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
    """Say how many tokens each run read: up to where the next one began, or to the end."""
    ends = [run["from"] for run in runs[1:]] + [log[-1]["tokens"]]
    return [(run, run.get("read") or end - run["from"]) for run, end in zip(runs, ends, strict=True)]


def _run(plan: dict[str, Any], read: int) -> str:
    return (
        f"| {read:,} | {plan['batch']:,} | {plan['matrix_rate']:g} | {plan['other_rate']:g} "
        f"| {plan['tokens']:,} ({plan['decay']:.0%}) | {plan['seed']} |"
    )


def _row(row: dict[str, Any]) -> str:
    new = "" if row["new_phrasing_percent"] is None else f"{row['new_phrasing_percent']} %"
    must = f"{row['must']:g} %" if row["must"] else "reported"
    return f"| {row['skill']} | {row['percent']} % | {new} | {must} | {row['aim']:g} % |"


def _parameters(shape: dict[str, int]) -> int:
    inner = shape["heads"] * 64
    layer = 4 * inner * shape["width"] + 3 * shape["feed_forward"] * shape["width"] + 2 * shape["width"]
    return shape["vocabulary"] * shape["width"] + shape["layers"] * layer + shape["width"]


if __name__ == "__main__":
    sys.exit(main())
