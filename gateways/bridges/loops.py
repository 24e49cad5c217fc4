"""Telling our own words from others', where a network carries no keys: no message goes round.

Two hubs that share two networks, or two bridges on one room, hear each other's bots. Where marks
cross (client tags, stanza or event fields) the hops of a message say that it was here. Elsewhere it
shows in the names: a relayed line begins with ``<name/network> ``, each relay puts its own before
it, so what comes back names a bot of ours somewhere, in front of something that we said. Both must
be so: people may be called as a bot, and may quote it.
"""

from __future__ import annotations

import re
from collections import deque

REMEMBERED = 512
"""Texts that were said last; one that takes longer to come back has lost its way."""

COMPARED = 2000
"""Characters of a text that are remembered and looked at."""

NAMES = 64
"""Names that our bots have had, the oldest is forgotten."""

_RELAYED = re.compile(r"<([^ <>/]+)(?:/[^ <>]+)?>…? ?", re.DOTALL)


class Loops:
    """What all bridges of this hub have said of late, and what their bots are called."""

    def __init__(self) -> None:
        self._said: deque[str] = deque(maxlen=REMEMBERED)
        self._names: dict[str, None] = {}

    def called(self, name: str) -> None:
        """Note what a bot of ours is called now; what it was called counts as well."""
        self._names.pop(name.lower(), None)
        self._names[name.lower()] = None
        if len(self._names) > NAMES:
            del self._names[next(iter(self._names))]

    def said(self, text: str) -> None:
        """Note what goes to some network."""
        self._said.append(text[:COMPARED])

    def ours(self, name: str, text: str) -> bool:
        """Return whether a message of somebody called this is one of ours, come back."""
        named = False
        while True:
            named = named or name.lower() in self._names
            found = _RELAYED.match(text)
            if found is None:
                return named and self._has_said(text)
            name, text = found[1], text[found.end() :]

    def _has_said(self, text: str) -> bool:
        text = text[:COMPARED].strip()
        return not text or any(text in said for said in self._said)
