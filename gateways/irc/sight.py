"""What one client may know of other people: whether they are here, where from, in which channels.

Who doesn't admit somebody (`Persons.admits`) is for him as one who isn't here. Administrators see
everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateways.irc.handlers.operators import may
from gateways.irc.session import Session
from words.chat import policy
from words.chat.connections import address_of
from words.chat.group import Group
from words.chat.participant import OFFLINE, Participant

NO_ADDRESS = "255.255.255.255"
"""IRCv3 whox: what stands for an address that isn't told."""


def admitted(session: Session, other: Participant) -> bool:
    """Return whether the client may know that somebody is here."""
    if session.ircd.service.persons.admits(other, session.me.participant):
        return True
    return may(session, "bans") or may(session, "users")


def present(session: Session, nicks: Iterable[str]) -> Iterator[Participant]:
    """Yield those who are called so, are here, and may be seen by the client."""
    registry = session.ircd.service.registry
    for nick in nicks:
        other = registry.participant(nick)
        if other is not None and other.attachments and admitted(session, other):
            yield other


def away(session: Session, other: Participant) -> str | None:
    """Return somebody's away text, None for who isn't away."""
    return other.away if admitted(session, other) else OFFLINE


def idle_seconds(session: Session, other: Participant) -> int:
    """Return how long somebody has done nothing; 0 for who isn't here."""
    if not other.attachments or not admitted(session, other):
        return 0
    return max(0, int(session.ircd.now() - other.idle_since()))


def addresses(session: Session, other: Participant) -> set[str]:
    """Return the addresses that the client may know: its own, and to some rights everybody's."""
    if may(session, "bans") or may(session, "users"):
        return {address_of(each.outlet) or "local" for each in other.attachments}
    return {session.peer.address} if other is session.me.participant else set()


def web_gateways(session: Session, other: Participant) -> set[str]:
    """Return by which somebody came (WEBIRC), for those who may know where from."""
    if not may(session, "bans") and not may(session, "users"):
        return set()
    sessions = session.ircd.sessions
    return {sessions[each].gateway for each in other.attachments if each in sessions} - {""}


def certificates(session: Session, other: Participant) -> set[str]:
    """Return the fingerprints that the client may know: as addresses."""
    if other is session.me.participant or may(session, "bans") or may(session, "users"):
        return {getattr(each.outlet, "certificate", "") for each in other.attachments} - {""}
    return set()


def address(session: Session, other: Participant) -> str:
    """Return one of these as a parameter; what WHOX says for those that aren't told."""
    found = sorted(addresses(session, other))
    shown = found[0] if found and found[0] != "local" else NO_ADDRESS
    return f"0{shown}" if shown[0] == ":" else shown  # it would begin the last parameter


def groups(session: Session, other: Participant) -> Iterator[Group]:
    """Yield the groups of somebody's that the client may know of; as Ergo, the invisible's only
    if shared."""
    me = session.me.participant
    roles = session.ircd.service.settings.roles
    for group in other.groups.values():
        if policy.may_see(group, me) and policy.sees(group, me, other, roles):
            yield group
