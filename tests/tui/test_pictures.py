"""Pictures of the main screens in three sizes. After a change that was meant, and looked at:

.venv/bin/pytest tests/tui/test_pictures.py --snapshot-update
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.shown import until
from tui_client.accounts import Account
from tui_client.app import WordsChat
from tui_client.conversation import Conversation
from tui_client.people import Contact, Member
from tui_client.records import Item, Message, happening_of
from tui_client.screens.main import MainScreen
from tui_client.session import Session
from words.client import Keyring
from words.events import Actor, Joined, Left, Reaction, Span, TopicChanged

SIZES = [(80, 24), (120, 40), (200, 50)]
DAY = int(time.mktime((2024, 3, 4, 12, 0, 0, 0, 0, -1)) * 1000)
MINUTE = 60_000
SnapCompare = Callable[..., bool]


def app_in(folder: Path, theme: str = "dark") -> WordsChat:
    keyring = Keyring()
    keyring.works = False
    return WordsChat(config=folder, state=folder, theme=theme, keyring=keyring)


def session_for(app: WordsChat) -> Session:
    """Return an account that looks signed on, with something said in it."""
    session = Session(
        Account("alice", "pb://chat.example.org"),
        "secret",
        folder=app.state,
        settings=app.settings,
        keyring=app.keyring,
    )
    store = session.store
    store.name, store.my_id, store.identity = "alice", 1, True
    store.hub, store.connection, store.secure = "chat.example.org", "online", "TLS"
    for name, unread, mentions in (("reactor", 3, 0), ("words-dev", 12, 2)):
        other = store.conversation(name, True)
        other.inside, other.unread, other.mentions = True, unread, mentions
    store.contacts.circles = {
        "Friends": [
            Contact("glyph", "Friends", here=True),
            Contact("moshez", "Friends", here=True, away="at lunch"),
            Contact("radix", "Friends"),
        ]
    }
    talk = store.conversation("twisted", True, 7)
    talk.inside, talk.topic = True, "sprint: PB gateway, and what we show on Friday"
    for number, (name, role) in enumerate([("glyph", "operator"), ("moshez", ""), ("alice", "")]):
        roles = (role,) if role else ()
        talk.members._by_id[number] = Member(name, number, roles=roles)
    talk.members.complete = True
    items = said()
    talk.timeline.reset(items, 1, items[-1].sequence)
    talk.timeline.at_end = True
    talk.newest = talk.read = items[-1].sequence
    talk.last = next(each for each in reversed(items) if isinstance(each, Message) and each.text)
    return session


def said() -> list[Item]:
    items: list[Item] = []

    def say(author: str, text: str, day: int = 1, **more: object) -> None:
        number = len(items) + 1
        moment = DAY + day * 24 * 60 * MINUTE + number * MINUTE
        values = {"author_id": sum(author.encode()), **more}
        items.append(
            Message(number, number * 10, number, moment, author=author, text=text, **values)  # type: ignore[arg-type]
        )

    def happen(event: type, name: str, **more: object) -> None:
        number = len(items) + 1
        moment = DAY + 24 * 60 * MINUTE + number * MINUTE
        actor = Actor(50 + number, name, "u", "h")
        items.append(happening_of(event(7, number, number * 10, moment, actor, **more)))

    for number in range(40):
        say(("moshez", "glyph")[number // 3 % 2], f"earlier message {number} " * 5, day=0)
    say("radix", "the TOC gateway passes its suite: https://example.org/toc/42")
    say("moshez", "alice: what do we measure?", mention=True)
    say("alice", "5,000 PB clients, p99 < 50 ms", mine=True)
    happen(Joined, "exarkun")
    happen(Joined, "washort")
    happen(Left, "exarkun", quit=True)
    say(
        "glyph",
        "good. callRemote is awaitable now",
        spans=(Span(6, 16, "mono"),),
        reply_to=420,
        reactions=(Reaction("👍", ((1, "alice"), (2, "b"))), Reaction("🚀", ((3, "c"),))),
    )
    say("李明", "你好，世界！这是一个很长的句子，用来测试在终端里中文换行是否正确。" * 2)
    say("李明", "👩\u200d💻 🇩🇪 ❤\ufe0f 👍🏽 and on it goes")
    happen(TopicChanged, "glyph", topic="sprint \x1b[31m")
    say("dreid", "waves at everybody", kind="action", origin="libera")
    say("שלמה", "שלום עולם, mixed")
    say("washort", "def f(x):\n    return x * 2", spans=(Span(0, 26, "mono"),))
    say("radix", "text that was changed", edited=DAY)
    say("troll", "spam", redacted=DAY)
    return items


async def into(pilot: Pilot[None]) -> MainScreen:
    """Go to the main screen, without a hub."""
    app = pilot.app
    assert isinstance(app, WordsChat)
    session = session_for(app)
    talk: Conversation | None = session.store.find("twisted", True)
    app.signed_on(session, talk)
    await until(pilot, lambda: isinstance(app.screen, MainScreen))
    main = app.screen
    assert isinstance(main, MainScreen)
    await until(pilot, lambda: hasattr(main, "writing") and main.current is talk)
    main.writing.composer.cursor_blink = False
    await pilot.pause()
    return main


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
class TestPictures:
    """Each in three sizes."""

    def test_sign_on(
        self, snap_compare: SnapCompare, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async def still(pilot: Pilot[None]) -> None:
            for field in pilot.app.screen.query("Input"):
                field.cursor_blink = False  # type: ignore[attr-defined]
            await pilot.pause()

        assert snap_compare(app_in(tmp_path), terminal_size=size, run_before=still)

    def test_conversation(
        self, snap_compare: SnapCompare, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async def talking(pilot: Pilot[None]) -> None:
            await into(pilot)

        assert snap_compare(app_in(tmp_path), terminal_size=size, run_before=talking)

    def test_switcher_over_a_light_screen(
        self, snap_compare: SnapCompare, tmp_path: Path, size: tuple[int, int]
    ) -> None:
        async def finding(pilot: Pilot[None]) -> None:
            main = await into(pilot)
            await pilot.press("ctrl+k")
            await until(pilot, lambda: pilot.app.screen is not main)
            pilot.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]
            await pilot.press("t")
            await pilot.pause()

        app = app_in(tmp_path, "light")
        assert snap_compare(app, terminal_size=size, run_before=finding)
