"""The handlers of commands, a file a topic; loading them fills the table."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "registration",
    "capability",
    "webirc",
    "login",
    "channels",
    "messages",
    "batch",
    "metadata",
    "renaming",
    "relaymsg",
    "search",
    "changes",
    "markers",
    "operators",
    "accounts",
    "modes",
    "bans",
    "moderating",
    "forcing",
    "people",
    "who",
    "monitor",
    "silence",
    "knock",
    "queries",
    "server",
    "history",
    "playback",
    "staying",
    "nickserv",
    "chanserv",
)


def load() -> None:
    """Import every module of handlers."""
    for name in MODULES:
        import_module(f"{__name__}.{name}")
