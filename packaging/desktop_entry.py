"""Tells a person's Linux desktop that the program is there and opens .charx files, or takes that back.

Only files of one's own are written, below XDG_DATA_HOME. Windows and macOS keep such things elsewhere.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DESKTOP = ROOT / "packaging" / "desktop"
ICONS = ROOT / "assets" / "icons"
ENTRY = "applications/hermes-desktop.desktop"
MIME = "mime/packages/hermes-desktop.xml"
# What the desktop has to read again, and the program that does it where there is one.
REFRESH = (("update-mime-database", "mime"), ("update-desktop-database", "applications"))


def main() -> int:
    """Install or remove the files; say which."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--remove", action="store_true", help="take everything back")
    parser.add_argument("--program", type=Path, default=ROOT / ".venv/bin/hermes-desktop")
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        print("This is for Linux desktops; elsewhere, choose the program for .charx files by hand.")
        return 1
    folder = data_home(os.environ)
    files = files_of(options.program.absolute())
    if options.remove:
        remove(folder, files)
    else:
        install(folder, files)
    refresh(folder)
    print(("Removed from " if options.remove else "Installed in ") + str(folder))
    return 0


def data_home(environment: Mapping[str, str]) -> Path:
    """Give the folder of a person's own data, as the XDG base directory specification has it."""
    named = environment.get("XDG_DATA_HOME", "")
    return Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "share"


def files_of(program: Path) -> dict[str, bytes]:
    """Give what is written, by its name below the folder."""
    entry = (DESKTOP / "hermes-desktop.desktop").read_text("utf-8")
    entry = entry.replace("@EXEC@", quoted(str(program))).replace("@TRY@", escaped(str(program)))
    files = {ENTRY: entry.encode("utf-8"), MIME: (DESKTOP / "hermes-desktop.xml").read_bytes()}
    for icon in sorted(ICONS.glob("*.png")):
        side = icon.stem
        files[f"icons/hicolor/{side}x{side}/apps/hermes-desktop.png"] = icon.read_bytes()
    return files


def quoted(path: str) -> str:
    """Write a path as one word of an Exec line: first by its own rules, then by those of any value."""
    inner = "".join("\\" + sign if sign in '"`$\\' else sign for sign in path).replace("%", "%%")
    return escaped(f'"{inner}"')


def escaped(value: str) -> str:
    """Write a value of a desktop entry."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def install(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def remove(folder: Path, files: Mapping[str, bytes]) -> None:
    """Delete the files; what others put beside them stays."""
    for name in files:
        (folder / name).unlink(missing_ok=True)


def refresh(folder: Path) -> None:
    """Let the desktop read its lists again."""
    for program, name in REFRESH:
        if shutil.which(program) and (folder / name).is_dir():
            subprocess.run([program, str(folder / name)], check=False)


if __name__ == "__main__":
    sys.exit(main())
