"""Profile and directory pages, behind addresses that nobody guesses and that end."""

from __future__ import annotations

import secrets
import time
from html import escape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from gateways.toc import html
from gateways.toc.limits import PAGE_SECONDS, PAGES, TOKEN_BYTES
from words.errors import NotFound, WordsError

if TYPE_CHECKING:
    from gateways.toc.gateway import TocGateway
    from gateways.toc.session import Session

DIRECTORY = ("First", "Middle", "Last", "Maiden", "City", "State", "Country", "E-mail")


class _Ticket(NamedTuple):
    kind: str
    viewer: Session
    name: str
    until: float


class Pages:
    """The pages of one gateway. What a page shows is read when it is asked for."""

    def __init__(self, toc: TocGateway) -> None:
        self._toc = toc
        self._tickets: dict[str, _Ticket] = {}

    def address(self, kind: str, viewer: Session, name: str) -> str:
        """Return the address of a page, for GOTO_URL: relative to the port of TOC."""
        now = self._toc.now()
        for token in list(self._tickets):
            if self._tickets[token].until > now and len(self._tickets) < PAGES:
                break
            del self._tickets[token]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._tickets[token] = _Ticket(kind, viewer, name, now + PAGE_SECONDS)
        return f"{kind}?user={quote(name)}&cookie={token}"

    def page(self, path: str, given: dict[str, str]) -> str | None:
        """Return a page; None for whatever is wrong with its address."""
        ticket = self._tickets.get(given.get("cookie", ""))
        if (
            ticket is None
            or ticket.kind != path
            or ticket.name != given.get("user", "")
            or ticket.until < self._toc.now()
            or ticket.viewer.attachment is None
            or not ticket.viewer.attachment.participant.attachments
        ):
            return None
        try:
            if path == "info":
                return self._profile(ticket.viewer, ticket.name)
            return self._directory(ticket.viewer, ticket.name)
        except WordsError:
            return None

    def _profile(self, viewer: Session, name: str) -> str:
        """Return the page of AOL, with the strings that clients look for in it."""
        me = viewer.me
        standing = me.standing(name)
        if standing is None:
            raise NotFound(name)
        presence = standing.presence
        idle = max(0, self._toc.milliseconds() - presence.idle) // 60_000 if presence.idle else 0
        since = time.ctime(presence.since // 1000)
        text = me.profile(name)
        other = me.somebody(name)
        for session in self._toc.sessions(other.id):
            if session.info and html.parse(session.info)[0] == text:
                text = session.info
                break
        shown = html.render(*html.parse(text))  # what is made here has no scripts
        away = f"<I>Away:</I> {html.plain(standing.away)}<BR>\n" if standing.away else ""
        return (
            f"<HTML><HEAD><TITLE>User Information for {escape(standing.name)}</TITLE></HEAD>\n"
            f"<BODY BGCOLOR=#CCCCCC>\nUsername : <B>{escape(standing.name)}</B>\n"
            f'<IMG SRC="free_icon.gif"><BR>\nWarning Level : <B>{presence.level} %</B><BR>\n'
            f"Online Since : <B>{since}</B><BR>\nIdle Minutes : <B>{idle}</B><BR>\n"
            f"{away}<hr><br>\n{shown}<br><hr><I>Legend:</I><br>\n"
            "free_icon.gif : Normal user<br>\n</BODY></HTML>\n"
        )

    def _directory(self, viewer: Session, name: str) -> str:
        me = viewer.me
        if me.standing(name) is None:
            raise NotFound(name)
        fields = self._toc.kept.get(me.somebody(name).identity, "toc-directory").decode().split(":")
        rows = "".join(
            f"{label} : <B>{escape(value)}</B><BR>\n"
            for label, value in zip(DIRECTORY, fields, strict=False)
            if value
        )
        return f"<HTML><BODY>\nUsername : <B>{escape(name)}</B><BR>\n{rows}</BODY></HTML>\n"
