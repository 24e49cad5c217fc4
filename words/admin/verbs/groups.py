"""Groups: list, show, change their settings, remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from words.admin.base import PAGE, Act, Domain, Name, Page, Result, Verb
from words.errors import BadInput, NoSuchGroup, TooLong
from words.events import Actor, Event, Kicked, SettingChange, SettingsChanged, TopicChanged
from words.names import group_key

if TYPE_CHECKING:
    from words.chat.group import Group
    from words.chat.service import ChatService

ADMINISTRATION = Actor(0, "administration", "hub", "hub")
"""The actor of what an administrator does from outside of the chat."""


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """One setting, or an entry of a list: set, or (without ``added``) taken back."""

    setting: str
    value: str = ""
    added: bool = True


class Changes(Act, forbid_unknown_fields=True, kw_only=True):
    """Arguments of ``group-set``."""

    changes: tuple[Change, ...]


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
    service = domain.service
    group = _group(service, arguments.name)
    topics = [one.value if one.added else "" for one in arguments.changes if one.setting == "topic"]
    wanted = [
        SettingChange(one.setting, _value(one), one.added)
        for one in arguments.changes
        if one.setting != "topic"
    ]
    from words.chat.verbs.moderation import checked_changes

    changed = checked_changes(group, wanted, service.settings.limits.list_entries)
    for topic in topics:
        _check_topic(topic, service.settings.limits.topic)
    done: list[str] = []
    for topic in topics:
        _happen(service, group, TopicChanged(*service.registry.stamp(group), ADMINISTRATION, topic))
        done.append("topic")
    if changed:
        stamp = service.registry.stamp(group)
        _happen(service, group, SettingsChanged(*stamp, ADMINISTRATION, tuple(changed)))
        done += [change.setting for change in changed]
    return {"name": group.name, "changed": done}


def _value(change: Change) -> str:
    """Return a value, that of a list as a whole mask."""
    from words.chat.group import LISTS
    from words.chat.masks import normalise

    if change.setting not in LISTS:
        return change.value
    try:
        return normalise(change.value)
    except ValueError:
        raise BadInput("mask", f"can't be {change.value!a}") from None


def _check_topic(topic: str, limit: int) -> None:
    from words.chat.verbs.base import check_text

    check_text(topic)
    if len(topic) > limit:
        raise TooLong("topic", limit)


def _happen(service: ChatService, group: Group, event: Event) -> None:
    service.happen(group, event)  # type: ignore[arg-type]


def _remove(domain: Domain, arguments: Act, _: object) -> Result:
    """Put everybody out; the group's settings go, what was said stays."""
    service = domain.service
    group = _group(service, arguments.name)
    count = len(group.members)
    if group.facts.registered:
        raise BadInput("group", "is registered: take that back first")
    for member in list(group.members.values()):
        stamp = service.registry.stamp(group)
        reason = arguments.why or "The group was removed"
        service.happen(group, Kicked(*stamp, ADMINISTRATION, member.participant.actor, reason))
    return {"name": group.name, "members": count}


VERBS = {
    "group-list": Verb(Page, _list, "groups", writes=False),
    "group-show": Verb(Name, _show, "groups", writes=False),
    "group-set": Verb(Changes, _set, "groups"),
    "group-remove": Verb(Act, _remove, "groups"),
}
