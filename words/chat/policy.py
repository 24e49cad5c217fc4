"""Who may do what: pure functions over state. Each returns, or raises a `Refused`."""

from __future__ import annotations

from functools import lru_cache

from words.chat.group import Group, Member
from words.chat.masks import Matcher, matcher
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
from words.names import participant_key


@lru_cache(4096)  # as many as 40 groups with full lists
def compiled(mask: str) -> Matcher:
    """Return what tells whether a shown ``name!user@host`` fits the mask."""
    return matcher(mask, participant_key)


def on_list(group: Group, name: str, participant: Participant) -> bool:
    """Return whether a mask of this list fits the participant as he is shown."""
    entries = group.facts.lists[name]
    if not entries:
        return False
    actor = participant.actor
    shown = f"{actor.name}!{actor.user}@{actor.host}"
    return any(compiled(mask)(shown) for mask in entries)


def banned(group: Group, participant: Participant) -> bool:
    """Return whether the group has banned the participant, and made no exception."""
    return on_list(group, "ban", participant) and not on_list(group, "except", participant)


def member_of(group: Group, participant: Participant) -> Member:
    """Return the membership; raises `NotMember`."""
    member = group.members.get(participant.id)
    if member is None:
        raise NotMember(participant.name, group.name)
    return member


def with_right(group: Group, participant: Participant, right: Right, roles: Roles) -> Member:
    """Return the membership of somebody who has this right; raises `NotMember`, `NeedsRight`."""
    member = member_of(group, participant)
    if not roles.have(member.roles, right):
        raise NeedsRight(right, group.name)
    return member


def may_join(group: Group, participant: Participant, key: str, roles: Roles) -> None:
    """Raise what keeps the participant out. An invitation opens every door, and so does a role
    that he has from joining on, with the right to invite."""
    settings = group.settings
    if participant.invitations.get(group.id) == group.facts.epoch:
        return
    if group.facts.registered and roles.have(_access(group, participant, roles), "invite"):
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
    """Return the roles that somebody has from joining on: on the list, or as the first one."""
    if group.facts.registered:
        return _access(group, participant, settings.roles)
    return () if group.members else (settings.creator_role,)


def may_speak(group: Group, participant: Participant, roles: Roles) -> None:
    """Raise `CannotSpeak` where the group doesn't let the participant speak."""
    member = group.members.get(participant.id)
    facts = group.facts
    settings = facts.settings
    if member is None:
        if settings.no_outside:
            raise CannotSpeak(group.name, "no messages from outside")
    elif member.roles and roles.have(member.roles, "speak"):
        return
    if settings.moderated:
        raise CannotSpeak(group.name, "moderated")
    if facts.lists["ban"] and banned(group, participant):
        raise CannotSpeak(group.name, "banned")


def may_see(group: Group, participant: Participant) -> bool:
    """Return whether the participant may know of the group."""
    return not group.settings.secret or participant.id in group.members


def outranks(group: Group, mine: Member, other: Member, roles: Roles) -> None:
    """Raise `NeedsRight` when the other member ranks higher."""
    if roles.rank(other.roles) > roles.rank(mine.roles):
        raise NeedsRight("roles", group.name)
