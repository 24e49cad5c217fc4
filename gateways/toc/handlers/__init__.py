"""The handlers of all commands, a file a topic."""

from __future__ import annotations

import importlib

from gateways.toc.session import Session

TOPICS = ("signon", "talk", "rooms", "contacts", "privacy", "people", "directory")


def load() -> None:
    """Put all handlers into the table."""
    for topic in TOPICS:
        importlib.import_module(f"{__name__}.{topic}")


def signs_off(session: Session) -> None:
    """Note up to when a client that goes has been told everything."""
    from gateways.toc.handlers.offline import note_told

    note_told(session)
