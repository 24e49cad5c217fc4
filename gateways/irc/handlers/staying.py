"""PERSISTENCE: whether one stays when one's last client is gone.

Source: IRCv3 draft/persistence, as proposed.
"""

from __future__ import annotations

from gateways.irc.capabilities import Cap
from gateways.irc.codec import Message
from gateways.irc.session import Session
from gateways.irc.staying import SETTINGS, choose, chosen, stays
from gateways.irc.table import command
from words.errors import WordsError


@command("PERSISTENCE", least=1, cost=2.0)
def handle_persistence(session: Session, message: Message) -> None:
    """Ask (GET) or choose (SET ON, OFF or DEFAULT) whether one stays without a client."""
    subcommand, *params = (each.upper() for each in message.params)
    if subcommand not in ("GET", "SET"):
        return  # "SHOULD ignore unrecognized subcommands"
    if not session.account:
        session.fail("PERSISTENCE", "ACCOUNT_REQUIRED", text="An account is required")
        return
    if subcommand == "SET":
        setting = next((each for each in SETTINGS if params[:1] == [each]), None)
        if setting is None:
            session.fail("PERSISTENCE", "INVALID_PARAMETERS", text="Invalid parameters")
            return
        try:
            choose(session, setting)
        except WordsError as error:
            session.say("WARN", "PERSISTENCE", "CANNOT_CHANGE", text=str(error))
        tell_others(session)
    tell(session)


def tell(session: Session) -> None:
    """Say what was chosen, and what is so."""
    effective = "ON" if stays(session) else "OFF"
    session.say("PERSISTENCE", "STATUS", chosen(session), effective)


def tell_others(session: Session) -> None:
    """Say so to the other clients of the account that want to know."""
    for other in session.ircd.sessions.values():
        if other is not session and other.identity == session.identity:
            show(other)


def show(session: Session) -> None:
    """Tell a client that wants to know: when it comes in, and when it changes."""
    if session.account and session.has(Cap.PERSISTENCE):
        tell(session)
