"""Letters on their way over one IRC connection: lines, barriers, and what came of them; no I/O.

Each letter becomes lines; after some lines goes a PING, and its PONG delivers all letters whose
last line was before it. What the server refuses meanwhile is held against the oldest letter to that
target. With `message-tags` the last line carries the letter's key and hops, for other hubs and for
the archive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from gateways.bridges.irc.pacing import Pacing
from gateways.bridges.irc.rendering import lines
from gateways.bridges.network import Delivered, Letter, News, Refused
from gateways.irc import tags
from gateways.irc.names import REACT_TAG, REPLY_TAGS, UNREACT_TAG

KEY_TAG, HOPS_TAG = "+words.chat/key", "+words.chat/hops"

CONCAT = "draft/multiline-concat"


class Parcel:
    """A letter that is being sent. ``lines`` are whole, without their end."""

    __slots__ = ("ids", "key", "lines", "reason", "target", "token")

    def __init__(self, key: str, target: str, lines: list[str]) -> None:
        self.key = key
        self.target = target
        self.lines = deque(lines)
        self.token = ""
        """Of the PING that went out behind its last line."""
        self.reason = ""
        self.ids: list[str] = []


class Post:
    """The letters of one connection. ``room`` gives the bytes of text of a PRIVMSG to a target."""

    def __init__(self, pacing: Pacing, tell: Callable[[News], None]) -> None:
        self._pacing = pacing
        self._tell = tell
        self._waiting: deque[Parcel] = deque()
        self._sent: deque[Parcel] = deque()
        self._batches = 0

    def add(self, letter: Letter, target: str, room: int, caps: Mapping[str, str]) -> None:
        """Put a letter at the end; what can't be said is refused at once."""
        try:
            made = self._lines(letter, target, room, caps)
        except ValueError as error:
            self._tell(Refused(letter.key, str(error)))
            return
        if made:
            self._waiting.append(Parcel(letter.key, target, made))
        else:
            self._tell(Delivered(letter.key))

    def _lines(self, letter: Letter, target: str, room: int, caps: Mapping[str, str]) -> list[str]:
        own = {}
        if "message-tags" in caps:
            own = {KEY_TAG: letter.key, HOPS_TAG: ",".join(letter.hops)}
        if letter.act == "redact":
            return [f"REDACT {target} {each} :{letter.text}" for each in letter.target]
        if letter.act in ("react", "unreact"):
            name = REACT_TAG if letter.act == "react" else UNREACT_TAG
            own |= {name: letter.text, REPLY_TAGS[0]: letter.target[0]}
            return [f"{_tagged(own)}TAGMSG {target}"]
        if letter.act == "topic":
            return [f"TOPIC {target} :{letter.text}"]
        if letter.reply is not None and letter.reply.ids:
            own[REPLY_TAGS[0]] = letter.reply.ids[0]
        command = "NOTICE" if letter.kind == "notice" and not letter.author else "PRIVMSG"
        texts = lines(letter, room)
        made = [f"{command} {target} :{text}" for text in texts]
        made[-1] = _tagged(own) + made[-1]
        return made

    # What leaves, and what comes back

    def next(self, now: float) -> str | None:
        """Return a line that may leave now, None where nothing may."""
        if self._waiting:
            wait = self._pacing.wait(now)
            if wait is None:
                return self._barrier(now)
            if wait > 0:
                return None
            parcel = self._waiting[0]
            self._pacing.sent(now)
            line = parcel.lines.popleft()
            if not parcel.lines:
                self._sent.append(self._waiting.popleft())
            return line
        return self._barrier(now)

    def _barrier(self, now: float) -> str | None:
        if not self._pacing.unasked:
            return None
        token = self._pacing.ask(now)
        for parcel in self._sent:
            parcel.token = parcel.token or token
        return f"PING :{token}"

    def wait(self, now: float) -> float | None:
        """Return the seconds until `next` has something again, None until an answer comes."""
        return self._pacing.wait(now) if self._waiting else None

    def ponged(self, token: str, now: float) -> bool:
        """Note an answer; return whether it was to a barrier."""
        if not self._pacing.answered(token, now):
            return False
        while self._sent and self._sent[0].token:
            parcel = self._sent.popleft()
            if parcel.reason:
                self._tell(Refused(parcel.key, parcel.reason))
            else:
                self._tell(Delivered(parcel.key, tuple(parcel.ids)))
            if parcel.token == token and not (self._sent and self._sent[0].token == token):
                break
        return True

    def refused(self, target: str, reason: str) -> bool:
        """Note that the server didn't take a line to this target; return whether one is out."""
        for parcel in (*self._sent, *list(self._waiting)[:1]):
            if parcel.target.lower() == target.lower() and not parcel.reason:
                parcel.reason = reason
                return True
        return False

    def named(self, key: str, number: str) -> bool:
        """Note what the server calls the last line of a letter; return whether it is out."""
        for parcel in self._sent:
            if parcel.key == key:
                parcel.ids.append(number)
                return True
        return False


def _tagged(values: Mapping[str, str]) -> str:
    return tags.section(values).decode() if values else ""
