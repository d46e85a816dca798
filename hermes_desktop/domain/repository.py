"""Knows what the hub says of a repository and of the models in it; not how it is asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository on the hub. Every text was written by strangers."""

    name: str  # "maker/model"
    downloads: int  # of the last month
    likes: int
    gated: bool  # whether its owner lets in only whom he knows
    changed: int  # milliseconds since 1970; 0 where it is not known
    licence: str  # as its tag says; "" where it says nothing
    accept: str  # the Llama licence that governs it and has to be accepted; "" where there is none
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemotePart:
    """One file on the hub."""

    file: str
    size: int  # bytes
    sha256: str  # "" where the hub gives none


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A model on the hub: one file, or the parts of a split one."""

    parts: tuple[RemotePart, ...]
    quantisation: str  # as its file's name says; "" where it says nothing

    @property
    def file(self) -> str:
        """Name the file that stands for the model: the first part."""
        return self.parts[0].file

    @property
    def size(self) -> int:
        """Add up the bytes of all parts."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What stands in a repository at one commit."""

    repository: Repository
    commit: str
    models: tuple[RemoteModel, ...]
