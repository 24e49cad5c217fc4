"""Those who look after the hub: OPER, WALLOPS, KILL.

Who gives the password of an identity with rights to administer is an operator from then on; what
he may do is what that identity may at the moment. Source: Modern IRC, Operator Messages.
"""

from __future__ import annotations

from typing import Any

from gateways.irc import limits
from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.encode import line, safe
from gateways.irc.forms import source
from gateways.irc.handlers.channels import clean
from gateways.irc.session import Session
from gateways.irc.table import Later, command
from words.admin import acts
from words.errors import AuthenticationFailed, WordsError
from words.names import participant_key


@command("OPER", least=2, cost=4.0)
def handle_oper(session: Session, message: Message) -> Later | None:
    """Become an operator, by the name and password of an identity with rights."""
    name, password = message.params[:2]
    if not session.peer.private:
        session.reply(n.ERR_NOOPERHOST, text="Passwords are taken over TLS only")
        return None
    work = session.ircd.parts.authorizer.check_password(
        name, password, address=session.peer.address
    )
    return Later(work, _checked)


def _checked(session: Session, result: Any) -> None:
    if isinstance(result, AuthenticationFailed):
        session.reply(n.ERR_PASSWDMISMATCH)
    elif isinstance(result, WordsError):
        session.reply(n.ERR_PASSWDMISMATCH, text=f"Try again later: {result}")
    elif not result.rights:
        session.reply(n.ERR_NOOPERHOST, text="This account has no rights to administer")
    else:
        was_one = session.operator is not None
        session.operator = result
        session.ircd.operators.add(session)
        session.me.set_operator(True)
        session.reply(n.RPL_YOUREOPER)
        if not was_one:
            session.say_self("MODE", session.name, text="+o")


def step_down(session: Session) -> None:
    """Be an operator no more; the mark goes with the last of one's clients that was one."""
    session.operator = None
    operators = session.ircd.operators
    operators.discard(session)
    participant = session.me.participant
    if not any(other.me.participant is participant for other in operators):
        session.me.set_operator(False)


def may(session: Session, right: str) -> bool:
    """Return whether the client may do this at the moment: rights may have been taken back."""
    operator = session.operator
    if operator is None:
        return False
    return bool({"admin", right} & session.ircd.parts.authorizer.rights_now(operator))


@command("WALLOPS", least=1, cost=4.0, active=True)
def handle_wallops(session: Session, message: Message) -> None:
    """Tell everybody with mode +w something; needs the right to keep people out."""
    if session.operator is None:
        session.reply(n.ERR_NOPRIVILEGES)
        return
    if not may(session, "bans"):
        session.reply(n.ERR_NOPRIVS, "wallops")
        return
    text = clean(message.params[0])
    if not text:
        session.reply(n.ERR_NOTEXTTOSEND)
        return
    data = line("WALLOPS", text=text, source=session.shown())
    for other in session.ircd.sessions.values():
        if other.wallops:
            other.send(data)


@command("KILL", least=2, active=True)
def handle_kill(session: Session, message: Message) -> None:
    """End somebody's connections, with a reason; needs the right to keep people out."""
    if session.operator is None:
        session.reply(n.ERR_NOPRIVILEGES)
        return
    if not may(session, "bans"):
        session.reply(n.ERR_NOPRIVS, "kill")
        return
    nick = message.params[0]
    if participant_key(nick) == participant_key(session.ircd.name_shown):
        session.reply(n.ERR_CANTKILLSERVER)
        return
    other = session.ircd.service.registry.participant(nick)
    if other is None or not other.attachments:
        session.reply(n.ERR_NOSUCHNICK, safe(nick))
        return
    reason = clean(message.params[1])[: limits.REASON] or "No reason given"
    service = session.ircd.service
    service.turn.require_space()
    acts.note(service.journal, session.operator.name, "kill", other.name, reason)
    by = session.me.participant.actor
    for attachment in list(other.attachments):
        victim = session.ircd.sessions.get(attachment)
        if victim is not None:
            victim.send(line("KILL", other.name, text=reason, source=source(by)))
        attachment.outlet.close(f"Killed ({by.name} ({reason}))")
