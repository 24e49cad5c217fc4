"""ChanServ: registered channels for clients that can't do without it.

Source: the help of Ergo's ChanServ.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.handlers.channels import group_named
from gateways.irc.names import ROLE_LETTERS, ROLES_BY_LETTER, shown
from gateways.irc.services import Service
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.chat import policy
from words.chat.group import Group
from words.errors import BadInput, Conflict, NotFound
from words.events import SettingChange

chanserv = Service("ChanServ", "ChanServ looks after registered channels. Its commands:")


@command("CHANSERV", cost=2.0, active=True)
def handle_chanserv(session: Session, message: Message) -> Later | None:
    """Command ChanServ."""
    if not session.ircd.config.irc.services:
        session.reply(n.ERR_UNKNOWNCOMMAND, message.command)
        return None
    return chanserv(session, " ".join(message.params))


command("CS", cost=2.0, active=True)(handle_chanserv)


@chanserv.command("REGISTER", "<#channel>", 1)
def register(session: Session, params: list[str]) -> None:
    """Register a channel that you operate: it is kept when nobody is in it."""
    group = group_named(session, params[0])
    session.me.register(group)
    chanserv.say(session, f"{shown(group.name)} is registered, and you are its founder")


@chanserv.command("DROP", "<#channel>", 1)
def drop(session: Session, params: list[str]) -> None:
    """Let a channel of yours go: it lives on while there is somebody in it."""
    group = group_named(session, params[0])
    session.me.unregister(group)
    chanserv.say(session, f"{shown(group.name)} isn't registered any more")


chanserv.command("UNREGISTER", "<#channel>", 1)(drop)


@chanserv.command("INFO", "<#channel>", 1)
def info(session: Session, params: list[str]) -> None:
    """Tell about a channel."""
    group = group_named(session, params[0])
    facts = group.facts
    made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(facts.created // 1000))
    chanserv.say(session, f"Channel {shown(group.name)}, made {made}")
    if not facts.registered:
        chanserv.say(session, "It isn't registered")
        return
    chanserv.say(session, f"Founder: {facts.founder_name}")
    if facts.successor:
        chanserv.say(session, f"Successor: {facts.successor}")


@chanserv.command("TRANSFER", "<#channel> <account>", 2)
def transfer(session: Session, params: list[str]) -> None:
    """Make another account the founder of a channel of yours."""
    group = group_named(session, params[0])
    session.me.transfer(group, params[1])
    chanserv.say(session, f"{shown(group.name)} belongs to {group.facts.founder_name} now")


@chanserv.command("SUCCESSOR", "<#channel> [account]", 1)
def successor(session: Session, params: list[str]) -> None:
    """Name the account that comes after you as founder; without one, nobody."""
    group = group_named(session, params[0])
    session.me.set_successor(group, params[1] if len(params) > 1 else "")
    after = group.facts.successor or "nobody"
    chanserv.say(session, f"After you {shown(group.name)} belongs to {after}")


@chanserv.command("ACCESS", "<#channel> [LIST | ADD <account> <role> | DEL <account>]", 1)
def access(session: Session, params: list[str]) -> None:
    """Read or change which accounts have which role from joining on. Roles are those of the hub:
    operator, half-operator, voice, or the letter of a mode."""
    group = group_named(session, params[0])
    what, rest = (params[1].upper(), params[2:]) if len(params) > 1 else ("LIST", [])
    if what == "LIST":
        found = session.me.access(group)
        lines = [f"{name} {role}" for name, role in found.items()]
        chanserv.say(session, *(lines or ["There is nobody on the list"]))
    elif what == "ADD" and len(rest) > 1:
        session.me.set_access(group, rest[0], _role(rest[1]))
        chanserv.say(session, f"{rest[0]} is {_role(rest[1])} from joining on")
    elif what == "DEL" and rest:
        session.me.set_access(group, rest[0], "")
        chanserv.say(session, f"{rest[0]} isn't on the list any more")
    else:
        raise BadInput("ACCESS", what)


def _role(given: str) -> str:
    return ROLES_BY_LETTER.get(given.lstrip("+"), given.lower())


@chanserv.command("AMODE", "<#channel> [<+|-><letter> <account>]", 1)
def amode(session: Session, params: list[str]) -> None:
    """Read or change the same as modes: +o alice, -v bob."""
    if len(params) < 3:
        group = group_named(session, params[0])
        found = session.me.access(group).items()
        lines = [f"{name} +{ROLE_LETTERS.get(role, role)}" for name, role in found]
        chanserv.say(session, *(lines or ["There is nobody on the list"]))
        return
    channel, change, account = params[:3]
    if change[:1] == "-":
        access(session, [channel, "DEL", account])
    else:
        access(session, [channel, "ADD", account, change])


@chanserv.command("FLAGS", "<#channel> [account <+|-><letter>]", 1)
def flags(session: Session, params: list[str]) -> None:
    """The same as AMODE, with the account first."""
    amode(session, params if len(params) < 3 else [params[0], params[2], params[1]])


def _give(role: str, added: bool) -> Callable[[Session, list[str]], None]:
    def run(session: Session, params: list[str]) -> None:
        group = group_named(session, params[0])
        me = session.me
        nicks = params[1:] or [session.name]
        people = [me.somebody(nick) for nick in nicks]
        due = policy.roles_at_joining(group, me.participant, me.service.settings)
        mine = me.service.settings.roles.rank(due if group.facts.registered else ())
        rank = me.service.settings.roles.rank((role,))
        force = all(each is me.participant for each in people) and 0 < rank <= mine
        me.change_roles(group, [(each, role, added) for each in people], force=force)
        chanserv.say(session, f"{', '.join(nicks)}: {'+' if added else '-'}{role}")

    run.__doc__ = f"{'Give' if added else 'Take'} the role {role}: to you, or to those you name."
    return run


for _name, _role_name in {
    "PROTECT": "protected",
    "OP": "operator",
    "HALFOP": "half-operator",
    "VOICE": "voice",
}.items():
    chanserv.command(_name, "<#channel> [nick...]", 1)(_give(_role_name, True))
    chanserv.command(f"DE{_name}", "<#channel> [nick...]", 1)(_give(_role_name, False))


@chanserv.command("INVITE", "<#channel> [nick]", 1)
def invite(session: Session, params: list[str]) -> None:
    """Ask somebody into a channel; yourself, if you are on its list."""
    group = group_named(session, params[0])
    other = session.me.addressee(params[1]) if len(params) > 1 else session.me.participant
    session.me.invite(group, other)
    chanserv.say(session, f"{other.name} was asked into {shown(group.name)}")


HISTORY = {"ALL": "all", "JOINED": "since-joined", "DEFAULT": "auto"}


@chanserv.command("SET", "<#channel> HISTORY <all | joined | default>", 3)
def choose_setting(session: Session, params: list[str]) -> None:
    """Choose for a channel: HISTORY, what members may read of before they joined."""
    group = group_named(session, params[0])
    rule = HISTORY.get(params[2].upper())
    if params[1].upper() != "HISTORY" or rule is None:
        raise BadInput("SET", " ".join(params[1:]))
    _set(session, group, SettingChange("visibility", rule, rule != "auto"))
    chanserv.say(session, f"HISTORY of {shown(group.name)} is {params[2].lower()}")


def _set(session: Session, group: Group, change: SettingChange) -> None:
    if session.me.change_settings(group, [change]) is None:
        raise Conflict("it is so already")


@chanserv.command("CLEAR", "<#channel> <bans | excepts | invites>", 2)
def clear(session: Session, params: list[str]) -> None:
    """Empty a list of a channel."""
    group = group_named(session, params[0])
    name = {"BANS": "ban", "EXCEPTS": "except", "INVITES": "invite"}.get(params[1].upper())
    if name is None:
        raise BadInput("CLEAR", params[1])
    entries = list(group.facts.lists[name])
    if not entries:
        raise NotFound(params[1])
    session.me.change_settings(group, [SettingChange(name, entry, False) for entry in entries])
    chanserv.say(session, f"{len(entries)} entries were removed")
