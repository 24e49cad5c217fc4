"""How identities want their names written (toc_format_nickname): other capitals, and blanks.

A format is the name itself as TOC compares names, so it never says anything else than the name.
"""

from __future__ import annotations

from gateways.toc.names import normal, shown
from words.chat.keeping import Keeping

FORMAT = "toc-format"
"""What is kept: the name as its owner wants it written."""

FORMAT_MAX = 64  # characters of a name with blanks; clients show 16


class Formats:
    """All formats; few people choose one, so they are in memory."""

    def __init__(self, kept: Keeping) -> None:
        self._kept = kept
        self._formats: dict[str, str] = {}

    def load(self) -> None:
        """Read what is kept."""
        for _, value in self._kept.all(FORMAT):
            self._note(value.decode())

    def shown(self, name: str) -> str:
        """Return a participant's name as a field of TOC."""
        return self._formats.get(name.lower()) or shown(name)

    def fits(self, name: str, wanted: str) -> bool:
        """Return whether somebody's name may be written so."""
        plain = wanted.replace(" ", "")
        same = normal(wanted) == normal(name) and shown(plain) == plain
        return same and len(wanted) <= FORMAT_MAX

    def put(self, identity: int, wanted: str) -> None:
        """Keep how an identity's name is written; within a turn."""
        self._kept.put(identity, FORMAT, wanted.encode())
        self._note(wanted)

    def _note(self, wanted: str) -> None:
        self._formats[normal(wanted)] = wanted
