"""A client of the chat service that stays: it signs on, comes back by itself, catches up.

What happens to a call when the connection is lost meanwhile: it is made again, as soon as the
connection is there, where that is harmless (reading; being what one wants to be; whatever has a
token, and every creating verb gets one). Otherwise it raises `Disconnected`. Tokens are kept for
identities only, so what a guest was saying raises.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from typing import Any, Literal, Self, TypeAlias, cast
from uuid import uuid4

from words.client.members import Gathering
from words.client.notices import Disconnected, Item, Offline, Online, Removed
from words.client.own import CHANGING, OwnReader, concerns
from words.client.reading import Reader
from words.client.signon import Who
from words.client.stream import ROOM, Place, Stream
from words.errors import AlreadyMember, AuthenticationFailed, NotFound, NotMember, WordsError
from words.events import GroupRenamed, Kicked, Left, Renamed
from words.names import GroupKey, group_key
from words.remote.chat import Chat
from words.remote.happenings import from_wire
from words.remote.refusals import heard
from words.remote.table import BadAnswer, Caller
from words.remote.values import MemberInfo, State
from words.spread.client import connect
from words.spread.errors import ConnectionLost, RemoteError, Unauthorized
from words.spread.flavors import Referenceable
from words.spread.references import RemoteReference
from words.spread.registry import Registry
from words.spread.transport import Connection

log = logging.getLogger(__name__)

FIRST_DELAY = 0.1
"""Seconds before the first try to come back, at most: a hub that restarts is back in one."""

LONGEST_DELAY = 30.0
"""Seconds between two tries, at most: doubled each time, and each a random part of that."""

STAYED = 1.0
"""Seconds that a connection must have lasted for the next delay to be the first one again, and the
longest delay after one that was shorter: who lets one in to hang up is called each second."""

SIGN_ON = 30.0
"""Seconds for connecting, logging in, and being where one was before."""

KEEPALIVE = 30.0
"""Seconds of silence after which the hub is asked for a sign of life."""

PAGES = 1000
"""Pages of a group's members, at most: a million of them."""

MARGIN = 60_000
"""Milliseconds before the last event that was seen, from which on direct conversations are
looked at again: an event may be told a little after a later one of another conversation."""


Step: TypeAlias = Literal["connecting", "connected", "greeted", "let in"]
"""How far signing on has got: connected is with TLS, if there is TLS; greeted is that it speaks
our protocol."""


class Client:
    """One participant's connection to a hub, as long as the block lasts; see the package.

    ``seen``: where an earlier run of the program was (`Client.seen`, which it has kept): what
    happened since comes first in the stream. ``since``: when that was (the hub's time in
    milliseconds), for programs that want to know of who has written to them first since then: of
    a direct conversation that isn't among ``seen`` all comes, from its beginning. ``room``: items
    that may wait for the program. ``own``: whether the stream tells all that is one's own (`Own`)
    after each `Online`, and when it has changed.
    Entering raises OSError, TimeoutError and `AuthenticationFailed` (its cause is `Unauthorized`
    where it is the hub that couldn't prove itself), and `BadAnswer` and the like where the other
    answers nonsense; later only a refusal to let us in again, or nonsense, ends the stream, with
    that exception.
    """

    def __init__(
        self,
        url: str,
        who: Who,
        *,
        tls: ssl.SSLContext | None = None,
        seen: Mapping[int, Place] | None = None,
        since: int = 0,
        room: int = ROOM,
        own: bool = False,
        on_step: Callable[[Step, Connection | None], None] | None = None,
    ) -> None:
        self.chat = Chat(self)
        self.stream = Stream(seen, room, strangers=bool(since))
        self.state: State | None = None
        """Who one is, and the positions at the last sign-on."""
        self.name = ""
        """What one is called."""
        self._url = url
        self._who = who
        self._tls = tls
        self._on_step = on_step
        self._wanted: dict[GroupKey, tuple[str, str, bool]] = {}
        self._perspective: RemoteReference | None = None
        self._online = asyncio.Event()
        self._hurried = asyncio.Event()
        self._failed: BaseException | None = None
        self._closed = False
        self._life: asyncio.Task[None] | None = None
        self._start = since
        self._first = 0
        self._reader = Reader(self.stream, self.chat)
        self._gatherings: list[Gathering] = []
        self._own = OwnReader(self.chat, lambda: self.name, self.stream.put) if own else None

    @property
    def seen(self) -> dict[int, Place]:
        """How far the program has taken each conversation: keep it to go on from there."""
        return self.stream.seen

    async def __aenter__(self) -> Self:
        first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._life = asyncio.create_task(self._live(first), name=f"client of {self._url}")
        try:
            await first
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Sign off; the stream ends after what is in it."""
        self._closed = True
        await self._reader.close()
        if self._own is not None:
            await self._own.close()
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        self.stream.end()

    async def __aiter__(self) -> AsyncIterator[Item]:
        while (item := await self.stream.next()) is not None:
            yield item
        if self._failed is not None:
            raise self._failed

    # Calls

    async def call(self, name: str, /, **arguments: Any) -> Any:
        """Call a verb; `Chat`'s methods come here. Raises what the hub refuses with."""
        row = Chat.verbs[name]
        if row.token and not arguments.get("token"):
            arguments["token"] = uuid4().hex
        tries = 0
        while True:
            perspective = await self._connected()
            tries += 1
            try:
                answer = await perspective.call(name, **arguments)
            except RemoteError as error:
                refused = heard(error)
                if tries > 1 and name in ("join", "leave"):
                    return await self._did(refused, name, arguments)
                raise refused from None
            except ConnectionLost as error:
                if self._perspective is perspective:  # nobody else has noticed yet
                    self._gone(str(error))
                identity = self.state is not None and self.state.identity
                if row.again or (row.token and identity):
                    continue
                raise Disconnected(f"{name}: {error}") from error
            self._note(name, arguments)
            return answer

    async def members(self, group: str) -> list[MemberInfo]:
        """Return all members of a group, by id, as they are after all that was heard by now.

        Raises as `Chat.members`, and `BadAnswer` where its pages don't end.
        """
        while True:
            gathering, connected = Gathering(group), await self._connected()
            self._gatherings.append(gathering)
            try:
                more = 0
                while more or not gathering.pages:
                    page = await self.chat.members(group, more)
                    if 0 < page.more <= more or len(gathering.pages) >= PAGES:
                        raise BadAnswer(f"the members of {group} have no end")
                    gathering.pages.append(page)
                    more = page.more
            finally:
                self._gatherings.remove(gathering)
            if connected is self._perspective:  # else something happened that wasn't heard
                return gathering.members()

    async def connection(self) -> Caller:
        """Return what calls through the connection of now, or of when there is one again.

        Once that is lost its calls raise `Disconnected`, and nothing is called again: for who
        keeps an order of his own among calls.
        """
        return _Once(await self._connected())

    async def _did(self, refused: WordsError, name: str, arguments: dict[str, Any]) -> Any:
        """Return what a repeated call is answered with where the first try did it already."""
        if isinstance(refused, AlreadyMember) and name == "join":
            self._note(name, arguments)
            return await self.call("group", name=arguments["group"])
        if isinstance(refused, NotMember | NotFound) and name == "leave":
            self._note(name, arguments)
            return None
        raise refused

    def _note(self, name: str, arguments: dict[str, Any]) -> None:
        """Keep which groups one wants to be in, and that what is one's own may be another."""
        if name == "join":
            group = arguments["group"]
            self._wanted[group_key(group)] = (group, arguments["key"], arguments["durable"])
        elif name == "leave":
            self._wanted.pop(group_key(arguments["group"]), None)
        if self._own is not None and name in CHANGING:
            self._own.changed()

    async def _connected(self) -> RemoteReference:
        while self._perspective is None or not self._online.is_set():
            if self._failed is not None:
                raise self._failed
            if self._closed:
                raise Disconnected("the client is closed")
            await self._online.wait()
        return self._perspective

    # The connection

    async def _live(self, first: asyncio.Future[None]) -> None:
        delay = FIRST_DELAY
        while True:
            try:
                async with AsyncExitStack() as stack:
                    lost = await self._sign_on(stack)
                    begun = asyncio.get_running_loop().time()
                    if not first.done():
                        first.set_result(None)
                    await asyncio.shield(lost)
                stayed = asyncio.get_running_loop().time() - begun >= STAYED
                delay = FIRST_DELAY if stayed else min(delay, STAYED)
                self._gone("the connection was lost")
            except (OSError, ConnectionLost) as error:  # TimeoutError is an OSError
                self._gone(str(error) or type(error).__name__)
                if self._refused_first(first, error):
                    return
            except Exception as error:  # also what a liar's answers lead to
                self._gone(str(error))
                self._fail(error)
                self._refused_first(first, error)
                return
            await self._pause(random.uniform(0, delay))
            # Who was in a hurry hasn't waited: tries of that kind don't make the next wait longer.
            delay = FIRST_DELAY if self._hurried.is_set() else min(2 * delay, LONGEST_DELAY)

    async def _pause(self, seconds: float) -> None:
        """Wait before the next try to come back, until somebody is in a hurry."""
        self._hurried.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    def hurry(self) -> None:
        """Try now to come back, not after a while: there is somebody who waits for it."""
        self._hurried.set()

    def _refused_first(self, first: asyncio.Future[None], error: Exception) -> bool:
        if first.done():
            return False
        first.set_exception(error)
        return True

    def _fail(self, error: Exception) -> None:
        self._reader.stop()
        self._failed = error
        self._online.set()  # for whoever waits to be told
        self.stream.end()

    def _gone(self, reason: str) -> None:
        if self._online.is_set():
            self._online.clear()
            self.stream.put(Offline(reason))
        self._perspective = None

    async def _sign_on(self, stack: AsyncExitStack) -> asyncio.Future[None]:
        """Log in and be where one was; return what is done when the connection is lost."""
        credentials = self._who.credentials(self._url)
        connection = connect(
            self._url,
            credentials=credentials,
            client=_Mind(self),
            service="chat",
            registry=Registry(),
            ssl=self._tls,
            timeout=SIGN_ON,
            keepalive=KEEPALIVE,
            on_step=self._step,
        )
        self._step("connecting")
        self.stream.hold()
        async with asyncio.timeout(SIGN_ON):
            try:
                perspective = await stack.enter_async_context(connection)
            except RemoteError as error:
                raise heard(error) from None
            except Unauthorized as error:
                raise AuthenticationFailed(str(error)) from error
            self._step("let in")
            self._who.proved(self._url, credentials)
            self.state = state = await Chat(_Direct(perspective)).state(self._since())
            self.stream.me, self.name = state.id, state.name
            self._perspective = perspective
            self.stream.put(Online(state))
            await self._join_again(perspective, state)
        self.stream.settle(state.positions)
        self._reader.catch_up_all()
        self._start, self._first = 0, self._first or state.time
        self._online.set()
        if self._own is not None:
            self._own.changed()
        assert connection.connection is not None
        return connection.connection.closed

    def _step(self, step: str, connection: Connection | None = None) -> None:
        if self._on_step is not None:
            self._on_step(cast("Step", step), connection)

    def _since(self) -> int:
        last = max((place.time for place in self.seen.values()), default=self._first)
        return max(0, (self._start or last) - MARGIN)

    async def _join_again(self, perspective: RemoteReference, state: State) -> None:
        """Join the groups that one was in and isn't any more."""
        inside = {group_key(at.name) for at in state.positions if at.group}
        chat = Chat(_Direct(perspective))
        for key, (name, password, durable) in list(self._wanted.items()):
            if key in inside:
                continue
            try:
                await chat.join(name, password, durable=durable)
            except AlreadyMember:
                continue
            except WordsError as error:
                del self._wanted[key]
                self.stream.put(Removed(name, error))

    # What is heard

    def heard(self, batch: object) -> None:
        """Take events of the hub, in order."""
        for each in from_wire(batch):
            event = each.event
            gone = event.actor if isinstance(event, Left) else None
            gone = event.target if isinstance(event, Kicked) else gone
            if gone is not None and gone.id == self.stream.me:
                self._wanted.pop(group_key(each.where), None)
            if isinstance(event, GroupRenamed):
                self._follow(event)
            if isinstance(event, Renamed) and event.actor.id == self.stream.me:
                self.name = event.name
            if self._own is not None and concerns(event, self.stream.me):
                self._own.changed()
            for gathering in self._gatherings:
                gathering.hear(each)
            self.stream.hear(each)

    def _follow(self, event: GroupRenamed) -> None:
        """Want to be in a group by the name that it has now."""
        wanted = self._wanted.pop(group_key(event.before), None)
        if wanted is not None:
            self._wanted[group_key(event.name)] = (event.name, *wanted[1:])


class _Direct:
    """Calls through one connection, and no other."""

    def __init__(self, perspective: RemoteReference) -> None:
        self._perspective = perspective

    async def call(self, name: str, /, *args: Any, **kw: Any) -> Any:
        try:
            return await self._perspective.call(name, *args, **kw)
        except RemoteError as error:
            raise heard(error) from None


class _Once(_Direct):
    """The same, and a lost connection is told in our own words."""

    async def call(self, name: str, /, *args: Any, **kw: Any) -> Any:
        try:
            return await super().call(name, *args, **kw)
        except ConnectionLost as error:
            raise Disconnected(f"{name}: {error}") from error


class _Mind(Referenceable):
    """What the hub calls. Methods of newer hubs that it doesn't have are dropped by the broker."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def remote_events(self, batch: object) -> None:
        """Hear events."""
        self._client.heard(batch)

    def remote_closing(self, reason: object) -> None:
        """The hub is about to close the connection."""
        log.info("the hub closes the connection: %s", reason)
