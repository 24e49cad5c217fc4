"""The view of a conversation, driven by keys and the mouse."""

import webbrowser
from pathlib import Path

import pytest
from textual.geometry import Offset

from tests.tui.shown import Shown, came, said, talk, until
from tui_client.browser import opened
from tui_client.records import Message
from tui_client.widgets.message_view import MessageView
from words.events import Reaction, Span


def at(app: Shown, text: str) -> Offset:
    """Return where a text begins on the screen."""
    for y, line in enumerate(app.lines):
        if text in line:
            return Offset(line.index(text), y)
    raise AssertionError(f"{text} isn't in {app.lines}")


def asked(app: Shown, what: str) -> list[MessageView.Asked]:
    return [each for each in app.asked if each.what == what]


async def test_the_newest_messages_are_seen_and_new_ones_come_below() -> None:
    conversation = talk([said(n, f"message {n}") for n in range(1, 200)])
    app = Shown(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "message 199" in app.lines[-1]
        conversation.timeline.append(said(200, "just now"))
        await until(pilot, lambda: "just now" in app.lines[-1])


async def test_scrolled_up_the_window_stays_and_says_how_much_came() -> None:
    conversation = talk([said(n, f"message {n}") for n in range(1, 200)])
    app = Shown(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.view.scroll_pages(-2)
        await pilot.pause()
        before = app.lines
        for number in range(200, 203):
            conversation.timeline.append(said(number, "news"))
        await pilot.pause()
        assert app.lines == before
        assert (app.view.following, app.view.missed) == (False, 3)
        app.view.to_end()
        await pilot.pause()
        assert (app.view.following, app.view.missed) == (True, 0)
        assert "news" in app.lines[-1]


async def test_pages_are_asked_for_before_the_edge_and_move_nothing() -> None:
    conversation = talk([said(n, f"message {n}") for n in range(300, 400)])
    conversation.timeline.at_start = False
    conversation.timeline.low = 300
    app = Shown(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert not asked(app, "older")
        app.view.scroll_pages(-3)
        await until(pilot, lambda: asked(app, "older"))
        before = app.lines
        conversation.timeline.add_older([said(n, f"message {n}") for n in range(200, 300)], 200)
        await pilot.pause()
        assert app.lines == before


async def test_changes_are_seen_in_their_place() -> None:
    app = Shown(talk([said(1, "first"), said(2, "second", "glyph"), said(3, "third", "radix")]))
    timeline = app.conversation.timeline
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        timeline.change(10, lambda m: _with(m, text="changed", edited=5))
        timeline.change(20, lambda m: _with(m, redacted=5))
        timeline.change(30, lambda m: _with(m, reactions=(Reaction("👍", ((1, "me"), (2, "x"))),)))
        await pilot.pause()
        shown = "\n".join(app.lines)
        assert "changed (edited)" in shown
        assert "second" not in shown
        assert "message deleted" in shown
        assert "👍 2" in shown


def _with(message: Message, **changes: object) -> Message:
    from msgspec.structs import replace

    return replace(message, **changes)


async def test_own_messages_say_how_far_they_are() -> None:
    conversation = talk([said(1, "hello")])
    store = conversation.store
    app = Shown(conversation)
    async with app.run_test(size=(80, 24)) as pilot:
        message = store.compose(conversation, "mine")
        await pilot.pause()
        assert app.lines[-1].endswith("mine …")
        store.failed(conversation, message, ValueError("you are banned"))
        await pilot.pause()
        assert "not sent: you are banned · send again" in app.lines[-1]
        await pilot.click(MessageView, offset=at(app, "send again"))
        assert [each.message.key for each in asked(app, "retry") if each.message] == [message.key]


async def test_keys_are_about_the_message_under_the_cursor() -> None:
    app = Shown(talk([said(1, "one"), said(2, "two"), came(3, "x"), said(4, "three")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.view.focus()
        await pilot.pause()
        await pilot.press("r", "up", "e", "up", "plus", "d")
        texts = [(each.what, each.message.text) for each in app.asked if each.message]
        assert texts == [("reply", "three"), ("edit", "two"), ("react", "one"), ("redact", "one")]
        await pilot.press("escape")
        assert asked(app, "leave")


@pytest.mark.parametrize(
    ("program", "chosen", "expected"),
    [("w3m", "", False), ("w3m", "w3m", True), ("firefox", "", True), ("", "", False)],
)
def test_links_are_for_browsers_outside_the_terminal(
    program: str, chosen: str, expected: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if program:
        (tmp_path / program).write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/address\n')
        (tmp_path / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", chosen)
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})
    assert opened("https://example.org/x") is expected
    assert (tmp_path / "address").exists() is expected


async def test_clicks_on_names_links_reactions_and_quotes() -> None:
    items = [
        said(1, "the question"),
        said(2, "see https://example.org/x", "glyph", reply_to=10),
        said(3, "nice", "radix", reactions=(Reaction("🚀", ((5, "y"),)),)),
    ]
    app = Shown(talk(list(items)))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.pause()
        for text in ("glyph", "https://", "🚀"):
            await pilot.click(MessageView, offset=at(app, text))
        quote = next(y for y, line in enumerate(app.lines) if "╭" in line)
        await pilot.click(MessageView, offset=(app.lines[quote].index("question"), quote))
        found = [(each.what, each.value) for each in app.asked]
        assert ("name", "glyph") in found
        assert ("open", "https://example.org/x") in found
        assert ("react", "🚀") in found
        assert ("message", "10") in found


async def test_what_is_dragged_over_is_copied_as_it_was_said() -> None:
    long = "a long line that has to be broken into pieces because the terminal is so very narrow"
    app = Shown(talk([said(1, "first"), said(2, long, "glyph"), said(3, "last", "radix")]))
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.pause()
        start, end = at(app, "long line"), at(app, "narrow")
        await pilot.mouse_down(MessageView, offset=start)
        await pilot.hover(MessageView, offset=(end.x + 5, end.y))
        await pilot.mouse_up(MessageView, offset=(end.x + 5, end.y))
        assert asked(app, "copied")[-1].value == long[2:]
        start, end = at(app, "first"), at(app, "last")
        await pilot.mouse_down(MessageView, offset=start)
        await pilot.hover(MessageView, offset=(end.x + 3, end.y))
        await pilot.mouse_up(MessageView, offset=(end.x + 3, end.y))
        copied = asked(app, "copied")[-1].value.split("\n")
        assert [line.partition("] ")[2] for line in copied] == [
            "<moshez> first",
            f"<glyph> {long}",
            "<radix> last",
        ]


async def test_nothing_of_a_message_commands_the_terminal() -> None:
    nasty = "\x1b]0;x\x07\x1b[2J\x9b31m\u202e\r\n\ttab"
    items = [said(1, nasty, "ev\x1b[31mil\n", spans=(Span(0, 4, "link", "javascript:x\x1b"),))]
    app = Shown(talk(list(items)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for y in range(app.view.size.height):
            rendered = app.view.render_line(y)
            for segment in rendered:
                assert all(char.isprintable() for char in segment.text), segment
                assert not (segment.style and segment.style.link)
            assert rendered.cell_length == app.view.size.width


async def test_it_is_drawn_anew_in_every_size() -> None:
    texts = ["漢字" * 40, "word " * 60, "👩‍💻🇩🇪❤️" * 9, "x" * 3000]
    app = Shown(talk([said(n, text) for n, text in enumerate(texts, 1)]))
    async with app.run_test(size=(80, 24)) as pilot:
        for width, height in ((60, 18), (200, 50), (20, 5), (100, 30)):
            await pilot.resize_terminal(width, height)
            await pilot.pause()
            for y in range(app.view.size.height):
                assert app.view.render_line(y).cell_length == width


async def test_without_colours_nobody_s_own_hides_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pure red, as of an IRC client, would be a very dark gray."""
    monkeypatch.setenv("NO_COLOR", "1")
    red = said(1, "in red, or plain", spans=(Span(0, 6, "color", "#ff0000"),))
    app = Shown(talk([red]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        line = app.view.render_line(app.view.size.height - 1)
        one, other = (
            next(part.style for part in line if text in part.text and part.style)
            for text in ("in red", "plain")
        )
        assert one.color == other.color


async def test_search_hits_stand_out_until_one_goes_on() -> None:
    from tui_client.text.style import needle

    app = Shown(talk([said(1, "find the needle here")]))

    def hits() -> list[str]:
        return [
            segment.text
            for segment in app.view.render_line(app.view.size.height - 1)
            if segment.style and segment.style.bgcolor and segment.style.bgcolor.name == "#ffd75f"
        ]

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.view.search(needle("needle"))
        await pilot.pause()
        assert hits() == ["needle"]
        app.view.to_end()
        await pilot.pause()
        assert hits() == []
