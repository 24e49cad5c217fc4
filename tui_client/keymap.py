"""Keys: what each does, and the user's own choice of them in keys.toml, checked for clashes.

[keys]
next-unread = "alt+a"
help = "f1, alt+h"
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tui_client import files


class Action(NamedTuple):
    """Something that a key does. ``keys``: with commas between them."""

    id: str
    keys: str
    action: str
    help: str


ACTIONS = (
    Action("help", "f1", "help", "Help for what has the focus"),
    Action("settings", "f2", "settings", "Settings"),
    Action("roster", "f7", "toggle_roster", "Show or hide the conversations"),
    Action("members", "f8", "toggle_members", "Show or hide the members"),
    Action("condense", "f9", "toggle_condensed", "Show or condense comings and goings"),
    Action("accounts", "f10", "accounts", "Accounts: sign on, sign off"),
    Action("switch", "ctrl+k", "switch", "Go to a conversation by name"),
    Action("palette", "ctrl+p", "palette", "All commands"),
    Action("search", "ctrl+f", "search", "Search"),
    Action("browse", "alt+g", "browse", "Groups at this hub"),
    Action("mentions", "alt+m", "mentions", "What mentioned you"),
    Action("info", "alt+i", "info", "About this conversation"),
    Action(
        "next-unread", "alt+a", "next_unread", "Next unread conversation, the most urgent first"
    ),
    Action("next", "alt+down", "go(1)", "Next conversation"),
    Action("previous", "alt+up", "go(-1)", "Previous conversation"),
    Action("back", "alt+slash", "back", "Conversation before this one"),
    Action("side", "alt+v", "side", "Two conversations side by side, or one again"),
    Action("other", "alt+o", "other", "The other one of two side by side"),
    Action("read-all", "alt+U,alt+shift+u", "read_all", "Mark all as read"),
    Action("first-unread", "alt+u", "first_unread", "First unread message"),
    Action("next-mention", "alt+n", "mention(1)", "Next mention"),
    Action("previous-mention", "alt+p", "mention(-1)", "Previous mention"),
    Action("page-up", "pageup", "page(-1)", "Scroll up"),
    Action("page-down", "pagedown", "page(1)", "Scroll down"),
    Action("start", "alt+home", "scroll_start", "Oldest message here"),
    Action("end", "alt+end", "scroll_end", "Newest message"),
    Action("focus-message", "alt+k", "focus_message", "Choose a message"),
    Action("copy", "ctrl+c", "copy_or_quit", "Copy what is selected; twice: quit"),
    Action("quit", "ctrl+q", "quit", "Quit"),
)
"""Those of the main screen. A widget's own keys stand in its BINDINGS, with ids of their own."""

NEVER = {
    "ctrl+i": "it is Tab",
    "ctrl+m": "it is Enter",
    "ctrl+h": "it is Backspace",
    "ctrl+z": "terminals suspend with it",
    "ctrl+s": "terminals stop output with it",
    "ctrl+b": "tmux takes it",
}
"""Keys that terminals can't tell from others, or that never arrive."""

HELD = frozenset({"ctrl", "alt", "shift", "super", "meta", "hyper"})
SPECIAL = (
    "enter escape tab space backspace delete insert home end pageup pagedown up down left right"
    " slash backslash minus plus underscore at"
)
SPELLED = {"pgup": "pageup", "pgdn": "pagedown", "esc": "escape", "del": "delete", "/": "slash"}
SPELLED |= {"↑": "up", "↓": "down", "←": "left", "→": "right"}
"""As the help shows them, and what Textual calls them."""


class Keymap(NamedTuple):
    """What is in force, action id to keys, and what in the file can't be."""

    keys: dict[str, str]
    problems: list[str]


def load(path: Path, more: Mapping[str, str] = {}) -> Keymap:
    """Read the user's keys over ours; ``more`` are ids of widgets' bindings with their keys."""
    usual = {action.id: action.keys for action in ACTIONS} | dict(more)
    try:
        found = files.read_toml(path).get("keys", {})
    except files.BadFile as error:
        return Keymap({}, [str(error)])
    if not isinstance(found, dict):
        return Keymap({}, [f"{path}: keys is a table"])
    chosen: dict[str, str] = {}
    problems: list[str] = []
    for name, keys in found.items():
        if name not in usual:
            problems.append(f"{path}: there is no action {name}")
        elif not isinstance(keys, str):
            problems.append(f"{path}: {name}: keys are a text")
        else:
            chosen[name] = ",".join(map(_named, split(keys)))
    while troubles := {name: why for name in chosen if (why := _trouble(name, chosen, usual))}:
        name, why = next(iter(troubles.items()))
        problems.append(f"{path}: {name}: {why}")
        del chosen[name]  # its usual keys are in force again: they may clash with others
    return Keymap(chosen, problems)


def split(keys: str) -> list[str]:
    """Return the keys of a text, "a, b" or "a,b"."""
    return [key.strip() for key in keys.split(",") if key.strip()]


def _named(key: str) -> str:
    """Return a key as Textual names it; people may write it as the help does: Alt+PgUp."""
    *held, last = key.split("+")
    if held or len(last) > 1:
        last = last.lower()
    return "+".join([*sorted(map(str.lower, held)), SPELLED.get(last, last)])


def _is_key(key: str) -> bool:
    *held, last = key.split("+")
    if not HELD.issuperset(held):
        return False
    if len(last) == 1 or last in SPECIAL.split() or re.fullmatch(r"f[1-9]\d?", last):
        return True
    try:
        return bool(unicodedata.lookup(last.replace("_", " ")))  # full_stop
    except KeyError:
        return False


def _trouble(name: str, chosen: Mapping[str, str], usual: Mapping[str, str]) -> str:
    in_force = {**usual, **chosen}
    for key in split(chosen[name]):
        if not _is_key(key):
            return f"there is no key {key}"
        if key in NEVER:
            return f"{key} can't be used: {NEVER[key]}"
        for other, keys in in_force.items():
            if other != name and key in split(keys):
                return f"{key} is {other} already"
    return ""
