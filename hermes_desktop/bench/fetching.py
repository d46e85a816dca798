"""Knows how fast a download is beside curl, what it takes of memory, and what the window feels of it."""

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from hermes_desktop.bench import tiny_gguf
from hermes_desktop.bench.hub import COMMIT
from hermes_desktop.bench.stage import Stage, longest_gap_ms, stage
from hermes_desktop.domain.download import DownloadState
from hermes_desktop.hub import errand
from hermes_desktop.hub.errand import Errand, File

_SIZE = 768 * 1024 * 1024  # bytes: so many that starting a process does not count
_BLOCK = 16 * 1024 * 1024
_VOCABULARY = 408_000  # texts in a header: 128,000 tokens and 280,000 merges
_RUNS = 3
_NAME = "maker/model/model.gguf"
_PLAIN_FETCH = """
import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[2]) as answer, open(sys.argv[1], "wb") as file:
    shutil.copyfileobj(answer, file, 1 << 20)
"""
_PLAIN_SUM = "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest()"
_SLOW = 60_000_000  # bytes a second, so that there is time to press a button


@dataclass(frozen=True, slots=True)
class Fetched:
    """What fetching a large file cost."""

    times_curl: float  # our time over that of curl with sha256sum after it
    memory_mb: float  # resident, of the downloader's process at its worst
    longest_frame_ms: float  # the longest time for which the window could not react
    cancel_ms: float
    pause_ms: float
    resume_ms: float


def fetch(folder: Path) -> Fetched:
    """Fetch a file of 768 MB from a hub on loopback, with and without a window."""
    file = folder / "published.gguf"
    _publish(file)
    with _hub(file) as endpoint:
        pairs = [(_fetch_here(folder, endpoint), _curl(folder, endpoint)) for _ in range(_RUNS)]
        ours = min(seconds for (seconds, _), _ in pairs)
        theirs = min(seconds for _, seconds in pairs)
        memory = max(peak for (_, peak), _ in pairs)
        with stage(folder / "data") as opened:
            opened.program.services.preferences.update(hub_endpoint=endpoint)
            opened.window.show_page("models")
            frame = _longest_frame_ms(opened)
            acts = _act(opened)
    return Fetched(ours / theirs, memory, frame, *acts)


def _publish(file: Path) -> None:
    """Write a good GGUF, with as long a vocabulary as Llama 3 has, and noise behind it."""
    merges = tuple(f"a{number} b{number}" for number in range(_VOCABULARY))
    tiny_gguf.write(file, metadata={"tokenizer.ggml.merges": merges})
    noise = random.Random(1).randbytes(_BLOCK)
    with file.open("ab") as stream:
        while stream.tell() < _SIZE:
            stream.write(noise)


@contextmanager
def _hub(file: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "hermes_desktop.bench.hub", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


def _fetch_here(folder: Path, endpoint: str) -> tuple[float, float]:
    """Run the downloader by itself; give its seconds and the most memory it had, in MB."""
    place = folder / "fetched"
    wanted = Errand((File("maker/model", COMMIT, "model.gguf"),), str(place), endpoint)
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "hermes_desktop", "--download"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(errand.written(wanted))
        child.stdin.close()
        lines, peak = [], 0
        for line in child.stdout:
            lines.append(line)
            peak = max(peak, _peak(child.pid))
    seconds = time.monotonic() - began
    if json.loads(lines[-1])["frame"] != "Fetched":
        raise RuntimeError(f"the download failed: {lines[-1]!r}")
    shutil.rmtree(place)
    return seconds, peak / 1e6


def _peak(process_id: int) -> int:
    """Give the most bytes that a process has had resident; elsewhere than on Linux those of this moment."""
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
        return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)
    except OSError:
        try:
            return int(psutil.Process(process_id).memory_info().rss)
        except psutil.Error:
            return 0


def _curl(folder: Path, endpoint: str) -> float:
    """Fetch and hash by the usual tools, or by Python's own where there are none; give the seconds."""
    target, url = str(folder / "by-curl"), f"{endpoint}/storage"
    curl, hasher = shutil.which("curl"), shutil.which("sha256sum")
    fetch = [curl, "-sS", "-o", target, url] if curl else [sys.executable, "-c", _PLAIN_FETCH, target, url]
    sum_up = [hasher, target] if hasher else [sys.executable, "-c", _PLAIN_SUM, target]
    began = time.monotonic()
    for command in (fetch, sum_up):
        subprocess.run(command, check=True, timeout=300, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    Path(target).unlink()
    return seconds


def _longest_frame_ms(opened: Stage) -> float:
    """Fetch at full speed while the page of models is shown."""
    downloads = opened.program.services.downloads
    downloads.start(_NAME)

    def ended() -> bool:
        newest = downloads.all()[-1]
        if newest.state is DownloadState.FAILED:
            raise RuntimeError(f"the download failed: {newest.error!r}")
        return newest.state is DownloadState.DONE

    return longest_gap_ms(opened, ended)


def _act(opened: Stage) -> tuple[float, float, float]:
    """Press cancel, pause and go on; give the milliseconds until each has had its effect."""
    services = opened.program.services
    models, downloads = services.models, services.downloads
    for model in models.all():
        if not models.is_understudy(model):
            models.remove(model.id)
    shutil.rmtree(services.folders.models)

    def flows() -> bool:
        newest = downloads.all()[-1]
        return newest.state is DownloadState.FETCHING and newest.done > before

    before = _SIZE // 2  # so that a good deal has come before it goes on
    number = downloads.start(_NAME).id
    opened.run_until(flows)
    pause = _ms(lambda: downloads.pause(number))
    before = downloads.all()[-1].done
    services.preferences.update(download_rate=_SLOW)

    def resume() -> None:
        downloads.resume(number)
        opened.run_until(flows)

    resumed = _ms(resume)
    cancel = _ms(lambda: downloads.cancel(number))
    return cancel, pause, resumed


def _ms(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000
