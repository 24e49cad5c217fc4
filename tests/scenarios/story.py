"""Reads a `.chat` file into clients and steps; README.md has the form. No sockets here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NamedTuple

Action = Literal["comes", "sends", "receives", "anything", "nothing", "leaves"]

_CLIENT = re.compile(r"\[(\w+)\] (\w+)((?: \w+=\S+)*)$")
_STEP = re.compile(r"(\w+) (sends|receives): (.+)$")
_BARE = re.compile(r"(\w+) (receives nothing|leaves)$")


class Newcomer(NamedTuple):
    """A client: its gateway, its name in the story, and how it comes in."""

    gateway: str
    name: str
    options: dict[str, str]


class Step(NamedTuple):
    """One line of a story. ``place`` is file and line number, for failures."""

    place: str
    name: str
    action: Action
    text: str = ""
    newcomer: Newcomer | None = None


class BadStory(Exception):
    """``BadStory(place, line)``: a line that is none of a story's."""


def read(path: Path) -> list[Step]:
    """Return the steps of a story; raises `BadStory`."""
    steps = []
    known: set[str] = set()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = line.rstrip()
        if line and not line.startswith("#"):
            step = _step(f"{path.name}:{number}", line)
            if (step.name in known) == (step.action == "comes"):
                raise BadStory(step.place, line)
            known.add(step.name)
            steps.append(step)
    return steps


def _step(place: str, line: str) -> Step:
    if found := _CLIENT.match(line):
        gateway, name, rest = found.groups()
        options = dict(word.split("=", 1) for word in rest.split())
        return Step(place, name, "comes", newcomer=Newcomer(gateway, name, options))
    if found := _STEP.match(line):
        name, verb, text = found.groups()
        if verb == "sends":
            return Step(place, name, "sends", text)
        return Step(place, name, "anything" if text == "..." else "receives", text)
    if found := _BARE.match(line):
        name, verb = found.groups()
        return Step(place, name, "leaves" if verb == "leaves" else "nothing")
    raise BadStory(place, line)
