"""Hubs that mean harm, at every step: a clear line, a program that works, bounded memory."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len

from tests.tui.lying import (
    ENDLESS,
    GROUP,
    Lie,
    LyingHub,
    evil,
    flood,
    hang_up,
    happening,
    rubbish,
    silence,
)
from tests.tui.shown import until
from tests.tui.signed_on import Chat
from tui_client.accounts import Account
from tui_client.app import WordsChat
from tui_client.link import Link
from tui_client.screens.main import MainScreen
from tui_client.store import Store
from tui_client.trouble import SignOnFailed
from words.client import Client, Gap, Guest, Keyring, Login, Online
from words.client.signon import Who
from words.client.stream import Place
from words.events import Actor, Joined, Said
from words.remote.chat import Chat as Verbs
from words.remote.happenings import EVENTS, from_plain, to_plain
from words.remote.table import BadAnswer
from words.remote.values import MemberInfo

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


# Once one is in


@asynccontextmanager
async def looking(hub: LyingHub, folder: Path) -> AsyncIterator[Chat]:
    """Run the whole program, signed on to this hub as a guest, in the one group that it has."""
    keyring = Keyring()
    keyring.works = False
    guest = Account("", hub.url)
    app = WordsChat(config=folder, state=folder, keyring=keyring, start=guest, now=True)
    async with app.run_test(size=(100, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        main = app.screen
        assert isinstance(main, MainScreen)
        await until(pilot, lambda: hasattr(main, "writing") and main.current is not None)
        yield Chat(app, pilot, main)


async def test_a_hub_that_answers_nothing_but_nonsense_once_one_is_in(tmp_path: Path) -> None:
    async with LyingHub() as hub, looking(hub, tmp_path) as chat:
        await until(chat.pilot, lambda: chat.current.timeline.at_end)
        store = chat.main.session.store
        hub.lies = {"everything": rubbish}
        await chat.types("/join other")
        await chat.types("/topic x")
        await chat.told("join was answered with nonsense")
        await chat.told("set_topic was answered with nonsense")
        hub.lies = {"everything": hang_up}
        await chat.types("/topic y")
        await until(chat.pilot, lambda: store.connection != "online")
        hub.lies = {}
        await until(chat.pilot, lambda: store.connection == "online")
        await hub.tells(happening(Said, 4))
        await until(chat.pilot, lambda: chat.talk("den").heard == 4)


async def test_pages_that_lead_nowhere_come_to_an_end() -> None:
    seen = {GROUP: Place("den", True, 1)}
    async with LyingHub(members=evil) as hub:
        hub.history = [happening(Said, 1)]  # whatever was asked for
        async with Client(hub.url, Guest(), seen=seen) as client:
            with pytest.raises(BadAnswer, match="no end"):
                await client.members("den")
            assert isinstance(await client.stream.next(), Online)
            assert await client.stream.next() == Gap("den", 1, 4)
        assert hub.asked.count("history") == 1


def harmless(chat: Chat) -> bool:
    """Return whether nothing on the screen commands a terminal or turns text around."""
    shown = "".join(chat.lines)
    signs = [char for char in shown if unicodedata.category(char) in ("Cc", "Cf", "Cs")]
    return not signs and {cell_len(line) for line in chat.lines} == {100}


async def test_nothing_that_a_hub_tells_commands_the_terminal(tmp_path: Path) -> None:
    async with LyingHub() as hub:
        hub.lies = dict.fromkeys(Verbs.verbs, evil)
        del hub.lies["state"], hub.lies["history"]
        kinds = sorted(EVENTS.values(), key=lambda kind: kind.__name__)
        hub.history = [happening(kind, number) for number, kind in enumerate(kinds, 1)]
        hub.state = msgspec.structs.replace(hub.state, identity=True)
        async with looking(hub, tmp_path) as chat:
            await until(chat.pilot, lambda: chat.current.timeline.at_end)
            await hub.tells(*(happening(kind, 50 + n) for n, kind in enumerate(kinds)))
            opened = ["f1", "f2", "f10", "ctrl+k", "ctrl+p", "alt+g", "alt+m", "alt+i", "alt+k"]
            for key in opened:
                await chat.presses(key)
                await chat.pilot.pause(0.05)
                assert harmless(chat), (key, chat.lines)
                await chat.presses("escape")
            for line in ("/whois mallory", "/bans", "/search x", "/privacy", "/join x", "/info"):
                await chat.types(line)
                await chat.pilot.pause(0.05)
                assert harmless(chat), (line, chat.lines)
                await chat.presses("escape", "escape")
            assert all(from_plain(each) for each in hub.history)
            assert "mallory" in "".join(chat.lines)


async def test_a_group_of_ten_thousand_is_looked_through(tmp_path: Path) -> None:
    async with LyingHub() as hub:
        people = [MemberInfo(f"person{number:05d}", 10 + number) for number in range(10_000)]
        hub.group = msgspec.structs.replace(hub.group, members=people)
        async with looking(hub, tmp_path) as chat:
            await chat.sees("person00000")
            chat.main.members.focus()
            await chat.presses("end")
            await chat.sees("person09999")
            await chat.presses("escape")
            chat.main.writing.composer.focus()
            chat.main.writing.composer.put("person0999")
            await chat.presses("tab")
            await chat.sees("person09990")
            await chat.presses("escape")
            joined = Joined(GROUP, 4, 4, 1, Actor(5, "person10000", "u", "h"))
            await hub.tells(to_plain(joined, "den"))
            await until(chat.pilot, lambda: len(chat.current.members) == 10_001)
            chat.main.members.focus()
            await chat.presses("end")
            await chat.sees("person10000")


async def test_who_lets_one_in_only_to_hang_up_is_tried_once_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    longest: list[float] = []

    def at_once(least: float, most: float) -> float:
        longest.append(most)
        return least

    monkeypatch.setattr("words.client.client.random.uniform", at_once)
    async with LyingHub() as hub, Client(hub.url, Guest()) as client:
        while len(longest) < 6:
            if isinstance(await client.stream.next(), Online):
                for connection in list(hub.server.connections):
                    connection.abort(ConnectionAbortedError())
        assert longest[:6] == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
