"""The adapter to Matrix: one account, or an application service, that follows its rooms by /sync.

An application service follows them in the same way, as a user of its namespace (homeservers don't
let its sender): so nobody must be able to reach us, and what was said while we weren't there is
read from the rooms' own history. Source: Matrix 1.11, Client-Server API: syncing, room history,
direct messaging; Application Service API: identity assertion.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import Coroutine
from typing import Any

import aiohttp
from msgspec.structs import replace

from gateways.bridges import network as n
from gateways.bridges.inward import line
from gateways.bridges.matrix.api import Api, Json, MatrixError
from gateways.bridges.matrix.directs import Directs
from gateways.bridges.matrix.events import news, table, text_of
from gateways.bridges.matrix.post import Ghosts, Post
from gateways.bridges.matrix.rooms import People, Room
from words.config import MatrixBridge

WINDOW = 20
"""Letters under way; those of one room go one after the other all the same."""

OFFERS = n.Offers(
    WINDOW, exact=True, archive=True, edits=True, redactions=True, reactions=True, replies=True
)

HELD = 30.0
"""Seconds that a sync is held back while nothing happens (the specification's example)."""

APART = 0.1
"""Seconds between the beginnings of two syncs, and of two pages of history: where much is said,
much comes at once, which is cheaper for both sides; and a server without end costs little."""

PAGE = 100
"""Events of one sync and room, and of one page of its history."""

log = logging.getLogger(__name__)

_QUIET: Json = {"types": []}
FILTER = json.dumps(
    {
        "presence": _QUIET,
        "account_data": _QUIET,
        "room": {
            "timeline": {"limit": PAGE},
            "ephemeral": _QUIET,
            "account_data": _QUIET,
            "state": {"types": ["m.room.member"]},
        },
    }
)
FIRST = json.dumps(
    {
        "presence": _QUIET,
        "account_data": {"types": ["m.direct"]},
        "room": {"timeline": {"limit": 1, "types": []}, "ephemeral": _QUIET, "state": _QUIET},
    }
)


class MatrixNetwork:
    """An account on a homeserver; see `gateways.bridges.network.Network`."""

    def __init__(self, settings: MatrixBridge, port: n.Port) -> None:
        self._settings = settings
        self._port = port
        self._people = People(settings.ghosts)
        self._token = ""
        self._api: Api | None = None
        self._group: asyncio.TaskGroup | None = None
        self._ghosts: Ghosts | None = None
        self._rooms: dict[str, Room] = {}
        self._names: dict[str, str] = {}
        self._directs = Directs(port.now)
        self._posts: dict[tuple[str, str], Post] = {}
        self._begun = ""

    async def run(self) -> None:
        """Be logged in and follow the rooms until something goes wrong."""
        if not self._port.password:
            raise n.Lost(n.NO_PASSWORD)
        connector = aiohttp.TCPConnector(ssl=self._tls())
        patience = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=patience,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,  # a little of it may become much
            headers={"Accept-Encoding": "identity"},
        ) as http:
            self._api = api = Api(http, self._settings.server)
            try:
                async with asyncio.TaskGroup() as self._group:
                    await self._log_in(api)
                    await self._serve(api, await self._begin(api))
            except* n.Lost as lost:
                raise _first(lost) from None
            except* MatrixError as refused:
                raise n.Lost(str(_first(refused))) from None
            finally:
                self._api = self._group = self._ghosts = None
                self._directs = Directs(self._port.now)
                self._rooms.clear()
                self._names.clear()
                self._posts.clear()

    def _tls(self) -> ssl.SSLContext:
        ca = self._settings.ca
        return ssl.create_default_context(cafile=str(ca) if ca else None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside; what goes wrong in it ends the connection."""
        try:
            if self._group is not None:
                self._group.create_task(work)
                return
        except RuntimeError:  # the connection is ending: the engine gives letters again
            pass
        work.close()

    # Signing on

    async def _log_in(self, api: Api) -> None:
        settings, password = self._settings, self._port.password
        name = settings.user.removeprefix("@").partition(":")[0]
        if settings.ghosts:
            api.token = password
            await _registered(api, name)
            api.user = settings.user
            self._ghosts = Ghosts(api, self._people)
        else:
            api.token = self._token or await self._token_for(api, name, password)
        self._token, token = "", api.token
        own = text_of((await api.get("account", "whoami")).get("user_id"))
        if not own:
            raise n.Lost("the homeserver doesn't say who we are")
        self._token = token
        self._people.own = own

    async def _token_for(self, api: Api, name: str, password: str) -> str:
        body = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
            "device_id": f"words-{self._port.hub}",  # transaction ids belong to a device
            "initial_device_display_name": "A Words hub",
        }
        return text_of((await api.post("login", body=body)).get("access_token"))

    async def _begin(self, api: Api) -> str:
        """Find out where we are; return the token from which to go on."""
        first = await api.get("sync", query={"filter": FIRST, "timeout": "0"})
        for event in _list(table(first.get("account_data")).get("events")):
            for user, rooms in table(event.get("content")).items():
                for number in rooms if isinstance(rooms, list) else ():
                    if str(number) in table(table(first.get("rooms")).get("join")):
                        await self._direct(api, str(number), user)
        since = text_of(first.get("next_batch"))
        self._begun = since
        own = self._people.own
        self._port.tell(n.Ready(self._people.person(own), OFFERS))
        for number, each in table(table(first.get("rooms")).get("invite")).items():
            self._invited(number, table(each))
        return since

    # What happens there

    async def _serve(self, api: Api, since: str) -> None:
        while True:
            await self._port.room()
            query = {"since": since, "timeout": str(int(HELD * 1000)), "filter": FILTER}
            begun = self._port.now()
            answer = await api.get("sync", query=query, held=HELD)
            following = text_of(answer.get("next_batch"))
            if not following:
                raise n.Lost("the homeserver's answer to /sync has no next_batch")
            rooms = table(answer.get("rooms"))
            for number, each in table(rooms.get("join")).items():
                room = self._rooms.get(number)
                if room is not None:
                    await self._live(api, room, table(each), since, following)
            for number, each in table(rooms.get("invite")).items():
                self._invited(number, table(each))
            for number in table(rooms.get("leave")):
                self._removed(number)
            since = following
            await self._apart(begun)

    async def _apart(self, begun: float) -> None:
        """Wait until the next one may follow what was asked for then."""
        await asyncio.sleep(max(0.0, begun + APART - self._port.now()))

    async def _live(self, api: Api, room: Room, each: Json, since: str, following: str) -> None:
        for event in _list(table(each.get("state")).get("events")):
            self._take(room, event)
        timeline = table(each.get("timeline"))
        self._directs.heard(room.number)
        if timeline.get("limited"):
            await self._read(api, room, since, text_of(timeline.get("prev_batch")))
        self._take_all(room, _list(timeline.get("events")), following)

    async def _read(
        self, api: Api, room: Room, start: str, stop: str = "", *, archived: bool = False
    ) -> None:
        """Tell what a room's history has behind ``start`` (up to ``stop``)."""
        token, more = start, {"to": stop} if stop else {}
        while True:
            await self._port.room()
            query = {"dir": "f", "from": token, "limit": str(PAGE), **more}
            begun = self._port.now()
            page = await api.get("rooms", room.number, "messages", query=query)
            following = text_of(page.get("end"))
            self._take_all(room, _list(page.get("chunk")), following, archived=archived)
            if following in ("", token):
                return
            token = following
            await self._apart(begun)

    def _take_all(
        self, room: Room, events: list[Json], place: str, *, archived: bool = False
    ) -> None:
        for number, event in enumerate(events, 1):
            self._take(room, event, place if number == len(events) else "", archived=archived)

    def _take(self, room: Room, event: Json, place: str = "", *, archived: bool = False) -> None:
        with n.at_worst("an event"):
            if event.get("type") == "m.room.member":
                for each in () if archived else room.member(event):
                    self._port.tell(each)
                return
            found = news(event, room.where, archived=archived)
            if found is not None:
                self._port.tell(replace(found, place=place))

    def _invited(self, number: str, each: Json) -> None:
        for event in _list(table(each.get("invite_state")).get("events")):
            content = table(event.get("content"))
            mine = event.get("state_key") == self._people.own and content.get("is_direct")
            user = text_of(event.get("sender"))
            if mine and user and not self._directs.room(user) and self._directs.welcome():
                self._spawn(self._accept(number, user))

    async def _accept(self, number: str, user: str) -> None:
        if self._api is None:
            return
        try:
            await self._api.post("join", number)
            await self._keep_direct(self._api, number, user)
        except MatrixError:
            return  # taken back meanwhile

    def _removed(self, number: str) -> None:
        room = self._rooms.pop(number, None)
        self._directs.forget(number)
        if room is not None and room.name:
            self._names.pop(room.name, None)
            self._port.tell(n.RoomClosed(room.name, "we were removed"))

    # Direct conversations

    async def _direct(self, api: Api, number: str, user: str) -> None:
        if number not in self._rooms:
            self._rooms[number] = Room(number, "", self._settings.server, self._people)
            left = self._directs.keep(user, number)
            if left:
                self._rooms.pop(left, None)
                await _done(api.post("rooms", left, "leave"))

    async def _keep_direct(self, api: Api, number: str, user: str) -> None:
        await self._direct(api, number, user)
        known = {user: [number] for user, number in self._directs.rooms().items()}
        await api.put("user", self._people.own, "account_data", "m.direct", body=known)

    async def _direct_room(self, api: Api, user: str) -> str:
        if not self._directs.room(user):
            body = {"is_direct": True, "invite": [user], "preset": "trusted_private_chat"}
            number = text_of((await api.post("createRoom", body=body)).get("room_id"))
            await self._keep_direct(api, number, user)
            return number
        return self._directs.room(user)

    # What the engine wants

    def open(self, room: str) -> None:
        """Enter a room, by its id or an alias."""
        self._spawn(self._open(room))

    async def _open(self, name: str) -> None:
        api = self._api
        if api is None:
            return
        try:
            number = text_of((await api.post("join", name)).get("room_id"))
            if not number:
                raise MatrixError(200, "M_UNKNOWN", "the homeserver doesn't say which room it is")
            room = Room(number, name, self._settings.server, self._people)
            self._rooms[number] = room
            self._names[name] = number
            members = table((await api.get("rooms", number, "joined_members")).get("joined"))
            topic = await _topic(api, number)
        except MatrixError as error:
            self._port.tell(n.RoomClosed(name, str(error)))
            return
        for user, member in members.items():
            self._people.named(user, text_of(table(member).get("display_name")))
        here = (self._people.person(user) for user in members if not self._people.is_ours(user))
        self._port.tell(n.RoomOpened(name, tuple(here), topic))

    def leave(self, room: str) -> None:
        """Leave a room."""
        number = self._names.pop(room, "")
        if number and self._api is not None:
            self._rooms.pop(number, None)
            self._spawn(_done(self._api.post("rooms", number, "leave")))

    def catch_up(self, room: str, place: str) -> None:
        """Tell what the room's history has, or that of all direct rooms."""
        self._spawn(self._catch_up(room, place))

    async def _catch_up(self, name: str, place: str) -> None:
        api, begun = self._api, self._begun
        numbers = [self._names.get(name, "")] if name else list(self._directs.rooms().values())
        for number in numbers if place else ():
            room = self._rooms.get(number)
            if api is not None and room is not None:
                try:
                    await self._read(api, room, place, archived=True)
                except MatrixError as error:
                    shown = line(f"{name or 'a direct room'}: {error}")
                    log.warning("the history isn't to be had of %s", shown)
        self._port.tell(n.CaughtUp(name, begun))

    def send(self, letter: n.Letter) -> None:
        """Give a letter to the post of its room."""
        api = self._api
        if api is None:
            return
        where = letter.room, letter.to
        post = self._posts.get(where)
        if post is None:
            ghosts = self._ghosts if letter.room else None
            room = lambda: self._room_of(api, letter.room, letter.to)  # noqa: E731
            post = Post(api, room, ghosts, self._people.own, self._port.tell)
            self._posts[where] = post
            self._spawn(self._work(where, post))
        post.give(letter)

    async def _work(self, where: tuple[str, str], post: Post) -> None:
        await post.work()
        self._posts.pop(where, None)

    async def _room_of(self, api: Api, name: str, user: str) -> str:
        return self._names.get(name, "") if name else await self._direct_room(api, user)

    async def stop(self, reason: str) -> None:
        """Say nothing: accounts of Matrix are there whether or not they listen."""


async def _registered(api: Api, name: str) -> None:
    """Let a user of an application service exist."""
    body = {"type": "m.login.application_service", "username": name}
    try:
        await api.post("register", body=body)
    except MatrixError as error:
        if error.code not in ("M_USER_IN_USE", "M_EXCLUSIVE"):
            raise


async def _topic(api: Api, number: str) -> str:
    try:
        return text_of((await api.get("rooms", number, "state", "m.room.topic", "")).get("topic"))
    except MatrixError:
        return ""  # none was set


async def _done(work: Coroutine[Any, Any, Any]) -> None:
    """Await something of which a refusal changes nothing for us."""
    try:
        await work
    except MatrixError:
        return


def _list(value: Any) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _first(group: BaseExceptionGroup[Any]) -> Any:
    error: Any = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
