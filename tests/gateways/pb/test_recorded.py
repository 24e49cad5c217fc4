"""A recorded session of a stock client with the stock service, played against our hub."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from tests.gateways.pb.stock import app_password
from tests.spread.stock import _made
from tests.support.hub import HubProcess
from words.client import Client, Login
from words.spread.banana import PB, encode
from words.spread.login import md5_response

PASSWORD = "correct horse"
SECONDS = 10.0

EMPTY = [b"dictionary"]
LOBBY = [b"twisted.words.service.PBGroup", b"lobby", 3]


class Recorded:
    """A bare socket that sends what was recorded and reads what comes, as S-expressions."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), SECONDS)
        assert self._read_some() == encode([b"pb", b"none"], b"none")
        self._banana, _ = _made(PB)
        self._got: list[Any] = []
        self._banana.expressionReceived = self._got.append  # type: ignore[method-assign, assignment]
        self._socket.sendall(encode(PB, b"none"))
        self.send([b"version", 6])

    def send(self, *messages: Any) -> None:
        for message in messages:
            self._socket.sendall(encode(message, PB))

    def next(self) -> Any:
        while not self._got:
            self._banana.dataReceived(self._read_some())  # type: ignore[no-untyped-call]
        return self._got.pop(0)

    def _read_some(self) -> bytes:
        data = self._socket.recv(65536)
        assert data, "the hub hung up"
        return data

    def close(self) -> None:
        self._socket.close()


async def test_the_recorded_session(new_hub: Callable[..., HubProcess]) -> None:
    """What differs from the stock service is marked: people are told by name, calls to the mind
    want no answer.
    """
    hub = new_hub().start()
    hub.add_user("alice", PASSWORD)
    hub.add_user("bob", PASSWORD)
    secret = await asyncio.to_thread(app_password, hub, "alice")
    alice = await asyncio.to_thread(Recorded, hub.pb_ports[0])

    async def received() -> Any:
        return await asyncio.to_thread(alice.next)

    async with Client(hub.pb_url, Login("bob", PASSWORD)) as bob:
        assert await received() == [b"version", 6]
        alice.send([b"message", 1, b"root", b"login", 1, [b"tuple", b"alice/pb"], EMPTY])
        answer, number, (_, challenge, referee) = await received()
        assert (answer, number, referee) == (b"answer", 1, [b"remote", 1])
        mind = [b"twisted.words.service.PBMind", 1]
        response = md5_response(secret, challenge)
        alice.send(
            [b"message", 2, 1, b"respond", 1, [b"tuple", response, mind], EMPTY], [b"decref", 1]
        )
        assert await received() == [b"answer", 2, [b"twisted.words.service.ChatAvatar", 2]]
        join = [b"tuple", [b"unicode", b"lobby"]]
        alice.send([b"message", 3, 2, b"join", 1, join, EMPTY])
        assert await received() == [b"answer", 3, LOBBY]

        await bob.chat.join("lobby")
        who = [b"twisted.words.service.PBGroup", b"bob", 4]  # stock: [remote 4]
        told = [b"message", 1, 1, b"userJoined", 0, [b"tuple", LOBBY, who], EMPTY]
        assert await received() == told
        alice.send([b"decref", 4], [b"decref", 3])
        await bob.chat.say("lobby", "hi alice")
        who = [b"twisted.words.service.PBGroup", b"bob", 5]  # stock: [remote 5]
        text = [b"dictionary", [[b"unicode", b"text"], [b"unicode", b"hi alice"]]]
        told = [b"message", 2, 1, b"receive", 0, [b"tuple", who, LOBBY, text], EMPTY]
        assert await received() == told
        alice.send([b"decref", 3], [b"decref", 5])
        text = [b"dictionary", [[b"unicode", b"text"], [b"unicode", b"hi bob"]]]
        alice.send([b"message", 4, 3, b"send", 1, [b"tuple", text], EMPTY])
        assert await received() == [b"answer", 4, [b"None"]]
        await bob.chat.leave("lobby", "bye")
        who = [b"twisted.words.service.PBGroup", b"bob", 6]  # stock: [remote 6]
        left = [b"tuple", LOBBY, who, [b"unicode", b"bye"]]
        assert await received() == [b"message", 3, 1, b"userLeft", 0, left, EMPTY]
        alice.send([b"decref", 6], [b"decref", 3])
        alice.send([b"message", 5, 3, b"leave", 1, [b"tuple", [b"None"]], EMPTY])
        assert await received() == [b"answer", 5, [b"None"]]
    alice.close()
