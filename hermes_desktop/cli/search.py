"""Knows `hermes-desktop models search` and what `fit` and `download` ask of the hub; the service asks it."""

import argparse
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QDateTime, QObject, Qt, Signal

from hermes_desktop.app import offers as app_offers
from hermes_desktop.app import search
from hermes_desktop.app.search import SearchService
from hermes_desktop.app.sentences import byte_size, sentence
from hermes_desktop.cli import offers
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.errors import ErrorKind, KnownError
from hermes_desktop.domain.model_file import KvType, ModelGeometry, ModelHeader
from hermes_desktop.domain.repository import RemoteModel, Repository, Shelf

_NAMED = 12  # files in one sentence


def is_asking(arguments: argparse.Namespace) -> bool:
    """Say whether a command of `models` asks the hub something and fetches no model."""
    if arguments.action == "search":
        return True
    if arguments.action not in ("fit", "download"):
        return False
    place = search.place_of(arguments.name)
    return place is not None and bool(place[1]) == (arguments.action == "fit")


class TerminalSearch(QObject):
    """Ask the hub one thing and print the answer; `ended` carries the exit status."""

    ended = Signal(int)

    def __init__(
        self,
        service: SearchService,
        output: Output,
        arguments: argparse.Namespace,
        rooms: Sequence[int] = (),
    ) -> None:
        """`rooms` are the bytes that a model may take on each device."""
        super().__init__()
        self._rooms = rooms
        self._service, self._output, self._arguments = service, output, arguments
        service.found.connect(self._on_found)
        service.looked.connect(self._on_looked)
        service.peeked.connect(self._on_peeked)
        service.failed.connect(self._on_failed)

    def start(self) -> None:
        """Ask."""
        arguments = self._arguments
        endpoint = arguments.endpoint or ""
        if arguments.action == "search":
            self._service.search(arguments.text, endpoint=endpoint)
            return
        repository, file = search.place_of(arguments.name) or ("", "")
        revision = arguments.revision or ""
        if file:
            self._service.peek(repository, file, revision=revision, endpoint=endpoint)
        else:
            self._service.look(repository, revision=revision, endpoint=endpoint)

    def interrupt(self) -> None:
        """Ask no more."""
        self._service.cancel()
        self.ended.emit(1)

    def _on_found(self, found: tuple[Repository, ...]) -> None:
        if self._output.as_json:
            self._output.document([_listed(repository) for repository in found])
        elif found:
            head: tuple[str, ...] = ("repository", "downloads", "likes", "changed", "licence", "")
            self._output.table([head, *map(_row, found)])
        else:
            self._output.words("The hub has no GGUF repository with this in its name.")
        self.ended.emit(0)

    def _on_looked(self, shelf: Shelf) -> None:
        """Say what there is to download."""
        name = shelf.repository.name
        if not shelf.models:
            self._on_failed(KnownError(ErrorKind.HUB_EMPTY, repository=name))
            return
        files = ", ".join(_named(model) for model in shelf.models[:_NAMED])
        more = len(shelf.models) - _NAMED
        files += f" and {more} more" if more > 0 else ""
        self._on_failed(KnownError(ErrorKind.HUB_CHOICE, repository=name, files=files))

    def _on_peeked(self, header: ModelHeader, geometry: ModelGeometry) -> None:
        arguments = self._arguments
        found = search.fit_of(
            geometry, arguments.context, KvType(arguments.kv), ram=arguments.ram, rooms=self._rooms
        )
        better = app_offers.instead(found, ram=arguments.ram, rooms=self._rooms)
        offers.show_fit(self._output, f"{header.name} {header.quantisation}", found, instead=better)
        self.ended.emit(0)

    def _on_failed(self, error: KnownError) -> None:
        self._output.error(error)
        if self._output.as_json and self._arguments.action == "download":
            words = sentence(error)
            failed = {"state": "failed", "error": words.text, "hint": words.hint, "resumable": False}
            self._output.document_line(failed)
        self.ended.emit(1)


def _named(model: RemoteModel) -> str:
    return f"{model.file} ({byte_size(model.size)})"


def _row(repository: Repository) -> tuple[str, ...]:
    return (
        repository.name,
        f"{repository.downloads:,}",
        f"{repository.likes:,}",
        _day(repository) or "",
        repository.licence,
        "gated" if repository.gated else "",
    )


def _listed(repository: Repository) -> dict[str, Any]:
    return {
        "repository": repository.name,
        "downloads": repository.downloads,
        "likes": repository.likes,
        "gated": repository.gated,
        "changed": _day(repository),
        "licence": repository.licence or None,
        "accept_licence": repository.accept or None,
        "tags": list(repository.tags),
    }


def _day(repository: Repository) -> str | None:
    if not repository.changed:
        return None
    moment = QDateTime.fromMSecsSinceEpoch(repository.changed, Qt.TimeSpec.UTC)
    return moment.date().toString(Qt.DateFormat.ISODate)
