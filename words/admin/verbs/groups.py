"""Groups: list, show, change their settings, remove them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from words.admin.base import PAGE, Act, Domain, Name, Page, Result, Verb
from words.errors import BadInput, Conflict, NoSuchGroup, NotFound, TooLong, TooMany
from words.events import (
    AccessChanged,
    Actor,
    ConversationEvent,
    Kicked,
    RegistrationChanged,
    SettingChange,
    SettingsChanged,
    TopicChanged,
)
from words.journal.retention import retention_of, set_retention
from words.names import group_key, participant_key
from words.typed_toml import parse_seconds

if TYPE_CHECKING:
    from words.chat.group import Group
    from words.chat.service import ChatService

ADMINISTRATION = Actor(0, "administration", "hub", "hub")
"""The actor of what an administrator does from outside of the chat."""


APART = ("topic", "founder", "successor", "retention")
"""What ``group-set`` doesn't change by `SettingsChanged`."""


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """One setting, or an entry of a list: set, or (without ``added``) taken back."""

    setting: str
    value: str = ""
    added: bool = True
    seconds: int = 0


class Changes(Act, forbid_unknown_fields=True, kw_only=True):
    """Arguments of ``group-set``."""

    changes: tuple[Change, ...]


class AccessChange(Act, forbid_unknown_fields=True, kw_only=True):
    """Arguments of ``group-access``."""

    account: str
    role: str = ""


def _list(domain: Domain, arguments: Page, _: object) -> Result:
    rows = domain.store.read(
        "SELECT name, facts, (SELECT count(*) FROM members WHERE conversation = groups.id)"
        " FROM groups WHERE key > ? ORDER BY key LIMIT ?",
        group_key(arguments.after),
        PAGE,
    )
    return [{"name": name, "members": members, **_facts(facts)} for name, facts, members in rows]


def _facts(packed: bytes) -> dict[str, Result]:
    facts = msgspec.msgpack.decode(packed)
    return {key: facts.get(key) for key in ("topic", "registered", "created")}


def _show(domain: Domain, arguments: Name, _: object) -> Result:
    group = _group(domain.service, arguments.name)
    facts = msgspec.to_builtins(group.facts)
    for private in ("epoch", "closed_once", "open_past"):
        del facts[private]
    members = [
        {"name": one.participant.name, "roles": list(one.roles), "durable": one.durable}
        for one in group.members.values()
    ]
    last = domain.journal.end(group.id)
    return {
        "name": group.name,
        "id": group.id,
        **facts,
        "retention": retention_of(domain.store, group.id),
        "members": sorted(members, key=lambda one: str(one["name"])),
        "events": last.sequence,
        "last": last.time,
    }


def _group(service: ChatService, name: str) -> Group:
    """Return a group that has members or is registered: others have no settings."""
    group = service.registry.group(name)
    if group is None:
        raise NoSuchGroup(name)
    return group


def _set(domain: Domain, arguments: Changes, _: object) -> Result:
    """Check everything, then let it happen: a refusal leaves all as it was."""
    service = domain.service
    group = _group(service, arguments.name)
    from words.chat.group import FLAGS, SETTINGS
    from words.chat.verbs.moderation import checked_changes, require_lasting

    known = (*APART, *SETTINGS)
    for one in arguments.changes:
        if one.setting not in known:
            raise BadInput("setting", f"{one.setting!a} isn't one of: {', '.join(known)}")
        require_lasting(one.setting, one.seconds)
    wanted = [
        SettingChange(one.setting, one.value, one.added, one.seconds)
        for one in arguments.changes
        if one.setting not in APART
    ]
    for change in wanted:
        if change.setting == "forward" and change.added:
            _group(service, change.value)
        if change.setting in FLAGS and change.added and change.value:
            raise BadInput(change.setting, "takes no value: it is set, or unset")
    changed = checked_changes(group, wanted, service.settings.limits.list_entries)
    events: list[tuple[str, Callable[..., ConversationEvent]]] = [
        ("topic", _topic(one, service.settings.limits.topic))
        for one in arguments.changes
        if one.setting == "topic"
    ]
    if changed:
        names = ", ".join(change.setting for change in changed)
        events.append((names, partial(_event, SettingsChanged, tuple(changed))))
    keepers = [one for one in arguments.changes if one.setting in ("founder", "successor")]
    if keepers:
        events.append(("registration", _registration(domain, group, keepers)))
    done = [name for name, _ in events]
    for one in arguments.changes:
        if one.setting == "retention":
            set_retention(domain.store, group.id, _seconds(one))
            done.append("retention")
    before = group.facts.founder_name
    for _name, make in events:
        service.happen(group, make(service.registry.stamp(group)))
    gone = {
        change.value.split(" ")[0]
        for change in changed
        if change.setting == "role" and not change.added
    }
    if gone:
        service.roles_gone(group, ADMINISTRATION, gone)
    if group.facts.founder_name != before:
        service.founder_changed(group, ADMINISTRATION, before)
    service.registry.unload(group)
    return {"name": group.name, "changed": done}


def _event(kind: type[Any], *fields: Any) -> ConversationEvent:
    """Return an event of these fields, and (the last) its stamp."""
    event: ConversationEvent = kind(*fields[-1], ADMINISTRATION, *fields[:-1])
    return event


def _topic(change: Change, limit: int) -> Callable[..., ConversationEvent]:
    from words.chat.verbs.base import check_text

    topic = change.value if change.added else ""
    check_text(topic)
    if len(topic) > limit:
        raise TooLong("topic", limit)
    return partial(_event, TopicChanged, topic)


def _registration(
    domain: Domain, group: Group, changes: list[Change]
) -> Callable[..., ConversationEvent]:
    facts = group.facts
    founder, number, successor = facts.founder_name, facts.founder, facts.successor
    for change in changes:
        identity = domain.register.require(change.value) if change.added else None
        if change.setting == "successor":
            successor = identity.name if identity else ""
        else:
            founder, number = (identity.name, identity.id) if identity else ("", 0)
    if successor and not founder:
        raise Conflict(f"{group.name} isn't registered")
    return partial(_event, RegistrationChanged, founder, number, successor)


def _seconds(change: Change) -> float | None:
    if not change.added:
        return None
    try:
        return float(parse_seconds(change.value))
    except ValueError:
        raise BadInput("retention", "must be a time like 12h or 30d, or 0 for ever") from None


def _access(domain: Domain, arguments: AccessChange, _: object) -> Result:
    """Give an account a role from joining on, or (with no role) take it from the list."""
    service = domain.service
    group = _group(service, arguments.name)
    if not group.facts.registered:
        raise Conflict(f"{group.name} isn't registered")
    entry = group.facts.access.get(participant_key(arguments.account))
    if arguments.role:
        roles = group.roles(service.settings.roles)
        if arguments.role not in roles.by_name:
            known = ", ".join(roles.by_name)
            raise BadInput("role", f"there is no {arguments.role!a}; roles are: {known}")
        account = domain.register.require(arguments.account).name
        most = service.settings.limits.list_entries
        if entry is None and len(group.facts.access) >= most:
            raise TooMany("entries of an access list", most)
    elif entry is None:
        raise NotFound(f"{arguments.account} on the list of {group.name}")
    else:
        account = entry.name
    stamp = service.registry.stamp(group)
    service.happen(group, AccessChanged(*stamp, ADMINISTRATION, account, arguments.role))
    old = entry.role if entry else ""
    service.give_access(group, ADMINISTRATION, account, arguments.role, old)
    return {"name": group.name, "account": account, "role": arguments.role}


def _remove(domain: Domain, arguments: Act, _: object) -> Result:
    """Put everybody out; the group's settings go, what was said stays."""
    service = domain.service
    group = _group(service, arguments.name)
    count = len(group.members)
    if group.facts.registered:
        stamp = service.registry.stamp(group)
        service.happen(group, RegistrationChanged(*stamp, ADMINISTRATION, "", 0))
    for member in list(group.members.values()):
        stamp = service.registry.stamp(group)
        reason = arguments.why or "The group was removed"
        service.happen(group, Kicked(*stamp, ADMINISTRATION, member.participant.actor, reason))
    service.registry.unload(group)
    return {"name": group.name, "members": count}


VERBS = {
    "group-list": Verb(Page, _list, "groups", writes=False),
    "group-show": Verb(Name, _show, "groups", writes=False),
    "group-set": Verb(Changes, _set, "groups"),
    "group-access": Verb(AccessChange, _access, "groups"),
    "group-remove": Verb(Act, _remove, "groups"),
}
