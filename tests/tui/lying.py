"""A hub that answers by the book, until it is told how to misbehave, and at which step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from words.events import Event
from words.remote.chat import Chat
from words.remote.happenings import to_plain
from words.remote.table import to_wire
from words.remote.values import GroupInfo, Position, State
from words.spread import login, pb
from words.spread.scram import Keys, keys_of
from words.spread.transport import Connection

GROUP = 7
KEYS = keys_of("secret", 4096)
ENDLESS = b"\x00\x00\x00\x00\x02\x82" + b"\x1b[2J" * 16_384
"""The beginning of a string of half a gigabyte."""

EVIL = "mallory\x1b]0;owned\x07\x9b2J\r\u202e\u2066[red]\x00"
"""A text that would command a terminal, and turn what follows around."""

Lie = Callable[["LyingHub"], Awaitable[Any]]


async def silence(hub: LyingHub) -> Any:
    """Never answer."""
    await asyncio.get_running_loop().create_future()


async def hang_up(hub: LyingHub) -> Any:
    """Close the connection."""
    for connection in list(hub.server.connections):
        connection.abort(ConnectionAbortedError())
    await silence(hub)


async def rubbish(hub: LyingHub) -> Any:
    """Answer something that no verb answers."""
    return {"\x1b]0;owned\x07": [None, 1.5, b"\xff", {}], "name": 5}


async def evil(hub: LyingHub) -> Any:
    """Answer in the right shape, with evil in every text."""
    raise NotImplementedError("by the verb")


async def flood(hub: LyingHub) -> Any:
    """Send a message without end, as long as anybody reads it."""
    for connection in list(hub.server.connections):
        assert connection._transport is not None
        await pour(connection, connection._transport)
    await silence(hub)


async def pour(connection: Connection, transport: asyncio.Transport) -> None:
    """Write until the other hangs up, never more than it reads."""
    while not transport.is_closing():
        if transport.get_write_buffer_size() < len(ENDLESS):
            transport.write(ENDLESS)
        await asyncio.sleep(0.001)


class LyingHub:
    """See the module. ``lies``: what is done in place of the answer, by the name of the step
    ("challenge", "proof", "let in", or a verb of the chat service); ``asked``: the steps so far."""

    def __init__(self, **lies: Lie) -> None:
        self.lies = lies
        self.asked: list[str] = []
        self.state = State("hub", "net", 5, "guest", False, 0, [Position("den", True, GROUP, 3)])
        self.group = GroupInfo("den", GROUP, 3, 0)
        self.history: list[dict[str, Any]] = []
        self.mind: Any = None
        self.server = pb.serve("pb://127.0.0.1:0", _Door(self))

    async def __aenter__(self) -> LyingHub:
        await self.server.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.server.__aexit__(*exc)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"pb://127.0.0.1:{self.server.port}"

    async def answers(self, step: str, truth: Any) -> Any:
        """Return the answer of a step: the truth, unless there is a lie to tell."""
        self.asked.append(step)
        lie = self.lies.get(step) or self.lies.get("everything")
        if lie is evil:
            return self.evil(step)
        return await lie(self) if lie is not None else truth

    # As authenticator

    async def scram_keys(self, name: str, broker: Any) -> Keys:
        """Return the keys of everybody."""
        return KEYS

    async def log_in(self, proven: login.Proven) -> Any:
        """Let everybody in."""
        self.mind = proven.mind
        return _Avatar(self)

    def failed(self, mechanism: str, name: str, broker: Any) -> None:
        """Nobody counts."""

    async def md5_digest(self, name: str, broker: Any) -> bytes:
        """Know no app passwords."""
        raise pb.Unauthorized

    def truth(self, verb: str) -> Any:
        """Return what an honest hub would answer; None where tests don't need it."""
        honest = {"state": self.state, "group": self.group, "history": self.history}
        empty: dict[str, Any] = {"conversations": [], "contacts": {}, "standings": []}
        return to_wire(honest.get(verb, empty.get(verb)))

    def evil(self, verb: str) -> Any:
        """Return an answer of the right shape, in which every text is `EVIL`."""
        return to_wire(filled(Chat.verbs[verb].result))

    async def tells(self, *happenings: dict[str, Any]) -> None:
        """Tell whoever is signed on of events."""
        await self.mind.events([*happenings])


def filled(kind: Any) -> Any:
    """Return a value of a type, in which every text is `EVIL`, and every list has something."""
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Literal:
        return inside[0]
    if origin is UnionType or origin is Union:
        return filled(next(each for each in inside if each is not type(None)))
    if origin in (list, tuple):
        several = origin is tuple and Ellipsis not in inside
        return origin(filled(each) for each in (inside if several else inside[:1]))
    if origin is dict:
        return {filled(inside[0]): filled(inside[1])}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = get_type_hints(kind)
        return kind(**{name: filled(hints[name]) for name in kind.__struct_fields__})
    return {str: EVIL, int: 1, bool: True, float: 1.0, bytes: b""}.get(kind)


def happening(kind: type[Event], sequence: int) -> dict[str, Any]:
    """Return an event of a kind as it crosses, evil in every field, in the group."""
    plain = to_plain(filled(kind), "den")
    plain.get("fate", {}).pop("redacted", None)  # which would leave nothing to see
    return {**plain, "conversation": GROUP, "sequence": sequence, "id": sequence}


class _Door(pb.Root):
    def __init__(self, hub: LyingHub) -> None:
        self.hub = hub

    def root_for(self, broker: object) -> pb.Referenceable:
        return _Entrance(self.hub, login.LoginRoot(self.hub, [login.SCRAM]).root_for(broker))


class _Entrance(pb.Referenceable):
    def __init__(self, hub: LyingHub, honest: Any) -> None:
        self.hub = hub
        self.honest = honest

    async def remote_loginScram(self, first: bytes, service: str = "") -> Any:
        challenge, referee = await self.honest.remote_loginScram(first, service)
        return await self.hub.answers("challenge", (challenge, _Referee(self.hub, referee)))

    async def remote_loginAnonymous(self, mind: Any, service: str = "") -> Any:
        self.hub.mind = mind
        return await self.hub.answers("let in", _Avatar(self.hub))


class _Referee(pb.Referenceable):
    def __init__(self, hub: LyingHub, honest: Any) -> None:
        self.hub = hub
        self.honest = honest

    async def remote_prove(self, final: bytes, mind: Any) -> Any:
        return await self.hub.answers("proof", await self.honest.remote_prove(final, mind))


def _verb(name: str) -> Callable[..., Awaitable[Any]]:
    async def answer(self: Any, **arguments: Any) -> Any:
        return await self.hub.answers(name, self.hub.truth(name))

    return answer


class _Told(pb.Perspective):
    def __init__(self, hub: LyingHub) -> None:
        self.hub = hub


_Avatar = type("_Avatar", (_Told,), {f"perspective_{name}": _verb(name) for name in Chat.verbs})
