"""Being in groups, keeping order there, finding them."""

from __future__ import annotations

from heapq import nsmallest
from typing import get_args

import msgspec

from gateways.pb.perspective import ChatPerspective
from gateways.pb.sizes import EVENT_BYTES, fitting, text_bytes
from gateways.pb.table import handler, number
from words.chat import policy
from words.chat.attachment import Attachment
from words.chat.group import FLAGS, LISTS, NUMBERS, Group, Member
from words.chat.participant import OFFLINE
from words.chat.roles import Right
from words.errors import BadInput, NotMember
from words.events import SettingChange
from words.names import group_key
from words.remote.values import (
    Filtering,
    GroupInfo,
    GroupLine,
    InvitationInfo,
    ListEntry,
    MemberInfo,
    MemberPage,
)

MOST_MEMBERS = 2000
"""In one answer: a quarter of a megabyte, and some 10 ms of a turn."""

MOST_GROUPS = 1000
"""In one answer: each may have a topic."""


@handler(active=True)
def join(perspective: ChatPerspective, group: str, key: str, durable: bool) -> GroupInfo:
    """Become a member."""
    return _info(perspective, perspective.me.join(group, key, durable=durable))


@handler(active=True)
def leave(perspective: ChatPerspective, group: str, reason: str) -> None:
    """Stop being a member."""
    perspective.me.leave(perspective.me.group(group), reason)


@handler(active=True)
def set_topic(perspective: ChatPerspective, group: str, topic: str, token: str) -> None:
    """Change the topic."""
    me = perspective.me
    me.once(token, lambda: me.set_topic(me.group(group), topic))


@handler(active=True)
def rename_group(perspective: ChatPerspective, group: str, name: str, reason: str) -> None:
    """Give a group another name."""
    me = perspective.me
    me.rename_group(me.group(group), name, reason)


@handler(active=True)
def invite(perspective: ChatPerspective, group: str, person: str, token: str) -> None:
    """Ask somebody in."""
    me = perspective.me
    me.once(token, lambda: me.invite(me.group(group), me.somebody(person)))


@handler(active=True)
def kick(perspective: ChatPerspective, group: str, person: str, reason: str, token: str) -> None:
    """Remove a member."""
    me = perspective.me
    me.once(token, lambda: me.kick(me.group(group), me.somebody(person), reason))


@handler(active=True)
def grant(perspective: ChatPerspective, group: str, person: str, role: str, token: str) -> None:
    """Give a role."""
    _change_role(perspective.me, group, person, role, token, True)


@handler(active=True)
def revoke(perspective: ChatPerspective, group: str, person: str, role: str, token: str) -> None:
    """Take a role."""
    _change_role(perspective.me, group, person, role, token, False)


def _change_role(
    me: Attachment, group: str, person: str, role: str, token: str, given: bool
) -> None:
    def act() -> None:
        me.change_roles(me.group(group), [(me.somebody(person), role, given)])

    me.once(token, act)


@handler(active=True)
def change_settings(perspective: ChatPerspective, group: str, changes: list[SettingChange]) -> None:
    """Change settings and lists."""
    perspective.me.change_settings(perspective.me.group(group), changes)


@handler(active=True)
def revoke_invitation(perspective: ChatPerspective, group: str, person: str) -> None:
    """End an invitation."""
    perspective.me.revoke_invitation(perspective.me.group(group), person)


@handler()
def invitations(perspective: ChatPerspective) -> list[InvitationInfo]:
    """List what waits for oneself."""
    return [InvitationInfo(*each) for each in perspective.me.invitations()]


@handler(active=True)
def decline(perspective: ChatPerspective, group: str) -> None:
    """End an invitation of one's own."""
    perspective.me.decline(group)


@handler(active=True)
def register(perspective: ChatPerspective, group: str) -> None:
    """Register a group."""
    perspective.me.register(perspective.me.group(group))


@handler(active=True)
def unregister(perspective: ChatPerspective, group: str) -> None:
    """Let a group go."""
    perspective.me.unregister(perspective.me.group(group))


@handler(active=True)
def transfer(perspective: ChatPerspective, group: str, person: str) -> None:
    """Make another the founder."""
    perspective.me.transfer(perspective.me.group(group), person)


@handler(active=True)
def set_successor(perspective: ChatPerspective, group: str, person: str) -> None:
    """Name who comes after the founder."""
    perspective.me.set_successor(perspective.me.group(group), person)


@handler(active=True)
def set_access(perspective: ChatPerspective, group: str, person: str, role: str) -> None:
    """Give a role from joining on."""
    perspective.me.set_access(perspective.me.group(group), person, role)


@handler()
def access(perspective: ChatPerspective, group: str) -> dict[str, str]:
    """Read who has which role from joining on."""
    return perspective.me.access(perspective.me.group(group))


@handler()
def entries(perspective: ChatPerspective, group: str, name: str) -> list[ListEntry]:
    """Read a list; only members may, and what invites only who has the right to."""
    me = perspective.me
    found = me.group(group)
    if name not in LISTS:
        raise BadInput("list", name)
    policy.member_of(found, me.participant)
    if name != "ban":
        policy.with_right(found, me.participant, "lists", perspective.service.settings.roles)
    listed = found.facts.lists[name]
    return [ListEntry(value, entry.by, entry.time) for value, entry in listed.items()]


@handler()
def member(perspective: ChatPerspective, group: str, person: str) -> MemberInfo:
    """Describe a member, with what he may do."""
    me = perspective.me
    found = me.group(group)
    policy.member_of(found, me.participant)
    one = policy.member_of(found, me.somebody(person))
    roles = perspective.service.settings.roles
    if not policy.sees(found, me.participant, one.participant, roles):
        raise NotMember(one.participant.name, found.name)
    known = found.roles(roles)
    rights = [right for right in get_args(Right) if known.have(one.roles, right)]
    return msgspec.structs.replace(_member(perspective, one), rights=rights)


@handler()
def filter_log(
    perspective: ChatPerspective, group: str, before: int, limit: int
) -> list[Filtering]:
    """Read what a filter did."""
    me = perspective.me
    entries = me.filter_log(me.group(group), number(before), limit)
    found = [Filtering(**entry) for entry in entries]
    return fitting(found, lambda one: EVENT_BYTES + text_bytes(one.text))


@handler()
def group(perspective: ChatPerspective, name: str) -> GroupInfo:
    """Describe a group."""
    return _info(perspective, perspective.me.group(name))


@handler(cost=2.0)
def members(perspective: ChatPerspective, group: str, after: int, limit: int) -> MemberPage:
    """List members."""
    found = perspective.me.group(group)
    return _page(perspective, found, after, max(1, min(limit, MOST_MEMBERS)))


@handler(cost=2.0)
def groups(perspective: ChatPerspective, after: str, limit: int) -> list[GroupLine]:
    """List groups."""
    first = group_key(after)
    participant = perspective.me.participant
    registry = perspective.service.registry
    visible = (
        (key, found)
        for key, found in registry.groups.items()
        if key > first and policy.may_see(found, participant)
    )
    page = nsmallest(max(0, min(limit, MOST_GROUPS)), visible, key=lambda pair: pair[0])
    return [GroupLine(found.name, len(found.members), found.facts.topic) for _, found in page]


def _info(perspective: ChatPerspective, group: Group) -> GroupInfo:
    facts = group.facts
    page = _page(perspective, group, 0, MOST_MEMBERS)
    inside = perspective.me.participant.id in group.members
    settings: dict[str, bool | int | str] = {
        name: True for name in FLAGS if getattr(facts.settings, name)
    }
    if facts.settings.key:
        settings["key"] = facts.settings.key if inside else "*"
    for name in NUMBERS:
        if value := getattr(facts.settings, name):
            settings[name] = value
    if facts.settings.forward:
        settings["forward"] = facts.settings.forward
    if facts.settings.visibility != "auto":
        settings["visibility"] = facts.settings.visibility
    return GroupInfo(
        group.name,
        group.id,
        group.sequence,
        facts.created,
        facts.topic,
        facts.topic_by,
        facts.topic_time,
        settings,
        page.members,
        page.at,
        page.more,
    )


def _page(perspective: ChatPerspective, group: Group, after: int, limit: int) -> MemberPage:
    """Return those whom the asker may know of, with the lowest ids after one."""
    service = perspective.service
    seen = policy.seen_members(group, perspective.me.participant, service.settings.roles)
    rest = [member for member in seen if member.participant.id > after]
    page = nsmallest(limit, rest, key=lambda member: member.participant.id)
    more = page[-1].participant.id if page and len(page) < len(rest) else 0
    shown = [_member(perspective, each) for each in page]
    return MemberPage(service.registry.passing()[2], more, shown)


def _member(perspective: ChatPerspective, member: Member) -> MemberInfo:
    one = member.participant
    actor = one.actor
    away = one.away
    if one.attachments and not perspective.service.persons.admits(one, perspective.me.participant):
        away = OFFLINE
    return MemberInfo(
        actor.name,
        actor.id,
        actor.account,
        list(member.roles),
        away,
        origin=actor.origin,
    )
