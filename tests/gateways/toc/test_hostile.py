"""Strangers over TOC: waves of broken input, by chance, and those inside don't notice."""

from __future__ import annotations

import resource
import select
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateways.toc.sflap import FLAPON, HEADER, MARK, Kind, pack, signon_payload
from gateways.toc.table import COMMANDS
from tests.gateways.toc.conftest import PASSWORD, People
from tests.support.hub import HubProcess
from tests.support.toc import TocClient

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
words = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"1", b"0", b"4", b"me", b"{", b'"', b"\\", b":", b"a:b", b"=3A", b"\xff" * 9]
    ),
)


def test_every_command_with_anything(people: People) -> None:
    """No arguments of any command do more than an answer to whoever sent them."""
    from gateways.toc import gateway  # loads the table

    assert gateway.TocGateway.name == "toc"
    victim = people.toc("victim", "toc2_login")
    watcher = people.toc("watcher")

    @QUICK
    @given(st.sampled_from(sorted(COMMANDS)), st.lists(words, max_size=8), st.booleans())
    def one(name: str, arguments: list[bytes], quoted: bool) -> None:
        if quoted:
            victim.send(name, *(each.replace(b"\0", b"") for each in arguments))
        else:
            victim.command(b" ".join([name.encode(), *arguments])[:2048])
        for answer in victim.sync_bytes():
            assert answer[:1].isalpha()

    one()
    assert watcher.ask("toc_noop") == []


pieces = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from(
        [
            *(FLAPON, FLAPON[:6], b"GET ", b"GET /info?user=x&cookie=y HTTP/1.0\r\n", b"\r\n\r\n"),
            *(
                b"HEAD / HTTP/9.9\n\n",
                b"POST / HTTP/1.0\r\n\r\n",
                b"*",
                b"NICK a\r\nUSER a 0 * :a\r\n",
            ),
            pack(Kind.SIGNON, 7, signon_payload(b"alice")),
            *(pack(kind, 8, b"") for kind in range(8)),  # of no length, and of no type
            *(pack(Kind.DATA, number, b"toc_init_done\0") for number in (8, 9, 65535)),
            pack(Kind.DATA, 8, b"toc_signon h 1 alice 0x english x\0"),
            b"*\x02\0\x08\xff\xff",  # longer than any command may be
            b"*\x02\0\x08\x08\x01" + b"x" * 2049,
        ]
    ),
)


def test_any_bytes_cost_their_own_connection_at_most(people: People) -> None:
    """Broken frames, pages, other protocols, in any cut; what comes back is SFLAP or HTTP."""
    inside = people.toc("inside")

    @settings(QUICK, max_examples=60)
    @given(st.lists(pieces, min_size=1, max_size=6), st.booleans())
    def one(sent: list[bytes], apart: bool) -> None:
        with TocClient(people.hub.toc_port) as client:
            for data in sent if apart else [b"".join(sent)]:
                try:
                    client.send_bytes(data)
                except OSError:  # it has hung up
                    break
            came = answers(client)
        if not came.startswith(b"HTTP/1.0 "):
            while came:
                mark, kind, _, size = HEADER.unpack_from(came)
                assert (mark, kind in (Kind.SIGNON, Kind.DATA)) == (MARK, True)
                came = came[HEADER.size + size :]
        assert inside.ask("toc_noop") == []

    one()


def answers(client: TocClient) -> bytes:
    """Return all that comes to somebody who says nothing more."""
    came = b""
    with suppress(ConnectionError):  # it may hang up before it has read all
        client.hang_up()
        while got := client.socket.recv(65536):
            came += got
    return came


def test_who_says_little_at_a_time_has_no_longer(new_hub: Callable[..., HubProcess]) -> None:
    """A byte now and then doesn't keep a connection, be it for frames or for a page."""
    limits = {"unregistered_timeout": "300ms"}
    hub = new_hub({"irc": {"enabled": False}, "limits": limits}).start()
    for start, more in ((FLAPON, pack(Kind.SIGNON, 1, b"\0" * 900)), (b"GET /", b"x" * 900)):
        with TocClient(hub.toc_port) as client:
            client.send_bytes(start)
            for byte in more:
                readable, _, _ = select.select([client.socket], [], [], 0.02)
                if readable and not client.socket.recv(100):
                    break
                try:
                    client.send_bytes(bytes([byte]))
                except ConnectionError:
                    break
            else:
                pytest.fail("it is still there")


def test_who_floods_is_slowed_and_nobody_else(new_hub: Callable[..., HubProcess]) -> None:
    """With the limits that a hub has by itself: the flooder's bytes aren't even read."""
    hub = new_hub({"irc": {"enabled": False}}).start()
    for name in ("flooder", "victim", "other"):
        hub.add_user(name, PASSWORD)
    flooder, victim, other = (
        TocClient(hub.toc_port).sign_on(name, PASSWORD) for name in ("flooder", "victim", "other")
    )
    line = b"toc_send_im victim %s\0" % (b"x" * 1900)
    flood = b"".join(flooder.pack(line) for _ in range(8000))
    flooder.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        flooder.send_bytes(flood)
    for _ in range(5):
        assert other.ask("toc_noop") == []
    for _ in range(20):
        victim.expect("IM_IN:flooder:F:x")
    assert len(victim.sync()) < 200  # the burst, and four a second since
    flooder.close()
    again = TocClient(hub.toc_port).sign_on("flooder", PASSWORD)
    assert again.ask("toc_noop") == []
    for client in (victim, other, again):
        client.close()


def test_a_thousand_that_do_nothing(people: People) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 2048), hard), hard))
    idle = [TocClient(people.hub.toc_port) for _ in range(1000)]
    for client in idle:
        client.send_bytes(FLAPON)
    for client in idle:
        assert client.frame() == (1, b"\0\0\0\1")
    alice = people.toc("alice")
    assert alice.ask("toc_noop") == []
    for client in idle:
        client.close()


def test_frames_out_of_the_order_of_a_sign_on(people: People) -> None:
    account = people.account("alice")
    for kinds in ([Kind.DATA], [Kind.SIGNON, Kind.SIGNON], [Kind.KEEP_ALIVE], [Kind.SIGNOFF]):
        client = people.raw()
        client.send_bytes(FLAPON)
        assert client.frame() == (1, b"\0\0\0\1")
        for kind in kinds:
            client.send_bytes(client.pack(b"\0\0\0\1\0\1\0\1a", kind))
        assert client.rest() == []
    assert people.raw().sign_on(account, PASSWORD).ask("toc_noop") == []


def test_a_second_sign_on_on_one_connection_is_nothing(people: People) -> None:
    alice = people.toc("alice")
    alice.command(f"toc_signon h 1 {people.name('alice')} 0x00 english x")
    assert alice.sync() == []
