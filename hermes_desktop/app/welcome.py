"""Knows the very first start: who greets, so that one can talk at once; it happens once."""

from hermes_desktop.app.services import Services

HOST = "robin"  # the shipped card of the persona that greets


def welcome(services: Services) -> bool:
    """Open a conversation with the host, where there has never been one and nothing is open; say whether."""
    preferences = services.preferences
    if preferences.value.welcomed or services.chat.conversation is not None:
        return False
    hosts = [persona for persona in services.personas.all() if persona.shipped == HOST]
    if services.conversations.summaries() or not hosts:
        return False
    preferences.update(welcomed=True)
    services.chat.start(hosts[0].id)
    return True
