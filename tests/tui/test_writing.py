"""The place for writing, driven by keys."""

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.pilot import Pilot

from tests.tui.shown import Shown, said, talk
from tui_client.alt import know_alt_keys
from tui_client.records import Message
from tui_client.store import Typed
from words.events import Span


def shown() -> Shown:
    return Shown(talk([said(1, "hello"), said(2, "*bold*", mine=True)]))


async def type_text(pilot: Pilot[None], app: Shown, text: str) -> None:
    """Type all but the last letter at once."""
    app.composer.insert_text(text[:-1])
    await pilot.press("space" if text[-1] == " " else text[-1])


def offered(app: Shown) -> bool:
    return app.writing.popup.display


def texts(app: Shown) -> list[str]:
    return [each.text for each in app.written]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b\rx", ["alt+enter", "x"]),
        ("\x1b/x", ["alt+slash", "x"]),
        ("\x1bar", ["alt+a", "r"]),
        ("\x1bU", ["alt+shift+u"]),
        ("\x1b[1;3A\x1bOP", ["alt+up", "f1"]),
        ("\x1bb", ["ctrl+left"]),
    ],
)
def test_alt_is_heard_however_soon_the_next_key_follows(sent: str, keys: list[str]) -> None:
    know_alt_keys()
    heard = [event for event in XTermParser().feed(sent) if isinstance(event, events.Key)]
    assert [event.key for event in heard] == keys


async def test_enter_sends_and_other_keys_begin_a_line() -> None:
    app = shown()
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, app, "one")
        await pilot.press("alt+enter")
        await type_text(pilot, app, "two")
        await pilot.press("ctrl+j")
        await type_text(pilot, app, "three")
        await pilot.press("enter")
        assert texts(app) == ["one\ntwo\nthree"]
        assert app.composer.text == ""
        await pilot.press("enter", "space", "enter")
        assert len(app.written) == 1


async def test_pasted_lines_stay_and_many_are_asked_about() -> None:
    app = shown()
    lines = "\n".join(f"line {n}" for n in range(1, 9))
    async with app.run_test(size=(80, 24)) as pilot:
        app.composer.post_message(events.Paste("two\r\nlines\x1b[31m"))
        await pilot.pause()
        await pilot.press("enter")
        assert texts(app) == ["two\nlines^[[31m"]
        app.composer.post_message(events.Paste(lines))
        await pilot.pause()
        await pilot.press("enter")
        assert len(app.written) == 1
        await pilot.press("escape", "enter")  # asked again
        assert len(app.written) == 1
        await pilot.press("enter")
        assert texts(app)[1] == lines
        app.composer.post_message(events.Paste(lines))
        await pilot.pause()
        await pilot.press("enter", "ctrl+o")
        assert texts(app)[2] == lines.replace("\n", " ")


async def test_drafts_stay_with_their_conversation() -> None:
    app = shown()
    store = app.conversation.store
    other = store.conversation("other", True)
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, app, "half a th")
        app.writing.use(store, other)
        await pilot.pause()
        assert app.composer.text == ""
        await pilot.press("x")
        app.writing.use(store, app.conversation)
        await pilot.pause()
        assert app.composer.text == "half a th"
        assert other.draft == "x"


async def test_lines_typed_before_come_back() -> None:
    app = shown()
    store = app.conversation.store
    store.typed.extend([Typed("#twisted", "one"), Typed("#other", "no"), Typed("#twisted", "two")])
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, app, "new")
        await pilot.press("up")
        assert app.composer.text == "two"
        await pilot.press("up", "up")
        assert app.composer.text == "one"
        await pilot.press("down", "down")
        assert app.composer.text == "new"
        await pilot.press("ctrl+u", *"on", "ctrl+r", "enter")
        assert app.composer.text == "one"


async def test_names_commands_groups_and_emoji_are_completed() -> None:
    app = shown()
    app.conversation.store.conversation("twisted-web", True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"gl", "tab")
        assert app.composer.text == "glyph: "
        await pilot.press("ctrl+u")
        await type_text(pilot, app, "hi r")
        await pilot.press("tab")
        assert app.composer.text == "hi radix "
        await pilot.press("ctrl+u")
        await type_text(pilot, app, "/jo")
        await pilot.press("enter")
        assert app.composer.text == "/join "
        await type_text(pilot, app, "web")
        await pilot.press("tab")
        assert app.composer.text == "/join #twisted-web "
        await pilot.press("ctrl+u")
        await type_text(pilot, app, ":thumbsup:")
        assert app.composer.text == "👍 "
        await pilot.press("ctrl+u")
        await type_text(pilot, app, "/kick ")
        assert app.writing.popup.offer is not None
        assert app.writing.popup.offer.title.startswith("/kick PERSON [REASON...]")
        assert not app.written


async def test_more_than_one_meaning_is_chosen_from() -> None:
    app = shown()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"@")
        assert offered(app)
        await pilot.press("down", "enter")
        assert app.composer.text in ("@glyph ", "@moshez ", "@radix ")
        assert not offered(app)
        await pilot.press("ctrl+u", "@", "escape")
        assert not offered(app)
        await pilot.press("enter")
        assert texts(app) == ["@"]


async def test_answers_and_edits() -> None:
    app = shown()
    first, mine = app.conversation.timeline.items[:2]
    assert isinstance(first, Message)
    assert isinstance(mine, Message)
    async with app.run_test(size=(80, 24)) as pilot:
        await type_text(pilot, app, "draft")
        app.writing.answer(first)
        await pilot.press("escape", "enter")
        assert texts(app) == ["draft"]
        assert [each.reply for each in app.written] == [None]
        app.writing.answer(first)
        await type_text(pilot, app, "yes")
        await pilot.press("enter")
        assert app.written[-1].reply is first
        await type_text(pilot, app, "draft")
        app.writing.edit(mine)
        await pilot.pause()
        assert app.composer.text == r"\*bold\*"
        await pilot.press("!", "enter")
        assert (app.written[-1].text, app.written[-1].edited) == (r"\*bold\*!", mine)
        assert app.composer.text == "draft"


async def test_what_is_sent_names_members() -> None:
    from tui_client.composing import written

    conversation = shown().conversation
    assert written("glyph: see *this* @radix.", conversation) == (
        "glyph: see this @radix.",
        (Span(11, 15, "bold"), Span(0, 5, "mention", "glyph"), Span(16, 22, "mention", "radix")),
    )
    assert written("somebody: mail me@radix", conversation)[1] == ()
