"""Coming in and going: PASS, NICK, USER, QUIT, PING, PONG.

Source: Modern IRC, Connection Messages.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from gateways.irc import limits, metadata
from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.handlers import channels, playback, rehosting, renaming, server, staying
from gateways.irc.handlers.user_modes import held, show_own
from gateways.irc.names import shown
from gateways.irc.refusals import name_taken
from gateways.irc.session import Session
from gateways.irc.staying import note_seen, seen
from gateways.irc.table import Later, command
from gateways.irc.wrap import prefix
from words.chat.bans import Barred
from words.chat.registry import now_ms
from words.chat.verbs.people import MAX_REAL_NAME
from words.errors import (
    AuthenticationFailed,
    BadName,
    CannotSpeak,
    Forbidden,
    NameTaken,
    TooLong,
    WordsError,
)
from words.events import Actor, Flags
from words.names import check_participant_name, participant_key
from words.passport.identity import Identity

_CLIENT = re.compile(r"[\w.-]{1,32}")  # as the labels of app passwords


@command("PASS", least=1, early=True)
def handle_pass(session: Session, message: Message) -> None:
    """Give a password before registration: the account's, or ``account:password``."""
    if session.attachment is not None:
        session.reply(n.ERR_ALREADYREGISTERED)
        return
    session.password = message.params[0][: limits.PASSWORD_BYTES]


@command("NICK", early=True)
def handle_nick(session: Session, message: Message) -> Later | None:
    """Choose a nick."""
    nick = message.params[0] if message.params else ""
    if not nick:
        session.reply(n.ERR_NONICKNAMEGIVEN)
        return None
    try:
        check_participant_name(nick, session.ircd.config.chat.max_name_length)
        if len(nick.encode()) > limits.NICK_BYTES:
            raise TooLong("nick", limits.NICK_BYTES)
    except (BadName, TooLong):
        session.reply(n.ERR_ERRONEUSNICKNAME, safe(nick))
        return None
    if session.attachment is not None:
        _rename(session, nick)
        return None
    if session.ircd.service.reserved(nick):
        raise NameTaken(nick)
    key = participant_key(nick)
    holder = session.ircd.service.registry.participants.get(key)
    if holder is not None and not holder.identity and not session.ircd.service.is_identity(nick):
        raise NameTaken(nick)
    session.nick = nick
    return try_registration(session)


def _rename(session: Session, nick: str) -> None:
    participant = session.me.participant
    before = participant.actor
    try:
        session.me.rename(nick)
    except CannotSpeak as error:
        session.reply(n.ERR_BANNICKCHANGE, nick, shown(error.args[0]))
        return
    except Forbidden:
        text = "Your nick is your account's name; come in under another one to have another"
        session.reply(n.ERR_UNKNOWNERROR, "NICK", text=text)
        return
    if participant.key != participant_key(before.name):
        session.ircd.remember(participant, before)


@command("USER", early=True)
def handle_user(session: Session, message: Message) -> Later | None:
    """Say a user name and a real name."""
    if session.attachment is not None:
        session.reply(n.ERR_ALREADYREGISTERED)
        return None
    params = message.params
    if len(params) < 4 or not params[0] or not params[3]:
        session.reply(n.ERR_NEEDMOREPARAMS, "USER")
        return None
    user, _, client = params[0].partition("@")
    if client := client_id(client):
        session.client = session.client or client
    session.user = _user_name(user if client else params[0])
    session.real_name = channels.clean(params[3])[:MAX_REAL_NAME] or session.user
    return try_registration(session)


def client_id(text: str) -> str:
    """Return the id of a client, "" for what is none."""
    return text if _CLIENT.fullmatch(text) else ""


def _user_name(wanted: str) -> str:
    kept = "".join(
        char for char in wanted if char.isprintable() and char not in " !@:*?," and char.isascii()
    )
    return "~" + (kept or "user")[: limits.USER]


def try_registration(session: Session) -> Later | None:
    """Let the client in if it has said all that is needed."""
    if session.negotiating or not session.nick or not session.user:
        return None
    if session.password and not session.account:
        return _check_password(session)
    return _enter(session)


def _check_password(session: Session) -> Later | None:
    given, session.password = session.password, ""
    account, colon, password = given.partition(":")
    account, _, client = account.partition("@") if colon else ("", "", "")
    session.client = client_id(client) or session.client
    if not colon:
        account, password = session.nick, given
        if not session.ircd.service.is_identity(account):
            return _enter(session)  # a password for nothing: nobody asked for one
    if not session.peer.private:
        session.reply(n.ERR_PASSWDMISMATCH, text="Passwords are taken over TLS only")
        session.quitting = "Password over plain text"
        return None
    work = session.ircd.parts.authorizer.check_password(
        account, password, address=session.peer.address
    )
    return Later(work, _password_checked)


def _password_checked(session: Session, result: Any) -> Later | None:
    if isinstance(result, WordsError):
        session.reply(n.ERR_PASSWDMISMATCH)
        if not isinstance(result, AuthenticationFailed):
            session.say("NOTICE", session.name, text=str(result))
        session.quitting = "Password incorrect"
        return None
    session.logged_in(result)
    return try_registration(session)


def _enter(session: Session) -> Later | None:
    if session.sasl is not None:  # IRCv3 sasl-3.1: registering ends an exchange under way
        session.sasl = None
        session.reply(n.ERR_SASLABORTED)
    ircd = session.ircd
    service = ircd.service
    nick = session.nick
    if session.identity and not _still_known(session):
        session.quitting = "Your account can't be used any more"
        return None
    own = bool(session.account) and participant_key(nick) == participant_key(session.account)
    host = (
        ircd.cloak.identity(session.identity) if own else ircd.cloak.address(session.peer.address)
    )
    flags = Flags.SECURE if session.peer.secure else Flags.NONE
    actor = Actor(0, nick, session.user, host, session.account, int(flags))
    shapes = session.forms()
    try:
        if own:
            actor = Actor(0, session.account, session.user, host, session.account, int(flags))
            attachment = service.attach(
                session.identity, actor, session.real_name, shapes, session.outlet, session.away
            )
        else:
            attachment = service.enter(
                actor, session.real_name, shapes, session.outlet, session.away
            )
    except NameTaken as error:
        session.nick = ""
        name_taken(session, "NICK", error)
        return None
    except Barred as error:
        session.reply(n.ERR_YOUREBANNEDCREEP, text=f"You are banned: {error}")
        session.quitting = f"Banned: {error}"
        return None
    except Forbidden:
        session.fail("*", "ACCOUNT_REQUIRED", text="You must log in with SASL to come in")
        session.quitting = "You must log in with SASL to come in"
        return None
    attachment.active = ircd.now()
    session.attached(attachment)
    attachment.moved = partial(renaming.show_renamed, session)
    attachment.rehosted = partial(rehosting.show_rehosted, session)
    ircd.sessions[attachment] = session
    ircd.most = max(ircd.most, len(ircd.sessions))
    return _greet(session)


def _still_known(session: Session) -> bool:
    """Return whether the login, which may be some time ago, would be right now, too."""
    before = Identity(session.identity, session.account, label=session.app_password)
    return session.ircd.parts.authorizer.still(before) is not None


def _greet(session: Session) -> Later | None:
    ircd = session.ircd
    name = session.name
    session.send(ircd.welcome.greeting(name))
    server.show_isupport(session)
    if session.has(Cap.WHOAMI):  # IRCv3 draft/whoami: after ISUPPORT, before LUSERS
        session.say_self("SETNAME", text=session.me.participant.real_name)
    session.send(server.lusers(session))
    if held(session):  # Modern IRC, Connection Registration: modes that one has from the start
        show_own(session)
    staying.show(session)
    metadata.show_own(session)
    session.send(ircd.welcome.motd(name))
    participant = session.me.participant
    if participant.identity and not session.has(Cap.CHATHISTORY | Cap.PLAYBACK):
        session.seen = seen(session)
    for group in participant.groups.values():
        channels.show_joined(session, group, announce=True)
    channels.show_invitations(session)
    if participant.identity:
        note_seen(session, now_ms())
    return playback.replay_missed(session) if session.seen else None


@command("QUIT", early=True)
def handle_quit(session: Session, message: Message) -> None:
    """Leave."""
    text = channels.clean(message.params[0]) if message.params else ""
    session.quitting = prefix(f"Quit: {text}", 300)  # Modern IRC: also where there is no reason


@command("PING", early=True, cost=0.5)
def handle_ping(session: Session, message: Message) -> None:
    """Ask whether the server is there."""
    if not message.params:
        session.reply(n.ERR_NEEDMOREPARAMS, "PING")
        return
    if not message.params[0]:
        session.reply(n.ERR_NOORIGIN)
        return
    session.say("PONG", session.ircd.name_shown, text=message.params[0])


@command("PONG", early=True, cost=0.2)
def handle_pong(session: Session, message: Message) -> None:
    """Answer the server's PING."""
