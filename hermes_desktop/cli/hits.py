"""Knows `hermes-desktop conversations search`: how what was found is printed; the service finds it."""

import argparse
from typing import Any

from hermes_desktop.app.services import Services
from hermes_desktop.cli.output import Output, iso
from hermes_desktop.domain.hit import Excerpt, Hit


def search(services: Services, output: Output, arguments: argparse.Namespace) -> int:
    """Print the messages that hold every word, best first."""
    found = services.hits.find(arguments.query, arguments.limit)
    if output.as_json:
        output.document([_described(hit) for hit in found])
        return 0
    for number, hit in enumerate(found):
        title = f"{hit.persona_name} — {hit.title}" if hit.title else hit.persona_name
        elsewhere = "" if hit.shown else ", in another version"
        output.line("\n" * (number > 0) + f"{title} (conversation {hit.conversation_id}{elsewhere})")
        when = iso(hit.created_at)[:16].replace("T", " ")
        output.line(f"{hit.name or hit.role.value}, {when}, message {hit.message_id}")
        output.line(f"  {marked(hit.excerpt)}")
    if not found:
        output.words("No message holds all of that.")
    return 0


def _described(hit: Hit) -> dict[str, Any]:
    return {
        "conversation_id": hit.conversation_id,
        "message_id": hit.message_id,
        "role": hit.role.value,
        "created_at": iso(hit.created_at),
        "snippet": hit.excerpt.text,
        "rank": hit.rank,
    }


def marked(excerpt: Excerpt) -> str:
    """Put brackets around what was looked for."""
    text, at = "", 0
    for low, high in excerpt.marks:
        text += f"{excerpt.text[at:low]}[{excerpt.text[low:high]}]"
        at = high
    return text + excerpt.text[at:]
