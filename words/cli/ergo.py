"""Ergo's accounts and registered channels, out of its files, as our import verbs take them.

Two kinds of files are read: the database itself, a log of ``set`` and ``del`` commands in the
Redis protocol (tidwall/buntdb), and the JSON that ``ergo importdb`` reads, version 1 (made of
Atheme's or Anope's databases by the scripts that come with Ergo). Sources: irc/accounts.go,
irc/channelreg.go, irc/import.go and irc/bunt of ergochat/ergo.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

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
_RECORD = re.compile(r"[0-9a-f]+ \S+")
"""The key of a record of a table: its number, and a UUID."""

Rows = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def read(path: Path) -> Rows:
    """Return accounts and groups; raises `ConfigError` where the file is none of Ergo's."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    try:
        if data.lstrip()[:1] == b"{":
            return _of_json(json.loads(data))
        values = _replayed(data)
        if not values:
            raise ValueError("it is empty")
        return _of_database(values)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise ConfigError(f"{path} isn't a database or an export of Ergo: {error!s:.100}") from None


# The JSON of `ergo importdb`


def _of_json(dump: dict[str, Any]) -> Rows:
    if dump["version"] != 1:
        raise ValueError(f"version {dump['version']} isn't known")
    accounts = [
        {
            "name": user.get("name") or key,
            "created": int(user.get("registeredAt", 0)) // 10**6,
            **_credentials(user.get("credentials") or {}),
        }
        for key, user in dump.get("users", {}).items()
    ]
    channels = [
        {
            "name": key.removeprefix("#"),
            "created": int(one.get("registeredAt", 0)) // 10**6,
            "founder": one.get("founder", ""),
            "topic": one.get("topic", ""),
            "topic_by": one.get("topicSetBy", ""),
            "topic_time": int(one.get("topicSetAt", 0)) // 10**6,
            "flags": _flags(one.get("modes", "")),
            "key": one.get("key", ""),
            "limit": int(one.get("limit", 0)),
            "access": _access(one.get("amode", {})),
        }
        for key, one in dump.get("channels", {}).items()
    ]
    return accounts, channels


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


def _replayed(data: bytes) -> dict[str, str]:
    """Return what a log of commands leaves; a command that is cut off at the end doesn't count."""
    values: dict[str, str] = {}
    for command, *words in _commands(data):
        if command == "set":
            values[words[0]] = words[1]
        elif command == "del":
            values.pop(words[0], None)
        elif command == "flushdb":
            values.clear()
        else:
            raise ValueError(f"there is no command {command!a:.40}")
    return values


def _commands(data: bytes) -> Iterator[list[str]]:
    at = 0
    while at < len(data):
        if data[at] == 0:  # a file that was made longer before it was written to
            at += 1
            continue
        count, at = _number(data, at, b"*")
        words = []
        for _ in range(count):
            length, at = _number(data, at, b"$")
            words.append(data[at : at + length].decode())
            at += length + 2
        if at > len(data):
            return
        yield [words[0].lower(), *words[1:]]


def _number(data: bytes, at: int, sign: bytes) -> tuple[int, int]:
    if data[at : at + 1] not in (sign, b""):
        raise ValueError(f"byte {at} isn't the start of a command")
    end = data.find(b"\r\n", at, at + 24)
    if end < 0:
        return 0, len(data) + 1
    return int(data[at + 1 : end]), end + 2


def _of_database(values: dict[str, str]) -> Rows:
    accounts = []
    for key, name in values.items():
        if not key.startswith("account.name "):
            continue
        account = key.removeprefix("account.name ")
        if f"account.verified {account}" not in values:
            continue  # never finished its registration
        kept = json.loads(values.get(f"account.credentials {account}", "{}"))
        accounts.append(
            {
                "name": name,
                "created": int(values.get(f"account.registered.time {account}", 0)) // 10**6,
                "suspended": f"account.suspended {account}" in values,
                **_credentials(kept),
            }
        )
    channels = []
    for key, value in values.items():
        if _RECORD.fullmatch(key) and value.startswith("{"):
            record = json.loads(value)
            if str(record.get("Name", "")).startswith("#") and record.get("Founder"):
                channels.append(_channel(record))
    return accounts, channels


def _channel(record: dict[str, Any]) -> dict[str, Any]:
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
