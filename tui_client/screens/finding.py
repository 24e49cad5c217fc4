"""What finds conversations, groups, commands, days; each opens over the main screen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rich.style import Style

from tui_client import commands, keymap
from tui_client.conversation import Conversation
from tui_client.matching import ranked
from tui_client.panes.listing import Part, Row
from tui_client.panes.roster import count
from tui_client.refusals import sentence
from tui_client.screens.finder import Finder
from tui_client.screens.help import key_name
from tui_client.screens.searching import open_mentions, open_search
from tui_client.text.safe import clean_line, clean_name
from words.remote.values import GroupLine

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen
    from tui_client.widgets.palette import Palette

__all__ = [
    "open_date",
    "open_groups",
    "open_mentions",
    "open_palette",
    "open_search",
    "open_switch",
]

BOLD = Style(bold=True)
PLAIN = Style()

GROUPS = 1_000
"""Groups that are listed at most; a name that isn't among them can be typed."""

PAGE = 100


def open_switch(screen: MainScreen, text: str) -> None:
    """Go to a conversation by a few letters of its name."""

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        hot = screen.hot()
        talks = [*hot, *(each for each in screen.all() if each not in hot)]
        talks.sort(key=lambda each: each not in hot)
        rows = [
            _talk(each, palette, current=each is screen.current)
            for each in ranked(talks, typed.lstrip("#@"), lambda each: each.name, loose=True)
        ]
        names = _others(screen, talks)
        names = ranked(names, typed, lambda name: name, loose=True) if typed else names[:20]
        rows += [
            Row((("  ", PLAIN), (clean_name(name), PLAIN)), target=("person", name))
            for name in names
        ]
        name = typed.strip().lstrip("#")
        if name and not any(each.name.casefold() == name.casefold() for each in talks):
            rows.append(_offer(f"join #{clean_name(name)}", ("group", name), palette))
        return rows

    def chosen(target: Any) -> None:
        if isinstance(target, Conversation):
            screen.show(target)
        elif target is not None:
            _go(screen, *target)

    finder = Finder("Go to", find, prompt="a group or somebody", text=text)
    screen.app.push_screen(finder, chosen)


def _others(screen: MainScreen, talks: Sequence[Conversation]) -> list[str]:
    """Return contacts and members with whom there is no conversation yet."""
    known = {each.name.casefold() for each in talks if not each.group}
    store = screen.session.store
    names = [each.name for each in store.contacts]
    if screen.current is not None:
        names += [each.name for each in screen.current.members.sorted()]
    return [
        name for name in dict.fromkeys(names) if name.casefold() not in known and name != store.name
    ]


def _talk(talk: Conversation, palette: Palette, *, current: bool) -> Row:
    sign = "#" if talk.group else " "
    name = clean_name(talk.name)
    left: list[Part] = [(f"{sign} ", palette.dim), (name, BOLD if talk.unread else PLAIN)]
    if talk.topic:
        left.append((f"  {clean_line(talk.topic)}", palette.dim))
    right: list[Part] = []
    if talk.mentions:
        right.append((f"@{count(talk.mentions)} ", palette.accent))
    if talk.unread:
        right.append((count(talk.unread), palette.dim))
    if current:
        right.append((" here", palette.dim))
    return Row(tuple(left), tuple(right), target=talk)


def _offer(text: str, target: object, palette: Palette) -> Row:
    return Row((("+ ", palette.accent), (text, palette.accent)), target=target)


def _go(screen: MainScreen, kind: str, name: str) -> None:
    if kind == "person":
        screen.show(screen.session.store.conversation(name, False))
        return
    link = screen.session.link

    async def join() -> None:
        conversation = await link.join(name)
        if conversation is not None:
            screen.show(conversation)

    screen.run_worker(join())


def open_groups(screen: MainScreen, text: str) -> None:
    """Show the groups of the hub, and go into one."""
    listed: list[GroupLine] = []

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        if not listed:
            await _read_groups(screen, listed)
        wanted = typed.strip().lstrip("#")
        found = ranked(
            listed, wanted, lambda each: f"{each.name} {each.topic}" if wanted else each.name,
            loose=len(wanted) > 1,
        )  # fmt: skip
        inside = {each.name.casefold() for each in screen.session.store if each.inside}
        rows = [
            Row(
                (
                    (f"#{clean_name(each.name)}", BOLD),
                    (f"  {clean_line(each.topic)}", palette.dim),
                ),
                (
                    ("here  " if each.name.casefold() in inside else "", palette.success),
                    (f"{each.members:,}", palette.dim),
                ),
                target=("group", each.name),
            )
            for each in found
        ]
        if wanted and not any(each.name.casefold() == wanted.casefold() for each in listed):
            rows.append(_offer(f"make #{clean_name(wanted)}", ("group", wanted), palette))
        return rows

    def chosen(target: Any) -> None:
        if target is not None:
            _go(screen, *target)

    finder = Finder(
        "Groups", find, prompt="a name or a topic", text=text, hint="Enter goes in · Esc closes"
    )
    screen.app.push_screen(finder, chosen)


async def _read_groups(screen: MainScreen, listed: list[GroupLine]) -> None:
    chat, after = screen.session.link.chat, ""
    while len(listed) < GROUPS:
        page = await chat.groups(after, PAGE)
        listed += page
        if len(page) < PAGE:
            break
        after = page[-1].name
    listed.sort(key=lambda each: -each.members)


def open_palette(screen: MainScreen, text: str) -> None:
    """Show everything one can do, with its keys."""

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        wanted = typed.lstrip("/")
        actions = ranked(keymap.ACTIONS, wanted, lambda each: f"{each.help} {each.id}", loose=True)
        rows = [
            Row(((each.help, PLAIN),), ((_key_of(screen, each), palette.dim),), target=each)
            for each in actions
            if each.id != "palette" and not typed.startswith("/")
        ]
        found = ranked(
            commands.COMMANDS.values(), wanted, lambda each: f"{each.name} {each.help}", loose=True
        )
        rows += [
            Row(((each.help, PLAIN),), ((each.line, palette.dim),), target=each) for each in found
        ]
        return rows

    def chosen(target: Any) -> None:
        if isinstance(target, keymap.Action):
            screen.call_later(screen.run_action, target.action)
        elif isinstance(target, commands.Command):
            screen.writing.put_back(f"/{target.name} ")
            screen.writing.composer.focus()

    finder = Finder("What to do", find, prompt="a word or two", text=text)
    screen.app.push_screen(finder, chosen)


def _key_of(screen: MainScreen, action: keymap.Action) -> str:
    """Return the first key of an action, the user's where he has one of his own."""
    bound = screen.active_bindings.items()
    keys = [key for key, active in bound if active.binding.id == action.id]
    return key_name(keys[0]) if keys else ""


def open_date(screen: MainScreen, text: str) -> None:
    """Go to what was said on a day: the one that was typed, or one that is asked for."""
    from tui_client.dates import BadDate, moment_of, said, sequence_at

    conversation = screen.current
    if conversation is None:
        return

    async def find(typed: str) -> Sequence[Row]:
        palette = finder.found.palette
        if not typed.strip():
            words = ("today", "yesterday", "a week ago", "a month ago", "a year ago")
            return [
                Row(((word, PLAIN),), ((said(moment_of(word)), palette.dim),), target=word)
                for word in words
            ]
        try:
            moment = moment_of(typed)
        except BadDate as error:
            return [Row(((sentence(error), palette.dim),))]
        return [Row(((said(moment), PLAIN),), target=typed)]

    async def go(word: str) -> None:
        sequence = await sequence_at(screen.session.link, conversation, moment_of(word))
        await screen.requests.go_near(conversation, sequence)

    def chosen(target: Any) -> None:
        if target is not None:
            screen.run_worker(screen.session.link.attempt(go(target)), group="near")

    if text.strip():
        with suppress(BadDate):
            moment_of(text)
            chosen(text)  # nothing is left to be asked
            return
    finder = Finder(
        f"A day in {clean_name(conversation.title)}",
        find,
        prompt="2026-11-22, 22 Nov, monday, 3 days ago",
        text=text,
        hint="Enter goes there · Esc closes",
    )
    screen.app.push_screen(finder, chosen)
