"""Hubs that mean harm, at every step: a clear line, a program that works, bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from tests.tui.lying import ENDLESS, Lie, LyingHub, flood, hang_up, rubbish, silence
from tui_client.link import Link
from tui_client.store import Store
from tui_client.trouble import SignOnFailed
from words.client import Guest, Login
from words.client.signon import Who

NONSENSE = "answers what no hub of ours would"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def failing(url: str, who: Who | None = None) -> str:
    """Return what a sign-on that can't come to be says, at the server's field."""
    link = Link(Store("guest"), url, who or Guest())
    with pytest.raises(SignOnFailed) as failed:
        await link.sign_on()
    assert link.store.connection == "offline"
    await link.close()
    assert failed.value.field == "server"
    said = str(failed.value)
    assert said.isprintable()
    return said


async def failing_at(step: str, lie: Lie) -> str:
    async with LyingHub(**{step: lie}) as hub:
        who = Login("alice", "secret") if step in ("challenge", "proof") else Guest()
        return await failing(hub.url, who)


@pytest.mark.parametrize("step", ["challenge", "proof", "let in", "state"])
async def test_a_hub_that_breaks_off_or_lies_while_one_signs_on(step: str) -> None:
    where = (
        "let you in and then ended" if step == "state" else "ended the connection while it looked"
    )
    for lie in (hang_up, flood):
        assert where in await failing_at(step, lie)
    told = await failing_at(step, rubbish)
    assert ("Don't go on" if step in ("challenge", "proof") else NONSENSE) in told


async def test_a_hub_that_stops_answering_while_one_signs_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("words.client.client.SIGN_ON", 2.0)  # enough for those before it to answer
    steps = ("challenge", "proof", "let in", "state")
    told = await asyncio.gather(*(failing_at(step, silence) for step in steps))
    assert [text.partition(" ")[2] for text in told] == [
        *["stopped answering while it looked at your password"] * 3,
        "let you in and then said nothing more",
    ]


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def talks_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while True:
            writer.write(ENDLESS)
            await writer.drain()


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """Return the address of something that is no hub, without its kind."""

    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    async with await asyncio.start_server(ends, "127.0.0.1") as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("talk", "said", "said_of_tls"),
    [
        (hangs_up, "doesn't speak our protocol", "can't be reached"),
        (talks_without_end, "doesn't speak our protocol", "doesn't speak TLS"),
        (says_nothing, "took the connection and then said nothing", "doesn't answer"),
    ],
)
async def test_what_is_no_hub_with_tls_and_without(
    talk: Talk, said: str, said_of_tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if talk is says_nothing:
        monkeypatch.setattr("words.client.client.SIGN_ON", 1.0)
    async with listening(talk) as there:
        told = await asyncio.gather(failing(f"pb://{there}"), failing(f"pbs://{there}"))
    assert said in told[0]
    assert said_of_tls in told[1]
