"""What could be meant: commands, names, groups, emoji, earlier lines; not more than a few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from tui_client import commands
from tui_client.conversation import Conversation
from tui_client.matching import ranked
from tui_client.records import Message
from tui_client.schema import BY_KEY
from tui_client.store import Store
from tui_client.text.safe import clean_line, clean_name

MOST = 50
"""Choices."""


class Choice(NamedTuple):
    """What is inserted, what is shown for it, and what that is."""

    insert: str
    label: str
    detail: str = ""


class Offer(NamedTuple):
    """Choices for the characters from ``start`` to ``end``, and a line above them.

    ``eager``: it is shown without being asked for.
    """

    start: int
    end: int
    choices: Sequence[Choice]
    title: str = ""
    eager: bool = True


def offer(text: str, cursor: int, store: Store, conversation: Conversation | None) -> Offer | None:
    """Return what may come at the cursor, None for nothing."""
    before = text[:cursor]
    if before == "/" or commands.is_command(before):
        return _command(before, cursor, store, conversation)
    start = max(before.rfind(" "), before.rfind("\n")) + 1
    word = before[start:]
    if word.startswith(":") and len(word) > 2:
        return _offer(start, cursor, emoji(word[1:]))
    if word.startswith("#"):
        return _offer(start, cursor, _groups(store, word[1:]))
    if word.startswith("@"):
        found = _names(store, conversation, word[1:])
        return _offer(start, cursor, (Choice(f"@{each} ", clean_name(each)) for each in found))
    if not word:
        return None
    end = ": " if not start else " "
    names = [Choice(each + end, clean_name(each)) for each in _names(store, conversation, word)]
    return _offer(start, cursor, names, eager=False)


def _offer(
    start: int, end: int, choices: Iterable[Choice], title: str = "", *, eager: bool = True
) -> Offer | None:
    some = [choice for choice, _ in zip(choices, range(MOST), strict=False)]
    return Offer(start, end, some, title, eager) if some or title else None


def _command(
    before: str, cursor: int, store: Store, conversation: Conversation | None
) -> Offer | None:
    name, blank, rest = before[1:].partition(" ")
    if not blank:
        found = ranked(commands.COMMANDS.values(), name, lambda each: each.name)
        shown = (Choice(f"/{each.name} ", each.line, each.help) for each in found)
        return _offer(0, cursor, shown)
    command = commands.find(name)
    if command is None:
        return None
    words = rest.split(" ")
    takes = command.takes
    token = takes[min(len(words), len(takes)) - 1] if takes else ""
    if len(words) > len(takes) and not token.rstrip("]").endswith("..."):
        token = ""
    title = f"{command.line}   {command.help}"
    start = cursor - len(words[-1])
    return _offer(start, cursor, _argument(token, words, store, conversation), title)


def _argument(
    token: str, words: list[str], store: Store, conversation: Conversation | None
) -> Iterable[Choice]:
    """Return what a word of the usage line may stand for."""
    kind, word = token.strip("[].").rstrip("."), words[-1]
    match kind:
        case "PERSON":
            found = _names(store, conversation, word)
            return (Choice(f"{each} ", clean_name(each)) for each in found)
        case "GROUP":
            return _groups(store, word.lstrip("#"))
        case "COMMAND":
            named = ranked(commands.COMMANDS.values(), word, lambda each: each.name)
            return (Choice(each.name, each.line, each.help) for each in named)
        case "SETTING":
            keys = ranked(BY_KEY.values(), word, lambda each: each.key)
            return (Choice(f"{each.key} ", each.key, each.title) for each in keys)
        case "THEME":
            return _words(BY_KEY["theme"].choices, word)
        case "VALUE" if words[0] in BY_KEY:
            setting = BY_KEY[words[0]]
            on_off = ("on", "off") if isinstance(setting.default, bool) else ()
            return _words(setting.choices or on_off, word)
        case "CIRCLE":
            return _words(store.contacts.circles, word)
        case "ROLE" if conversation is not None:
            roles = {role for each in conversation.members for role in each.roles}
            return _words(sorted(roles | {"operator", "voice"}), word)
        case _ if "|" in kind:
            return _words(kind.split("|"), word)
    return ()


def _words(words: Iterable[str], typed: str) -> Iterable[Choice]:
    return (Choice(word, word) for word in ranked(words, typed, lambda each: each))


def _groups(store: Store, typed: str) -> Iterable[Choice]:
    known = [each for each in store if each.group]
    found = ranked(known, typed, lambda each: each.name)
    return (
        Choice(f"#{each.name} ", clean_name(each.title), clean_line(each.topic)) for each in found
    )


def _names(store: Store, conversation: Conversation | None, typed: str) -> list[str]:
    """Return names that begin so: who spoke last first, then members, then contacts."""
    names: dict[str, None] = {}
    if conversation is not None:
        for item in reversed(conversation.timeline.items[-300:]):
            if isinstance(item, Message) and not item.mine:
                names[item.author] = None
        if not conversation.group:
            names[conversation.name] = None
        names |= dict.fromkeys(sorted(each.name for each in conversation.members))
    if not conversation or typed:
        names |= dict.fromkeys(each.name for each in store.contacts)
    folded = typed.casefold()
    return [name for name in names if name.casefold().startswith(folded) and name != store.name]


def emoji(typed: str) -> Iterable[Choice]:
    """Return emoji by parts of their short names; of a name with its colon behind that one."""
    typed = typed.casefold()
    if typed.endswith(":"):
        found: Iterable[tuple[str, str]] = [each for each in _emoji() if f"{each[0]}:" == typed]
    else:
        found = ranked(_emoji(), typed, lambda each: each[0])
    seen: set[str] = set()
    for name, char in found:
        if char not in seen:
            seen.add(char)
            yield Choice(f"{char} ", f"{char} {name}")


@cache
def _emoji() -> list[tuple[str, str]]:
    """Return names and emoji, short names first."""
    from rich._emoji_codes import EMOJI  # the names of CLDR, and those that chat programs use

    found = [(name, char) for name, char in EMOJI.items() if "_tone" not in name]
    return sorted(found, key=lambda each: (len(each[0]), each[0]))
