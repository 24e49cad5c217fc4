"""AUTHENTICATE, LOGOUT: logging in by SASL, and being in no account any more.

Source: IRCv3 sasl-3.1 (901 for LOGOUT), sasl-3.2.
"""

from __future__ import annotations

from typing import Any

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap, valued
from gateways.irc.codec import Message
from gateways.irc.handlers.registration import client_id
from gateways.irc.sasl import EXTERNAL, MECHANISMS, Exchange, SaslError, chunks, plain
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.errors import AuthenticationFailed, Busy, WordsError
from words.names import participant_key
from words.passport.identity import Identity
from words.passport.scram import ScramServer


@valued("soju.im/account-required")
def _required(session: Session) -> str | None:
    return None if session.ircd.config.chat.guests else ""


@command("AUTHENTICATE", least=1, early=True, caps=Cap.SASL)
def handle_authenticate(session: Session, message: Message) -> Later | None:
    """Log in to an account."""
    argument = message.params[0]
    if argument == "*":
        session.sasl = None
        session.reply(n.ERR_SASLABORTED)
        return None
    if session.sasl is None:
        _begin(session, argument.upper())
        return None
    try:
        response = session.sasl.collector.add(argument)
    except SaslError as error:
        session.sasl = None
        session.reply(n.ERR_SASLTOOLONG if error.too_long else n.ERR_SASLFAIL)
        return None
    return None if response is None else _answer(session, session.sasl, response)


def _begin(session: Session, mechanism: str) -> None:
    if mechanism not in offered(session):
        session.reply(n.RPL_SASLMECHS, ",".join(offered(session)) or "*")
        session.reply(n.ERR_SASLFAIL)
        return
    scram = None
    if mechanism == "SCRAM-SHA-256":
        scram = session.ircd.parts.authorizer.scram(session.peer.address)
    session.sasl = Exchange(mechanism, scram)
    session.send(b"AUTHENTICATE +\r\n")


def offered(session: Session) -> tuple[str, ...]:
    """Return the mechanisms for this connection: those that show a password only in private."""
    shown = (EXTERNAL,) if session.peer.certificate else ()
    return (*shown, *(MECHANISMS if session.peer.private else ("SCRAM-SHA-256",)))


@valued("sasl")
def _offer(session: Session) -> str:
    return ",".join(offered(session))


def _answer(session: Session, exchange: Exchange, response: bytes) -> Later | None:
    try:
        if exchange.scram is not None:
            _scram(session, exchange, exchange.scram, response)
            return None
        if exchange.mechanism == EXTERNAL:
            _external(session, response.decode())
            return None
        name, password = plain(response)
        name, _, client = name.partition("@")
        session.client = client_id(client) or session.client
    except (SaslError, WordsError, UnicodeDecodeError):
        _failed(session)
        return None
    authorizer = session.ircd.parts.authorizer
    work = authorizer.check_password(name, password, address=session.peer.address)
    return Later(work, _checked)


def _external(session: Session, wanted: str) -> None:
    """Log in by the certificate; ``wanted`` may name its account (RFC 4422 appendix A)."""
    identity = session.ircd.parts.authorizer.by_certificate(session.peer.certificate)
    if wanted and participant_key(wanted) != participant_key(identity.name):
        raise AuthenticationFailed
    _logged_in(session, identity)


def _scram(session: Session, exchange: Exchange, scram: ScramServer, response: bytes) -> None:
    if exchange.identity is not None:  # the client took the server's signature
        _logged_in(session, exchange.identity)
        return
    text = response.decode()
    if not exchange.challenged:
        exchange.challenged = True
        challenge = scram.first(text)
    else:
        challenge, exchange.identity = scram.final(text)
    for chunk in chunks(challenge.encode()):
        session.send(f"AUTHENTICATE {chunk}\r\n".encode())


def _checked(session: Session, result: Any) -> None:
    if isinstance(result, WordsError):
        _failed(session, busy=isinstance(result, Busy))
    else:
        _logged_in(session, result)


def _failed(session: Session, *, busy: bool = False) -> None:
    session.sasl = None
    if busy:
        session.reply(n.ERR_SASLFAIL, text="Too many logins at the moment, try again later")
    else:
        session.reply(n.ERR_SASLFAIL)


def _logged_in(session: Session, identity: Identity) -> None:
    """Be in an account from now on, in another one perhaps (IRCv3 sasl-3.2, Reauthentication)."""
    session.sasl = None
    if not session.ircd.parts.authorizer.stands(identity):  # a client may wait with its last word
        _failed(session)
        return
    own = session.attachment.participant.identity if session.attachment else 0
    if own and own != identity.id:
        session.reply(n.ERR_SASLALREADY, text="Your nick is another account's name")
        return
    session.logged_in(identity)
    shown = session.shown()
    session.reply(n.RPL_LOGGEDIN, shown, identity.name)
    session.reply(n.RPL_SASLSUCCESS)
    if session.attachment is not None and not own:
        session.me.mark_account(identity.name)


@command("LOGOUT", cost=2.0)
def handle_logout(session: Session, message: Message) -> None:
    """Be in no account any more; who goes by the name of his account has to leave for that."""
    if not session.account:
        session.reply(n.ERR_UNKNOWNERROR, "LOGOUT", text="You are not logged in")
    elif session.me.participant.identity:
        text = "Your nick is your account's name: come in under another one, or QUIT"
        session.reply(n.ERR_UNKNOWNERROR, "LOGOUT", text=text)
    else:
        session.logged_out()
        session.reply(n.RPL_LOGGEDOUT, session.shown())
        session.me.mark_account("")
