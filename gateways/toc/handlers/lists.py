"""Lists of contacts as TOC writes them: CONFIG of TOC1, CONFIG2, and what clients send.

The service's contacts are the truth. The list that a TOC1 client sent is kept byte for byte and
returned so, as long as it has the same people as the contacts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from gateways.toc import names
from gateways.toc.arguments import message
from gateways.toc.forms import shown_group
from gateways.toc.names import shown
from gateways.toc.sflap import PAYLOAD_MAX
from words.chat.person import Contact, Mode
from words.chat.verbs.contacts import MAX_ALIAS
from words.chat.verbs.privacy import PrivacyState
from words.names import participant_key

Circles = Mapping[str, Sequence[Contact]]

DEFAULT_CIRCLE = "Buddies"
"""Where a buddy goes that a client adds without a group: all of them call it so."""

MODES: dict[int, Mode] = {1: "all", 2: "none", 3: "permit-list", 4: "deny-list", 5: "contacts"}
MODE_NUMBERS = {mode: number for number, mode in MODES.items()}


class Entry(NamedTuple):
    """A line about a buddy: in which group, who, and what it is called."""

    circle: str
    name: str
    alias: str = ""


def circle_of(data: bytes) -> str:
    """Return the circle that a group's name means."""
    text = "".join(char for char in names.decode(data) if char.isprintable())
    return text.strip()[:MAX_ALIAS].strip() or DEFAULT_CIRCLE


def entries1(config: bytes) -> Iterator[Entry]:
    """Return the buddies in a TOC1 config; lines that are none are passed over."""
    circle = DEFAULT_CIRCLE
    for line in config.splitlines():
        sign, _, rest = line.strip().partition(b" ")
        if sign == b"g" and rest:
            circle = circle_of(rest)
        elif sign == b"b" and rest and (name := names.meant(rest)):
            yield Entry(circle, name)


def entries2(config: bytes) -> Iterator[tuple[str, Entry | None]]:
    """Return groups (with None) and buddies in the list of toc2_new_buddies."""
    circle = DEFAULT_CIRCLE
    for line in config.splitlines():
        sign, _, rest = line.strip().partition(b":")
        if sign == b"g" and rest:
            circle = circle_of(rest)
            yield circle, None
        elif sign == b"b" and rest:
            name, _, more = rest.partition(b":")
            alias = "".join(c for c in names.decode(more.split(b":")[0]) if c.isprintable())
            if found := names.meant(name):
                yield circle, Entry(circle, found, alias[:MAX_ALIAS].strip())


def config1(kept: bytes, circles: Circles) -> bytes:
    """Return the CONFIG message: what the client sent, brought to what the contacts are now."""
    theirs = {participant_key(entry.name) for entry in entries1(kept)}
    ours = {participant_key(each.name) for circle in circles.values() for each in circle}
    if theirs == ours:
        return message("CONFIG", last=kept)
    lines = [line for line in kept.split(b"\n") if not _gone(line, ours)]
    while lines and not lines[-1].strip():
        lines.pop()
    for circle, contacts in circles.items():
        new = [each for each in contacts if participant_key(each.name) not in theirs]
        if new:
            lines.append(f"g {shown_group(circle)}".encode())
            lines += [f"b {shown(each.name)}".encode() for each in new]
    if not kept:
        lines.insert(0, b"m 1")
    return _fitting("CONFIG", lines, b"")


def _gone(line: bytes, ours: Collection[str]) -> bool:
    sign, _, rest = line.strip().partition(b" ")
    return sign == b"b" and participant_key(names.meant(rest)) not in ours


def config2(circles: Circles, privacy: PrivacyState) -> bytes:
    """Return the CONFIG2 message."""
    lines: list[bytes] = []
    for circle, contacts in circles.items():
        lines.append(f"g:{shown_group(circle)}".encode())
        for each in contacts:
            note = shown_group(each.note)
            more = f":{shown_group(each.alias)}" if each.alias or note else ""
            more += f":::::{note}" if note else ""
            lines.append(f"b:{shown(each.name)}{more}".encode())
    ends = [f"p:{shown(name)}".encode() for name in privacy.permit]
    ends += [f"d:{shown(name)}".encode() for name in privacy.deny]
    ends += [f"m:{MODE_NUMBERS[privacy.mode]}".encode(), b"done:"]
    return _fitting("CONFIG2", lines, b"\n".join(ends))


def _fitting(command: str, lines: list[bytes], end: bytes) -> bytes:
    """Return as many lines as one frame holds: clients know no second part."""
    room = PAYLOAD_MAX - len(command) - 2 - len(end)
    size = kept = 0
    for line in lines:
        size += len(line) + 1
        if size > room:
            break
        kept += 1
    body = b"".join(line + b"\n" for line in lines[:kept])
    return message(command, last=body + end + (b"\n" if end else b""))
