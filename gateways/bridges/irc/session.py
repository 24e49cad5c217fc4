"""One connection to an IRC server, without the socket: lines in, news and lines out.

Source: Modern IRC; IRCv3 away-notify, chathistory, echo-message, extended-join, message-tags,
draft/message-redaction, draft/react, server-time.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from gateways.bridges import network as n
from gateways.bridges.irc.batches import Batches, styled
from gateways.bridges.irc.login import Login
from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.post import Budget, Post
from gateways.bridges.irc.posting import HOPS_TAG, KEY_TAG, MARK_TAG, MULTILINE, RELAYMSG
from gateways.bridges.irc.wire import Line, Server
from gateways.bridges.seal import Seal
from gateways.irc.formatting import ctcp
from gateways.irc.names import REACT_TAG, REPLY_TAGS, UNREACT_TAG
from gateways.irc.times import milliseconds, server_time
from words.config import IrcBridge

HOST_MAX, USER_MAX = 63, 11
"""Bytes of a host and a user (with its tilde) as long as ours aren't known: the usual limits."""

HISTORY = 100
"""Messages of the archive that are asked for at once."""

MOST_NAMES = 20_000
"""People of one channel who are looked at when we enter it."""

ENTERED, READ = "entered-", "read-"
"""Tokens of a PING behind a JOIN and a CHATHISTORY: a server that answers these must have answered
those before, or never will."""

REGAIN = 60.0
"""Seconds between two attempts to get the nick that was taken."""

CANNOT_ENTER = frozenset(map(str, (403, 405, 437, 471, 473, 474, 475, 476, 477, 480, 489, 520)))
"""Numerics that keep us out of a channel."""

NOT_TAKEN = frozenset(
    map(str, (401, 403, 404, 407, 408, 411, 412, 413, 414, 415, 417, 442, 477, 482, 531, 716))
)
"""Numerics about a line of ours that nobody will see."""


class Session:
    """What is known of one connection. ``tell`` gets news, ``send`` lines without their end."""

    def __init__(
        self,
        settings: IrcBridge,
        password: str,
        pacing: Pacing,
        tell: Callable[[n.News], None],
        send: Callable[[str], None],
        now: Callable[[], float],
        seal: Seal,
    ) -> None:
        self._settings = settings
        self._seal = seal
        self._tell = tell
        self._send = send
        self._now = now
        self.server = Server()
        self.login = Login(settings, password, send)
        self.ready = False
        self.nick: str = settings.nick
        self._user = ""
        self._host = ""
        self.post = Post(pacing, tell, seal)
        self._rooms: dict[str, str] = {}
        self._names: dict[str, dict[str, n.Person]] = {}
        self._topics: dict[str, str] = {}
        self._inside: set[str] = set()
        self._entering: set[str] = set()
        self._batches = Batches()
        self._archived = False
        """Whether the line at hand is of the archive."""
        self._clock = ""
        """The time of the last live line that had one."""
        self._regained = now()
        self._reading: dict[str, str] = {}
        """Rooms whose archive was asked for, and the PING behind that."""
        self._read: dict[str, tuple[int, str]] = {}
        """When reading began (from there on everything is heard), and behind what it goes on."""
        self._asked = 0

    # What the engine wants

    def begin(self) -> None:
        """Say who we are."""
        self.login.begin()

    def open(self, room: str) -> None:
        """Enter a channel; a key may stand behind its name."""
        name = room.partition(" ")[0]
        self._rooms[self.server.fold(name)] = room
        self._entering.add(self.server.fold(name))
        self._send(f"JOIN {room}")
        self._send(f"PING :{ENTERED}{name}")

    def leave(self, room: str) -> None:
        """Leave a channel."""
        name = room.partition(" ")[0]
        folded = self.server.fold(name)
        self._rooms.pop(folded, None)
        self._inside.discard(folded)
        self._send(f"PART {name}")

    def catch_up(self, room: str, place: str) -> None:
        """Ask for what was said in a channel since; the first time, from now on."""
        if not room or not place or not self.offers.archive:
            begins = room and self._clock and self.offers.archive
            self._tell(n.CaughtUp(room, f"timestamp={self._clock}" if begins else ""))
            return
        # Times outlive ids that a server has forgotten. Messages of that very time come again: the
        # engine knows them by their ids.
        until = milliseconds(self._clock) or 0
        moment = milliseconds(place.removeprefix("timestamp=")) or 1
        self._read_on(room, f"timestamp={server_time(moment - 1)}", until)

    def _read_on(self, room: str, place: str, until: int) -> None:
        self._read[room] = until, place
        name = room.partition(" ")[0]
        self._send(f"CHATHISTORY AFTER {name} {place} {self._page}")
        self._asked += 1
        self._reading[room] = f"{READ}{self._asked}"
        self._send(f"PING :{self._reading[room]}")

    def give(self, letter: n.Letter) -> None:
        """Put a letter into the post."""
        target = letter.room.partition(" ")[0] or letter.to
        if letter.room and self.offers.archive:  # it would have been found there
            letter = replace(letter, again=False)
        if self._settings.unacknowledged == "drop" and letter.again:
            self._tell(n.Refused(letter.key, "nobody knows whether it arrived"))
        elif not letter.room and "/" in target:
            self._tell(n.Refused(letter.key, "nobody there has this name"))
        else:
            self.post.add(letter, target, Budget(self.room(target), self._capable, self.nick))

    @property
    def _capable(self) -> dict[str, str]:
        return {name: self.login.values.get(name, "") for name in self.login.caps}

    def room(self, target: str) -> int:
        """Return the bytes of text that a PRIVMSG to a target can have, as others receive it."""
        user = len(self._user.encode()) or USER_MAX
        host = len(self._host.encode()) or HOST_MAX
        size = max(512, self.server.number("LINELEN", 512))
        head = f":{self.nick}!@ PRIVMSG {target} :\r\n"
        return size - len(head.encode()) - user - host

    @property
    def _page(self) -> int:
        """How many messages of the archive are asked for at once."""
        return min(HISTORY, self.server.number("CHATHISTORY", HISTORY) or HISTORY)

    @property
    def offers(self) -> n.Offers:
        """What this server can do."""
        caps = self.login.caps
        marked = {"message-tags", "echo-message"} <= caps
        return n.Offers(
            window=8,
            archive={"draft/chathistory", "message-tags", "batch", "server-time"} <= caps,
            redactions=marked and "draft/message-redaction" in caps,
            reactions=marked,
            replies=marked,
        )

    # What the server says

    def take(self, line: Line) -> None:
        """Take a line; raises `Lost`."""
        if not self.ready and self.login.take(line):
            self.nick = self.login.nick
            return
        for each, archived in self._batches.take(line):
            self._archived = archived
            self._clock = self._clock if archived else each.tags.get("time", self._clock)
            self._handle(each)

    def _handle(self, line: Line) -> None:
        handler = _HANDLERS.get(line.command)
        if handler is not None:
            handler(self, line)
        elif line.command in CANNOT_ENTER and self._not_entered(line):
            pass
        elif line.command in NOT_TAKEN:
            self.post.refused(line.param(1), line.param(-1))

    def tick(self) -> None:
        """Try, now and then, to get the nick that we want."""
        if self.ready and self.nick != self._settings.nick:
            now = self._now()
            if now - self._regained > REGAIN:
                self._regained = now
                self._send(f"NICK {self._settings.nick}")

    def _mine(self, line: Line) -> bool:
        return self.server.fold(line.nick) == self.server.fold(self.nick)

    def _learn(self, line: Line) -> None:
        self._user, self._host = line.user or self._user, line.host or self._host

    def _welcome(self, line: Line) -> None:
        self.nick = line.param(0) or self.nick

    def _isupport(self, line: Line) -> None:
        self.server.learn(line.params[1:-1])

    def _motd_ends(self, _: Line) -> None:
        if not self.ready:
            self.ready = True
            self._tell(n.Ready(self._own, self.offers))

    @property
    def _own(self) -> n.Person:
        return n.Person(self.server.fold(self.nick), self.nick)

    def _ping(self, line: Line) -> None:
        self._send(f"PONG :{line.param(-1)}")

    def _pong(self, line: Line) -> None:
        token = line.param(-1)
        if self.post.ponged(token, self._now()):
            return
        if token.startswith(ENTERED):
            folded = self.server.fold(token.removeprefix(ENTERED))
            if folded in self._entering and folded in self._rooms:
                self._entering.discard(folded)
                self._tell(n.RoomClosed(self._rooms[folded], "the server doesn't answer"))
        for room, asked in list(self._reading.items()):
            if asked == token:
                self._caught_up(room)

    def _caught_up(self, room: str) -> None:
        """There is no more of a room's archive, or the server gives no more."""
        self._reading.pop(room, None)
        self._read.pop(room, None)
        self._tell(n.CaughtUp(room))

    def _error(self, line: Line) -> None:
        raise n.Lost(line.param(-1) or "the server ended it", doubtful=True)

    def _fail(self, line: Line) -> None:
        if line.param(0) == "CHATHISTORY":
            for room in [self._room(each) for each in line.params[1:-1]]:
                if room:
                    self._caught_up(room)
        elif line.param(0) in ("BATCH", "RELAYMSG"):
            self.post.without(MULTILINE if line.param(0) == "BATCH" else RELAYMSG)
        elif line.param(0) in ("REDACT", "TAGMSG", "PRIVMSG"):
            for each in line.params[1:-1]:
                if self.post.refused(each, line.param(-1)):
                    break

    # Who is where

    def _person(self, line: Line, real_name: str = "") -> n.Person:
        return n.Person(self.server.fold(line.nick), line.nick, real_name, line.user.lstrip("~"))

    def _room(self, target: str) -> str:
        return self._rooms.get(self.server.fold(target), "")

    def _join(self, line: Line) -> None:
        room, folded = self._room(line.param(0)), self.server.fold(line.param(0))
        if self._mine(line):
            self._learn(line)
            if room:
                self._names[folded] = {}
            self._topics.pop(folded, None)
        elif room:
            real_name = line.param(2) if len(line.params) > 2 else ""
            self._tell(n.PersonEntered(room, self._person(line, real_name)))

    def _topic_is(self, line: Line) -> None:
        if self._room(line.param(1)):
            self._topics[self.server.fold(line.param(1))] = line.param(2)

    def _names_are(self, line: Line) -> None:
        folded = self.server.fold(line.param(2))
        names = self._names.get(folded)
        if names is None:
            return
        for each in line.param(-1).split():
            nick = each.lstrip(self.server.signs).partition("!")[0]
            native = self.server.fold(nick)
            if nick and native != self.server.fold(self.nick) and len(names) < MOST_NAMES:
                names[native] = n.Person(native, nick)

    def _names_end(self, line: Line) -> None:
        folded = self.server.fold(line.param(1))
        names, room = self._names.pop(folded, None), self._rooms.get(folded)
        if names is not None and room:
            self._entering.discard(folded)
            self._inside.add(folded)
            self._tell(n.RoomOpened(room, tuple(names.values()), self._topics.get(folded)))

    def _not_entered(self, line: Line) -> bool:
        folded = self.server.fold(line.param(1))
        if folded in self._inside or folded not in self._rooms:
            return False
        self._entering.discard(folded)
        self._tell(n.RoomClosed(self._rooms[folded], line.param(-1)))
        return True

    def _part(self, line: Line) -> None:
        room = self._room(line.param(0))
        if not room:
            return
        if self._mine(line):
            self._inside.discard(self.server.fold(line.param(0)))
            self._tell(n.RoomClosed(room, line.param(1) or "we left"))
        else:
            native = self.server.fold(line.nick)
            self._tell(n.PersonLeft(room, native, line.param(1) if len(line.params) > 1 else ""))

    def _kick(self, line: Line) -> None:
        room, native = self._room(line.param(0)), self.server.fold(line.param(1))
        if not room:
            return
        if native == self.server.fold(self.nick):
            self._inside.discard(self.server.fold(line.param(0)))
            self._tell(n.RoomClosed(room, f"{line.nick} removed us: {line.param(2)}"))
        else:
            self._tell(n.PersonLeft(room, native, f"removed by {line.nick}: {line.param(2)}"))

    def _quit(self, line: Line) -> None:
        if not self._mine(line):
            self._tell(n.PersonGone(self.server.fold(line.nick), line.param(0)))

    def _nick(self, line: Line) -> None:
        if self._mine(line):
            self.nick = line.param(0)
            self._tell(n.OwnName(self._own))
            return
        native, nick = self.server.fold(line.nick), line.param(0)
        user = line.user.lstrip("~")
        self._tell(n.PersonRenamed(native, n.Person(self.server.fold(nick), nick, "", user)))

    def _away(self, line: Line) -> None:
        if not self._mine(line):
            text = line.param(0) if line.params else None
            self._tell(n.PersonAway(self.server.fold(line.nick), text or None))

    def _host_changed(self, line: Line) -> None:
        if self._mine(line):
            self._user, self._host = line.param(0), line.param(1)

    def _host_shown(self, line: Line) -> None:
        user, at, host = line.param(1).rpartition("@")
        self._host = host
        if at:
            self._user = user

    def _topic(self, line: Line) -> None:
        room = self._room(line.param(0))
        if room and "!" not in line.nick:
            person = self._person(line)
            self._tell(n.TopicSeen(room, person, line.tags.get("msgid", ""), topic=line.param(1)))

    # What is said

    def _said(self, line: Line) -> None:
        target, text = line.param(0), line.param(1)
        if not line.host and not line.user:  # a server
            return
        relayed = line.tags.get(RELAYMSG, "")
        mine = self.server.fold(relayed) == self.server.fold(self.nick) or self._mine(line)
        if mine and not self._archived:
            if not relayed:
                self._learn(line)
            key, msgid = line.tags.get(KEY_TAG, ""), line.tags.get("msgid", "")
            if key and msgid:
                self.post.named(key, msgid)
            return
        room = self._room(target)
        if not room and (self.server.is_room(target) or line.command == "NOTICE"):
            return
        seen = self._message(line, room, text)
        if seen is not None:
            self._tell(seen)

    def _message(self, line: Line, room: str, text: str) -> n.MessageSeen | None:
        query = ctcp(text)
        kind = "notice" if line.command == "NOTICE" else "text"
        if query is not None:
            if query[0] != "ACTION":
                return None
            text, kind = query[1], "action"
        plain, spans = styled(text)
        tags = line.tags
        reply = next((tags[tag] for tag in REPLY_TAGS if tag in tags), "")
        return n.MessageSeen(
            room,
            self._person(line),
            *self._marks(line, room),
            self._archived,
            text=plain,
            spans=spans,
            kind=kind,  # type: ignore[arg-type]
            reply_to=reply,
        )

    def _marks(self, line: Line, room: str) -> tuple[str, str, str, tuple[str, ...], int]:
        """Return id, place, key, hops and time of a message, as its tags say."""
        tags = line.tags
        msgid, time = tags.get("msgid", ""), tags.get("time", "")
        place = f"timestamp={time}" if msgid and milliseconds(time) else ""
        hops = tuple(each for each in tags.get(HOPS_TAG, "").split(",") if each)
        key = self._seal.known(room, tags.get(KEY_TAG, ""), tags.get(MARK_TAG, ""))
        return msgid, place, key, hops, milliseconds(time) or 0

    def _tagmsg(self, line: Line) -> None:
        room = self._room(line.param(0))
        tags = line.tags
        target = next((tags[tag] for tag in REPLY_TAGS if tag in tags), "")
        added = REACT_TAG in tags
        if not room or not target or not (added or UNREACT_TAG in tags):
            return
        if self._mine(line):
            return
        reaction = tags[REACT_TAG if added else UNREACT_TAG]
        self._tell(
            n.ReactionSeen(
                room,
                self._person(line),
                *self._marks(line, room),
                target=target,
                reaction=reaction,
                added=added,
            )
        )

    def _redact(self, line: Line) -> None:
        room = self._room(line.param(0))
        if room and not self._mine(line):
            person = self._person(line)
            self._tell(n.RedactionSeen(room, person, target=line.param(1), reason=line.param(2)))

    # The archive

    def _batch(self, line: Line) -> None:
        """Go on behind what the archive has told, until there is no more.

        A page that isn't full may still not be the last one: some servers count what they leave out
        of it. So it is read up to the time from which on everything is heard anyway.
        """
        room = self._room(line.param(0))
        if not room:
            return
        msgid, time = line.tags.get("msgid", ""), milliseconds(line.tags.get("time", "")) or 0
        full = int(line.param(1)) >= self._page or bool(line.param(2))
        until, place = self._read.get(room, (0, ""))
        if msgid and f"msgid={msgid}" != place and (full or time < until):
            self._read_on(room, f"msgid={msgid}", until)
        else:
            self._caught_up(room)


_HANDLERS: dict[str, Callable[[Session, Line], None]] = {
    "001": Session._welcome,
    "005": Session._isupport,
    "332": Session._topic_is,
    "353": Session._names_are,
    "366": Session._names_end,
    "376": Session._motd_ends,
    "396": Session._host_shown,
    "422": Session._motd_ends,
    "AWAY": Session._away,
    "BATCH": Session._batch,
    "CHGHOST": Session._host_changed,
    "ERROR": Session._error,
    "FAIL": Session._fail,
    "JOIN": Session._join,
    "KICK": Session._kick,
    "NICK": Session._nick,
    "NOTICE": Session._said,
    "PART": Session._part,
    "PING": Session._ping,
    "PONG": Session._pong,
    "PRIVMSG": Session._said,
    "QUIT": Session._quit,
    "REDACT": Session._redact,
    "TAGMSG": Session._tagmsg,
    "TOPIC": Session._topic,
}
