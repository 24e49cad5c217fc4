"""CAP: which capabilities the client wants.

Source: IRCv3 capability-negotiation (version 302).
"""

from __future__ import annotations

from gateways.admission import LOCAL
from gateways.irc import numerics as n
from gateways.irc.capabilities import CAPABILITIES, Cap, offer_to, value_of, valued
from gateways.irc.codec import Message
from gateways.irc.encode import room, safe
from gateways.irc.handlers.registration import try_registration
from gateways.irc.session import Session
from gateways.irc.table import Later, command

VERSION_302 = 302


@command("CAP", least=1, early=True)
def handle_cap(session: Session, message: Message) -> Later | None:
    """Negotiate capabilities: LS, LIST, REQ, END."""
    subcommand = message.params[0].upper()
    argument = " ".join(message.params[1:])
    if subcommand == "LS":
        _list_all(session, message.params[1] if len(message.params) > 1 else "")
    elif subcommand == "LIST":
        held = [name for name, cap in CAPABILITIES.items() if session.has(cap)]
        _in_lines(session, "LIST", held, several=session.version >= VERSION_302)
    elif subcommand == "REQ":
        _request(session, argument)
    elif subcommand == "END":
        if session.attachment is None and session.negotiating:
            session.negotiating = False
            return try_registration(session)
    else:
        session.reply(n.ERR_INVALIDCAPCMD, safe(subcommand[:32]))
    return None


def _negotiate(session: Session) -> None:
    offer = offer_to(session)
    session.offer = session.ircd.offers.setdefault(offer, offer)  # a few are most clients'
    if session.attachment is None:
        session.negotiating = True


def _list_all(session: Session, version: str) -> None:
    asked = 301
    if version.isascii() and version.isdigit() and len(version) < 6:
        asked = int(version)
    session.version = max(session.version, asked)
    _negotiate(session)
    modern = asked >= VERSION_302  # the answer is of the version asked for, the higher one is kept
    if modern:
        session.caps |= Cap.CAP_NOTIFY  # "implicitly enabled" by 302
    shown = []
    for name, value in zip(CAPABILITIES, session.offer, strict=True):
        if value is not None:
            shown.append(f"{name}={value}" if value and modern else name)
    _in_lines(session, "LS", shown, several=modern)


def _in_lines(session: Session, subcommand: str, words: list[str], *, several: bool) -> None:
    """Say capabilities; before 302 in one line, without those drafts that don't fit."""
    if not several:
        words = sorted(words, key=lambda word: "/" in word)
    rows = _rows(session, subcommand, words)[: None if several else 1]
    for row in rows[:-1]:
        session.say("CAP", session.name, subcommand, "*", text=row)
    session.say("CAP", session.name, subcommand, text=rows[-1])


def _rows(session: Session, subcommand: str, words: list[str]) -> list[str]:
    """Return words as texts that fit a line each, at least one."""
    limit = room("CAP", session.name, subcommand, "*", source=session.ircd.name_shown)
    rows = [""]
    for word in words:
        if rows[-1] and len(rows[-1].encode()) + 1 + len(word.encode()) > limit:
            rows.append("")
        rows[-1] += f" {word}" if rows[-1] else word
    return rows


def _answer(session: Session, subcommand: str, words: list[str]) -> None:
    """Say ACK, NAK, NEW or DEL, in several lines where there are more words than fit one."""
    for row in _rows(session, subcommand, words):
        session.say("CAP", session.name, subcommand, text=row)


def _request(session: Session, argument: str) -> None:
    _negotiate(session)
    caps = session.caps
    words = argument.split()
    for word in words:
        name = word.removeprefix("-")
        cap = CAPABILITIES.get(name)
        offered = cap is not None and value_of(name, session) is not None
        if not cap or not (offered or word.startswith("-")):
            _answer(session, "NAK", words)
            return
        if word.startswith("-"):
            if cap == Cap.CAP_NOTIFY and session.version >= VERSION_302:
                _answer(session, "NAK", words)
                return
            caps &= ~cap
        else:
            caps |= cap
    _answer(session, "ACK", words)
    session.set_caps(caps)


def announce(session: Session) -> None:
    """Take away what isn't offered any more, and say what is new, gone or has another value, as of
    a changed configuration (cap-notify); that "sts" is gone isn't said: it ends by its duration."""
    before, now = session.offer, offer_to(session)
    if not before or before == now:
        return
    session.offer = session.ircd.offers.setdefault(now, now)
    gone, new = [], []
    caps = session.caps
    for (name, cap), old, value in zip(CAPABILITIES.items(), before, now, strict=True):
        if value is None and old is not None and name != "sts":
            gone.append(name)
            caps &= ~cap
        elif value is not None and value != old:
            new.append(f"{name}={value}" if value and session.version >= VERSION_302 else name)
    session.set_caps(caps)
    if session.has(Cap.CAP_NOTIFY):
        for subcommand, words in (("DEL", gone), ("NEW", new)):
            if words:
                _answer(session, subcommand, words)


@valued("sts")
def strict_transport(session: Session) -> str | None:
    """Return where TLS is, to who came without; and for how long it has to be, to who came by it.

    Source: IRCv3 sts. It can't be asked for, and says nothing to who didn't choose the way himself:
    a page in a browser, a web gateway, a program on the same machine.
    """
    sts, arrival = session.ircd.settings.sts, session.peer.arrival
    indirect = arrival.listen.websocket or session.gateway or arrival.address == LOCAL
    if not sts.port or indirect or session.version < VERSION_302:
        return None
    if not arrival.secure:
        return f"port={sts.port}"
    return f"duration={int(sts.duration)}" + (",preload" if sts.preload else "")
