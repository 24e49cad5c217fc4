"""Profile and directory pages, behind addresses that nobody guesses and that end."""

from __future__ import annotations

import time
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from gateways.toc import html
from gateways.toc.forms import idle_minutes
from gateways.toc.tickets import Tickets
from words.errors import NoSuchParticipant, NotFound, WordsError

if TYPE_CHECKING:
    from gateways.toc.gateway import TocGateway
    from gateways.toc.session import Session


class _Ticket(NamedTuple):
    kind: str
    viewer: Session
    name: str
    wanted: tuple[str, ...]


class Pages:
    """The pages of one gateway. What a page shows is read when it is asked for."""

    def __init__(self, toc: TocGateway) -> None:
        self._toc = toc
        self._tickets = Tickets[_Ticket](toc.now)

    def address(self, kind: str, viewer: Session, name: str, wanted: tuple[str, ...] = ()) -> str:
        """Return the address of a page, for GOTO_URL: relative to the port of TOC."""
        word = self._tickets.give(_Ticket(kind, viewer, name, wanted))
        return f"{kind}?user={quote(name)}&cookie={word}"

    def page(self, path: str, given: dict[str, str]) -> str | None:
        """Return a page; None for whatever is wrong with its address."""
        ticket = self._tickets.get(given.get("cookie", ""))
        if (
            ticket is None
            or ticket.kind != path
            or ticket.name != given.get("user", "")
            or ticket.viewer not in self._toc.sessions(ticket.viewer.identity)
        ):
            return None
        try:
            if path == "info":
                return self._profile(ticket.viewer, ticket.name)
            if path == "dir":
                return self._directory(ticket.viewer, ticket.name)
            return self._found(ticket.viewer, ticket.wanted)
        except WordsError:
            return None

    def _profile(self, viewer: Session, name: str) -> str:
        """Return the page of AOL, with the strings that clients look for in it."""
        me = viewer.me
        standing = me.standing(name)
        if standing is None:
            raise NotFound(name)
        presence = standing.presence
        idle = idle_minutes(presence, self._toc.milliseconds())
        since = time.ctime(presence.since // 1000)
        text = me.profile(name)
        other = me.somebody(name)
        for session in self._toc.sessions(other.id):
            if session.info and html.parse(session.info)[0] == text:
                text = session.info
                break
        shown = html.render(*html.parse(text))  # what is made here has no scripts
        name = self._toc.formats.shown(standing.name)
        away = f"<I>Away:</I> {html.plain(standing.away)}<BR>\n" if standing.away else ""
        return (
            f"<HTML><HEAD><TITLE>User Information for {escape(name)}</TITLE></HEAD>\n"
            f"<BODY BGCOLOR=#CCCCCC>\nUsername : <B>{escape(name)}</B>\n"
            f'<IMG SRC="free_icon.gif"><BR>\nWarning Level : <B>{presence.level} %</B><BR>\n'
            f"Online Since : <B>{since}</B><BR>\nIdle Minutes : <B>{idle}</B><BR>\n"
            f"{away}<hr><br>\n{shown}<br><hr><I>Legend:</I><br>\n"
            "free_icon.gif : Normal user<br>\n</BODY></HTML>\n"
        )

    def _directory(self, viewer: Session, name: str) -> str:
        me = viewer.me
        if me.standing(name) is None:
            raise NotFound(name)
        return _document(self._entry(me.somebody(name).identity, name))

    def _found(self, viewer: Session, wanted: tuple[str, ...]) -> str:
        """Return the entries that were searched for, of those who let the viewer reach them."""
        entries = ""
        for number in self._toc.directory.find(wanted):
            name = self._toc.service.registry.identity_name(number)
            with suppress(NoSuchParticipant):
                entries += self._entry(number, viewer.me.addressee(name).name) + "<HR>\n"
        return _document(entries or "Nobody is found.<BR>\n")

    def _entry(self, identity: int, name: str) -> str:
        rows = [("Username", self._toc.formats.shown(name)), *self._toc.directory.get(identity)]
        return "".join(f"{label} : <B>{escape(value)}</B><BR>\n" for label, value in rows)


def _document(body: str) -> str:
    return f"<HTML><BODY>\n{body}</BODY></HTML>\n"
