"""Knows `hermes-desktop models remote`: how the models of a server are printed; it needs no database."""

import argparse
import getpass
import os
from dataclasses import asdict

from hermes_desktop.app.ledger import Ledger
from hermes_desktop.app.remote import models_of
from hermes_desktop.cli.output import Output
from hermes_desktop.domain.errors import KnownError
from hermes_desktop.domain.remote import KEY_VARIABLE, RemoteServer, host_of, remote_address
from hermes_desktop.paths import Folders


def run(folders: Folders, output: Output, arguments: argparse.Namespace) -> int:
    """List what a server offers; raises the KnownErrors of asking it."""
    server = RemoteServer(remote_address(arguments.address))
    key = asked_key() if arguments.ask_key else os.environ.get(KEY_VARIABLE, "").strip()
    outcome = "done"
    try:
        found = models_of(server, key)
    except KnownError as error:
        outcome = error.kind.value
        raise
    finally:
        if folders.data.is_dir():
            Ledger(folders.ledger).note("models remote", (host_of(server.address),), 0, outcome)
    if output.as_json:
        output.document([asdict(model) for model in found])
    else:
        output.table([(model.id, f"{model.context:,}" if model.context else "") for model in found])
    return 0


def asked_key() -> str:
    """Ask for the key of a server; it is neither shown nor kept."""
    return getpass.getpass("Key of the server: ").strip()
