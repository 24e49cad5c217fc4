"""REDACT: taking a message back.

Source: IRCv3 draft/message-redaction.
"""

from __future__ import annotations

from gateways.irc import numerics as n
from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.encode import safe
from gateways.irc.handlers.channels import clean, group_named
from gateways.irc.names import is_channel
from gateways.irc.session import Session
from gateways.irc.table import command
from words.chat.verbs.editing import MAX_REASON
from words.errors import Forbidden, NoSuchMessage, NotFound, NotMember
from words.events import message_number


@command("REDACT", least=2, active=True)
def handle_redact(session: Session, message: Message) -> None:
    """Take back a message of one's own, or of a channel that one keeps in order."""
    if not session.has(Cap.REDACTION):
        session.reply(n.ERR_UNKNOWNCOMMAND, "REDACT")
        return
    target, given = message.params[:2]
    reason = clean(message.params[2])[:MAX_REASON] if len(message.params) > 2 else ""
    me = session.me
    context = safe(target), safe(given)
    try:
        where = group_named(session, target) if is_channel(target) else me.addressee(target)
        me.redact(where, message_number(given) or 0, reason)
    except NoSuchMessage:
        text = "This message does not exist or is too old"
        session.fail("REDACT", "UNKNOWN_MSGID", *context, text=text)
    except (NotMember, NotFound):
        text = "You cannot delete messages from there"
        session.fail("REDACT", "INVALID_TARGET", context[0], text=text)
    except Forbidden:
        text = "You are not authorised to delete this message"
        session.fail("REDACT", "REDACT_FORBIDDEN", *context, text=text)
