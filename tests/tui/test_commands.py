"""Commands: the table, and what each does at a hub that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import Shown, said, talk, until
from tests.tui.signed_on import chatting
from tui_client import commands
from tui_client.completion import offer
from tui_client.refusals import sentence
from words.client import Client, Heard, Login
from words.errors import (
    BadInput,
    CannotSpeak,
    NeedsRight,
    NoSuchGroup,
    NotMember,
    TooLong,
    WordsError,
)
from words.events import Event, Invited, Kicked, Said, TopicChanged
from words.remote.refusals import heard, told
from words.spread.errors import RemoteError


def test_every_command_says_what_it_takes_and_does() -> None:
    for name, command in commands.COMMANDS.items():
        assert command.help, name
        assert len(command.line) < 60, name
        optional = [token.startswith("[") for token in command.takes]
        assert optional == sorted(optional), f"{name}: what is needed comes first"
        for token in command.takes[:-1]:
            assert not token.rstrip("]").endswith("..."), name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("j", "join"),
        ("part", "leave"),
        ("JOIN", "join"),
        ("exp", "export"),
        ("u", None),
        ("", None),
    ],
)
def test_commands_are_found_by_what_is_clear(typed: str, name: str | None) -> None:
    found = commands.find(typed)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NeedsRight("topic", "garden"), "In #garden that needs a right you don't have: topic"),
        (NotMember("bob", "garden"), "bob isn't in #garden"),
        (CannotSpeak("garden", "no styled text"), "You can't speak in #garden: no styled text"),
        (TooLong("real name", 50), "Too long: real name, at most 50"),
        (BadInput("role", "'x' isn't one of: voice"), "Role 'x' isn't one of: voice"),
        (NoSuchGroup("garden"), "There is no group #garden"),
    ],
)
def test_refusals_of_the_hub_are_sentences(error: WordsError, text: str) -> None:
    failure = told(error)
    assert sentence(heard(RemoteError(failure.wire_type, str(failure)))) == text


def test_what_is_a_command() -> None:
    assert commands.is_command("/join x")
    assert not any(map(commands.is_command, ["//join", "/ x", "/", "x /join", ""]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/", "/join "),
        ("/set the", "theme "),
        ("/set theme l", "light"),
        ("/set bell ", "on"),
        ("/theme d", "dark"),
        ("/kick gl", "glyph "),
        ("/role glyph op", "operator"),
        ("/alert m", "mentions"),
        ("/help kic", "kick"),
        ("/invite radix twi", "#twisted "),
        ("hello :rocke", "🚀 "),
    ],
)
def test_arguments_are_completed(text: str, expected: str) -> None:
    app = Shown(talk([said(1, "hi")]))
    found = offer(text, len(text), app.conversation.store, app.conversation)
    assert found is not None
    assert found.choices[0].insert == expected
    assert text[: found.start] + expected != text


class Listener:
    """Somebody else, and what he has heard."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.heard: list[tuple[str, Event]] = []
        self._task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for item in self.client:
            if isinstance(item, Heard):
                self.heard.append((item.where, item.event))

    def got(self, kind: type[Event], holds: Callable[..., bool]) -> Callable[[], bool]:
        """Return what says whether he has heard such an event."""
        return lambda: any(isinstance(each, kind) and holds(each) for _, each in self.heard)


async def test_talk_and_groups(town: HubProcess, tmp_path: Path) -> None:
    async with (
        Client(town.pb_url, Login("bob", PASSWORD)) as client,
        chatting(town, tmp_path, "commanded") as chat,
    ):
        bob = Listener(client)
        await client.chat.join("commanded")

        async def does(typed: str, kind: type[Event], holds: Callable[..., bool]) -> None:
            await chat.types(typed)
            await until(chat.pilot, bob.got(kind, holds))

        await does("/me waves", Said, lambda e: (e.kind, e.text) == ("action", "waves"))
        await does("/say /x *y*", Said, lambda e: (e.text, len(e.spans)) == ("/x y", 1))
        await does("//x", Said, lambda e: e.text == "/x")
        await does("/notice n", Said, lambda e: e.kind == "notice")
        await does("/msg bob psst", Said, lambda e: (e.to, e.text) == ("bob", "psst"))
        await does("/topic so that is it", TopicChanged, lambda e: e.topic == "so that is it")
        await does("bob: hello", Said, lambda e: [span.value for span in e.spans] == ["bob"])
        await does("/kick bob off you go", Kicked, lambda e: e.reason == "off you go")
        await chat.types("/ban bob")
        await chat.types("/bans")
        await chat.told("bob!*@*")
        await chat.types("/unban bob")
        await does("/invite bob", Invited, lambda e: e.group == "commanded")
        await client.chat.join("commanded")
        await chat.types("/role bob boss")
        await chat.told("'boss' isn't one of:")
        chat.main.writing.composer.put("")
        await chat.types("/names")
        assert chat.main.focused is chat.main.members
        chat.main.writing.composer.focus()
        await chat.types("/role bob operator")
        await until(chat.pilot, lambda: chat.current.members.named("bob").role == "operator")  # type: ignore[union-attr]
        await chat.types("/unrole bob operator")
        await until(chat.pilot, lambda: chat.current.members.named("bob").role == "")  # type: ignore[union-attr]
        await chat.types("/leave until later")
        await until(chat.pilot, lambda: chat.main.current is not chat.talk("commanded"))


async def test_people_and_settings(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, "peopled") as chat:
        store = chat.main.session.store
        await chat.types("/contact bob Work friends")
        await until(chat.pilot, lambda: "Work friends" in store.contacts.circles)
        assert [each.name for each in store.contacts.circles["Work friends"]] == ["bob"]
        await chat.types("/uncontact bob")
        await until(chat.pilot, lambda: store.contacts.named("bob") is None)
        await chat.types("/block carol")
        await until(chat.pilot, lambda: store.privacy.deny == ["carol"])
        await chat.types("/unblock carol")
        await until(chat.pilot, lambda: store.privacy.deny == [])
        await chat.types("/away gone fishing")
        await until(chat.pilot, lambda: store.away == "gone fishing")
        await chat.types("/back")
        await until(chat.pilot, lambda: store.away is None)
        await chat.types("/set bell off")
        await until(chat.pilot, lambda: not chat.app.settings.flag("bell"))
        await chat.told("bell: off")
        await chat.types("/set bell perhaps")
        await chat.told("bell is on or off")
        chat.main.writing.composer.put("")
        await chat.types("/theme light")
        await until(chat.pilot, lambda: chat.app.theme == "words-light")
        await chat.types("/alert none")
        await until(chat.pilot, lambda: chat.current.muted)
        await chat.types("/query carol")
        await until(chat.pilot, lambda: chat.current.name == "carol")
