"""SILENCE and LOGOUT: what one doesn't want to hear, and being in no account any more.

Source: irc-defs, SILENCE (ISUPPORT, numerics 271, 272, 511); IRCv3 sasl-3.1 for 901.
"""

from __future__ import annotations

from gateways.irc import numerics as n
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.verbs.people import MAX_SILENCES
from words.errors import BadInput, TooMany


@command("SILENCE")
def handle_silence(session: Session, message: Message) -> None:
    """Don't be told what people say to one directly: +mask, -mask; alone, list the masks."""
    me = session.me
    given = message.params[0] if message.params else ""
    if not given or given == session.name:
        for mask in me.participant.silences:
            session.reply(n.RPL_SILELIST, mask)
        session.reply(n.RPL_ENDOFSILELIST)
        return
    sign = given[0] if given[0] in "+-" else "+"
    mask = given.removeprefix(sign)
    try:
        changed = me.silence(mask, sign == "+")
    except BadInput:
        session.reply(n.ERR_UNKNOWNERROR, "SILENCE", safe(mask), text="That is no mask")
    except TooMany:
        session.reply(n.ERR_SILELISTFULL, safe(mask), text=f"No more than {MAX_SILENCES} masks")
    else:
        if changed:
            session.say_self("SILENCE", f"{sign}{changed}")


@command("LOGOUT", cost=2.0)
def handle_logout(session: Session, message: Message) -> None:
    """Be in no account any more; who goes by the name of his account has to leave for that."""
    if not session.account:
        session.reply(n.ERR_UNKNOWNERROR, "LOGOUT", text="You are not logged in")
    elif session.me.participant.identity:
        text = "Your nick is your account's name: come in under another one, or QUIT"
        session.reply(n.ERR_UNKNOWNERROR, "LOGOUT", text=text)
    else:
        session.account, session.identity = "", 0
        session.reply(n.RPL_LOGGEDOUT, session.shown())
        session.me.mark_account("")
