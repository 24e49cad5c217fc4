"""NickServ: accounts for clients that can't do without it.

Source: the help of Ergo's NickServ.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.handlers import accounts, staying
from gateways.irc.services import Service
from gateways.irc.session import Session
from gateways.irc.staying import SETTINGS, choose, chosen, stays
from gateways.irc.table import COMMANDS, Later, command
from words.chat.attachment import Attachment
from words.chat.connections import connections_of, end
from words.chat.connections import shown as described
from words.errors import (
    AuthenticationFailed,
    BadInput,
    Forbidden,
    LoginRequired,
    NotFound,
)
from words.names import participant_key
from words.passport.app_passwords import make_secret, md5_of
from words.passport.identity import Identity

nickserv = Service("NickServ", "NickServ looks after accounts. Its commands:")


@command("NICKSERV", cost=2.0, active=True)
def handle_nickserv(session: Session, message: Message) -> Later | None:
    """Command NickServ."""
    if not session.ircd.config.irc.services:
        session.reply(n.ERR_UNKNOWNCOMMAND, message.command)
        return None
    return nickserv(session, " ".join(message.params))


command("NS", cost=2.0, active=True)(handle_nickserv)


def _identity(session: Session) -> Identity:
    identity = session.ircd.parts.authorizer.by_id(session.identity) if session.identity else None
    if identity is None:
        raise LoginRequired("you are in no account")
    return identity


def _by_own_password(session: Session) -> Identity:
    """Return the account for what an app password must not do: it could outlive its end."""
    identity = _identity(session)
    if session.app_password:
        raise Forbidden("this client came by an app password: IDENTIFY with your own first")
    return identity


def _private(session: Session) -> None:
    if not session.peer.private:
        raise Forbidden("passwords are taken over TLS only")


@nickserv.command("IDENTIFY", "[account] <password>", 1)
def identify(session: Session, params: list[str]) -> Later | None:
    """Be in an account: the one of your nick, unless you name another."""
    _private(session)
    name, password = (params[0], params[1]) if len(params) > 1 else (session.name, params[0])
    work = session.ircd.parts.authorizer.check_password(
        name.partition("@")[0], password, address=session.peer.address
    )
    return Later(work, nickserv.finished(_identified))


def _identified(session: Session, identity: Identity) -> None:
    if not session.ircd.parts.authorizer.stands(identity):
        raise AuthenticationFailed
    own = session.me.participant.identity
    if own and own != identity.id:
        raise Forbidden("your nick is another account's name")
    session.logged_in(identity)
    session.reply(n.RPL_LOGGEDIN, session.shown(), identity.name)
    nickserv.say(session, f"You are now in the account {identity.name}")
    if not own:
        session.me.mark_account(identity.name)
        if participant_key(session.name) != participant_key(identity.name):
            return
        nickserv.say(session, "Come in with SASL or PASS to share it among your clients")


@nickserv.command("REGISTER", "<password> [mail address]", 1)
def register(session: Session, params: list[str]) -> Later | None:
    """Make an account for your nick."""
    mail = params[1] if len(params) > 1 else "*"
    try:
        name = accounts.may_register(session, "*", mail, params[0])
    except accounts.Unwanted as error:
        nickserv.say(session, error.args[1])
        return None
    return accounts.begin(session, accounts.Wish(name, mail), params[0], _registered)


def _registered(session: Session, wish: accounts.Wish, refusal: accounts.Unwanted | None) -> None:
    if refusal is not None:
        nickserv.say(session, refusal.args[1])
    elif not session.account:
        nickserv.say(session, f"A code was sent to {wish.mail}: VERIFY {wish.name} <code>")
    else:
        _made(session)


def _made(session: Session) -> None:
    nickserv.say(session, f"The account {session.account} was made, and you are in it")
    accounts.logged_in(session)


@nickserv.command("VERIFY", "<account> <code>", 2)
def verify(session: Session, params: list[str]) -> None:
    """Make the account for which a code was sent to you."""
    try:
        accounts.verify(session, params[0], params[1])
    except accounts.Unwanted as error:
        nickserv.say(session, error.args[1])
    else:
        _made(session)


@nickserv.command("LOGOUT")
def logout(session: Session, params: list[str]) -> Later | None:
    """Be in no account any more."""
    _identity(session)
    return COMMANDS["LOGOUT"].handler(session, Message("LOGOUT", []))


@nickserv.command("PASSWD", "<current password> <new password>", 2)
def passwd(session: Session, params: list[str]) -> Later:
    """Choose another password."""
    _private(session)
    identity = _identity(session)
    authorizer = session.ircd.parts.authorizer
    work = authorizer.check_password(identity.name, params[0], address=session.peer.address)
    return Later(work, nickserv.finished(partial(_proven, params[-1])))


def _proven(password: str, session: Session, identity: Identity) -> Later:
    if identity.label:
        raise AuthenticationFailed
    work = session.ircd.parts.authorizer.make_verifier(password)
    return Later(work, nickserv.finished(partial(_changed, identity)))


def _changed(identity: Identity, session: Session, verifier: Any) -> None:
    authorizer = session.ircd.parts.authorizer
    if not authorizer.stands(identity):  # somebody else was faster
        raise AuthenticationFailed
    session.ircd.service.turn.require_space()
    authorizer.set_verifier(identity.name, verifier)
    nickserv.say(session, "You have another password now")


@nickserv.command("INFO", "[account]")
def info(session: Session, params: list[str]) -> None:
    """Tell about an account: when it was made, whether somebody is here."""
    name = params[0] if params else session.account or session.name
    identity = session.ircd.parts.authorizer.get(name)
    if identity is None:
        raise NotFound(name)
    made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(identity.id // 1_000_000))
    nickserv.say(session, f"Account {identity.name}, made {made}")
    service = session.ircd.service
    other = service.registry.by_id.get(identity.id)
    if other is not None and service.persons.admits(other, session.me.participant):
        nickserv.say(session, "Is here" if other.attachments else "Isn't here")
    if identity.id == session.identity:
        staying_now = "yes" if stays(session) else "no"
        nickserv.say(session, f"Stays without a client: {staying_now} ({chosen(session)})")


def _others(session: Session) -> list[Session]:
    """Return the other IRC clients of the account."""
    _identity(session)
    here = session.ircd.sessions.values()
    return [each for each in here if each is not session and each.identity == session.identity]


@nickserv.command("SESSIONS", "[LIST | END <number> | END APPPASS <label>]")
def sessions(session: Session, params: list[str]) -> None:
    """List the clients that are in your account, over whatever they come; or end one, or all those
    that came by an app password, but for this one."""
    _identity(session)
    what = [each.upper() for each in params[:2]]
    if what in ([], ["LIST"]):
        for each in session.me.sessions():
            nickserv.say(session, _line(session, each))
    elif what == ["END", "APPPASS"] and len(params) > 2:
        count = session.me.end_sessions(app_password=params[2])
        nickserv.say(session, f"{count} client(s) ended")
    else:
        session.me.end_sessions(params[1] if len(params) > 1 else "none")
        nickserv.say(session, "It was ended")


def _line(session: Session, each: Attachment) -> str:
    other, one = session.ircd.sessions.get(each), described(each)
    client = f" {other.client}" if other is not None and other.client else ""
    by = f" by app password {one.app_password}" if one.app_password else ""
    here = " (this one)" if each is session.attachment else ""
    return (
        f"{one.session}:{client} {one.name} from {one.address or 'local'}, {one.gateway}{by}{here}"
    )


@nickserv.command("GHOST", "<nick>", 1)
def ghost(session: Session, params: list[str]) -> None:
    """End the other clients of your account that go by a nick."""
    found = [
        each
        for each in _others(session)
        if each.attachment and participant_key(each.name) == participant_key(params[0])
    ]
    if not found:
        raise NotFound(params[0])
    for each in found:
        each.peer.close(f"Ghosted by {session.name}")
    nickserv.say(session, f"{len(found)} client(s) of {params[0]} ended")


@nickserv.command("REGAIN", "<nick>", 1)
def regain(session: Session, params: list[str]) -> None:
    """End the other clients that go by a nick of yours, and take that nick."""
    nick = params[0]
    holder = session.ircd.service.registry.participant(nick)
    if holder is not None and holder is not session.me.participant:
        ghost(session, params)
    session.me.rename(nick)


@nickserv.command("CERT", "LIST | ADD [fingerprint] | DEL <fingerprint>", 1)
def cert(session: Session, params: list[str]) -> None:
    """Let a TLS client certificate prove your account (SASL EXTERNAL): this connection's, or one
    by the SHA-256 of its DER form."""
    identity = _identity(session)
    certificates = session.ircd.parts.authorizer.certificates
    what = params[0].upper()
    if what != "LIST":
        _by_own_password(session)
    fingerprint = params[1] if len(params) > 1 else session.peer.certificate
    if what == "LIST":
        found = certificates.list(identity)
        nickserv.say(session, *(found or ("There is no certificate",)))
    elif what == "ADD":
        session.ircd.service.turn.require_space()
        certificates.add(identity, fingerprint)
        nickserv.say(session, "The certificate was added")
    elif what in ("DEL", "REMOVE"):
        certificates.remove(identity, fingerprint)
        nickserv.say(session, "The certificate was removed")
    else:
        raise BadInput("CERT", params[0])


@nickserv.command("APPPASS", "LIST | ADD <label> [legacy] | DEL <label>", 1)
def app_password(session: Session, params: list[str]) -> None:
    """Have a password for one program, whose login is account/label; "legacy" for a program that
    can only answer the old challenge of Perspective Broker. DEL ends the clients that came by
    it."""
    identity = _identity(session)
    kept = session.ircd.parts.authorizer.app_passwords
    what, label = params[0].upper(), params[1] if len(params) > 1 else ""
    if what == "LIST":
        labels = [each.label for each in kept.list(identity)]
        nickserv.say(session, *(labels or ["There is none"]))
        return
    _by_own_password(session)
    session.ircd.service.turn.require_space()
    if what == "ADD":
        _private(session)
        secret, verifier = make_secret()
        legacy = len(params) > 2 and params[2].lower() == "legacy"
        kept.add(identity, label, verifier, (), md5_of(secret) if legacy else None)
        nickserv.say(session, f"Login {identity.name}/{label}, password {secret}")
    elif what in ("DEL", "REMOVE"):
        kept.remove(identity, label)
        registry = session.ircd.service.registry
        came = connections_of(registry, identity.name, label)
        end(came, "The app password was revoked")
        nickserv.say(session, f"{identity.name}/{label} can't log in any more")
    else:
        raise BadInput("APPPASS", params[0])


@nickserv.command("SET", "ALWAYS-ON <on | off | default>", 2)
def choose_setting(session: Session, params: list[str]) -> None:
    """Choose for your account: ALWAYS-ON, whether you stay in channels without a client."""
    _identity(session)
    name, value = params[0].upper(), params[1].upper()
    words = {"TRUE": "ON", "FALSE": "OFF"}
    setting = next((each for each in SETTINGS if each == words.get(value, value)), None)
    if name != "ALWAYS-ON" or setting is None:
        raise BadInput("SET", f"{name} {value}")
    choose(session, setting)
    staying.tell_others(session)
    effective = "on" if stays(session) else "off"
    nickserv.say(session, f"ALWAYS-ON is {setting.lower()}, which is {effective} here")


@nickserv.command("UNREGISTER", "<password>", 1)
def unregister(session: Session, params: list[str]) -> Later:
    """Remove your account, with all that you said."""
    _private(session)
    identity = _identity(session)
    work = session.ircd.parts.authorizer.check_password(
        identity.name, params[0], address=session.peer.address
    )
    return Later(work, nickserv.finished(_remove))


def _remove(session: Session, identity: Identity) -> None:
    if identity.label or identity.rights:
        raise Forbidden("an administrator has to do that")
    nickserv.say(session, f"The account {identity.name} is removed")
    session.ircd.service.removals.begin(identity.name)
