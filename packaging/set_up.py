"""Sets the project up in its checkout: system libraries, .venv, the engine's wheel, the pinned packages.

Only the standard library is used, since this runs before anything is installed. Everything that was done
is remembered in .venv/set-up.json, so a second run takes a fraction of a second.
"""

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "set-up.json"
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
ENGINE_LOCK = ROOT / "requirements-engine.lock"
# Native tuning, since it is built for this computer; RPC, so that computers can share a model.
ENGINE_FLAGS = "-DGGML_NATIVE=on -DGGML_RPC=on"

# Library that Qt opens, and the Debian package that holds it.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
}
TOOLS = {"cc": "gcc", "c++": "g++"}
_NINJA_STEP = re.compile(rb"\[(\d+)/(\d+)\]")


class SetUpError(Exception):
    """Carry one sentence and a hint."""


def main() -> int:
    """Bring everything up to date; print one sentence where that is impossible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    options = parser.parse_args()
    try:
        set_up(dev=options.dev)
    except SetUpError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def set_up(*, dev: bool) -> None:
    """Install what is missing, in order."""
    if sys.version_info < (3, 11):  # noqa: UP036  # this runs before anything could refuse an old Python
        raise SetUpError(
            "Python 3.11 or newer is needed. Install it, for instance with your system's packages."
        )
    wanted = _fingerprint(dev=dev)
    done = _read_stamp()
    if done == wanted or done == _fingerprint(dev=True):
        return
    with _only_one(VENV.with_name(".venv.lock")):
        _install_system_packages()
        _make_venv()
        wheel = _engine_wheel()
        _install(LOCK, "the packages of the app")
        if dev:
            _install(DEV_LOCK, "the packages for tests and checks")
        _pip("install", "--quiet", "--no-deps", "--force-reinstall", str(wheel))
        _pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        STAMP.write_text(json.dumps(wanted, indent=2))
    _say("ready")


def _fingerprint(*, dev: bool) -> dict[str, str]:
    """Give what decides the contents of .venv."""
    files = [LOCK, ENGINE_LOCK, ROOT / "pyproject.toml", Path(__file__)] + ([DEV_LOCK] if dev else [])
    return {
        "python": sys.version,
        "engine": ENGINE_FLAGS,
        "dev": str(dev),
        "root": str(ROOT),
    } | {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _read_stamp() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _say(words: str) -> None:
    print(f"set-up: {words}", flush=True)


# ---- the system -----------------------------------------------------------------------------------


def _install_system_packages() -> None:
    """Install the libraries of Qt and the compiler, or say how; what is there is left alone."""
    if not sys.platform.startswith("linux"):
        return
    missing = [package for name, package in LIBRARIES.items() if not _loads(name)]
    missing += [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if not missing:
        return
    line = "apt-get install --yes --no-install-recommends " + " ".join(missing)
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (as_root and not _may_sudo()):
        _say(f"some system libraries are missing. If the window does not open, run: sudo {line}")
        return
    _say("installing system libraries: " + " ".join(missing))
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "--quiet"], line.split()):
        ended = subprocess.run(
            as_root + command, env=environment, capture_output=True, text=True, check=False
        )
        if ended.returncode:
            _say(f"that failed. Run it yourself: sudo {line}\n{ended.stderr.strip()[-500:]}")
            return


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _may_sudo() -> bool:
    if shutil.which("sudo") is None:
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Let a second set-up wait for the first one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        if os.name != "nt":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# ---- the environment ------------------------------------------------------------------------------


def _python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make_venv() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if _python().exists():
        ended = subprocess.run(
            [_python(), "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.stdout.split() == [version, str(VENV)]:
            return
        shutil.rmtree(VENV)  # of another Python, or moved here from elsewhere
    _say(f"making .venv with Python {version}")
    ended = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SetUpError(
            "the virtual environment cannot be made. On Debian: sudo apt-get install python3-venv\n"
            + ended.stdout
            + ended.stderr
        )


def _pip(*arguments: str) -> None:
    command = [str(_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SetUpError(
            f"pip {arguments[0]} failed. Check the network and the disk, then run the command again.\n"
            + (ended.stdout + ended.stderr)[-2000:]
        )


def _install(lock: Path, what: str) -> None:
    _say(f"installing {what}")
    _pip("install", "--quiet", "--require-hashes", "--requirement", str(lock))


# ---- the engine -----------------------------------------------------------------------------------


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "hermes-desktop" / "wheels"


def _engine_key() -> str:
    """Name a build by all that makes it differ from another one."""
    flags = os.environ.get("CMAKE_ARGS", "")
    words = "\n".join(
        [
            ENGINE_LOCK.read_text(),
            ENGINE_FLAGS,
            flags,
            sysconfig.get_platform(),
            platform.machine(),
            _processor(),
        ]
    )
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _processor() -> str:
    """Give the processor's abilities: a wheel tuned for another one would die of an illegal instruction."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _engine_wheel() -> Path:
    """Give the engine's wheel, building it where no earlier set-up has kept one."""
    folder = _cache() / _engine_key()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(folder.with_suffix(".lock")):
        kept = sorted(folder.glob("llama_cpp_python-*.whl"))
        if kept:
            _say(f"using the engine that was built before ({kept[0].name})")
            return kept[0]
        return _build_engine(folder)


def _build_engine(folder: Path) -> Path:
    _say("building the engine; this takes 6 to 10 minutes on two cores, once on this computer")
    environment = os.environ | {
        "CMAKE_ARGS": f"{ENGINE_FLAGS} {os.environ.get('CMAKE_ARGS', '')}".strip(),
        "FORCE_CMAKE": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
    }
    with tempfile.TemporaryDirectory(prefix="hermes-engine-", dir=folder.parent) as place:
        # Not pip's own cache: it would give back a build that was made with other flags.
        command = [
            str(_python()), "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel", "--verbose",
            "--no-cache-dir", "--no-deps", "--no-binary", "llama-cpp-python", "--require-hashes",
            "--wheel-dir", place, "--requirement", str(ENGINE_LOCK),
        ]  # fmt: skip
        log = folder.with_suffix(".log")
        if _run_with_progress(command, environment, log):
            raise SetUpError(f"the engine could not be built. The compiler's words are in {log}")
        built = next(Path(place).glob("*.whl"))
        folder.mkdir(exist_ok=True)
        return built.replace(folder / built.name)


def _run_with_progress(command: list[str], environment: dict[str, str], log: Path) -> int:
    """Run a build and show how far it is: per cent, time passed, time left."""
    began = time.monotonic()
    first: tuple[float, int] | None = None
    last_shown = -100
    with (
        log.open("wb") as file,
        subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            file.write(line)
            step = _NINJA_STEP.search(line)
            if step is None:
                continue
            done, total = int(step[1]), int(step[2])
            passed = time.monotonic() - began
            first = first or (passed, done)
            percent = 100 * done // total
            if percent >= last_shown + (1 if sys.stdout.isatty() else 10):
                last_shown = percent
                _show_step(percent, passed, _left(first, passed, done, total))
    if sys.stdout.isatty():
        print()
    return process.returncode


def _left(first: tuple[float, int], passed: float, done: int, total: int) -> float:
    began, had = first
    return (passed - began) / (done - had) * (total - done) if done > had else 0.0


def _show_step(percent: int, passed: float, left: float) -> None:
    words = f"set-up: engine {percent:3d} %, {_clock(passed)} passed, about {_clock(left)} left"
    end = "\r" if sys.stdout.isatty() else "\n"
    print(words, end=end, flush=True)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


if __name__ == "__main__":
    sys.exit(main())
