"""Which styles each stretch of a message's text has: spans, links, and what was searched for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from tui_client.text.markup import links
from words.events import Span

SCHEMES = frozenset(
    ["http", "https", "ftp", "mailto", "irc", "ircs", "pb", "pbs", "gemini", "ssh", "git", "tel"]
)
"""Links of other schemes aren't made: what a terminal does with them is anybody's guess."""

MOST_LINK = 2_000
"""Characters of a link's address: terminals take 2,083 (the OSC 8 specification's figure)."""


class Mark(NamedTuple):
    """A style and its value: as in `Span`, and "hit" for what was searched for."""

    style: str
    value: str = ""


class Run(NamedTuple):
    """A stretch of a text, and all styles that it has."""

    start: int
    end: int
    marks: tuple[Mark, ...]


def runs(text: str, spans: Iterable[Span] = (), needle: re.Pattern[str] | None = None) -> list[Run]:
    """Return a text's stretches, from its beginning to its end."""
    marked: list[tuple[int, int, Mark]] = []
    linked: list[tuple[int, int]] = []
    for span in spans:
        mark = Mark(span.style, span.value)
        if span.style == "link":
            address = safe_link(span.value)
            if not address or _deceives(text[span.start : span.end], address):
                continue
            mark = Mark("link", address)
            linked.append((span.start, span.end))
        elif span.style in ("color", "bgcolor") and not _COLOR.fullmatch(span.value):
            continue
        marked.append((span.start, span.end, mark))
    for start, end in links(text):
        if not any(start < after and before < end for before, after in linked):
            found = text[start:end]
            address = safe_link(found if ":" in found.split("/")[0] else "https://" + found)
            if address:
                marked.append((start, end, Mark("link", address)))
    if needle is not None:
        marked += [(hit.start(), hit.end(), Mark("hit")) for hit in needle.finditer(text)]
    return _cut(len(text), marked) if marked else [Run(0, len(text), ())]


def safe_link(address: str) -> str:
    """Return a link's address in printable ASCII, "" for one that isn't made a link."""
    if len(address) > MOST_LINK or any(ord(char) < 0x21 or ord(char) == 0x7F for char in address):
        return ""
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        return ""
    if scheme not in SCHEMES:
        return ""
    return quote(address, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")


def _deceives(shown: str, address: str) -> bool:
    """Return whether a text looks like another address than the one behind it."""
    return any(safe_link(shown[start:end]) != address for start, end in links(shown))


_COLOR = re.compile("#[0-9A-Fa-f]{6}")


def _cut(length: int, marked: list[tuple[int, int, Mark]]) -> list[Run]:
    """Return the stretches between which nothing begins or ends."""
    begins: dict[int, list[Mark]] = {}
    ends: dict[int, list[Mark]] = {}
    for start, end, mark in marked:
        begins.setdefault(start, []).append(mark)
        ends.setdefault(end, []).append(mark)
    found: list[Run] = []
    active: list[Mark] = []
    done = 0
    for place in sorted({*begins, *ends, length}):
        if place > done:
            found.append(Run(done, place, tuple(active)))
            done = place
        for mark in ends.get(place, ()):
            active.remove(mark)
        active += begins.get(place, ())
    return found


def needle(query: str) -> re.Pattern[str] | None:
    """Return what finds the words of a search in a text, None for no words."""
    words = sorted(set(re.findall(r"\w+", query)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None
