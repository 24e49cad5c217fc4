"""What the documents claim is so, where that is cheap to tell."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from words import events
from words.cli import COMMANDS
from words.errors import ConfigError
from words.typed_toml import parse_seconds, parse_size

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
README = (ROOT / "README.md").read_text()
CONFIG = (ROOT / "config.toml").read_text()
EVENTS = "Events: stored or not, and who is told"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading of architecture.md, without its head."""
    section = ARCHITECTURE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_events_has_all_of_them() -> None:
    listed = {row[0].strip("`"): row[1] != "no" for row in rows(EVENTS)}
    found = {
        name: kind in events.STORED_TYPES
        for name, kind in vars(events).items()
        if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event
    }
    assert listed == found


def test_stored_events_are_those_with_a_class_of_history() -> None:
    classes = {kind.__name__: kind.history for kind in get_args(events.ConversationEvent)}
    words = {"talk": events.TALK, "happenings": events.HAPPENING, "changes": events.CHANGE}
    told = {row[0].strip("`"): row[1] for row in rows(EVENTS)}
    assert {name: words[told[name].rpartition(" ")[2]] for name in classes} == classes


@pytest.mark.parametrize("row", rows("Limits"), ids=lambda row: str(row[2]))
def test_limits_are_as_the_table_says(row: list[str]) -> None:
    _, said, place = row
    place = place.strip("`")
    owner, _, name = place.rpartition(".")
    if name.isupper():
        assert value(said) == getattr(importlib.import_module(owner), name)
        return
    found: Any = tomllib.loads(CONFIG)
    for key in place.split("."):
        found = found[key]
    assert value(said) == value(str(found))


def value(text: str) -> float:
    """Return a number, a size or a duration as a number."""
    for read in (float, parse_size, parse_seconds):
        try:
            return float(read(text))
        except (ValueError, ConfigError):
            continue
    raise AssertionError(text)


def test_every_setting_is_explained() -> None:
    """By a comment in its line, or in the lines above it or above its table."""
    silent = []
    explained = False
    for line in CONFIG.splitlines():
        if line.startswith("#"):
            explained = True
        elif not line:
            explained = False
        elif "=" in line.partition("#")[0] and "  # " not in line:
            silent += [] if explained or line.startswith("port =") else [line]
    assert silent == []


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets
    named = set(re.findall(r"^    words ([a-z-]+)", README, re.M))
    assert named
    assert named <= COMMANDS.keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_paths_and_modules_that_documents_name_exist() -> None:
    pattern = r"`((?:words|gateways|tests|bench|docs)/[\w/.-]*)`"
    named = {
        path
        for page in PAGES
        if page.name != "pb.md"
        for path in re.findall(pattern, page.read_text())
    }
    assert {path for path in named if not (ROOT / path).exists()} == set()
