"""The TOC gateway: its listeners, its connections, and what they all share."""

from __future__ import annotations

import secrets
import time

from gateways.admission import CROWDED, Arrival
from gateways.base import Parts
from gateways.serving import SocketGateway
from gateways.toc import handlers
from gateways.toc.arguments import message
from gateways.toc.connection import TocConnection
from gateways.toc.directory import Directory
from gateways.toc.formats import Formats
from gateways.toc.forms import Flavour, TocForm
from gateways.toc.handlers.offline import note_told
from gateways.toc.limits import INVITATIONS
from gateways.toc.pages import Pages
from gateways.toc.refusals import BUSY, TOO_OFTEN
from gateways.toc.rooms import Rooms
from gateways.toc.session import Session
from gateways.toc.sflap import MODULUS, VERSION, Frames, Kind, frames
from words.chat.keeping import Keeping
from words.config import Toc
from words.events import Invited

handlers.load()


class TocGateway(SocketGateway[TocConnection]):
    """Speaks TOC; see `gateways.base.Gateway`."""

    name = "toc"
    settings: Toc

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.rooms = Rooms()
        self.kept = Keeping(parts.service)
        self.formats = Formats(self.kept)
        self.directory = Directory(self.kept)
        self.forms = {each: TocForm(each, self.rooms, self.formats) for each in Flavour}
        self.pages = Pages(self)
        self.page = self.pages.page
        self._sessions: dict[int, list[Session]] = {}
        self._invitations: dict[tuple[int, int, str], bytes] = {}

    async def start(self) -> list[str]:
        """Open the listeners; see `Gateway.start`."""
        self.formats.load()
        return await super().start()

    def refusal(self, reason: str) -> bytes:
        """Return what tells somebody why he may not come in."""
        code = TOO_OFTEN if reason in CROWDED else BUSY
        told = [frames([VERSION], Kind.SIGNON), frames([message("ERROR", str(code))])]
        return Frames.join(told).numbered(self.first_sequence())

    def made(self, arrival: Arrival) -> TocConnection:
        """Return the connection of somebody who may come in."""
        return TocConnection(self, arrival)

    def shortest(self) -> float:
        """Return the time after which silent clients hear that we are here."""
        return self.settings.keep_alive

    @staticmethod
    def first_sequence() -> int:
        """Return a number to count a client's frames from: arbitrary, so that none relies on it."""
        return secrets.randbelow(MODULUS)

    def keep_alive(self, connection: TocConnection) -> None:
        """Let a client hear, in a turn, that its connection still works."""
        told = frames([b""], Kind.KEEP_ALIVE)
        self.fanout.note(connection.session.listener, told)
        self.parts.turn.touch()

    # Sessions

    def signs_on(self, session: Session) -> None:
        """Note a client that is there from now on."""
        self._sessions.setdefault(session.identity, []).append(session)

    def signs_off(self, session: Session, reason: str) -> None:
        """Let a client go, within a turn."""
        if session.attachment is None:
            return
        for number in list(session.rooms):
            session.leave_room(number)
        mine = self._sessions[session.identity]
        mine.remove(session)
        if not mine:
            del self._sessions[session.identity]
        note_told(session)
        self.service.detach(session.attachment, reason)

    def sessions(self, participant: int) -> list[Session]:
        """Return the TOC clients of a participant."""
        return self._sessions.get(participant, [])

    def caps(self, participant: int) -> list[str]:
        """Return what a participant's TOC clients can do."""
        found = dict.fromkeys(cap for each in self.sessions(participant) for cap in each.caps)
        return list(found)

    def invites(self, actor: int, target: int, group: str, text: bytes) -> None:
        """Keep the text of an invitation until its end of turn."""
        if len(self._invitations) >= INVITATIONS:
            self._invitations.clear()
        self._invitations[actor, target, group] = text

    def invitation(self, event: Invited) -> bytes:
        """Return the text of an invitation."""
        return self._invitations.get((event.actor.id, event.target.id, event.group), b"")

    @staticmethod
    def milliseconds() -> int:
        """Return the time in milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000
