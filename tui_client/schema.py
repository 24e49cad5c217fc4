"""What can be set: one table, from which the settings screen, /set and the file are made."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

from tui_client import files

Value: TypeAlias = bool | int | str


class Setting(NamedTuple):
    """A row. ``choices`` are the values it may have, () for any of the default's type."""

    key: str
    topic: Literal["Looks", "Attention", "Writing", "Privacy"]
    title: str
    help: str
    default: Value
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


SETTINGS = (
    Setting(
        "theme",
        "Looks",
        "Theme",
        "The colours; terminal takes those of the terminal.",
        "dark",
        ("dark", "light", "terminal"),
    ),
    Setting("roster", "Looks", "Conversations", "Show the list on the left (F7).", True),
    Setting(
        "members", "Looks", "Members", "Show who is in a group, from 100 columns on (F8).", True
    ),
    Setting(
        "condense",
        "Looks",
        "Condense comings and goings",
        "One line for people who join and leave (F9).",
        True,
    ),
    Setting(
        "previews",
        "Looks",
        "Newest messages",
        "One below each conversation, from 150 columns on and where there is room.",
        True,
    ),
    Setting("offline", "Looks", "Offline contacts", "Show contacts who aren't there.", False),
    Setting(
        "alerts",
        "Attention",
        "Alert in groups",
        "What alerts where a group has no rule of its own; direct messages always do.",
        "mentions",
        ("all", "mentions", "none"),
    ),
    Setting(
        "keywords",
        "Attention",
        "Keywords",
        "Words that count as a mention, beside your name; commas between them.",
        "",
    ),
    Setting("bell", "Attention", "Bell", "Ring the terminal's bell when alerted.", True),
    Setting(
        "notify",
        "Attention",
        "Desktop notifications",
        "Have the terminal show one while it has no focus; it chooses among what it knows.",
        "osc9",
        ("osc9", "osc777", "osc99", "none"),
    ),
    Setting("title", "Attention", "Terminal title", "Show there how much is unread.", True),
    Setting(
        "paste",
        "Writing",
        "Ask before sending many lines",
        "A pasted text with more lines is asked about.",
        5,
        least=1,
        most=1000,
    ),
    Setting("typing", "Privacy", "Typing notices", "Let others see that you are writing.", True),
    Setting(
        "receipts", "Privacy", "Read markers", "Keep them at the hub, for your other clients.", True
    ),
)

BY_KEY = {setting.key: setting for setting in SETTINGS}


class BadValue(ValueError):
    """A setting can't have this value; the text says what it can."""


def parse(setting: Setting, text: str) -> Value:
    """Return the value that a text stands for; raises `BadValue`."""
    text = text.strip()
    if isinstance(setting.default, bool):
        truths = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
        if text.casefold() not in truths:
            raise BadValue(f"{setting.key} is on or off")
        return truths[text.casefold()]
    if isinstance(setting.default, int):
        if not text.isdecimal():
            raise BadValue(f"{setting.key} is a number")
        return check(setting, int(text))
    return check(setting, text)


def check(setting: Setting, value: Any) -> Value:
    """Return a value that the setting can have; raises `BadValue`."""
    if type(value) is not type(setting.default):
        raise BadValue(f"{setting.key}: expected {_kind(setting)}, got {value!r}")
    if setting.choices and value not in setting.choices:
        raise BadValue(f"{setting.key} is one of {', '.join(setting.choices)}")
    if setting.most and isinstance(value, int) and not setting.least <= value <= setting.most:
        raise BadValue(f"{setting.key} is between {setting.least} and {setting.most}")
    kept: Value = value
    return kept


def _kind(setting: Setting) -> str:
    names = {bool: "true or false", int: "a number", str: "a text"}
    return names[type(setting.default)]


class Settings:
    """All values, as they stand in a file; ``problems`` are what in it can't be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self.on_change: Callable[[str], None] = lambda key: None
        self._values: dict[str, Value] = {}
        try:
            found = files.read_toml(path)
        except files.BadFile as error:
            self.problems.append(str(error))
            return
        for key, value in found.items():
            try:
                self._values[key] = check(BY_KEY[key], value)
            except KeyError:
                self.problems.append(f"{path}: there is no setting {key}")
            except BadValue as error:
                self.problems.append(f"{path}: {error}")

    def flag(self, key: str) -> bool:
        """Return a setting that is on or off."""
        return bool(self[key])

    def number(self, key: str) -> int:
        """Return a setting that is a number."""
        return int(self[key])

    def text(self, key: str) -> str:
        """Return a setting that is a text."""
        return str(self[key])

    def __getitem__(self, key: str) -> Value:
        return self._values.get(key, BY_KEY[key].default)

    def set(self, key: str, value: Value) -> None:
        """Change a setting and save it; raises `BadValue`, KeyError, OSError."""
        setting = BY_KEY[key]
        if check(setting, value) == self[key]:
            return
        self._values[key] = value
        self.on_change(key)
        kept = {key: value for key, value in self._values.items() if value != BY_KEY[key].default}
        files.write(self.path, files.toml(kept))
