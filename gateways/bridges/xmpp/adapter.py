"""The adapter to XMPP: an account or a component on slixmpp's stream; what it does with stanzas.

Source: RFC 6120 and 6121; XEP-0045 (rooms), 0114 (components), 0199 (ping), 0313 (archives).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from slixmpp import JID, ClientXMPP, ComponentXMPP, InvalidJID
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from gateways.bridges import network as n
from gateways.bridges.xmpp import archive
from gateways.bridges.xmpp.ghosts import (
    Entering,
    Ghosts,
    NotIn,
    kind_of_error,
    leaving,
    refusal,
    unescaped,
)
from gateways.bridges.xmpp.hearing import Heard, Memory, time_of
from gateways.bridges.xmpp.post import CannotSend, Given, Post
from gateways.bridges.xmpp.rooms import SELF, Room, status
from gateways.bridges.xmpp.stanzas import DELAY, GIVEN, Element, child, sender, text_of
from words.config import XmppBridge

WINDOW = 50
"""Letters under way."""

OFFERS = n.Offers(
    WINDOW, exact=True, archive=True, edits=True, redactions=True, reactions=True, replies=True
)

CONNECT = 30.0
"""Seconds for connecting and logging in."""

ASK, ANSWER = 60.0, 30.0
"""Seconds after which the server is asked whether it is there, and given up."""

UNHEARD = 60.0
"""Seconds after which a room that answers, and doesn't send our message back, hasn't taken it."""

STANZA = 4 * 1024 * 1024
"""Bytes of a stanza of the server's; servers take stanzas of 256 or 512 KiB from others."""

NICKS = 5
"""Nicks of our own that are tried, each with one more ``_``."""


class XmppNetwork:
    """An account on a server, or a component; see `gateways.bridges.network.Network`."""

    def __init__(self, settings: XmppBridge, port: n.Port) -> None:
        self._settings = settings
        self._port = port
        self.seal = port.seal
        self.space = "jabber:component:accept" if settings.component else "jabber:client"
        self.tell = port.tell
        self._stream: Any = None
        self._group: asyncio.TaskGroup | None = None
        self._ended: asyncio.Future[None] = asyncio.Future()
        self._own = ""
        self._rooms: dict[str, Room] = {}
        self._talk = Memory()
        self._posts: dict[tuple[str, str], Post] = {}
        self._given: Given = {}
        self._flight: dict[str, tuple[float, str, Post]] = {}
        """When each letter was sent, to whom, and by which post."""
        self._entering = Entering(self.space, self.write)
        self._ghosts: Ghosts | None = None
        self._paused = False

    # The connection

    async def run(self) -> None:
        """Be connected and logged in until the connection ends."""
        if not self._port.password:
            raise n.Lost(n.NO_PASSWORD)
        self._ended = asyncio.get_running_loop().create_future()
        self._entering = Entering(self.space, self.write)
        if self._settings.component:
            domain = self._settings.jid
            self._ghosts = Ghosts(domain, self.space, self._entering, self.write, self._spawn)
        self._stream = stream = self._made()
        _bound(stream, self._lost)
        started = asyncio.get_running_loop().create_future()
        stream.add_event_handler("session_start", lambda _: _set(started))
        for event in ("connection_failed", "failed_auth", "failed_all_auth", "disconnected"):
            stream.add_event_handler(event, partial(self._lost, stream))
        for name in ("message", "presence"):
            matcher = MatchXPath(f"{{{self.space}}}{name}")
            stream.register_handler(Callback(f"words {name}", matcher, self._on_stanza))
        host, _, number = self._settings.server.rpartition(":")
        try:
            stream.connect(host.strip("[]") or None, int(number) if number else None)
            await self._begin(stream, started)
            async with asyncio.TaskGroup() as self._group:
                self._port.tell(n.Ready(n.Person(self._bare, self._settings.nick), OFFERS))
                self._group.create_task(self._alive(stream))
                await self._ended
        except* n.Lost as lost:
            raise _first(lost) from None
        finally:
            self._group = self._stream = None
            stream.abort()
            self._rooms.clear()
            self._posts.clear()
            self._flight.clear()
            self._given.clear()

    async def _begin(self, stream: Any, started: asyncio.Future[None]) -> None:
        done, _ = await asyncio.wait(
            (started, self._ended), timeout=CONNECT, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            raise n.Lost("the login takes too long")
        if self._ended.done():
            self._ended.result()
        if self._settings.component:
            self._own = f"{self._settings.nick.lower()}@{self._settings.jid}/words"
        else:
            self._own = str(stream.boundjid)
            stream.send_presence()

    def _made(self) -> Any:
        settings = self._settings
        stream: Any
        if settings.component:
            stream = ComponentXMPP(settings.jid, self._port.password)  # type: ignore[no-untyped-call]
        else:
            stream = ClientXMPP(f"{settings.jid}/words", self._port.password)
            stream.enable_starttls = stream.enable_direct_tls = settings.tls
            stream.enable_plaintext = not settings.tls
            stream.plugin["feature_mechanisms"].unencrypted_plain = not settings.tls
            ca = settings.ca
            stream.ssl_context = ssl.create_default_context(cafile=str(ca) if ca else None)
        stream.auto_authorize = stream.auto_subscribe = False
        for plugin in ("xep_0030", "xep_0199"):
            stream.register_plugin(plugin)
        return stream

    @property
    def _bare(self) -> str:
        return self._own.partition("/")[0]

    def _lost(self, stream: Any, reason: object) -> None:
        stream.cancel_connection_attempt()
        if stream is self._stream and not self._ended.done():
            text = refusal(reason.xml) if hasattr(reason, "xml") else str(reason or "it ended")
            self._ended.set_exception(n.Lost(text))

    async def _alive(self, stream: Any) -> None:
        """Ask now and then whether the server is there; see what rooms didn't take."""
        while True:
            await asyncio.sleep(ASK)
            now = self._port.now()
            late = [key for key, (since, *_) in self._flight.items() if now - since > UNHEARD]
            await self.barrier()
            for key in late:
                if self._settled(key):
                    self.tell(n.Refused(key, "the room doesn't send it back"))

    async def barrier(self) -> None:
        """Return when the server has taken everything that was sent."""
        stream = self._stream
        if stream is None:
            raise n.Lost("the connection ended", doubtful=True)
        domain = self._settings.jid.partition("/")[0].rpartition("@")[2]
        ping = stream.make_iq_get(ito=domain, ifrom=self._own)
        ping.enable("ping")
        try:
            await ping.send(timeout=ANSWER)
        except IqTimeout:
            raise n.Lost("the server is silent", doubtful=True) from None
        except IqError:
            return  # it answered

    def write(self, element: Element) -> None:
        """Send a stanza."""
        if self._stream is not None:
            if self._settings.component is False:
                element.attrib.pop("from", None)
            self._stream.send(text_of(element))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside; what goes wrong in it ends the connection."""
        try:
            if self._group is not None:
                self._group.create_task(work)
                return
        except RuntimeError:  # the connection is ending: the engine gives letters again
            pass
        work.close()

    # What is heard

    def _on_stanza(self, stanza: Any) -> None:
        with n.at_worst("a stanza"):
            if stanza.name == "message":
                self._on_message(stanza.xml)
            else:
                self._on_presence(stanza.xml)

    def _on_presence(self, presence: Element) -> None:
        source, to = sender(presence), presence.get("to", "")
        room = self._rooms.get(source.bare)
        if room is None:
            return
        self._entering.heard(to or self._own, room.name, presence)
        if to and to.partition("/")[0] != self._bare:
            if presence.get("type") == "unavailable" and self._ghosts is not None:
                self._ghosts.forget(to, room.name)
            return
        codes, _ = status(presence)
        gone = presence.get("type") == "unavailable" and source.resource == room.nick
        if gone and SELF in codes and room.open:
            room.open = False
            self.tell(n.RoomClosed(room.name, "we were removed"))
        for news in room.presence(source.resource, presence):
            self._news(news)

    def _on_message(self, message: Element) -> None:
        if archive.take(message):
            return
        source, to = sender(message), message.get("to", "")
        key = message.get("id", "")
        if message.get("type") == "error":
            self._returned(source, key, message)
            return
        room = self._rooms.get(source.bare)
        if message.get("type") == "groupchat":
            if room is not None and (not to or to.partition("/")[0] == self._bare):
                self._in_room(room, source.resource, message)
        else:
            self._directly(room, source, to, message)

    def _returned(self, source: JID, key: str, message: Element) -> None:
        """Take an error, if it is from where the letter went: people in a room know its id."""
        if key not in self._flight:
            return
        _, to, post = self._flight[key]
        alike = to not in self._rooms and source.bare == to.partition("/")[0]
        if not alike and source.full != to:
            return
        if kind_of_error(message) == "wait":
            del self._flight[key]
            post.put_off(key)
        elif self._settled(key):
            self.tell(n.Refused(key, refusal(message)))

    def _settled(self, key: str) -> bool:
        """Note that a letter has arrived or never will; return whether that is new."""
        _, _, post = self._flight.pop(key, (0.0, "", None))
        if post is not None:
            post.answered(key)
        return post is not None

    def _in_room(self, room: Room, nick: str, message: Element) -> None:
        subject = child(message, self.space, "subject")
        if subject is not None and not room.open:
            room.topic = subject.text or ""
        if not nick or (subject is not None and not room.open):
            return  # the room itself, or what it tells who enters
        heard = Heard(message, room.name, room.person(nick), room.name, self.seal)
        heard.time = time_of(child(message, DELAY, "delay"))
        if heard.key:
            if self._settled(heard.key):
                ids = (heard.number, GIVEN + heard.key)
                self.tell(n.Delivered(heard.key, ids))
        elif room.is_ours(nick):
            return
        for news in heard.news(room.memory):
            self._news(news)

    def _directly(self, room: Room | None, source: JID, to: str, message: Element) -> None:
        if room is not None:
            person = room.person(source.resource)
        else:
            person = n.Person(source.bare, source.user or source.bare, user=source.user)
        if source.bare == self._bare:
            return
        heard = Heard(message, "", person, self._bare, self.seal)
        heard.time = time_of(child(message, DELAY, "delay"))
        ghost = to.partition("@")[0] if to and to.partition("/")[0] != self._bare else ""
        heard.to = unescaped(ghost)
        for news in heard.news(self._talk):
            if not isinstance(news, n.TopicSeen):
                self._news(news)

    def _news(self, news: n.News) -> None:
        self.tell(news)
        if not self._paused:
            self._paused = True
            self._spawn(self._resume())

    async def _resume(self) -> None:
        """Read no more while the engine has no room."""
        room = asyncio.ensure_future(self._port.room())
        await asyncio.sleep(0)
        transport = self._stream.transport if self._stream is not None else None
        if not room.done() and transport is not None and not transport.is_closing():
            transport.pause_reading()
            await room
            if not transport.is_closing():
                transport.resume_reading()
        self._paused = False

    # What the engine wants

    def open(self, room: str) -> None:
        """Enter a room."""
        self._spawn(self._open(room))

    async def _open(self, name: str) -> None:
        if not _is_room(name):
            self.tell(n.RoomClosed(name, "that isn't the address of a room: room@domain"))
            return
        room = Room(name, self._settings.nick)
        self._rooms[name] = room
        for more in range(NICKS):
            room.nick = self._settings.nick + "_" * more
            try:
                codes = await self._entering.enter(name, room.nick, self._own)
                break
            except NotIn as refused:
                if "conflict" not in str(refused) or more == NICKS - 1:
                    self._rooms.pop(name, None)
                    self.tell(n.RoomClosed(name, str(refused)))
                    return
        if archive.CREATED in codes:
            await archive.unlock(self._stream, self._own, name)
        room.archive = await archive.offered(self._stream, self._own, name)
        room.open = True
        if room.nick != self._settings.nick:
            self.tell(n.OwnName(n.Person(self._bare, room.nick)))
        self.tell(n.RoomOpened(name, room.people, room.topic))

    def leave(self, room: str) -> None:
        """Leave a room."""
        found = self._rooms.pop(room, None)
        if found is not None:
            self.write(leaving(self.space, room, found.nick, self._own))

    def catch_up(self, room: str, place: str) -> None:
        """Tell what the room's archive has, or our own."""
        self._spawn(self._catch_up(room, place))

    async def _catch_up(self, name: str, place: str) -> None:
        room = self._rooms.get(name)
        last = ""
        if (room is not None and room.archive) or not (name or self._settings.component):
            last = place or await archive.last(self._stream, self._own, name)
            async for number, message, stamp in archive.read(
                self._stream, self._own, name, last, self._port.room
            ):
                last = number
                with n.at_worst("an archived message"):
                    self._archived(room, number, message, stamp)
        self.tell(n.CaughtUp(name, last))

    def _archived(self, room: Room | None, number: str, message: Element, stamp: int) -> None:
        source = sender(message)
        if room is None:
            if source.bare == self._bare or message.get("type") not in (None, "chat", "normal"):
                return
            person = n.Person(source.bare, source.user or source.bare, user=source.user)
        else:
            person = room.person(source.resource)
        heard = Heard(message, room.name if room else "", person, "", self.seal)
        heard.number, heard.time, heard.archived = number, stamp, True
        if room is not None and room.is_ours(source.resource) and not heard.key:
            return
        for news in heard.news(room.memory if room else self._talk):
            self.tell(news)

    def send(self, letter: n.Letter) -> None:
        """Give a letter to the post."""
        where = letter.room, letter.to
        post = self._posts.get(where)
        if post is not None:
            post.give(letter)
        elif self._stream is not None:
            post = self._posts[where] = Post(self, self._given)
            post.give(letter)
            self._spawn(self._work(where, post))

    async def _work(self, where: tuple[str, str], post: Post) -> None:
        await post.work()
        self._posts.pop(where, None)

    async def stop(self, reason: str) -> None:
        """Say goodbye."""
        if self._stream is not None:
            self._stream.send_presence(ptype="unavailable", pstatus=reason)
            await self._stream.disconnect(wait=1.0)

    # What a post needs

    async def sender(self, author: str, room: str) -> tuple[str, bool]:
        """Return from which address somebody speaks, and whether that tells who it is."""
        found = self._rooms.get(room)
        if self._ghosts is None or not author:
            return self._own, False
        if not room:
            return self._ghosts.address(author), True
        if found is None:
            raise CannotSend("we aren't in the room")
        try:
            return await self._ghosts.ready(author, found), True
        except NotIn:
            return self._own, False

    def address(self, letter: n.Letter) -> tuple[str, str]:
        """Return to whom a letter goes, and the type of the message."""
        to = letter.room or letter.to
        self._flight[letter.key] = self._port.now(), to, self._posts[letter.room, letter.to]
        return to, "groupchat" if letter.room else "chat"

    def arrived(self, key: str) -> None:
        """Tell that a letter was taken, if nothing else was told of it."""
        if self._settled(key):
            self.tell(n.Delivered(key))

    def keeps(self, room: str) -> bool:
        """Return whether a room has an archive."""
        found = self._rooms.get(room)
        return found is not None and found.archive


def _bound(stream: Any, lost: Callable[[Any, object], None]) -> None:
    """End a stream whose server never ends a stanza."""
    take = stream.data_received
    taken = 0

    def ended(stanza: Any) -> Any:
        nonlocal taken
        taken = 0
        return stanza

    def received(data: bytes) -> None:
        nonlocal taken
        taken += len(data)
        take(data)
        if taken > STANZA:
            lost(stream, "a stanza of the server is too large")
            stream.abort()

    stream.data_received = received
    stream.add_filter("in", ended)


def _is_room(name: str) -> bool:
    """Return whether this is an address in the form in which servers give it back."""
    try:
        address = JID(name)
    except InvalidJID:
        return False
    return bool(address.user) and address.full == name == address.bare


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
