"""Connections that are here: listed, and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.admin.base import PAGE, Act, Domain, Page, Result, Verb
from words.admin.verbs.people import attachments_of
from words.chat.connections import end, shown
from words.errors import NotFound

if TYPE_CHECKING:
    from words.chat.attachment import Attachment


class One(Act, forbid_unknown_fields=True):
    """Arguments of ``session-end``: one of somebody's connections, those that came by an app
    password (its label), or all of them."""

    session: str = ""
    app_password: str = ""


class Some(Page, forbid_unknown_fields=True):
    """Arguments of ``session-list``: of everybody, or those of one person."""

    name: str = ""


def _list(domain: Domain, arguments: Some, _: object) -> Result:
    """Return the connections of people whose keys come after one."""
    if domain.live is None:
        return []
    participants = domain.live.registry.participants
    keys = sorted(key for key in participants if key > arguments.after)
    chosen = _of(domain, arguments.name) if arguments.name else None
    rows: list[dict[str, Result]] = []
    for key in keys:
        here = participants[key].attachments
        here = here if chosen is None else [one for one in here if one in chosen]
        rows += [{**shown(one)._asdict(), "key": key} for one in here]
        if len(rows) >= PAGE:
            break
    return rows


def _of(domain: Domain, name: str) -> list[Attachment]:
    """Return the connections of whoever is called this, and of that identity."""
    service = domain.live
    here = service.registry.participant(name) if service else None
    found = list(here.attachments) if here else []
    identity = domain.register.get(name)
    if identity is not None:
        found += [one for one in attachments_of(service, identity) if one not in found]
    return found


def _end(domain: Domain, arguments: One, _: object) -> Result:
    found = _of(domain, arguments.name)
    if arguments.app_password:
        identity = domain.register.require(arguments.name)
        found = attachments_of(domain.live, identity, arguments.app_password)
    if arguments.session:
        found = [one for one in found if str(one.number) == arguments.session]
    if not found:
        raise NotFound(f"connection of {arguments.name}")
    reason = f"Ended by an administrator: {arguments.why}".rstrip(": ")
    return {"name": arguments.name, "ended": end(found, reason)}


VERBS = {
    "session-list": Verb(Some, _list, "users", writes=False),
    "session-end": Verb(One, _end, "bans"),
}
