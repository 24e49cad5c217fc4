"""How a refusal is written in IRC: one table from errors to numerics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateways.irc import numerics as n
from gateways.irc.encode import Unsendable, safe
from gateways.irc.names import shown
from gateways.irc.session import Session
from words import errors as e


class NoSuchChannel(e.NoSuchGroup):
    """``NoSuchChannel(name)``: a name without the sign of channels, so no group has it."""


Refusal = Callable[[Session, str, Any], None]


def _about_group(numeric: n.Numeric, place: int = 0) -> Refusal:
    def refuse(session: Session, _: str, error: e.WordsError) -> None:
        session.reply(numeric, safe(shown(str(error.args[place]))))

    return refuse


def _not_member(session: Session, _: str, error: e.NotMember) -> None:
    who, group = error.args
    if session.member_error(error):
        session.reply(n.ERR_NOTONCHANNEL, shown(group))
    else:
        session.reply(n.ERR_USERNOTINCHANNEL, safe(who), shown(group))


def _bad_name(session: Session, command: str, error: e.WordsError) -> None:
    name = str(error.args[0])
    if command == "JOIN":
        session.reply(n.ERR_BADCHANMASK, safe(shown(name)))
    else:
        session.reply(n.ERR_ERRONEUSNICKNAME, safe(name))


def _too_long(session: Session, command: str, error: e.TooLong) -> None:
    what, limit = error.args
    session.reply(n.ERR_UNKNOWNERROR, command, text=f"The {what} is longer than {limit}")


def _too_many(session: Session, command: str, error: e.TooMany) -> None:
    what, limit = error.args
    if what == "groups":
        session.reply(n.ERR_TOOMANYCHANNELS, "*")
    else:
        session.reply(n.ERR_UNKNOWNERROR, command, text=f"No more than {limit} {what}")


def _already(session: Session, _: str, error: e.AlreadyMember) -> None:
    who, group = error.args
    session.reply(n.ERR_USERONCHANNEL, who, shown(group))


def _unsaid(session: Session, _: str, error: e.CannotSpeak) -> None:
    group, why = error.args
    session.reply(n.ERR_CANNOTSENDTOCHAN, shown(group), text=f"Cannot send to channel ({why})")


def _unreached(session: Session, _: str, error: e.CannotReach) -> None:
    name, why = error.args
    if why == "accounts only":
        text = "You must be registered to send a direct message to this user"
        session.reply(n.ERR_NEEDREGGEDNICK, name, text=text)
    else:
        session.reply(n.ERR_CANTSENDTOUSER, name, f"Cannot send to this user ({why})")


def _named(numeric: n.Numeric) -> Refusal:
    def refuse(session: Session, _: str, error: e.WordsError) -> None:
        session.reply(numeric, safe(str(error.args[0])))

    return refuse


def _busy(session: Session, command: str, _: e.WordsError) -> None:
    session.reply(n.RPL_TRYAGAIN, command)


def _any(session: Session, command: str, error: e.WordsError) -> None:
    """Say what the error says, or what its class is for (the first line of its docstring)."""
    plain = (type(error).__doc__ or error.code).partition("\n")[0].rstrip(".")
    session.reply(n.ERR_UNKNOWNERROR, command, text=str(error) if error.args else plain)


def name_taken(session: Session, command: str, error: e.NameTaken) -> None:
    """Say that somebody else has a name; of an account's, how its owner gets it."""
    name = str(error.args[0])
    text = "Nickname belongs to an account: log in to use it"
    known = command == "NICK" and session.ircd.service.is_identity(name)
    session.reply(n.ERR_NICKNAMEINUSE, safe(name), text=text if known else None)


REFUSALS: dict[type[e.WordsError], Refusal] = {
    e.NotMember: _not_member,
    e.AlreadyMember: _already,
    e.NeedsRight: _about_group(n.ERR_CHANOPRIVSNEEDED, 1),
    e.CannotSpeak: _unsaid,
    e.TooFast: _unsaid,
    e.CannotReach: _unreached,
    e.Banned: _about_group(n.ERR_BANNEDFROMCHAN),
    e.InviteOnly: _about_group(n.ERR_INVITEONLYCHAN),
    e.WrongKey: _about_group(n.ERR_BADCHANNELKEY),
    e.GroupFull: _about_group(n.ERR_CHANNELISFULL),
    e.LoginRequired: _about_group(n.ERR_NEEDREGGEDNICK),
    NoSuchChannel: _named(n.ERR_NOSUCHCHANNEL),
    e.NoSuchGroup: _about_group(n.ERR_NOSUCHCHANNEL),
    e.NoSuchParticipant: _named(n.ERR_NOSUCHNICK),
    e.NameTaken: name_taken,
    e.BadName: _bad_name,
    e.TooLong: _too_long,
    e.TooMany: _too_many,
    e.Busy: _busy,
}


def refuse(session: Session, command: str, error: e.WordsError) -> None:
    """Say why a command was refused."""
    how = REFUSALS.get(type(error), _any)
    try:
        how(session, command, error)
    except Unsendable:  # the name that was refused can't be sent back either
        session.reply(n.ERR_UNKNOWNERROR, command, text=error.code)
