"""The handlers of published verbs, a file a topic."""

from __future__ import annotations

import importlib

TOPICS = ("contacts", "groups", "history", "people", "talk")


def load() -> None:
    """Fill the table."""
    for topic in TOPICS:
        importlib.import_module(f"gateways.pb.verbs.{topic}")
