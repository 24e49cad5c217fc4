"""Contacts, privacy, warnings, what one says of oneself."""

from __future__ import annotations

from gateways.pb.perspective import ChatPerspective
from gateways.pb.table import handler
from words.remote.values import ContactInfo, PrivacyInfo, StandingInfo


@handler()
def contacts(perspective: ChatPerspective) -> dict[str, list[ContactInfo]]:
    """Read one's contacts."""
    return {
        circle: [ContactInfo(each.name, each.alias, each.note) for each in inside]
        for circle, inside in perspective.me.contacts().items()
    }


@handler()
def put_contact(
    perspective: ChatPerspective, circle: str, person: str, alias: str, note: str, place: int
) -> None:
    """Add or change a contact."""
    perspective.me.put_contact(circle, person, alias, note, place)


@handler()
def remove_contact(perspective: ChatPerspective, person: str, circle: str) -> None:
    """Remove a contact."""
    perspective.me.remove_contact(person, circle)


@handler()
def add_circle(perspective: ChatPerspective, circle: str, place: int) -> None:
    """Make or move a circle."""
    perspective.me.add_circle(circle, place)


@handler()
def remove_circle(perspective: ChatPerspective, circle: str) -> None:
    """Remove a circle."""
    perspective.me.remove_circle(circle)


@handler()
def rename_circle(perspective: ChatPerspective, circle: str, name: str) -> None:
    """Rename a circle."""
    perspective.me.rename_circle(circle, name)


@handler()
def standings(perspective: ChatPerspective) -> list[StandingInfo]:
    """Tell how contacts are there."""
    return [
        StandingInfo(
            each.name, each.presence.since, each.presence.idle, each.away, each.presence.level
        )
        for each in perspective.me.standings()
    ]


@handler()
def privacy(perspective: ChatPerspective) -> PrivacyInfo:
    """Read who may reach one."""
    mode, permit, deny, ignore = perspective.me.privacy()
    return PrivacyInfo(mode, list(permit), list(deny), list(ignore))


@handler()
def set_privacy(perspective: ChatPerspective, mode: str) -> None:
    """Choose who may reach one."""
    perspective.me.set_privacy(mode)


@handler()
def permit(perspective: ChatPerspective, person: str, permitted: bool) -> None:
    """List somebody who may."""
    perspective.me.permit(person, permitted)


@handler()
def deny(perspective: ChatPerspective, person: str, denied: bool) -> None:
    """List somebody who may not."""
    perspective.me.deny(person, denied)


@handler()
def ignore(perspective: ChatPerspective, person: str, ignored: bool) -> None:
    """List somebody who isn't heard."""
    perspective.me.ignore(person, ignored)


@handler(active=True)
def warn(perspective: ChatPerspective, person: str, anonymous: bool) -> int:
    """Warn somebody."""
    me = perspective.me
    return me.warn(me.somebody(person), anonymous=anonymous)


@handler()
def set_idle(perspective: ChatPerspective, seconds: int) -> None:
    """Say how long one has been doing nothing."""
    perspective.me.set_idle(seconds)


@handler()
def set_profile(perspective: ChatPerspective, text: str) -> None:
    """Say something of oneself."""
    perspective.me.set_profile(text)


@handler()
def profile(perspective: ChatPerspective, person: str) -> str:
    """Read what somebody says of himself."""
    return perspective.me.profile(person)
