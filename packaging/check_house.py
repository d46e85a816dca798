"""Checks what no other tool checks: the size of modules and functions, and words that may not stand here."""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULE_LINES = 400  # the house aims at 350; this is where the build breaks
FUNCTION_LINES = 40
FORBIDDEN = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", "py" + r"pi\.org", "pythonhosted" + r"\.org"]))
_TEXT_LIMIT = 2_000_000


def main() -> int:
    """Print every finding; give 1 where there is one."""
    findings = [finding for file in _tracked() for finding in _findings(file)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def _tracked() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def _findings(file: Path) -> list[str]:
    name = file.relative_to(ROOT)
    data = file.read_bytes()
    if b"\0" in data or len(data) > _TEXT_LIMIT:
        return []
    text = data.decode("utf-8", "replace")
    found = [
        f"{name}:{number}: forbidden word {match[0]!r}"
        for number, line in enumerate(text.splitlines(), 1)
        if (match := FORBIDDEN.search(line))
    ]
    if file.suffix == ".py" and name.parts[0] != "tests":
        found += _sizes(str(name), text)
    return found


def _sizes(name: str, text: str) -> list[str]:
    lines = text.count("\n")
    found = [f"{name}: {lines} lines, more than {MODULE_LINES}"] if lines > MODULE_LINES else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{name}:{node.lineno}: {node.name} has {length} lines, over {FUNCTION_LINES}")
    return found


if __name__ == "__main__":
    sys.exit(main())
