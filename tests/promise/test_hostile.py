"""No stranger costs more than his own connection: not time, not memory, not anybody's words."""

from __future__ import annotations

import re
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.support.raw import RawClient

New = Callable[..., HubProcess]
Join = Callable[..., RawClient]
FAST = {"flood": {"burst": 1000000, "rate": 1000000}}
MIB = 1024 * 1024
MOST_LINES = 100_000
WARM = 100  # hundreds of messages that fill the journal's tail and the storage's cache
SPARE_FILES = 500
SECONDS = 10.0
SOAK = pytest.mark.soak


def memory(hub: HubProcess) -> int:
    """Return the bytes of memory that the hub has."""
    status = Path(f"/proc/{hub.pid}/status").read_text()
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) * 1024


def check_memory(hub: HubProcess, before: int, more: int) -> None:
    """Wait until the hub has at most so much more memory than before."""
    deadline = time.monotonic() + SECONDS
    while (now := memory(hub)) > before + more:
        assert time.monotonic() < deadline, f"{before / MIB:.1f} MiB became {now / MIB:.1f} MiB"
        threading.Event().wait(0.05)


def talk(one: RawClient, other: RawClient, text: str) -> None:
    """Let two people talk: who is attacked shows it here."""
    for here, there in ((one, other), (other, one)):
        here.send(f"PRIVMSG #g :{text}")
        there.until(f"PRIVMSG #g :{text}$")


def pour(one: RawClient, other: RawClient, first: int) -> None:
    """Say a hundred long things."""
    one.send(*(f"PRIVMSG #g :{first + n} {'x' * 400}" for n in range(100)))
    other.until(f"PRIVMSG #g :{first + 99} ")


def warm(one: RawClient, other: RawClient) -> None:
    """Fill what the hub keeps in memory for ever: its size is no concern of these tests."""
    for number in range(WARM):
        pour(one, other, number * 100)


def as_many_as_possible(wanted: int) -> int:
    """Return how many connections this process may have, having raised its limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted + SPARE_FILES <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + SPARE_FILES, hard))
        soft = wanted + SPARE_FILES
    return min(wanted, soft - SPARE_FILES)


def wait_for_clients(hub: HubProcess, count: int) -> None:
    """Wait until only so many are registered."""
    deadline = time.monotonic() + SECONDS
    while hub.status()["connections"] > count:
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


def strangers(stack: ExitStack, port: int, count: int) -> list[socket.socket]:
    """Return connections that were begun and go no further."""
    made = []
    for number in range(count):
        stranger = stack.enter_context(socket.create_connection(("127.0.0.1", port), SECONDS))
        stranger.sendall((b"", b"NICK s%d\r\n" % number, b"PRIVMSG #g :half a li")[number % 3])
        made.append(stranger)
    return made


@pytest.mark.parametrize("wanted", [1_000, pytest.param(10_000, marks=SOAK)])
def test_half_open_connections(new_hub: New, join: Join, wanted: int) -> None:
    """Those who wait for their timeout, and those who go: after five waves none has left a trace.

    The allocator keeps some of what the first wave took; what counts is that no wave adds to it.
    """
    count = as_many_as_possible(wanted)
    hub = new_hub({"limits": {**FAST, "unregistered_timeout": f"{2 + wanted // 2000}s"}}).start()
    ann, ben = (join(hub.irc_port, nick) for nick in ("ann", "ben"))
    before = memory(hub)
    with ExitStack() as stack:
        waiting = strangers(stack, hub.irc_port, count)
        talk(ann, ben, "all here")
        for stranger in waiting:
            with stranger.makefile("rb") as incoming:
                assert b"Registration timed out" in incoming.read()
    talk(ann, ben, "all gone")
    first = memory(hub)
    assert first - before < count * 4 * 1024 + 2 * MIB
    for wave in range(4):
        with ExitStack() as stack:
            strangers(stack, hub.irc_port, count)
            talk(ann, ben, f"wave {wave}")
    assert hub.status()["connections"] == 2
    # Transports of the standard library's loop are cycles, and the collector seldom comes.
    left_behind = 4 * 2048 if "(asyncio)" in hub.lines[0] else 512
    check_memory(hub, first, count * left_behind + MIB)


@pytest.mark.parametrize("readers", [3, pytest.param(40, marks=SOAK)])
def test_readers_that_never_read(new_hub: New, join: Join, readers: int) -> None:
    """They are dropped; the third wave of them adds nothing to what the others left.

    Those also fill what the storage and the search index keep: that isn't the readers'.
    """
    hub = new_hub({"limits": {**FAST, "outbox": "256KiB"}}).start()
    ann, ben = (join(hub.irc_port, nick) for nick in ("ann", "ben"))
    warm(ann, ben)
    told = 0
    for wave in range(3):
        talk(ann, ben, "before the wave")
        before = memory(hub)
        told = deafen(hub, ann, ben, readers, wave, told)
    said = [line for line in ben.seen if line.startswith(":ann!") and "x" * 400 in line]
    assert len(said) == told + WARM * 100
    gone = [line for line in ben.seen if re.search(r"deaf\d+!.* QUIT :.*SendQ exceeded", line)]
    assert len(gone) == 3 * readers
    talk(ann, ben, "after")
    check_memory(hub, before, 8 * MIB)


def deafen(
    hub: HubProcess, ann: RawClient, ben: RawClient, readers: int, wave: int, told: int
) -> int:
    """Let readers come who never read, and talk until they are dropped; return all lines told."""
    gone = wave * readers
    with ExitStack() as stack:
        for number in range(gone, gone + readers):
            deaf = RawClient(hub.irc_port)
            stack.enter_context(deaf)
            deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.send(f"NICK deaf{number}", "USER d 0 * :d", "JOIN #g")
            ben.until(f"deaf{number}!.* JOIN")
        first = told
        while sum(" QUIT :" in line for line in ben.seen) < gone + readers:
            assert told < first + MOST_LINES
            pour(ann, ben, told)
            told += 100
    return told


@pytest.mark.parametrize("connections", [3, pytest.param(300, marks=SOAK)])
def test_a_line_without_an_end(new_hub: New, join: Join, connections: int) -> None:
    hub = new_hub({"limits": FAST}).start()
    ann, ben = (join(hub.irc_port, nick) for nick in ("ann", "ben"))
    before = memory(hub)
    with ExitStack() as stack:
        strangers = [join(hub.irc_port, f"s{number}") for number in range(connections)]
        for part in range(16):
            for stranger in strangers:
                stranger.socket.sendall(b"PRIVMSG #g :"[: 12 * (not part)] + b"x" * (MIB // 16))
            talk(ann, ben, f"part {part}")
        peak = memory(hub)
        for stranger in strangers:
            stranger.send("", "PING still")
            stranger.until(" 417 ")
            stranger.until("PONG .*:still$")
            stack.callback(stranger.close)
        assert not [line for line in ben.seen if "xxx" in line]
    assert peak - before < connections * 256 * 1024 + 2 * MIB
    talk(ann, ben, "after")
    check_memory(hub, before, connections * 16 * 1024 + 2 * MIB)


@pytest.mark.parametrize("flooders", [2, pytest.param(100, marks=SOAK)])
def test_floods_slow_nobody_else(new_hub: New, join: Join, flooders: int) -> None:
    hub = new_hub({"limits": FAST}).start()
    ann, ben = (join(hub.irc_port, nick) for nick in ("ann", "ben"))
    warm(ann, ben)
    hub.configure({"limits": {"flood": {"burst": 30, "rate": 10}}})
    hub.signal(signal.SIGHUP)
    hub.wait_for_log("configuration was read again")
    before = memory(hub)
    start = time.monotonic()
    after = []
    for wave in range(3):
        with ExitStack() as stack:
            for number in range(flooders):
                flooder = stack.enter_context(RawClient(hub.irc_port, f"flooder{number}"))
                flooder.send("JOIN #g")
                flooder.socket.setblocking(False)
                size = _send_all(flooder.socket, b"PRIVMSG #g :flood " + b"x" * 300 + b"\r\n")
                assert size < 20 * MIB, "the hub reads what it can't handle"
            talk(ann, ben, f"calm {wave}")
            check_memory(hub, before, flooders * 512 * 1024 + 4 * MIB)
        wait_for_clients(hub, 2)
        after.append(memory(hub))
    floods = sum("flood " in line for line in ben.seen)
    assert floods <= 3 * flooders * (31 + 10 * (time.monotonic() - start))
    talk(ann, ben, "after")
    check_memory(hub, after[0], flooders * 32 * 1024 + 8 * MIB)  # the allocator keeps some


def _send_all(flood: socket.socket, line: bytes) -> int:
    """Send until nothing more is taken; return the bytes that were."""
    block = line * 200
    size = 0
    while size < 64 * MIB:
        try:
            size += flood.send(block)
        except BlockingIOError:
            return size
    return size
