"""The handlers of all commands, a file a topic."""

from __future__ import annotations

import importlib

TOPICS = ("signon", "talk", "rooms", "contacts", "privacy", "people", "directory")


def load() -> None:
    """Put all handlers into the table."""
    for topic in TOPICS:
        importlib.import_module(f"{__name__}.{topic}")
