"""Bridges to other networks: which there are, what is linked with what, how they are.

The verbs write what is wanted; a running hub follows at once (`words.hub`), a stopped one when it
starts.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from words.admin.base import Act, Domain, Nothing, Result, Verb
from words.config import read_bridge
from words.errors import BadInput, Conflict, NotFound, TooLong

MAX_SETTINGS = 16 * 1024  # bytes of a bridge's settings as JSON; real ones have some hundred

PAUSED = "paused"


class NewBridge(Act, forbid_unknown_fields=True):
    """Arguments of ``bridge-add``: ``settings`` as a table of [[bridges]], all values texts."""

    settings: dict[str, Any] = msgspec.field(default_factory=dict)


class LinkArguments(Act, forbid_unknown_fields=True):
    """Arguments of ``bridge-link`` and ``bridge-unlink``."""

    room: str = ""
    group: str = ""


class Password(Act, forbid_unknown_fields=True):
    """Arguments of ``bridge-password``; "" for none any more."""

    password: str = ""


def _links(domain: Domain) -> Any:
    from words.chat.links import Links

    return Links(domain.store)


def _configured(domain: Domain) -> list[str]:
    return [bridge.name for bridge in domain.config().bridges]


def _known(domain: Domain, name: str) -> None:
    if name not in _configured(domain) and name not in _links(domain).bridges():
        raise NotFound(f"bridge {name}")


def _of_texts(value: object) -> bool:
    """Return whether these are nested tables of texts, as the command makes them."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _of_texts(each) for key, each in value.items())
    return isinstance(value, str)


def _add(domain: Domain, arguments: NewBridge, _: object) -> Result:
    settings = {**arguments.settings, "name": arguments.name}
    if not _of_texts(settings):
        raise BadInput("settings", "are texts, and tables of texts")
    text = json.dumps(settings)
    if len(text) > MAX_SETTINGS:
        raise TooLong("settings", MAX_SETTINGS)
    if arguments.name in _configured(domain):
        raise Conflict(f"bridge {arguments.name} is in the configuration already")
    definition = read_bridge(settings, domain.config().hub.data)
    _links(domain).add(arguments.name, text)
    return {"name": arguments.name, "network": definition.network}


def _remove(domain: Domain, arguments: Act, _: object) -> Result:
    from words.chat.ledger import Ledger

    if arguments.name in _configured(domain):
        raise Conflict(f"bridge {arguments.name} is in the configuration: take it out there")
    links = _links(domain)
    for link in links.links():
        if link.bridge == arguments.name:
            Ledger(domain.store).forget(f"{link.bridge} {link.room}")
    links.remove(arguments.name)
    Ledger(domain.store).forget(arguments.name)
    _password_path(domain, arguments.name).unlink(missing_ok=True)
    return {"name": arguments.name}


def _link(domain: Domain, arguments: LinkArguments, _: object) -> Result:
    from words.chat.links import MAX_ROOM, Link

    _known(domain, arguments.name)
    if not arguments.room or not arguments.room.isprintable():
        raise BadInput("room", "is empty or has control characters")
    if len(arguments.room) > MAX_ROOM:
        raise TooLong("room", MAX_ROOM)
    for bridge in domain.config().bridges:
        if bridge.name == arguments.name and arguments.room in [each.room for each in bridge.links]:
            raise Conflict(f"{arguments.room} is linked in the configuration already")
    limit = domain.config().chat.max_group_name_length
    _links(domain).link(Link(arguments.name, arguments.room, arguments.group), limit)
    return {"name": arguments.name, "room": arguments.room, "group": arguments.group}


def _unlink(domain: Domain, arguments: LinkArguments, _: object) -> Result:
    from words.chat.ledger import Ledger

    link = _links(domain).unlink(arguments.name, arguments.room)
    Ledger(domain.store).forget(f"{link.bridge} {link.room}")
    return link._asdict()


def _pause(domain: Domain, arguments: Act, _: object) -> Result:
    return _set_paused(domain, arguments.name, True)


def _resume(domain: Domain, arguments: Act, _: object) -> Result:
    return _set_paused(domain, arguments.name, False)


def _set_paused(domain: Domain, name: str, paused: bool) -> Result:
    from words.chat.ledger import Ledger

    _known(domain, name)
    Ledger(domain.store).keep(name, PAUSED, "yes" if paused else "")
    return {"name": name, "paused": paused}


def _password_path(domain: Domain, name: str) -> Path:
    return domain.config().hub.data / f"bridge-{name}.password"


def _set_password(domain: Domain, arguments: Password, _: object) -> Result:
    _known(domain, arguments.name)
    path = _password_path(domain, arguments.name)
    if not arguments.password:
        path.unlink(missing_ok=True)
        return {"name": arguments.name}
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(arguments.password)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return {"name": arguments.name}


def _status(domain: Domain, _: object, __: object) -> Result:
    from words.chat.ledger import Ledger

    found = {each["name"]: each for each in domain.bridges()}
    ledger = Ledger(domain.store)
    links = _links(domain)
    for name in (*_configured(domain), *links.bridges()):
        if name not in found:
            state = "paused" if ledger.value(name, PAUSED) else "stopped"
            found[name] = {"name": name, "state": state, "rooms": [], "direct": []}
    return [found[name] for name in sorted(found)]


VERBS = {
    "bridge-add": Verb(NewBridge, _add, "admin"),
    "bridge-remove": Verb(Act, _remove, "admin"),
    "bridge-link": Verb(LinkArguments, _link, "admin"),
    "bridge-unlink": Verb(LinkArguments, _unlink, "admin"),
    "bridge-pause": Verb(Act, _pause, "admin"),
    "bridge-resume": Verb(Act, _resume, "admin"),
    "bridge-password": Verb(Password, _set_password, "admin"),
    "bridge-status": Verb(Nothing, _status, "status", writes=False),
}
