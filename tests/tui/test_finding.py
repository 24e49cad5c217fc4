"""Finding conversations, messages, groups and days, at a hub that runs."""

from __future__ import annotations

import json
from pathlib import Path

from textual.events import Key

from tests.support.hub import HubProcess
from tests.tui.conftest import PASSWORD
from tests.tui.shown import until
from tests.tui.signed_on import chatting
from words.client import Client, Login


def bob(town: HubProcess) -> Client:
    return Client(town.pb_url, Login("bob", PASSWORD))


async def test_a_word_is_found_far_back_and_shown_among_its_neighbours(
    town: HubProcess, tmp_path: Path
) -> None:
    async with bob(town) as other:
        await other.chat.join("the-archive")
        for number in range(600):
            text = "the zebra crossed here" if number == 37 else f"line {number} of the archive"
            await other.chat.say("the-archive", text)
        async with chatting(town, tmp_path, "the-archive") as chat:
            await chat.sees("line 599")
            await chat.presses("ctrl+f")
            await chat.sees("Search in #the-archive")
            await chat.presses(*"zebra")
            await chat.sees("the zebra crossed here")
            await chat.presses("enter")
            await chat.sees("line 36 of the archive")
            await chat.sees("line 38 of the archive")
            assert not chat.main.view.following
            assert chat.main.view.message is not None
            assert chat.main.view.message.text == "the zebra crossed here"
            await chat.presses("escape")
            await chat.sees("line 599")
            await chat.types("/search zebra")
            await chat.sees("the zebra crossed here")
            await chat.presses("escape")


async def test_one_scrolls_back_to_the_first_message_and_on_to_the_last(
    town: HubProcess, tmp_path: Path
) -> None:
    async with bob(town) as other:
        await other.chat.join("scrolled-back")
        for number in range(700):
            await other.chat.say("scrolled-back", f"number {number:03}.")
        async with chatting(town, tmp_path, "scrolled-back") as chat:
            await chat.sees("number 699.")
            view = chat.main.view

            def first_is_seen() -> bool:
                view.scroll_pages(-1)
                return any("number 000." in line for line in chat.lines)

            await until(chat.pilot, first_is_seen)
            shown = [item.sequence for item in chat.current.timeline.items]
            assert shown == list(range(shown[0], shown[-1] + 1))
            await chat.presses("alt+end")
            await chat.sees("number 699.")


async def test_conversations_are_switched_by_a_few_letters(
    town: HubProcess, tmp_path: Path
) -> None:
    async with bob(town) as other, chatting(town, tmp_path, "first", "carol") as chat:
        await chat.types("/join second-group")
        await until(chat.pilot, lambda: chat.current.name == "second-group")
        await chat.presses("ctrl+k", *"fir", "enter")
        await until(chat.pilot, lambda: chat.current.name == "first")
        await chat.presses("ctrl+k", *"quite-new", "up", "enter")
        await until(chat.pilot, lambda: chat.current.name == "quite-new")
        await other.chat.join("second-group")
        await other.chat.say("second-group", "anybody?")
        await other.chat.say("second-group", "carol: I mean you")
        await until(chat.pilot, lambda: chat.main.hot()[:1] == [chat.talk("second-group")])
        await chat.presses("alt+a")
        await chat.sees("I mean you")
        await chat.presses("alt+m")
        await chat.sees("Mentions")
        await chat.sees("carol: I mean you")
        await chat.presses("escape", "ctrl+k", "escape")
        await until(chat.pilot, lambda: chat.app.screen is chat.main)


async def test_what_is_typed_ahead_of_the_screen_counts(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, "ahead") as chat:
        keys = ["ctrl+k", *"newer", "enter"]
        for key in keys:  # as a paste or a slow line brings them: nobody waits in between
            chat.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(chat.pilot, lambda: chat.current.name == "newer")
        assert chat.talk("ahead").draft == ""


async def test_a_command_typed_in_one_go_is_what_was_typed(
    town: HubProcess, tmp_path: Path
) -> None:
    async with chatting(town, tmp_path, "typed-at-once") as chat:
        for group in ("elsewhere", "typed-at-once"):  # into the second one has gone already
            for key in [*f"/join #{group}", "enter"]:
                chat.app.post_message(Key(key, key if len(key) == 1 else None))
            await until(chat.pilot, lambda: chat.current.name == group)  # noqa: B023
        assert not chat.app._notifications


async def test_groups_are_browsed_and_made(town: HubProcess, tmp_path: Path) -> None:
    async with bob(town) as other, chatting(town, tmp_path, "home") as chat:
        await other.chat.join("gardening")
        await other.chat.set_topic("gardening", "tomatoes \u202eand beans")
        await chat.presses("alt+g")
        await chat.sees("#gardening")
        await chat.presses(*"tomatoes")
        await chat.sees("tomatoes and beans")
        await chat.presses("enter")
        await until(chat.pilot, lambda: chat.current.name == "gardening")


async def test_a_day_is_gone_to(town: HubProcess, tmp_path: Path) -> None:
    async with bob(town) as other:
        await other.chat.join("days")
        for number in range(300):
            await other.chat.say("days", f"said {number:03}.")
        async with chatting(town, tmp_path, "days") as chat:
            await chat.sees("said 299.")
            await chat.types("/history yesterday")
            await chat.sees("said 000.")
            await chat.types("/history never")
            await chat.sees("A day: 2026-11-22")
            await chat.presses("escape", "end")
            await chat.sees("said 299.")
            await chat.types("/history")
            await chat.sees("A day in #days")
            await chat.presses("down", "enter")
            await chat.sees("said 000.")
            view = chat.main.view
            await until(chat.pilot, lambda: view.message is not None)
            assert view.message is not None
            assert view.message.text == "said 000."
            await chat.presses("s")  # no key of the messages
            assert chat.main.writing.composer.text == "s"


async def test_the_palette_has_all_commands_and_keys(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, "palette") as chat:
        await chat.presses("ctrl+p")
        await chat.sees("What to do")
        await chat.presses(*"browse")
        await chat.sees("/groups [TEXT...]")
        await chat.presses("escape", "ctrl+p", *"/kick", "enter")
        await until(chat.pilot, lambda: chat.main.writing.composer.text == "/kick ")


async def test_a_conversation_is_exported_in_three_forms(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, "exported") as chat:
        await chat.types("hello *world*\nsecond line")
        await chat.sees("second line")
        for suffix in ("txt", "md", "jsonl"):
            path = tmp_path / f"out.{suffix}"
            await chat.types(f"/export {path}")
            await until(chat.pilot, path.exists)
            await chat.told("1 messages are in")
        assert "<alice> hello world\n    second line\n" in (tmp_path / "out.txt").read_text()
        assert "hello *world*" in (tmp_path / "out.md").read_text()
        last = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[-1])
        assert (last["author"], last["text"]) == ("alice", "hello world\nsecond line")
        await chat.types(f"/export {tmp_path / 'out.txt'}")
        await chat.told("File exists")


async def test_what_was_typed_wrongly_comes_back(town: HubProcess, tmp_path: Path) -> None:
    async with chatting(town, tmp_path, "wrong") as chat:
        for typed, told in (
            ("/nonsense here", "There is no command /nonsense"),
            ("/kick", "How to use it: /kick PERSON [REASON...]"),
            ("/kick nobody-here", "There is nobody called nobody-here"),
        ):
            await chat.types(typed)
            await chat.told(told)
            await until(chat.pilot, lambda: chat.main.writing.composer.text == typed)  # noqa: B023
            chat.main.writing.composer.put("")
