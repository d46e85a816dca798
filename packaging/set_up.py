"""Sets the project up in its checkout: system libraries, .venv, the engine's wheel, the pinned packages.

Only the standard library is used, since this runs before anything is installed. Everything that was done
is remembered in set-up.json in the environment, so a second run takes a fraction of a second. Each engine has
an environment of its own: .venv for the processor, .venv-cuda and others for graphics cards.
"""

import argparse
import contextlib
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
from dataclasses import dataclass
from pathlib import Path

import system_packages  # beside this file

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
ENGINE_LOCK = ROOT / "requirements-engine.lock"
ENGINE_FLAGS = "-DGGML_RPC=on"  # so that computers can share a model
NATIVE = "-DGGML_NATIVE=on"  # it is built for this computer
PORTABLE = "-DGGML_NATIVE=off"  # it is to be carried to others
# What a build for a graphics card needs besides: a flag, the compiler's name, and where it comes from.
CARDS = {
    "cuda": ("-DGGML_CUDA=on", "nvcc", "the CUDA toolkit of NVIDIA, 12 or newer"),
    "hip": ("-DGGML_HIP=on", "hipcc", "ROCm of AMD, 6 or newer"),
    "vulkan": ("-DGGML_VULKAN=on", "glslc", "the Vulkan SDK (on Debian: libvulkan-dev and glslc)"),
    "metal": ("-DGGML_METAL=on", "xcrun", "the command line tools of Xcode, on a Mac"),
}

_NINJA_STEP = re.compile(rb"\[(\d+)/(\d+)\]")


class SetUpError(Exception):
    """Carry one sentence and a hint."""


@dataclass(frozen=True)
class Build:
    """Which engine is wanted; each has an environment of its own beside the others."""

    card: str = ""  # one of CARDS; "": the processor
    wheels: str = ""  # address of an index with wheels that others have built; "": build it here
    portable: bool = False  # for other computers, too: no tuning for this one's processor

    @property
    def venv(self) -> Path:
        """Give the folder of the environment."""
        return ROOT / "-".join([".venv", *filter(None, (self.card, "portable" if self.portable else ""))])

    @property
    def python(self) -> Path:
        """Give its interpreter."""
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def stamp(self) -> Path:
        """Give the file that says what was done."""
        return self.venv / "set-up.json"

    @property
    def flags(self) -> str:
        """Give what the engine is built with."""
        tuning = PORTABLE if self.portable else NATIVE
        card = CARDS[self.card][0] if self.card else ""
        return " ".join(filter(None, (tuning, ENGINE_FLAGS, card, os.environ.get("CMAKE_ARGS", ""))))


def main() -> int:
    """Bring everything up to date; print one sentence where that is impossible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--gpu", default="", metavar="|".join(CARDS), help="the engine for a graphics card")
    parser.add_argument("--wheels", default="", metavar="URL", help="an index with engines built by others")
    parser.add_argument("--portable", action="store_true", help="an engine that other processors run, too")
    options = parser.parse_args()
    try:
        set_up(_wanted(options.gpu, options.wheels, portable=options.portable), dev=options.dev)
    except SetUpError as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 1
    return 0


def _wanted(card: str, wheels: str, *, portable: bool = False) -> Build:
    if card and card not in CARDS:
        raise SetUpError(f"there is no build for GPU={card}. Choose one of these: {', '.join(CARDS)}.")
    return Build(card, wheels, portable)


def set_up(build: Build, *, dev: bool) -> None:
    """Install what is missing, in order."""
    if sys.version_info < (3, 11, 5):  # this runs before anything could refuse an old Python
        raise SetUpError(
            "Python 3.11.5 or newer is needed. Install it, for instance with your system's packages."
        )
    wanted = _fingerprint(build, dev=dev)
    done = _read_stamp(build)
    if done == wanted or done == _fingerprint(build, dev=True):
        return
    with _only_one(build.venv.with_name(build.venv.name + ".lock")):
        system_packages.install(_say)
        _make_venv(build)
        wheel = _engine_wheel(build)
        _install(build, LOCK, "the packages of the app")
        if dev:
            _install(build, DEV_LOCK, "the packages for tests and checks")
        _pip(build, "install", "--quiet", "--no-deps", "--force-reinstall", str(wheel))
        _pip(build, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        build.stamp.write_text(json.dumps(wanted, indent=2))
    _say("ready")


def _fingerprint(build: Build, *, dev: bool) -> dict[str, str]:
    """Give what decides the contents of the environment."""
    files = [LOCK, ENGINE_LOCK, ROOT / "pyproject.toml", *([DEV_LOCK] if dev else [])]
    files += [Path(__file__), Path(system_packages.__file__)]
    return {
        "python": sys.version,
        "engine": build.flags,
        "wheels": build.wheels,
        "dev": str(dev),
        "root": str(ROOT),
    } | {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _read_stamp(build: Build) -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(build.stamp.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _say(words: str) -> None:
    print(f"set-up: {words}", flush=True)


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


def _make_venv(build: Build) -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if build.python.exists():
        ended = subprocess.run(
            [build.python, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.prefix)"],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.stdout.split() == [version, str(build.venv)]:
            return
        shutil.rmtree(build.venv)  # of another Python, or moved here from elsewhere
    _say(f"making {build.venv.name} with Python {version}")
    command = [sys.executable, "-m", "venv", str(build.venv)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SetUpError(
            "the virtual environment cannot be made. On Debian: sudo apt-get install python3-venv\n"
            + ended.stdout
            + ended.stderr
        )


def _pip(build: Build, *arguments: str) -> None:
    command = [str(build.python), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SetUpError(
            f"pip {arguments[0]} failed. Check the network and the disk, then run the command again.\n"
            + (ended.stdout + ended.stderr)[-2000:]
        )


def _install(build: Build, lock: Path, what: str) -> None:
    _say(f"installing {what}")
    _pip(build, "install", "--quiet", "--require-hashes", "--requirement", str(lock))


# ---- the engine -----------------------------------------------------------------------------------


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "hermes-desktop" / "wheels"


def _engine_key(build: Build) -> str:
    """Name a build by all that makes it differ from another one."""
    words = "\n".join(
        [
            ENGINE_LOCK.read_text(),
            build.flags,
            build.wheels,
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


def _engine_wheel(build: Build) -> Path:
    """Give the engine's wheel, building or fetching it where no earlier set-up has kept one."""
    folder = _cache() / _engine_key(build)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(folder.with_suffix(".lock")):
        kept = sorted(folder.glob("llama_cpp_python-*.whl"))
        if kept:
            _say(f"using the engine that was built before ({kept[0].name})")
            return kept[0]
        return _fetch_engine(build, folder) if build.wheels else _build_engine(build, folder)


def _fetch_engine(build: Build, folder: Path) -> Path:
    """Take the wheel of our version from an index that the person has named; its hash is told, not known."""
    _say(f"fetching the engine from {build.wheels}")
    wanted = ENGINE_LOCK.read_text().split()[0]
    with tempfile.TemporaryDirectory(prefix="hermes-engine-", dir=folder.parent) as place:
        _pip(
            build, "download", "--quiet", "--no-cache-dir", "--no-deps", "--only-binary", ":all:",
            "--index-url", build.wheels, "--dest", place, wanted,
        )  # fmt: skip
        fetched = next(Path(place).glob("*.whl"))
        _say(f"{fetched.name} has the SHA-256 {hashlib.sha256(fetched.read_bytes()).hexdigest()}")
        folder.mkdir(exist_ok=True)
        return fetched.replace(folder / fetched.name)


def _build_engine(build: Build, folder: Path) -> Path:
    if build.card and shutil.which(CARDS[build.card][1]) is None:
        _, compiler, source = CARDS[build.card]
        raise SetUpError(f"GPU={build.card} needs {compiler}, which is not here. Install {source}.")
    takes = "half an hour or more" if build.card else "6 to 10 minutes"
    _say(f"building the engine; this takes {takes} on two cores, once on this computer")
    environment = os.environ | {
        "CMAKE_ARGS": build.flags,
        "FORCE_CMAKE": "1",
        "PIP_REQUIRE_VIRTUALENV": "0",
    }
    with tempfile.TemporaryDirectory(prefix="hermes-engine-", dir=folder.parent) as place:
        # Not pip's own cache: it would give back a build that was made with other flags.
        command = [
            str(build.python), "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel", "--verbose",
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
