"""Ergo's accounts and registered channels, out of its files, as our import verbs take them.

Two kinds of files are read: the database itself, a log of ``set`` and ``del`` commands in the
Redis protocol (tidwall/buntdb), and the JSON that ``ergo importdb`` reads, version 1 (made of
Atheme's or Anope's databases by the scripts that come with Ergo). Sources: irc/accounts.go,
irc/channelreg.go, irc/import.go and irc/bunt of ergochat/ergo.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from words.admin.verbs.importing import Account, Channel
from words.errors import ConfigError

ROLES = {"q": "founder", "a": "protected", "o": "operator", "h": "half-operator", "v": "voice"}
FLAGS = {
    "i": "invite_only",
    "m": "moderated",
    "n": "no_outside",
    "s": "secret",
    "t": "topic_locked",
    "R": "registered_only",
    "C": "no_queries",
    "E": "roleplay",
    "M": "registered_speak",
    "U": "op_moderated",
    "u": "auditorium",
}
MOST_BYTES = 256 * 1024**2
"""Of a file: 10,000 accounts and 2,000 channels have 6 MiB."""

MOST_WORDS = 8
"""In a command: ``set KEY VALUE EX SECONDS`` has five."""

_LONGEST_SIZE = 13  # bytes of a size with its sign and line end
_SIZE = re.compile(rb"([*$])(\d{1,10})\r\n")
_WRITTEN = re.compile(rb"[^\0]")
_RECORD = re.compile(r"[0-9a-f]+ \S+")
"""The key of a record of a table: its number, and a UUID."""

_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading raises where something isn't of the type that Ergo writes."""


class Found(NamedTuple):
    """What a file has, as arguments of the verbs. ``cut``: it ends within a command."""

    accounts: list[dict[str, Any]]
    channels: list[dict[str, Any]]
    cut: bool = False


def read(path: Path) -> Found:
    """Return accounts and groups, all of them checked.

    Raises `ConfigError` where the file is none of Ergo's, with what is wrong first.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    if len(data) > MOST_BYTES:
        raise ConfigError(f"{path} has more than {MOST_BYTES >> 20} MiB: no database of Ergo has")
    try:
        return _read(data)
    except _WRONG as error:
        why = f"{error!s:.200}" or type(error).__name__
        raise ConfigError(f"{path} isn't a database or an export of Ergo: {why}") from None


def _read(data: bytes) -> Found:
    if data.lstrip()[:1] == b"{":
        return _of_json(json.loads(data))
    values, cut = _replayed(data)
    if not values:
        raise ValueError("it is empty")
    return _of_database(values)._replace(cut=cut)


def _each(
    items: Iterable[tuple[str, Any]],
    make: Callable[[str, Any], dict[str, Any]],
    kind: type[Account] | type[Channel],
) -> list[dict[str, Any]]:
    """Return what is made of each and can be that argument; else the error has its key."""
    made = []
    for key, value in items:
        try:
            if one := make(key, value):
                msgspec.convert(one, kind)
                msgspec.json.encode(one)  # what has no UTF-8 can't be sent
                made.append(one)
        except _WRONG as error:
            raise ValueError(f"{key}: {error}") from None
    return made


# The JSON of `ergo importdb`


def _of_json(dump: dict[str, Any]) -> Found:
    if dump["version"] != 1:
        raise ValueError(f"version {dump['version']} isn't known")
    users, channels = dump.get("users", {}), dump.get("channels", {})
    return Found(
        _each(users.items(), _json_user, Account),
        _each(channels.items(), _json_channel, Channel),
    )


def _json_user(key: str, user: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": user.get("name") or key,
        "created": int(user.get("registeredAt", 0)) // 10**6,
        **_credentials(user.get("credentials") or {}),
    }


def _json_channel(key: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": key.removeprefix("#"),
        "created": int(one.get("registeredAt", 0)) // 10**6,
        "founder": one.get("founder", ""),
        "topic": one.get("topic", ""),
        "topic_by": one.get("topicSetBy", ""),
        "topic_time": int(one.get("topicSetAt", 0)) // 10**6,
        "flags": _flags(one.get("modes", "")),
        "key": one.get("key", ""),
        "limit": int(one.get("limit", 0)),
        "access": _access(one.get("amode") or {}),
    }


def _flags(modes: str) -> list[str]:
    return [FLAGS[mode] for mode in modes if mode in FLAGS]


def _access(roles: dict[str, str]) -> dict[str, str]:
    return {account: ROLES[role] for account, role in roles.items() if role in ROLES}


def _credentials(kept: dict[str, Any]) -> dict[str, Any]:
    """Return the SCRAM-SHA-256 keys and certificates; the other hash (bcrypt) is of no use."""
    found: dict[str, Any] = {"certificates": kept.get("Certfps") or []}
    if kept.get("Iters"):
        found |= {
            "iterations": kept["Iters"],
            "salt": kept["Salt"],
            "stored_key": kept["StoredKey"],
            "server_key": kept["ServerKey"],
        }
    return found


# The database


def _replayed(data: bytes) -> tuple[dict[str, str], bool]:
    """Return what a log of commands leaves, and whether its last command is cut off.

    That one doesn't count, as in Ergo.
    """
    values: dict[str, str] = {}
    for command in _commands(data):
        match command:
            case ["set", key, value, *_]:
                values[key] = value
            case ["del", key]:
                values.pop(key, None)
            case ["flushdb"]:
                values.clear()
            case []:
                return values, True
            case _:
                raise ValueError(f"there is no command {' '.join(command)!a:.40}")
    return values, False


def _commands(data: bytes) -> Iterator[list[str]]:
    """Yield the commands; for one that is cut off, the last, an empty list."""
    at = 0
    # There are zeros where a file was made longer before it was written to.
    while written := _WRITTEN.search(data, at):
        count, at = _size(data, written.start(), b"*")
        if not 0 < count <= MOST_WORDS and at <= len(data):
            raise ValueError(f"a command has {count} words")
        words = []
        for _ in range(count):
            length, at = _size(data, at, b"$")
            words.append(data[at : at + length])
            at += length + 2
        if at > len(data):
            yield []
            return
        yield [words[0].decode().lower(), *(word.decode() for word in words[1:])]


def _size(data: bytes, at: int, sign: bytes) -> tuple[int, int]:
    """Return a size and where it ends: beyond the end of the data, if it is cut off."""
    found = _SIZE.match(data, at)
    if found and found[1] == sign:
        return int(found[2]), found.end()
    if len(data) - at < _LONGEST_SIZE and data[at : at + 1] in (sign, b""):
        return 0, len(data) + 1
    raise ValueError(f"byte {at} isn't the start of a command")


def _of_database(values: dict[str, str]) -> Found:
    named = {
        key.removeprefix("account.name "): name
        for key, name in values.items()
        if key.startswith("account.name ")
    }
    verified = [
        (account, name)
        for account, name in named.items()
        if f"account.verified {account}" in values  # others never finished their registration
    ]
    records = [
        (key, value)
        for key, value in values.items()
        if _RECORD.fullmatch(key) and value.startswith("{")
    ]
    return Found(
        _each(verified, partial(_account, values), Account),
        _each(records, lambda _, value: _channel(json.loads(value)), Channel),
    )


def _account(values: dict[str, str], account: str, name: str) -> dict[str, Any]:
    kept = json.loads(values.get(f"account.credentials {account}", "{}"))
    return {
        "name": name,
        "created": int(values.get(f"account.registered.time {account}", 0)) // 10**6,
        "suspended": f"account.suspended {account}" in values,
        **_credentials(kept),
    }


def _channel(record: dict[str, Any]) -> dict[str, Any]:
    """Return a registered channel, or nothing for another record."""
    if not (str(record.get("Name", "")).startswith("#") and record.get("Founder")):
        return {}
    lists = {"ban": "Bans", "except": "Excepts", "invite": "Invites"}
    roles = {account: chr(mode) for account, mode in (record.get("AccountToUMode") or {}).items()}
    return {
        "name": record["Name"].removeprefix("#"),
        "created": _moment(record.get("RegisteredAt")),
        "founder": record["Founder"],
        "topic": record.get("Topic", ""),
        "topic_by": record.get("TopicSetBy", ""),
        "topic_time": _moment(record.get("TopicSetTime")),
        "flags": _flags("".join(map(chr, record.get("Modes") or []))),
        "key": record.get("Key", ""),
        "limit": record.get("UserLimit", 0),
        "access": _access(roles),
        "lists": {name: _entries(record.get(field)) for name, field in lists.items()},
    }


def _entries(masks: dict[str, Any] | None) -> list[str]:
    """Return the entries of a list; ``m:`` is Ergo's extended ban that mutes."""
    return ["mute:" + mask[2:] if mask.startswith("m:") else mask for mask in masks or {}]


def _moment(text: str | None) -> int:
    if not text or text.startswith("0001"):
        return 0
    return max(0, int(datetime.fromisoformat(text).timestamp() * 1000))
