"""REGISTER and VERIFY: making an account for the nick that one has.

Source: IRCv3 draft/account-registration. Where a program for mail is configured, an account is made
by VERIFY, with a code that is sent to an address, which isn't kept; else REGISTER makes it at once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from gateways.irc import numerics as n
from gateways.irc.capabilities import valued
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.errors import BadInput, NameTaken, TooLong, TooMany, WordsError
from words.names import check_participant_name, participant_key
from words.passport.letters import check_address, send_code
from words.passport.scram import Verifier


class Unwanted(Exception):
    """``Unwanted(code, text)``: what FAIL says."""


class Wish(NamedTuple):
    """An account that is asked for; ``mail`` is used where it has to be proved."""

    name: str
    mail: str


Then: TypeAlias = Callable[[Session, Wish, Unwanted | None], None]
"""Called when an account was made or its code sent, or (`Unwanted`) neither."""


@command("REGISTER", least=3, early=True, cost=8.0)
def handle_register(session: Session, message: Message) -> Later | None:
    """Make an account: REGISTER name-or-* mail-or-* password."""
    account, mail, password = message.params[:3]
    try:
        name = may_register(session, account, mail, password)
    except Unwanted as error:
        _refuse(session, "REGISTER", account, error)
        return None
    return begin(session, Wish(name, mail), password, _registered)


def _refuse(session: Session, command: str, account: str, error: Unwanted) -> None:
    code, text = error.args
    context = {"NEED_NICK": ("*",), "COMPLETE_CONNECTION_REQUIRED": ()}.get(code, (safe(account),))
    session.fail(command, code, *context, text=text)


def begin(session: Session, wish: Wish, password: str, then: Then) -> Later:
    """Make an account, or send a code for it; ``then`` is told of an `Unwanted`, or None."""
    work = session.ircd.parts.authorizer.make_verifier(password)
    if session.ircd.config.passport.mail_command:
        return Later(work, partial(_send_code, wish, then))
    return Later(work, partial(_make, wish, then))


def _make(wish: Wish, then: Then, session: Session, result: Verifier | WordsError) -> None:
    try:
        make(session, wish.name, result)
    except Unwanted as error:
        then(session, wish, error)
    else:
        then(session, wish, None)


def _send_code(
    wish: Wish, then: Then, session: Session, result: Verifier | WordsError
) -> Later | None:
    try:
        if isinstance(result, WordsError):
            raise result
        code = session.ircd.pending.add(wish.name, result, session.peer.address)
    except WordsError as error:
        then(session, wish, Unwanted(*_refusal(error)))
        return None
    config, parts = session.ircd.config, session.ircd.parts
    sent = parts.reactor.in_thread(
        send_code,
        config.passport.mail_command,
        config.passport.mail_from or f"hub@{config.hub.name}",
        wish.mail,
        config.hub.network,
        wish.name,
        code,
    )
    return Later(sent, partial(_sent, wish, then))


def _sent(wish: Wish, then: Then, session: Session, result: WordsError | None) -> None:
    failed = isinstance(result, WordsError)
    text = "The code can't be sent at the moment"
    then(session, wish, Unwanted("TEMPORARILY_UNAVAILABLE", text) if failed else None)


def may_register(session: Session, account: str, mail: str, password: str) -> str:
    """Return the name of the account that a client may make now; raises `Unwanted`."""
    name = _wanted(session, account)
    if session.ircd.config.passport.mail_command:
        try:
            check_address(mail)
        except BadInput:
            raise Unwanted("INVALID_EMAIL", "A mail address is needed") from None
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
    try:  # before it stands in a letter to somebody
        check_participant_name(account, session.ircd.config.chat.max_name_length)
    except BadInput:
        raise Unwanted("BAD_ACCOUNT_NAME", "An account can't be called so") from None
    return account


def _require_free(session: Session, name: str) -> None:
    """Raise `Unwanted` where somebody else goes by this name; its own guest may register it."""
    holder = session.ircd.service.registry.participant(name)
    mine = session.attachment is not None and holder is session.me.participant
    if (holder is not None and not mine) or session.ircd.service.is_identity(name):
        raise Unwanted("ACCOUNT_EXISTS", "The name is taken")
    if session.ircd.service.reserved(name):
        raise Unwanted("BAD_ACCOUNT_NAME", "An account can't be called so")


def _registered(session: Session, wish: Wish, refusal: Unwanted | None) -> None:
    if refusal is not None:
        _refuse(session, "REGISTER", wish.name, refusal)
    elif not session.account:
        text = f"A code was sent to {wish.mail}"
        session.say("REGISTER", "VERIFICATION_REQUIRED", wish.name, text=text)
    else:
        session.say("REGISTER", "SUCCESS", session.account, text="The account was made")
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
    session.logged_in(identity)
    if mine is not None and own:
        session.ircd.service.adopt(mine)


def logged_in(session: Session) -> None:
    """Let a client and others see that it is in an account that it wasn't in before."""
    session.reply(n.RPL_LOGGEDIN, session.shown(), session.account)
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
    """Make the account for which a code was sent: VERIFY account code."""
    account, given = message.params[:2]
    try:
        verify(session, account, given)
    except Unwanted as error:
        _refuse(session, "VERIFY", account, error)
        return
    session.say("VERIFY", "SUCCESS", session.account, text="The account was made")
    logged_in(session)


def verify(session: Session, account: str, code: str) -> None:
    """Make the account for which this code was sent; raises `Unwanted`."""
    if session.account:
        raise Unwanted("ALREADY_AUTHENTICATED", "You are logged in already")
    if session.attachment is None and session.ircd.config.passport.registration == "on":
        raise Unwanted("COMPLETE_CONNECTION_REQUIRED", "Complete the connection first")
    try:
        name, verifier = session.ircd.pending.take(account, code, session.peer.address)
    except WordsError:
        raise Unwanted("INVALID_CODE", "That is no code for this account") from None
    make(session, name, verifier)


@valued("draft/account-registration")
def _offer(session: Session) -> str | None:
    mode = session.ircd.config.passport.registration
    if mode == "off" or not session.peer.private:
        return None
    words = ["before-connect"] if mode == "before-connect" else []
    if session.ircd.config.passport.custom_names:
        words.append("custom-account-name")
    if session.ircd.config.passport.mail_command:
        words.append("email-required")
    return ",".join(words)
