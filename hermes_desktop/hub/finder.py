"""Knows where other programs keep GGUF files on this computer; reads names and manifests, no model.

Sources: the documented folders of each program and its environment variables.
"""

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from hermes_desktop.domain.model_file import FoundModel

FILES_LIMIT = 20_000  # entries that are looked at in one program's folder
DEPTH_LIMIT = 8
SECONDS_LIMIT = 5.0  # for one program; a network drive may be slow
MANIFEST_LIMIT = 256 * 1024  # bytes
SMALLEST = 1024 * 1024  # bytes; less is a vocabulary or an adapter
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$")


def find(
    home: Path | None = None, environment: dict[str, str] | None = None, own: Path | None = None
) -> list[FoundModel]:
    """List the models of other programs, each file once, however many programs link to it.

    own: the folder that this app fetches into, where a file may lie that was taken off the list.
    """
    home = home or Path.home()
    variables = dict(os.environ) if environment is None else environment
    found: dict[Path, FoundModel] = {}
    folders = [("Hermes Desktop", own)] if own else []
    for program, folder in [*folders, *_folders(home, variables)]:
        for path, name in _ollama(folder) if program == "Ollama" else _gguf(folder):
            real = path.resolve()
            size = _size(real)
            if size >= SMALLEST:
                found.setdefault(real, FoundModel(path, program, name, size))
    return sorted(found.values(), key=lambda each: (each.program, each.name.casefold()))


def _folders(home: Path, variables: dict[str, str]) -> Iterator[tuple[str, Path]]:
    cache = Path(variables.get("XDG_CACHE_HOME") or home / ".cache")
    hugging_face = Path(variables.get("HF_HOME") or cache / "huggingface")
    yield "Hugging Face", Path(variables.get("HF_HUB_CACHE") or hugging_face / "hub")
    yield "LM Studio", home / ".lmstudio" / "models"
    yield "LM Studio", cache / "lm-studio" / "models"
    yield "Ollama", Path(variables.get("OLLAMA_MODELS") or home / ".ollama" / "models")
    if sys.platform.startswith("linux"):
        yield "Ollama", Path("/usr/share/ollama/.ollama/models")
    for data in _data_folders(home, variables):
        yield "GPT4All", data / "nomic.ai" / "GPT4All"
        yield "Jan", data / "Jan" / "data" / "llamacpp" / "models"
    yield "Jan", home / "jan" / "models"
    for name in ("koboldcpp", "KoboldCpp"):
        yield "KoboldCpp", home / name


def _data_folders(home: Path, variables: dict[str, str]) -> Iterator[Path]:
    """List where programs of this system keep their data."""
    yield Path(variables.get("XDG_DATA_HOME") or home / ".local" / "share")
    yield Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    yield home / "Library" / "Application Support"
    for name in ("LOCALAPPDATA", "APPDATA"):
        if variables.get(name):
            yield Path(variables[name])


def _gguf(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in _walk(folder):
        low = path.name.casefold()
        if low.endswith(".gguf") and not low.startswith("mmproj") and not _LATER_PART.search(path.name):
            yield path, path.stem


def _ollama(folder: Path) -> Iterator[tuple[Path, str]]:
    """Read the manifests: they name the blob that is the model."""
    for manifest in _walk(folder / "manifests"):
        digest = _model_digest(manifest)
        blob = folder / "blobs" / f"sha256-{digest}"
        if digest and blob.is_file():
            yield blob, f"{manifest.parent.name}:{manifest.name}"


def _model_digest(manifest: Path) -> str:
    try:
        if manifest.stat().st_size > MANIFEST_LIMIT:
            return ""
        layers = json.loads(manifest.read_text("utf-8"))["layers"]
        digests = [layer["digest"] for layer in layers if layer["mediaType"] == _OLLAMA_MODEL]
        match = _DIGEST.fullmatch(digests[0])
    except (OSError, ValueError, KeyError, TypeError, IndexError, RecursionError):
        return ""
    return match[1] if match else ""


def _walk(folder: Path) -> Iterator[Path]:
    """List the files below a folder: not too many, not too deep, not for too long, each folder once."""
    ends, left = monotonic() + SECONDS_LIMIT, FILES_LIMIT
    waiting = [(folder, 0)]
    while waiting:
        place, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            left -= 1
            if left < 0 or monotonic() > ends:
                return
            if entry.is_dir(follow_symlinks=False):
                waiting += [(Path(entry.path), depth + 1)] if depth < DEPTH_LIMIT else []
            else:
                yield Path(entry.path)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
