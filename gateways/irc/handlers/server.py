"""About the server: MOTD, LUSERS, VERSION, ISUPPORT, TIME, ADMIN, INFO, HELP.

Source: Modern IRC, Server Queries and Commands; IRCv3 draft/extended-isupport.
"""

from __future__ import annotations

import time

from gateways.irc import numerics as n
from gateways.irc.batches import send_batch
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.session import Session
from gateways.irc.sight import present
from gateways.irc.table import COMMANDS, command
from words import __version__
from words.chat.masks import matcher


def _elsewhere(session: Session, message: Message) -> bool:
    return bool(message.params) and elsewhere(session, message.params[0])


def elsewhere(session: Session, target: str) -> bool:
    """Refuse a question to another server than this one, which anybody's nick here means too."""
    if matcher(target)(session.ircd.name_shown) or any(present(session, [target])):
        return False
    session.reply(n.ERR_NOSUCHSERVER, safe(target))
    return True


@command("MOTD")
def handle_motd(session: Session, message: Message) -> None:
    """Show the message of the day."""
    if not _elsewhere(session, message):
        session.send(session.ircd.welcome.motd(session.name))


def lusers(session: Session) -> bytes:
    """Return the counts of people and channels."""
    ircd = session.ircd
    registry = ircd.service.registry
    people = len(registry.participants)
    return ircd.welcome.counts(
        session.name,
        seen=people - registry.hidden,
        hidden=registry.hidden,
        people=people,
        operators=len({each.me.participant.id for each in ircd.operators}),
        clients=len(ircd.sessions),
        unknown=len(ircd.connections) - len(ircd.sessions),
        groups=len(registry.groups),
        most=max(ircd.most, people),
    )


@command("LUSERS")
def handle_lusers(session: Session, message: Message) -> None:
    """Show how many people and channels there are."""
    session.send(lusers(session))


@command("VERSION")
def handle_version(session: Session, message: Message) -> None:
    """Show the program's version, and what it can do."""
    if _elsewhere(session, message):
        return
    ircd = session.ircd
    session.reply(n.RPL_VERSION, f"words-{__version__}", ircd.name_shown, ircd.config.hub.network)
    show_isupport(session)


def show_isupport(session: Session) -> None:
    """Say what the server can do."""
    _say_isupport(session, session.ircd.welcome.isupport(session.name))


def show_changes(session: Session, lines: bytes) -> None:
    """Say what of that isn't any more as it was (`Welcome.changes`), to who was told before."""
    if session.attachment is not None or session.has(Cap.EXTENDED_ISUPPORT):
        _say_isupport(session, session.ircd.welcome.addressed(lines, session.name))


def _say_isupport(session: Session, lines: bytes) -> None:
    """Say 005 lines; in a batch, to who asked for that."""
    if not session.has(Cap.EXTENDED_ISUPPORT):
        session.send(lines)
        return
    send_batch(session, "draft/isupport", "", lines.splitlines(keepends=True))


@command("ISUPPORT", early=True)
def handle_isupport(session: Session, message: Message) -> None:
    """Show what the server can do."""
    if session.attachment is None and not session.has(Cap.EXTENDED_ISUPPORT):
        session.reply(n.ERR_NOTREGISTERED)
        return
    show_isupport(session)


@command("TIME")
def handle_time(session: Session, message: Message) -> None:
    """Show the server's time."""
    if not _elsewhere(session, message):
        now = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        session.reply(n.RPL_TIME, session.ircd.name_shown, now)


@command("ADMIN")
def handle_admin(session: Session, message: Message) -> None:
    """Show who runs the server."""
    if not _elsewhere(session, message):
        session.reply(n.RPL_ADMINME, session.ircd.name_shown)
        session.reply(n.RPL_ADMINLOC1, session.ircd.config.hub.network)
        session.reply(n.RPL_ADMINLOC2, session.ircd.config.hub.description)
        contact = session.ircd.config.hub.contact
        session.reply(n.RPL_ADMINEMAIL, contact or "No address is given here")


@command("INFO")
def handle_info(session: Session, message: Message) -> None:
    """Show what the program is."""
    if not _elsewhere(session, message):
        for row in (
            f"Words {__version__}",
            "One chat hub that every kind of chat program can join",
        ):
            session.reply(n.RPL_INFO, row)
        session.reply(n.RPL_ENDOFINFO)


@command("LINKS")
def handle_links(session: Session, message: Message) -> None:
    """Show this server, and the networks that it has bridges to."""
    ircd = session.ircd
    shown = matcher(message.params[-1] if message.params else "*")
    if shown(ircd.name_shown):
        session.reply(n.RPL_LINKS, ircd.name_shown, "0", ircd.config.hub.description)
    for network in ircd.parts.networks():
        if shown(network.name):
            info = f"{network.kind}, {network.state}"
            session.reply(n.RPL_LINKS, safe(network.name), "1", info)
    session.reply(n.RPL_ENDOFLINKS)


@command("STATS", least=1)
def handle_stats(session: Session, message: Message) -> None:
    """Show figures: "u" how long the server has been up."""
    if len(message.params) > 1 and elsewhere(session, message.params[1]):
        return
    letter = message.params[0][:1] or "*"
    if letter == "u":
        seconds = int(time.time() - session.ircd.parts.started)
        days, seconds = divmod(seconds, 24 * 60 * 60)
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        session.reply(n.RPL_STATSUPTIME, str(days), clock)
    session.reply(n.RPL_ENDOFSTATS, safe(letter))


@command("USERS")
def handle_users(session: Session, message: Message) -> None:
    """Nothing: who is logged in to the machine is nobody's business (RFC 2812 section 4.6)."""
    session.reply(n.ERR_USERSDISABLED)


@command("SUMMON")
def handle_summon(session: Session, message: Message) -> None:
    """Nothing: nobody can be called to the machine (RFC 2812 section 4.5)."""
    session.reply(n.ERR_SUMMONDISABLED)


@command("HELPOP")
@command("HELP")
def handle_help(session: Session, message: Message) -> None:
    """Tell what a command does, or which commands there are."""
    subject = " ".join(message.params).strip()
    # Modern IRC, HELP message: a title, then an empty line.
    if not subject:
        subject, first, *rest = "*", "Ask HELP with the name of a command:", "", *_command_names()
    elif (row := COMMANDS.get(subject.upper())) is not None:
        subject, first, *rest = row.name, f"{row.name}:", "", *row.help.splitlines()
    else:
        session.reply(n.ERR_HELPNOTFOUND, safe(subject))
        return
    session.reply(n.RPL_HELPSTART, subject, first)
    for each in rest:
        session.reply(n.RPL_HELPTXT, subject, each.strip())
    session.reply(n.RPL_ENDOFHELP, subject, "End of /HELP")


def _command_names() -> list[str]:
    names = sorted(COMMANDS)
    return [" ".join(names[start : start + 10]) for start in range(0, len(names), 10)]
