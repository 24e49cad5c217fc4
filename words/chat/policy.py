"""Who may do what: pure functions over state. Each returns, or raises a `Refused`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from words.chat.entries import MUTE, fits
from words.chat.fanout import Listener
from words.chat.group import Group, Member
from words.chat.participant import Participant
from words.chat.roles import Right, Roles
from words.chat.settings import ChatSettings
from words.errors import (
    Banned,
    CannotSpeak,
    GroupFull,
    InviteOnly,
    LoginRequired,
    NeedsRight,
    NotMember,
    WrongKey,
)
from words.events import Edited, Said
from words.names import participant_key


def on_list(group: Group, name: str, participant: Participant, *, muting: bool = False) -> bool:
    """Return whether an entry of this list means the participant.

    With ``muting`` those count too that only keep from speaking.
    """
    return any(
        fits(entry)(participant)
        for entry in group.facts.lists[name]
        if muting or not entry.startswith(MUTE)
    )


def banned(group: Group, participant: Participant, *, muting: bool = False) -> bool:
    """Return whether the group has banned (or muted) the participant, and made no exception."""
    return on_list(group, "ban", participant, muting=muting) and not on_list(
        group, "except", participant, muting=muting
    )


def member_of(group: Group, participant: Participant) -> Member:
    """Return the membership; raises `NotMember`."""
    member = group.members.get(participant.id)
    if member is None:
        raise NotMember(participant.name, group.name)
    return member


def with_right(group: Group, participant: Participant, right: Right, roles: Roles) -> Member:
    """Return the membership of somebody who has this right; raises `NotMember`, `NeedsRight`."""
    member = member_of(group, participant)
    if not group.roles(roles).have(member.roles, right):
        raise NeedsRight(right, group.name)
    return member


def may_join(group: Group, participant: Participant, key: str, roles: Roles) -> None:
    """Raise what keeps the participant out. An invitation opens every door, and so does a role
    that he has from joining on, with the right to invite."""
    settings = group.settings
    if participant.invitations.get(group.id) == group.facts.epoch:
        return
    has = _access(group, participant, roles) if group.facts.registered else ()
    if has and group.roles(roles).have(has, "invite"):
        return
    if banned(group, participant):
        raise Banned(group.name)
    if settings.invite_only and not on_list(group, "invite", participant):
        raise InviteOnly(group.name)
    if settings.registered_only and not participant.actor.account:
        raise LoginRequired(group.name)
    if settings.key and key != settings.key:
        raise WrongKey(group.name)
    if settings.limit and len(group.members) >= settings.limit:
        raise GroupFull(group.name)


def _access(group: Group, participant: Participant, roles: Roles) -> tuple[str, ...]:
    """Return what the account of the participant has in a registered group."""
    key = participant_key(participant.actor.account)
    if not key:
        return ()
    if key == participant_key(group.facts.founder_name):
        return (roles.ordered[0].name,)
    entry = group.facts.access.get(key)
    return (entry.role,) if entry else ()


def roles_at_joining(
    group: Group, participant: Participant, settings: ChatSettings
) -> tuple[str, ...]:
    """Return the roles that somebody has from joining on: on the list, or as the first one.

    People of other networks are never the first, or nobody here would be it.
    """
    if group.facts.registered:
        return _access(group, participant, settings.roles)
    if participant.actor.origin:
        return ()
    here = any(not each.participant.actor.origin for each in group.members.values())
    return () if here else (settings.creator_role,)


def may_speak(group: Group, participant: Participant, roles: Roles) -> None:
    """Raise `CannotSpeak` where the group doesn't let the participant speak."""
    member = group.members.get(participant.id)
    facts = group.facts
    settings = facts.settings
    if member is None:
        if settings.no_outside:
            raise CannotSpeak(group.name, "no messages from outside")
    elif member.roles and group.roles(roles).have(member.roles, "speak"):
        return
    if settings.moderated:
        raise CannotSpeak(group.name, "moderated")
    if settings.registered_speak and not participant.actor.account:
        raise CannotSpeak(group.name, "accounts only")
    not_muted(group, participant)


def may_show_a_name(group: Group, member: Participant, roles: Roles) -> None:
    """Raise `CannotSpeak` where a ban or mute of the group keeps a member from another name."""
    held = group.members[member.id].roles
    if not (held and group.roles(roles).have(held, "speak")):
        not_muted(group, member)


def not_muted(group: Group, participant: Participant) -> None:
    """Raise `CannotSpeak` where a ban or mute means the participant."""
    if group.facts.lists["ban"] and banned(group, participant, muting=True):
        raise CannotSpeak(group.name, "banned")


def may_see(group: Group, participant: Participant) -> bool:
    """Return whether the participant may know of the group."""
    return not group.settings.secret or participant.id in group.members


def sees(group: Group, viewer: Participant, other: Participant, roles: Roles) -> bool:
    """Return whether somebody may know that another is a member."""
    mine = group.members.get(viewer.id)
    if mine is None:
        hidden = other.hidden or group.settings.auditorium
        return not hidden or (not other.hidden and bool(group.members[other.id].roles))
    if not group.settings.auditorium or other is viewer or group.members[other.id].roles:
        return True
    return group.roles(roles).have(mine.roles, "kick")


def seen_members(group: Group, viewer: Participant, roles: Roles) -> Iterable[Member]:
    """Return the members whom somebody may know of, without a look at each where all are seen."""
    members = group.members.values()
    if viewer.id in group.members and (
        not group.settings.auditorium
        or group.roles(roles).have(group.members[viewer.id].roles, "kick")
    ):
        return members
    return [member for member in members if sees(group, viewer, member.participant, roles)]


def unseeing(group: Group, participant: Participant, roles: Roles) -> Iterator[Listener]:
    """Yield the connections of members who may not know that a member is one."""
    member = group.members.get(participant.id)
    if group.settings.auditorium and member is not None and not member.roles:
        for other in group.members.values():
            if other is not member and not group.roles(roles).have(other.roles, "kick"):
                yield from other.participant.attachments


def below(group: Group, role: str, roles: Roles, author: Participant) -> Iterator[Listener]:
    """Yield the connections of members, the author apart, who rank below a role."""
    roles = group.roles(roles)
    least = roles.rank((role,))
    for member in group.members.values():
        if roles.rank(member.roles) < least and member.participant is not author:
            yield from member.participant.attachments


def reads(said: Said | Edited, reader: Participant, rank: int, roles: Roles) -> bool:
    """Return whether a member of this rank may read what was perhaps said to a role only."""
    return not said.role or said.actor.id == reader.id or rank >= roles.rank((said.role,))


def outranks(group: Group, mine: Member, other: Member, roles: Roles) -> None:
    """Raise `NeedsRight` when the other member ranks higher."""
    roles = group.roles(roles)
    if roles.rank(other.roles) > roles.rank(mine.roles):
        raise NeedsRight("roles", group.name)
