"""SILENCE: whose direct messages one doesn't want to hear.

Source: irc-defs, SILENCE (ISUPPORT, numerics 271, 272, 511).
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
