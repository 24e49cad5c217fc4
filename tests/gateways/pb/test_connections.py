"""Connections: limits, silence, slow readers, logins and their ends."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import make_certificate
from tests.support.hub import HubProcess
from words.admin.client import ask
from words.spread import pb

PASSWORD = "correct horse"
MakeHub = Callable[..., HubProcess]


class Mind(pb.Referenceable):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[str] = asyncio.Queue()

    def remote_events(self, batch: list[dict[str, Any]]) -> None:
        for event in batch:
            self.told.put_nowait(str(event.get("text", event["event"])))

    def remote_closing(self, text: str) -> None:
        self.told.put_nowait(f"closing: {text}")

    async def until(self, text: str) -> None:
        async with asyncio.timeout(20):
            while not (await self.told.get()).startswith(text):
                pass


def _rest(port: int, data: bytes = b"") -> bytes:
    """Return all that the hub says to who sends this, until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), 20) as raw:
        raw.sendall(data)
        found = b""
        while more := raw.recv(65536):
            found += more
        return found


async def test_half_a_login_is_not_waited_for(new_hub: MakeHub) -> None:
    hub = new_hub({"limits": {"unregistered_timeout": "1s"}}).start()
    first = b"\x02\x82pb" + b"\x02\x80\x13\x87\x06\x81"
    said = await asyncio.to_thread(_rest, hub.pb_ports[0], first)
    assert said.startswith(b"\x02\x80\x02\x82pb")


@pytest.mark.parametrize("data", [b"GET /" + b"x" * 99, b"\xff" * 50, b"\x7f" * 70 + b"\x82"])
async def test_what_is_no_pb_is_hung_up_on(new_hub: MakeHub, data: bytes) -> None:
    hub = new_hub().start()
    await asyncio.to_thread(_rest, hub.pb_ports[0], data)
    async with pb.connect(hub.pb_url, credentials=pb.Anonymous()) as guest:
        assert await guest.ping() > 0


async def test_too_many_from_one_address(new_hub: MakeHub) -> None:
    hub = new_hub({"limits": {"connections_per_address": 2, "exempt": []}}).start()
    async with (
        pb.connect(hub.pb_url, credentials=pb.Anonymous()),
        pb.connect(hub.pb_url, credentials=pb.Anonymous()),
    ):
        assert await asyncio.to_thread(_rest, hub.pb_ports[0]) == b""
    async with asyncio.timeout(20):
        while not await _comes_in(hub):  # when the hub has seen that those two are gone
            pass


async def _comes_in(hub: HubProcess) -> bool:
    try:
        async with pb.connect(hub.pb_url, credentials=pb.Anonymous()):
            return True
    except (pb.ConnectionLost, OSError):
        return False


async def test_who_is_silent_is_asked_and_stays(new_hub: MakeHub) -> None:
    hub = new_hub({"pb": {"ping_interval": "1s", "ping_timeout": "1s"}}).start()
    mind = Mind()
    async with pb.connect(hub.pb_url, credentials=pb.Anonymous(), client=mind, keepalive=None) as a:
        await a.join("lobby")
        b = await asyncio.open_connection("127.0.0.1", hub.irc_port)
        b[1].write(b"NICK b\r\nUSER b 0 * :b\r\nJOIN #lobby\r\n")
        await asyncio.to_thread(_stays_silent, hub)
        await mind.until("Joined")
        assert await a.ping() > 0
        b[1].close()


def _stays_silent(hub: HubProcess) -> None:
    """Log in, then answer nothing; return when the hub has hung up."""
    with socket.create_connection(("127.0.0.1", hub.pb_ports[0]), 20) as raw:
        call = pb.Broker(listening=False)
        call.receive_data(raw.recv(100))
        call.next_event()
        call.call(None, "loginAnonymous", (None,))
        raw.sendall(call.data_to_send())
        while raw.recv(65536):
            pass


async def test_a_mind_that_reads_nothing_is_dropped(new_hub: MakeHub) -> None:
    limits = {"outbox": "64KiB", "flood": {"burst": 1000000}}
    hub = new_hub({"limits": limits}).start()
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(20)
        raw.connect(("127.0.0.1", hub.pb_ports[0]))
        deaf = pb.Broker(listening=False)
        deaf.receive_data(raw.recv(100))
        deaf.next_event()
        deaf.call(None, "loginAnonymous", (Mind(),))
        raw.sendall(deaf.data_to_send())
        deaf.receive_data(await asyncio.to_thread(raw.recv, 1000))
        while (event := deaf.next_event()) is None or not hasattr(event, "value"):
            deaf.receive_data(await asyncio.to_thread(raw.recv, 1000))
        deaf.call(event.value, "join", ("lobby",))
        raw.sendall(deaf.data_to_send())
        async with pb.connect(hub.pb_url, credentials=pb.Anonymous()) as talker:
            while not (await talker.groups()):
                pass
            await talker.join("lobby")
            while len((await talker.group("lobby"))["members"]) > 1:
                await asyncio.gather(*(talker.say("lobby", "x" * 10_000) for _ in range(50)))
    await asyncio.to_thread(hub.wait_for_log, "more than 65536 bytes unread")


async def test_dropping_the_perspective_is_the_logout(new_hub: MakeHub) -> None:
    hub = new_hub().start()
    mind = Mind()
    url = hub.pb_url
    async with (
        pb.connect(url, credentials=pb.Anonymous(), client=mind) as watcher,
        pb.connect(url) as root,
    ):
        await watcher.join("lobby")
        guest = await pb.log_in(root.broker.caller, pb.Anonymous())
        await guest.join("lobby")
        await mind.until("Joined")
        del guest
        await mind.until("Quit")
        again = await pb.log_in(root.broker.caller, pb.Anonymous())  # the connection stays
        assert await again.ping() > 0


async def test_all_are_told_when_the_hub_stops(new_hub: MakeHub) -> None:
    hub = new_hub().start()
    mind = Mind()
    async with pb.connect(hub.pb_url, credentials=pb.Anonymous(), client=mind) as guest:
        await guest.join("lobby")
        stopped = asyncio.create_task(asyncio.to_thread(hub.stop))
        await mind.until("closing: The hub is stopping")
        assert await stopped == 0


async def test_a_client_certificate_proves_an_identity(new_hub: MakeHub, tmp_path: Path) -> None:
    """One of one's own, signed by nobody else: the hub takes it for what it is entered as."""
    pytest.importorskip("OpenSSL")
    mine = tmp_path / "mine"
    mine.mkdir()
    hubs, own = make_certificate(tmp_path), make_certificate(mine)
    listen = {
        "address": "127.0.0.1",
        "port": 0,
        "tls": {"cert": str(hubs.cert), "key": str(hubs.key)},
        "client_certificates": True,
    }
    hub = new_hub({"pb": {"listen": [listen]}}).start()
    hub.add_user("alice", PASSWORD)
    der = ssl.PEM_cert_to_DER_cert(own.cert.read_text())
    entered = {"name": "alice", "fingerprint": hashlib.sha256(der).hexdigest()}
    await asyncio.to_thread(ask, hub.data / "admin.sock", "certificate-add", entered)
    url = f"pbs://localhost:{hub.pb_ports[0]}"
    with pytest.raises(pb.RemoteError, match="UnauthorizedLogin"):
        async with pb.connect(url, credentials=pb.Certificate(), ssl=hubs.context):
            pass
    hubs.context.load_cert_chain(own.cert, own.key)
    async with pb.connect(url, credentials=pb.Certificate(), ssl=hubs.context) as alice:
        assert (await alice.state())["name"] == "alice"
