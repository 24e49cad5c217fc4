"""Letters on their way to one Matrix room, one after the other: so they keep their order.

Every request has a transaction id made of the letter's key: one that is sent again, by this
process or the next, is done once. Source: Matrix 1.11, Client-Server API, transaction identifiers;
Application Service API, identity assertion and timestamp massaging.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from gateways.bridges import network as n
from gateways.bridges.matrix.api import Api, MatrixError, Query
from gateways.bridges.matrix.events import contents, marks, table, text_of
from gateways.bridges.matrix.rooms import People

RELATIONS = "100"
"""Reactions of a message among which one is looked for that is to be taken back."""

MOST_KNOWN = 10_000
"""Ghosts of which it is remembered that they are there: guests come under ever new names."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Ghosts:
    """Accounts of an application service, one for each of our people who says something there."""

    def __init__(self, api: Api, people: People) -> None:
        self._api = api
        self._people = people
        self._made: set[str] = set()
        self._joined: set[tuple[str, str]] = set()

    async def ready(self, name: str, room: str) -> str:
        """Return the user id of somebody's ghost, which is in the room now."""
        user = self._people.ghost(name)
        if user not in self._made:
            await self._make(user, name)
            _note(self._made, user)
        if (user, room) not in self._joined:
            await self._join(user, room)
            _note(self._joined, (user, room))
        return user

    async def author(self, room: str, event: str) -> Query:
        """Return as whom an event is taken back: everybody may take back his own."""
        sender = text_of((await self._api.get("rooms", room, "event", event)).get("sender"))
        return {"user_id": sender} if self._people.is_ours(sender) else {}

    async def _make(self, user: str, name: str) -> None:
        username = user[1:].partition(":")[0]
        kind = "m.login.application_service"
        try:
            await self._api.post("register", body={"type": kind, "username": username})
        except MatrixError as error:
            if error.code != "M_USER_IN_USE":
                raise
        await self._api.put(
            "profile", user, "displayname", body={"displayname": name}, query={"user_id": user}
        )

    async def _join(self, user: str, room: str) -> None:
        try:
            await self._api.post("join", room, query={"user_id": user})
        except MatrixError as error:
            if error.code != "M_FORBIDDEN":
                raise
            await self._api.post("rooms", room, "invite", body={"user_id": user})
            await self._api.post("join", room, query={"user_id": user})


def _note(known: set[T], new: T) -> None:
    """Keep one more; of too many none is known any more: making and joining can be done again."""
    if len(known) >= MOST_KNOWN:
        known.clear()
    known.add(new)


class Post:
    """What goes to one room, whose id is found out when the first letter goes there."""

    def __init__(
        self,
        api: Api,
        room: Callable[[], Coroutine[Any, Any, str]],
        ghosts: Ghosts | None,
        own: str,
        tell: Callable[[n.News], None],
    ) -> None:
        self._api = api
        self._find = room
        self._ghosts = ghosts
        self._own = own
        self._tell = tell
        self._letters: deque[n.Letter] = deque()
        self._room = ""

    def give(self, letter: n.Letter) -> None:
        """Take a letter; the engine gives no more than the window of `Offers`."""
        self._letters.append(letter)

    async def work(self) -> None:
        """Deliver what was given, until there is nothing more."""
        while self._letters:
            letter = self._letters.popleft()
            try:
                self._room = self._room or await self._find()
                ids = await self._deliver(letter)
            except MatrixError as error:
                self._tell(n.Refused(letter.key, str(error)))
            except n.Lost:
                raise
            except Exception:  # this letter at worst
                log.exception("%s can't be sent", letter.key)
                self._tell(n.Refused(letter.key, n.DEFECT))
            else:
                self._tell(n.Delivered(letter.key, ids))

    async def _deliver(self, letter: n.Letter) -> tuple[str, ...]:
        author: Query = {}
        if self._ghosts is not None and letter.act != "tell":
            author = {"user_id": await self._ghosts.ready(letter.author, self._room)}
        if letter.act in ("say", "edit", "tell"):
            return await self._say(letter, author)
        if letter.act == "redact":
            for number, target in enumerate(letter.target):
                await self._redact(target, f"{letter.key}-{number}", letter.text)
        elif letter.act == "react":
            await self._react(letter, author)
        elif letter.act == "unreact":
            await self._unreact(letter, author)
        else:
            body = {"topic": letter.text, **marks(letter)}
            await self._api.put("rooms", self._room, "state", "m.room.topic", "", body=body)
        return ()

    async def _say(self, letter: n.Letter, author: Query) -> tuple[str, ...]:
        ids = []
        if author and letter.time:
            author["ts"] = str(letter.time)
        for number, content in enumerate(contents(letter, ghost=bool(author))):
            path = ("rooms", self._room, "send", "m.room.message", f"{letter.key}-{number}")
            answer = await self._api.put(*path, body=content, query=author)
            ids.append(text_of(answer.get("event_id")))
        if letter.act != "edit":
            return tuple(ids)
        for more, target in enumerate(letter.target[len(ids) :], len(ids)):
            await self._redact(target, f"{letter.key}-{more}", "")  # parts that it had before
        return ()

    async def _redact(self, target: str, transaction: str, reason: str) -> None:
        author: Query = {}
        if self._ghosts is not None:
            author = await self._ghosts.author(self._room, target)
        path = ("rooms", self._room, "redact", target, transaction)
        await self._api.put(*path, body={"reason": reason} if reason else {}, query=author)

    async def _react(self, letter: n.Letter, author: Query) -> None:
        relation = {
            "rel_type": "m.annotation",
            "event_id": letter.target[0],
            "key": letter.text,
        }
        body = {"m.relates_to": relation, **marks(letter)}
        path = ("rooms", self._room, "send", "m.reaction", letter.key)
        try:
            await self._api.put(*path, body=body, query=author)
        except MatrixError as error:
            if error.code != "M_DUPLICATE_ANNOTATION":  # another of our people gave it already
                raise

    async def _unreact(self, letter: n.Letter, author: Query) -> None:
        path = ("rooms", self._room, "relations", letter.target[0], "m.annotation", "m.reaction")
        page = await self._api.get(*path, query={"limit": RELATIONS}, version="v1")
        chunk = page.get("chunk")
        for number, event in enumerate(chunk if isinstance(chunk, list) else ()):
            relation = table(table(event.get("content")).get("m.relates_to"))
            sender = author.get("user_id", self._own)
            if relation.get("key") == letter.text and event.get("sender") == sender:
                await self._redact(text_of(event.get("event_id")), f"{letter.key}-{number}", "")
