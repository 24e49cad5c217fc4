"""REGISTER and VERIFY: making an account for the nick that one has.

Source: IRCv3 draft/account-registration. There is no verification by mail, so VERIFY has nothing
to do; an address that is given isn't kept.
"""

from __future__ import annotations

from functools import partial

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap, valued
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.handlers.capability import VERSION_302
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.errors import BadInput, NameTaken, TooLong, TooMany, WordsError
from words.names import participant_key
from words.passport.scram import Verifier


class Unwanted(Exception):
    """``Unwanted(code, text)``: what FAIL says."""


@command("REGISTER", least=3, early=True, cost=8.0)
def handle_register(session: Session, message: Message) -> Later | None:
    """Make an account: REGISTER name-or-* mail-or-* password."""
    account, _, password = message.params[:3]
    try:
        name = may_register(session, account, password)
    except Unwanted as error:
        code, text = error.args
        session.fail("REGISTER", code, safe(account), text=text)
        return None
    work = session.ircd.parts.authorizer.make_verifier(password)
    return Later(work, partial(_register, name))


def may_register(session: Session, account: str, password: str) -> str:
    """Return the name of the account that a client may make now; raises `Unwanted`."""
    name = _wanted(session, account)
    if participant_key(password) == participant_key(name):
        raise Unwanted("WEAK_PASSWORD", "That is your name")
    _require_free(session, name)
    if not session.ircd.exempt(session.peer.address):
        try:
            session.ircd.newcomers.require(session.peer.address)
        except TooMany:
            text = "You have made enough accounts, try again later"
            raise Unwanted("TEMPORARILY_UNAVAILABLE", text) from None
    return name


def _wanted(session: Session, account: str) -> str:
    """Return the name of the new account; raises `Unwanted`."""
    mode = session.ircd.config.passport.registration
    if mode == "off" or not session.peer.private:
        text = "Ask an administrator" if mode == "off" else "Passwords are taken over TLS only"
        raise Unwanted("TEMPORARILY_UNAVAILABLE", text)
    if session.attachment is None and mode != "before-connect":
        raise Unwanted("COMPLETE_CONNECTION_REQUIRED", "Complete the connection first")
    if session.account:
        raise Unwanted("ALREADY_AUTHENTICATED", "You are logged in already")
    nick = session.me.participant.name if session.attachment else session.nick
    if not nick:
        raise Unwanted("NEED_NICK", "Choose a nick first")
    if account == "*" or participant_key(account) == participant_key(nick):
        return nick
    if not session.ircd.config.passport.custom_names:
        raise Unwanted("ACCOUNT_NAME_MUST_BE_NICK", "An account is called as you are")
    return account


def _require_free(session: Session, name: str) -> None:
    """Raise `Unwanted` where somebody else goes by this name; its own guest may register it."""
    holder = session.ircd.service.registry.participant(name)
    mine = session.attachment is not None and holder is session.me.participant
    if (holder is not None and not mine) or session.ircd.service.is_identity(name):
        raise Unwanted("ACCOUNT_EXISTS", "The name is taken")
    if session.ircd.service.reserved(name):
        raise Unwanted("BAD_ACCOUNT_NAME", "An account can't be called so")


def _register(name: str, session: Session, result: Verifier | WordsError) -> None:
    try:
        make(session, name, result)
    except Unwanted as error:
        code, text = error.args
        session.fail("REGISTER", code, safe(name), text=text)
        return
    session.say("REGISTER", "SUCCESS", session.account, text="The account was made")
    session.reply(n.RPL_LOGGEDIN, session.shown(), session.account)
    logged_in(session)


def make(session: Session, name: str, result: Verifier | WordsError) -> None:
    """Make an account, and let the client be in it; raises `Unwanted`."""
    try:
        if isinstance(result, WordsError):
            raise result
        _require_free(session, name)
        session.ircd.service.turn.require_space()
        mine = session.me.participant if session.attachment else None
        own = mine is not None and participant_key(name) == mine.key
        number = mine.id if mine is not None and own else 0
        identity = session.ircd.parts.authorizer.add(name, result, number=number)
    except WordsError as error:
        raise Unwanted(*_refusal(error)) from None
    session.account, session.identity = identity.name, identity.id
    if mine is not None and own:
        session.ircd.service.adopt(mine)


def logged_in(session: Session) -> None:
    """Let others see that a client is in an account that it wasn't in before."""
    if session.attachment is not None:
        session.me.mark_account(session.account)


def _refusal(error: WordsError) -> tuple[str, str]:
    if isinstance(error, NameTaken):
        return "ACCOUNT_EXISTS", "The name is taken, or looks like one that is"
    if isinstance(error, BadInput) and error.args[:1] == ("password",):
        text = "It is too long" if isinstance(error, TooLong) else f"It {error.args[1]}"
        return "UNACCEPTABLE_PASSWORD", text
    if isinstance(error, BadInput):
        return "BAD_ACCOUNT_NAME", "An account can't be called so"
    return "TEMPORARILY_UNAVAILABLE", "Try again later"


@command("VERIFY", least=2, early=True, cost=4.0)
def handle_verify(session: Session, message: Message) -> None:
    """Confirm a registration; here none has to be."""
    account = safe(message.params[0])
    code, text = "INVALID_CODE", "Nothing waits for a code"
    if session.account:
        code, text = "ALREADY_AUTHENTICATED", "You are logged in already"
    elif session.attachment is None and session.ircd.config.passport.registration == "on":
        code, text = "COMPLETE_CONNECTION_REQUIRED", "Complete the connection first"
    session.fail("VERIFY", code, account, text=text)


@valued("draft/account-registration")
def offer(session: Session) -> str | None:
    """Return the value of the capability, None where it isn't offered."""
    mode = session.ircd.config.passport.registration
    if mode == "off" or not session.peer.private:
        return None
    words = ["before-connect"] if mode == "before-connect" else []
    if session.ircd.config.passport.custom_names:
        words.append("custom-account-name")
    return ",".join(words)


def announce(session: Session) -> None:
    """Say that what the capability offers has changed (IRCv3 cap-notify)."""
    name, cap = "draft/account-registration", Cap.ACCOUNT_REGISTRATION
    value = offer(session)
    if value is None:
        session.set_caps(session.caps & ~cap)
    if not session.has(Cap.CAP_NOTIFY) or not session.peer.private:
        return
    if value is None:
        session.say("CAP", session.name, "DEL", text=name)
    else:
        shown = f"{name}={value}" if value and session.version >= VERSION_302 else name
        session.say("CAP", session.name, "NEW", text=shown)
