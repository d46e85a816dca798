"""Knows which files of Hermes 3 are published where, without asking anybody; not whether they fit a machine.

A size or hash that is not recorded is predicted or comes from the hub's own listing when a file is fetched.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import ModelGeometry
from hermes_desktop.hub import quantisation
from hermes_desktop.hub.quantisation import Shape

LICENCES = {"Llama 3.1": "llama3.1", "Llama 3.2": "llama3.2"}  # the hub's names for the licence of the base
LICENCE_PAGES = {
    "llama3.1": "https://www.llama.com/llama3_1/license/",
    "llama3.2": "https://www.llama.com/llama3_2/license/",
}
_DATA = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Family:
    """One size of Hermes 3."""

    id: str  # "8b"
    name: str  # "Hermes 3 8B"
    base: str  # "Llama 3.1", whose licence governs
    shape: Shape


@dataclass(frozen=True, slots=True)
class Offer:
    """One file that can be fetched; a split one is named by its first part."""

    id: str  # "8b-q4_k_m"
    family: Family
    publisher: str
    repository: str
    revision: str  # a commit, or "main" where none is recorded
    file: str
    parts: int
    quantisation: str
    recorded_size: int  # bytes; 0: not recorded
    sha256: str  # "" where it is not recorded

    @property
    def geometry(self) -> ModelGeometry:
        """Predict the sizes that memory is estimated from."""
        return quantisation.geometry(self.family.shape, self.quantisation)

    @property
    def size(self) -> int:
        """Give the bytes, predicted where they are not recorded."""
        return self.recorded_size or quantisation.file_size(self.family.shape, self.quantisation)

    @property
    def licence(self) -> str:
        """Name the licence as the hub does."""
        return LICENCES[self.family.base]

    @property
    def pinned(self) -> bool:
        """Say whether a commit is recorded."""
        return self.revision != "main"


@cache
def offers() -> tuple[Offer, ...]:
    """List what is published, by size of the model, then by size of the file."""
    data = json.loads(_DATA.read_text("utf-8"))
    families = {
        entry["id"]: Family(entry["id"], entry["name"], entry["base"], Shape(**entry["shape"]))
        for entry in data["models"]
    }
    found: dict[str, Offer] = {}
    for entry in data["files"]:
        short = f"{entry['model']}-{entry['quantisation']}".casefold()
        own_id = short if short not in found else f"{short}-{entry['publisher']}".casefold()
        found[own_id] = Offer(
            id=own_id,
            family=families[entry["model"]],
            publisher=entry["publisher"],
            repository=entry["repository"],
            revision=entry["revision"],
            file=entry["file"],
            parts=entry.get("parts", 1),
            quantisation=entry["quantisation"],
            recorded_size=entry.get("size", 0),
            sha256=entry.get("sha256", ""),
        )
    sizes = list(families)
    return tuple(sorted(found.values(), key=lambda offer: (sizes.index(offer.family.id), offer.size)))


def find(name: str) -> Offer:
    """Give what a person means: an id, a file with or without its ending, or REPOSITORY/FILE.

    Raises MODEL_UNKNOWN.
    """
    wanted = name.casefold()
    for offer in offers():
        file = PurePosixPath(offer.file)
        names = (offer.id, offer.file, file.name, file.stem, f"{offer.repository}/{offer.file}")
        if wanted in (known.casefold() for known in names):
            return offer
    raise KnownError(ErrorKind.MODEL_UNKNOWN, name=name)
