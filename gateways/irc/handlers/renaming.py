"""RENAME: giving a channel another name.

Source: IRCv3 draft/channel-rename.
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import line, safe
from gateways.irc.forms import source
from gateways.irc.handlers.channels import clean, group_named, show_joined
from gateways.irc.limits import CHANNEL_BYTES
from gateways.irc.names import group_of, is_channel, shown
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.group import Group
from words.chat.verbs.base import MAX_REASON
from words.errors import BadName, Conflict, NameTaken, NotMember, TooLong, TooMany
from words.events import GroupRenamed
from words.names import group_key


@command("RENAME", least=2, active=True, cost=5.0)
def handle_rename(session: Session, message: Message) -> None:
    """Give a channel another name: old, new, reason."""
    old, new = message.params[:2]
    reason = clean(message.params[2])[:MAX_REASON] if len(message.params) > 2 else ""
    group = group_named(session, old)
    names = safe(old), safe(new)
    try:
        if not is_channel(new) or len(new.encode()) > CHANNEL_BYTES:
            raise BadName(new, "is no channel's")
        session.me.rename_group(group, group_of(new), reason)
    except NotMember:
        raise
    except NameTaken:
        text = "The channel name is already taken"
        session.fail("RENAME", "CHANNEL_NAME_IN_USE", *names, text=text)
    except (BadName, TooLong, TooMany, Conflict):
        session.fail("RENAME", "CANNOT_RENAME", *names, text="The channel cannot be renamed")


def show_renamed(session: Session, group: Group, event: GroupRenamed) -> None:
    """Tell a client that a channel of its own has another name; or that it left one and entered
    another, where it knows no better."""
    old, new = shown(event.before), shown(event.name)
    if session.has(Cap.CHANNEL_RENAME):
        tags = session.forms()[0].tags(event)
        data = line("RENAME", old, new, text=event.reason, source=source(event.actor))
        session.send(f"@{tags} ".encode() + data if tags else data)
    elif group_key(event.before) != group.key:
        session.say_self("PART", old, text=event.reason or None)
        show_joined(session, group, announce=True)
