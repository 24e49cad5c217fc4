"""All members of a group, however many: pages, and what happened while they were read.

Every page says as of which event it is; events have ids that only grow. So it doesn't matter in
which order pages and events come: an event with a higher id than the page of the one whom it
concerns is done to what the page says of him, any other one is in the page already.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import msgspec

from words.events import (
    AccountChanged,
    Event,
    IdleChanged,
    Joined,
    Kicked,
    Left,
    PresenceChanged,
    Quit,
    Renamed,
    RoleChanged,
)
from words.names import group_key
from words.remote.happenings import Heard
from words.remote.values import MemberInfo, MemberPage

OF_THE_GROUP = (Joined, Left, Kicked, RoleChanged)
OF_SOMEBODY = (Quit, Renamed, PresenceChanged, IdleChanged, AccountChanged)


class Gathering:
    """The members of one group while they are read. ``pages`` begin at the lowest id."""

    def __init__(self, group: str) -> None:
        self.pages: list[MemberPage] = []
        self._key = group_key(group)
        self._events: list[Event] = []

    def hear(self, heard: Heard) -> None:
        """Take what happens meanwhile."""
        event = heard.event
        here = isinstance(event, OF_THE_GROUP) and group_key(heard.where) == self._key
        if here or isinstance(event, OF_SOMEBODY):
            self._events.append(event)

    def members(self) -> list[MemberInfo]:
        """Return who is a member now, by id; once the last page is there."""
        found = {member.id: member for page in self.pages for member in page.members}
        ends = [page.more for page in self.pages[:-1]]
        for event in self._events:
            for number, member in changed(event, found).items():
                if event.id > self.pages[bisect_left(ends, number)].at:
                    if member is None:
                        found.pop(number, None)
                    else:
                        found[number] = member
        return [found[number] for number in sorted(found)]


def changed(event: Event, known: dict[int, MemberInfo]) -> dict[int, MemberInfo | None]:
    """Return the members whom an event makes others than they were known, None who is none now."""
    actor = event.actor
    if isinstance(event, Joined):
        roles, away = list(event.roles), event.away
        return {
            actor.id: MemberInfo(
                actor.name, actor.id, actor.account, roles, away, origin=actor.origin
            )
        }
    if isinstance(event, Left | Quit):
        return {actor.id: None}
    if isinstance(event, Kicked):
        return {event.target.id: None}
    if isinstance(event, RoleChanged):
        return _with_roles(event, known)
    if (member := known.get(actor.id)) is None:
        return {}
    replace = msgspec.structs.replace
    if isinstance(event, Renamed):
        return {actor.id: replace(member, name=event.name)}
    if isinstance(event, AccountChanged):
        return {actor.id: replace(member, account=event.account)}
    if isinstance(event, PresenceChanged | IdleChanged):
        return {actor.id: replace(member, away=event.away)}
    return {}


def _with_roles(event: RoleChanged, known: dict[int, MemberInfo]) -> dict[int, MemberInfo | None]:
    found: dict[int, MemberInfo | None] = {}
    for change in event.changes:
        number = change.target.id
        member = found.get(number) or known.get(number)
        if member is not None:
            others: Sequence[str] = [role for role in member.roles if role != change.role]
            roles = [*others, change.role] if change.added else list(others)
            found[number] = msgspec.structs.replace(member, roles=roles)
    return found
