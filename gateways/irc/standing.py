"""Which roles somebody has who has just come, to clients that have seen his JOIN alone.

Source: Modern IRC, MODE message: "Clients [...] keep track of other channel members and channel
modes" by what they are told.
"""

from __future__ import annotations

from gateways.irc.batches import tagged
from gateways.irc.capabilities import Cap
from gateways.irc.encode import line
from gateways.irc.forms import MODES_A_LINE, IrcForm
from gateways.irc.modes import Change, format_modes
from gateways.irc.names import ROLE_LETTERS, shown
from gateways.irc.times import server_time
from words.chat.group import Group
from words.chat.participant import Participant
from words.chat.registry import now_ms
from words.chat.service import ChatService

ROOM = 300
"""Bytes of letters and names in a line: a channel's name and the server's leave more."""


def standing(server: str, group: Group, other: Participant) -> bytes:
    """Return the MODE lines of the server that give somebody the roles that he has."""
    held = group.members[other.id].roles
    changes = [Change("+", ROLE_LETTERS[role], other.name) for role in held if role in ROLE_LETTERS]
    rows = format_modes(changes, ROOM, MODES_A_LINE)
    return b"".join(line("MODE", shown(group.name), *row, source=server) for row in rows)


def show_standing(service: ChatService, server: str, group: Group, other: Participant) -> None:
    """Tell the others of a group, made once for all who are told alike."""
    told = standing(server, group, other)
    if not told:
        return
    dated = b"".join(
        tagged(each, f"time={server_time(now_ms())}") for each in told.splitlines(keepends=True)
    )
    for form, listeners in group.audience.forms.items():
        if isinstance(form, IrcForm):
            piece = dated if form.caps & Cap.SERVER_TIME else told
            for listener in listeners:
                if listener not in other.attachments:
                    service.fanout.note(listener, piece)
