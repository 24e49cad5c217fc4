"""Buddies: the service's contacts, by the commands of TOC1 and TOC2."""

from __future__ import annotations

from gateways.toc import names
from gateways.toc.arguments import Command
from gateways.toc.handlers import lists
from gateways.toc.limits import CONFIG_BYTES
from gateways.toc.names import shown
from gateways.toc.refusals import CANNOT_ADD, refuse
from gateways.toc.session import Session
from gateways.toc.table import command
from words.chat.attachment import Attachment
from words.errors import BadInput, NotFound, Refused, TooLong, TooMany
from words.names import participant_key


@command("toc_add_buddy", least=1)
def handle_add_buddy(session: Session, command: Command) -> None:
    """Have buddies; those who are new become contacts too."""
    me = session.me
    for value in command.values():
        if name := names.meant(value):
            entry = lists.Entry(lists.DEFAULT_CIRCLE, name)
            if _add(session, me, entry, keep_circle=True):
                session.watch(name)


@command("toc_remove_buddy", least=1)
def handle_remove_buddy(session: Session, command: Command) -> None:
    """Have buddies no more."""
    me = session.me
    for value in command.values():
        _remove(session, me, names.meant(value))


def _add(session: Session, me: Attachment, entry: lists.Entry, *, keep_circle: bool) -> bool:
    """Make somebody a contact; return whether he is one now."""
    key = participant_key(entry.name)
    circles = me.contacts()
    inside = [
        circle
        for circle, contacts in circles.items()
        if any(participant_key(each.name) == key for each in contacts)
    ]
    if not (inside if keep_circle else entry.circle in inside):
        try:
            me.put_contact(entry.circle, entry.name, entry.alias)
        except (TooMany, TooLong, BadInput):
            session.error(CANNOT_ADD, shown(entry.name))
            return False
    elif entry.alias and not keep_circle:
        me.put_contact(entry.circle, entry.name, entry.alias)
    session.buddies[key] = entry.name
    return True


def _remove(session: Session, me: Attachment, name: str, circle: str = "") -> None:
    try:
        me.remove_contact(name, circle)
    except NotFound:
        return
    if not me.service.persons.of(me.participant).has_contact(participant_key(name)):
        session.buddies.pop(participant_key(name), None)


@command("toc_set_config", least=1)
def handle_set_config(session: Session, command: Command) -> None:
    """Keep the client's list as it is, and make the contacts the same.

    One without a single buddy removes nobody: Net::AIMTOC sends ``{m 1}`` at every sign-on.
    """
    config = command.from_word(0)
    if len(config) > CONFIG_BYTES:
        raise TooLong("config", CONFIG_BYTES)
    me = session.me
    wanted = list(lists.entries1(config))
    keys = {participant_key(entry.name) for entry in wanted}
    for contacts in me.contacts().values():
        for contact in contacts:
            if keys and participant_key(contact.name) not in keys:
                _remove(session, me, contact.name)
    known = set(session.buddies)
    for entry in wanted:
        new = participant_key(entry.name) not in known
        if new and _add(session, me, entry, keep_circle=True):
            session.watch(entry.name)
    session.toc.kept.put(session.identity, "toc-config", config)


@command("toc2_new_group", least=1)
def handle_new_group(session: Session, command: Command) -> None:
    """Make a group of buddies."""
    session.me.add_circle(lists.circle_of(command.from_word(0)))


@command("toc2_del_group", least=1)
def handle_del_group(session: Session, command: Command) -> None:
    """Remove a group with its buddies."""
    me = session.me
    me.remove_circle(lists.circle_of(command.from_word(0)))
    person = me.service.persons.of(me.participant)
    session.buddies = {k: name for k, name in session.buddies.items() if person.has_contact(k)}


@command("toc2_new_buddies", least=1)
def handle_new_buddies(session: Session, command: Command) -> None:
    """Have buddies, in groups, under names of one's own."""
    config = command.from_word(0).strip()
    if config.startswith(b"{"):
        config = config[1:].removesuffix(b"}")
    me = session.me
    for circle, entry in lists.entries2(config):
        try:
            if entry is None:
                if circle not in me.contacts():
                    me.add_circle(circle)
                continue
        except Refused as error:
            refuse(session, error, circle)
            continue
        if _add(session, me, entry, keep_circle=False):
            session.say("NEW_BUDDY_REPLY2", shown(entry.name), "added")
            session.watch(entry.name)


@command("toc2_remove_buddy", least=2)
def handle_remove_buddy2(session: Session, command: Command) -> None:
    """Remove buddies from the group that is named last."""
    *people, circle = command.values()
    me = session.me
    for value in people:
        _remove(session, me, names.meant(value), lists.circle_of(circle))
