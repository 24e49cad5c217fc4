"""What keeps order in a channel and isn't MODE: TBAN, FILTER; and playing roles: NPC, NPCA, SCENE.

Sources: the InspIRCd manual (TBAN), the help of Ergo (NPC, NPCA, SCENE).
"""

from __future__ import annotations

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.entries import entry_of, entry_shown
from gateways.irc.handlers.bans import duration, hub_filter, notice, show_log
from gateways.irc.handlers.channels import group_named
from gateways.irc.handlers.messages import audience, body_of
from gateways.irc.handlers.modes import show_list
from gateways.irc.names import is_channel, shown
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from gateways.irc.wrap import prefix
from words.chat.verbs.talk import SCENE
from words.errors import BadInput, BadName, TooLong
from words.events import MessageKind, SettingChange

LAST = 2**62


@command("TBAN", least=3, active=True)
def handle_tban(session: Session, message: Message) -> None:
    """Ban somebody from a channel for a time: TBAN #channel 1h nick!user@host."""
    channel, lasting, mask = message.params[:3]
    group = group_named(session, channel)
    seconds = duration(lasting)
    if not seconds or seconds < 1:
        notice(session, f"{safe(lasting)} is no duration, as 1h30m is")
        return
    try:
        entry = entry_of(mask)
        if len(entry_shown(entry).encode()) > limits.MASK_BYTES:
            raise ValueError(mask)
    except ValueError:
        text = "Invalid parameter"
        session.reply(n.ERR_INVALIDMODEPARAM, shown(group.name), "b", "*", text=text)
        return
    session.me.change_settings(group, [SettingChange("ban", entry, True, int(seconds))])


@command("FILTER", least=1, cost=2.0, active=True)
def handle_filter(session: Session, message: Message) -> Later | None:
    """Show or change a filter: FILTER #channel LIST, LOG, ADD rule, DEL rule; for the hub's own
    write * for the channel. A rule is an action (report, drop, warn, mute:10m, kick, ban:1d) and
    what it is about: text mask, regex pattern, repeat 4/30s, crosspost 3/1m, mentions 8."""
    channel, *rest = message.params
    subcommand = rest[0].upper() if rest else "LIST"
    rule = " ".join(rest[1:])
    if channel == "*":
        return hub_filter(session, subcommand, rule)
    group = group_named(session, channel)
    if subcommand in ("ADD", "DEL"):
        try:
            session.me.change_settings(group, [SettingChange("filter", rule, subcommand == "ADD")])
        except BadInput as error:
            session.fail("FILTER", "INVALID_PARAMS", text=prefix(str(error.args[-1]), 300))
    elif subcommand == "LOG":
        show_log(session, session.me.filter_log(group, LAST, 50))
    else:
        show_list(session, group, "g")
    return None


@command("NPC", least=3, active=True)
def handle_npc(session: Session, message: Message) -> None:
    """Say something as a character, in a channel for roleplaying: NPC #channel name text."""
    channel, name, *words = message.params
    _play(session, channel, name, " ".join(words), "text")


@command("NPCA", least=3, active=True)
def handle_npca(session: Session, message: Message) -> None:
    """Do something as a character: NPCA #channel name text."""
    channel, name, *words = message.params
    _play(session, channel, name, " ".join(words), "action")


@command("SCENE", least=2, active=True)
def handle_scene(session: Session, message: Message) -> None:
    """Set the scene: SCENE #channel text."""
    channel, *words = message.params
    _play(session, channel, SCENE, " ".join(words), "text")


def _play(session: Session, channel: str, name: str, text: str, kind: MessageKind) -> None:
    if not is_channel(channel):
        session.reply(n.ERR_NOSUCHCHANNEL, safe(channel))
        return
    group = audience(session, channel)
    if not group.settings.roleplay:
        why = "Channel doesn't have roleplaying mode available"
        session.reply(n.ERR_CANNOTSENDRP, shown(group.name), why)
        return
    body = body_of(text, None)
    if not body.text:
        session.reply(n.ERR_NOTEXTTOSEND)
        return
    try:
        session.me.say(group, body._replace(name=name, kind=kind))
    except (BadName, TooLong):
        why = "Fake source must be a valid nickname"
        session.reply(n.ERR_CANNOTSENDRP, shown(group.name), why)
