"""The program as a user has it, against a hub that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot
from textual.widgets import Input

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tui_client.accounts import Account, Accounts
from tui_client.app import WordsChat
from tui_client.screens.help import HelpScreen
from tui_client.screens.main import MainScreen
from tui_client.screens.sign_on import SignOn
from tui_client.text.safe import clean_text
from words.client import Client, Keyring, Login, MemoryKeys


def no_keyring() -> Keyring:
    ring = Keyring()
    ring.works = False
    return ring


class Kept(Keyring):
    """A keyring in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    async def get(self, name: str) -> str | None:
        return self.kept.get(name)


def lines(app: WordsChat) -> list[str]:
    """Return what is on the screen."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def seen(app: WordsChat, text: str) -> bool:
    return any(text in line for line in lines(app))


def app_for(hub: HubProcess, folder: Path, name: str = "alice", **more: object) -> WordsChat:
    return WordsChat(
        config=folder / "config",
        state=folder / "state",
        start=Account(name, hub.pb_url),
        keyring=no_keyring(),
        **more,  # type: ignore[arg-type]
    )


@asynccontextmanager
async def chatting(
    hub: HubProcess, folder: Path, name: str = "alice", size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[WordsChat, Pilot[None], MainScreen]]:
    """Sign on, as a user does."""
    app = app_for(hub, folder, name)
    async with app.run_test(size=size) as pilot:
        await pilot.press(*PASSWORD.replace(" ", "_").replace("_", " "), "enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen) and app.screen.is_mounted)
        screen = app.screen
        assert isinstance(screen, MainScreen)
        await until(pilot, lambda: hasattr(screen, "writing"))
        yield app, pilot, screen


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type a line and send it."""
    await pilot.press(*text, "enter")


async def said(pilot: Pilot[None], app: WordsChat, text: str) -> None:
    await until(pilot, lambda: seen(app, text))


# Signing on


async def test_a_wrong_password_is_told_at_its_field_and_the_rest_stays(
    town: HubProcess, tmp_path: Path
) -> None:
    app = app_for(town, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"wrong", "enter")
        await said(pilot, app, "Wrong name or password")
        assert app.screen.query_one("#identity", Input).value == "alice"
        assert app.focused is app.screen.query_one("#password")
        assert not app.accounts.all
        app.screen.query_one("#password", Input).value = PASSWORD
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        assert [each.label for each in Accounts(app.accounts.path).all] == [
            Account("alice", town.pb_url).label
        ]
    assert PASSWORD not in app.accounts.path.read_text()


async def test_without_a_keyring_the_password_is_asked_for(
    town: HubProcess, tmp_path: Path
) -> None:
    app = app_for(town, tmp_path, now=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await said(pilot, app, "There is no keyring here")


async def test_no_hub_there_and_giving_up(tmp_path: Path, unused_tcp_port: int) -> None:
    account = Account("", f"pb://127.0.0.1:{unused_tcp_port}")
    app = WordsChat(config=tmp_path, state=tmp_path, start=account, now=True, keyring=no_keyring())
    async with app.run_test(size=(60, 18)) as pilot:
        await said(pilot, app, "Nobody listens at")
        screen = app.screen
        assert isinstance(screen, SignOn)
        screen.query_one("#server", Input).value = "http://example.org"
        await pilot.press("enter")
        await said(pilot, app, "An address is like")


async def test_a_hub_that_stalls_can_be_given_up(tmp_path: Path) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(stall, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        account = Account("", f"pb://127.0.0.1:{port}")
        app = WordsChat(
            config=tmp_path, state=tmp_path, start=account, now=True, keyring=no_keyring()
        )
        async with app.run_test(size=(80, 24)) as pilot:
            await said(pilot, app, "● hub…")
            await pilot.press("escape")
            await said(pilot, app, "Sign on")
            assert not seen(app, "hub…")


async def test_a_guest_needs_no_password(town: HubProcess, tmp_path: Path) -> None:
    app = app_for(town, tmp_path, "")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen))
        await typed(pilot, "/join guests")
        await said(pilot, app, "#guests")


# Talking


async def test_two_people_talk(town: HubProcess, tmp_path: Path) -> None:
    async with Client(town.pb_url, Login("bob", PASSWORD)) as bob:
        await bob.chat.join("pub")
        await bob.chat.set_topic("pub", "what to drink")
        await bob.chat.join("quiet")
        async with chatting(town, tmp_path) as (app, pilot, screen):
            await typed(pilot, "/join quiet")
            await said(pilot, app, "#quiet")
            await typed(pilot, "/join pub")
            await said(pilot, app, "what to drink")
            await typed(pilot, "hello *there*")
            await said(pilot, app, "hello there")
            await bob.chat.say("pub", "alice: what will you have?")
            await said(pilot, app, "what will you have?")
            assert screen.current is not None
            await until(pilot, lambda: screen.current is not None and not screen.current.unread)
            await bob.chat.typing("pub")
            await said(pilot, app, "bob is typing")
            await bob.chat.say("quiet", "alice, over here")
            await said(pilot, app, "#quiet @1")
            await pilot.press("alt+a")
            await said(pilot, app, "over here")
            await until(pilot, lambda: screen.hot() == [])
            await pilot.press("alt+slash")
            assert screen.current.title == "#pub"
            quiet = next(at for at, line in enumerate(lines(app)) if "#quiet" in line[:24])
            await pilot.click("#roster", offset=(3, quiet))
            assert screen.current.title == "#quiet"
            position = [at for at in (await bob.chat.history("pub")) if hasattr(at.event, "text")]
            assert [getattr(at.event, "text", "") for at in position] == [
                "hello there",
                "alice: what will you have?",
            ]


async def test_a_mention_alerts_only_where_it_isnt_seen(
    town: HubProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Client(town.pb_url, Login("bob", PASSWORD)) as bob:
        await bob.chat.join("alerts")
        async with chatting(town, tmp_path) as (app, pilot, screen):
            sent: list[str] = []
            monkeypatch.setattr(app, "write", sent.append)
            await typed(pilot, "/join alerts")
            await said(pilot, app, "#alerts")
            await until(pilot, lambda: screen.current and screen.current.timeline.at_end)
            await bob.chat.say("alerts", "alice: seen")
            await said(pilot, app, "alice: seen")
            assert not [each for each in sent if "]9;" in each]
            app.app_focus = False
            await bob.chat.say("alerts", "alice: not seen")
            await until(pilot, lambda: [each for each in sent if "]9;bob in #alerts" in each])
            await until(pilot, lambda: [each for each in sent if "(1) #alerts" in each])
            assert screen.current is not None
            assert screen.current.unread == 1  # nobody looks
            app.app_focus = True
            await until(pilot, lambda: screen.current is not None and not screen.current.unread)


async def test_a_draft_and_a_line_in_doubt_survive_the_program(
    town: HubProcess, tmp_path: Path
) -> None:
    async with chatting(town, tmp_path, "carol") as (app, pilot, screen):
        await typed(pilot, "/join drafts")
        await said(pilot, app, "#drafts")
        await pilot.press(*"half a")
    async with chatting(town, tmp_path, "carol") as (app, pilot, screen):
        assert screen.current is not None
        assert screen.current.title == "#drafts"
        assert screen.writing.composer.text == "half a"


# The frame


async def test_the_layout_follows_the_width(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, size=(60, 18)) as (app, pilot, screen):
        await typed(pilot, "/join wide")
        await until(pilot, lambda: screen.current and screen.current.title == "#wide")
        for width, roster, members in [(60, False, False), (80, True, False), (120, True, True)]:
            await pilot.resize_terminal(width, 18)
            await pilot.pause()
            assert bool(screen.roster.size.width) == roster
            assert bool(screen.members.size.width) == members
            assert seen(app, "F1 help")
            assert {cell_len(line) for line in lines(app)} == {width}
            await pilot.press("f7")
            await pilot.pause()
            assert bool(screen.roster.size.width) != roster
            await pilot.press("escape" if width < 72 else "f7")
            await pilot.pause()
            assert bool(screen.roster.size.width) == roster
            if not members:
                await pilot.press("f8")
                await said(pilot, app, "Members")
                await pilot.press("escape")
        await pilot.resize_terminal(20, 5)
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await said(pilot, app, "Esc closes")


async def test_settings_help_and_panels_open_and_do_things(
    town: HubProcess, tmp_path: Path
) -> None:
    async with (
        Client(town.pb_url, Login("bob", PASSWORD)) as bob,
        chatting(town, tmp_path) as (app, pilot, screen),
    ):
        await typed(pilot, "/join panels")
        await said(pilot, app, "#panels")
        await bob.chat.join("panels")
        await pilot.press("f2")
        await said(pilot, app, "‹ dark ›")
        await pilot.press("right")
        await until(pilot, lambda: app.theme == "words-light")
        await pilot.press("escape", "f1")
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await said(pilot, app, "Ctrl+K")
        await pilot.press("escape", "alt+i")
        await said(pilot, app, "You are")
        await pilot.press("down", "enter")
        await until(pilot, lambda: screen.current and screen.current.rule == "all")
        await typed(pilot, "/whois bob")
        await said(pilot, app, "Write to bob")
        await pilot.press("down", "enter")
        contacts = screen.session.store.contacts
        await until(pilot, lambda: contacts.named("bob"))
        await said(pilot, app, "● bob")
        await screen.session.link.chat.remove_contact("bob")  # others use the hub, too


async def test_a_hub_that_lies_doesnt_command_the_terminal(
    town: HubProcess, tmp_path: Path
) -> None:
    evil = "\x1b]0;owned\x07\x9b2J\u202e[red]"
    actor = {"id": 99, "name": f"mallory{evil}", "user": "m", "host": "h", "origin": evil}
    async with chatting(town, tmp_path, size=(120, 30)) as (app, pilot, screen):
        await typed(pilot, "/join evil")
        await until(pilot, lambda: screen.current and screen.current.timeline.at_end)
        current, client = screen.current, app.sessions[0].link._client
        assert current is not None
        assert client is not None
        stamp: dict[str, object] = {
            "in": "evil",
            "conversation": current.number,
            "actor": actor,
            "time": 5,
        }
        events: list[dict[str, object]] = [
            {"event": "Joined"},
            {"event": "TopicChanged", "topic": f"topic{evil}"},
            {"event": "Typing", "state": "active", "sequence": 0},
            {"event": "Said", "text": f"said{evil}" + "e\u0301" * 99, "id": current.newest + 9},
        ]
        for number, event in enumerate(events, current.newest + 1):
            client.heard([{"sequence": number, "id": number} | stamp | event])
        await said(pilot, app, "said" + clean_text(evil))
        app.sessions[0].store.say(evil, "error")
        screen.desk.open("person", f"mallory{evil}")
        await said(pilot, app, "Enter does it")
        shown = "\n".join(lines(app))
        assert "mallory" in shown
        assert "topic" in shown
        assert not [
            char for char in shown if char != "\n" and (ord(char) < 32 or 126 < ord(char) < 160)
        ]
        assert "\u202e" not in shown
        assert {cell_len(line) for line in lines(app)} == {120}


async def test_two_accounts_stand_beside_each_other(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path) as (app, pilot, screen):
        await pilot.press("f10", "enter")
        await until(pilot, lambda: isinstance(app.screen, SignOn))
        app.screen.query_one("#identity", Input).value = "bob"
        app.screen.query_one("#password", Input).value = PASSWORD
        await pilot.press("enter")
        await until(pilot, lambda: app.screen is screen)
        await said(pilot, app, "● bob@")
        await until(pilot, lambda: [each.store.name for each in app.sessions] == ["alice", "bob"])
        await typed(pilot, "/join both")
        await until(pilot, lambda: screen.current and screen.current.title == "#both")
        assert screen.session.store.name == "bob"


async def test_accounts_sign_on_by_themselves(town: HubProcess, tmp_path: Path) -> None:
    ring = Kept()
    saved = Accounts(tmp_path / "config" / "accounts.toml")
    for name in ("alice", "bob"):
        kept = MemoryKeys(ring.kept.__setitem__)
        async with Client(town.pb_url, Login(name, PASSWORD, kept)):
            saved.put(Account(name, town.pb_url, auto=True))
    app = WordsChat(config=tmp_path / "config", state=tmp_path / "state", keyring=ring)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(app.sessions) == 2)
        await said(pilot, app, "● alice@")
        await said(pilot, app, "● bob@")


async def test_keys_of_the_user_and_their_troubles(town: HubProcess, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "keys.toml").write_text('[keys]\nsettings = "alt+s"\nsearch = "ctrl+k"\n')
    async with chatting(town, tmp_path) as (app, pilot, _):
        await until(
            pilot, lambda: any("ctrl+k is switch" in note.message for note in app._notifications)
        )
        await pilot.press("ctrl+p")
        await said(pilot, app, "Alt+S")
        await said(pilot, app, "Alt+/")
        await pilot.press("escape", "alt+s")
        await said(pilot, app, "‹ dark ›")


async def test_a_hub_that_dies_is_said_in_one_place_and_comes_back(
    new_hub: Callable[..., HubProcess], tmp_path: Path
) -> None:
    hub = new_hub().start()
    hub.add_user("alice", PASSWORD)
    async with chatting(hub, tmp_path) as (app, pilot, screen):
        await typed(pilot, "/join lobby")
        await said(pilot, app, "#lobby")
        hub.kill()
        await said(pilot, app, "reconnecting…")
        await typed(pilot, "dark")
        await said(pilot, app, "dark")
        await typed(pilot, "/topic x")
        await until(pilot, lambda: screen.writing.composer.text == "/topic x")
        hub.start()
        assert screen.current is not None
        await until(pilot, lambda: screen.session.store.connection == "online")
        await until(pilot, lambda: screen.current and not screen.current.timeline.waiting)
        assert sum("dark" in line for line in lines(app)) == 1


async def test_one_can_write_after_another_window_was_looked_at(
    town: HubProcess, tmp_path: Path
) -> None:
    app = app_for(town, tmp_path, name="", now=True)
    async with app.run_test(size=(80, 24)) as pilot:
        app.app_focus = False  # a key would bring it back
        await said(pilot, app, "Nothing is open yet")
        await pilot.press("h")
        await said(pilot, app, "> h")
