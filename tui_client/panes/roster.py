"""The list of conversations: groups, contacts by presence, bridged networks, who else writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rich.style import Style

from tui_client.conversation import Conversation
from tui_client.panes.listing import ROOMY, Listing, Part, Row
from tui_client.people import Contact
from tui_client.records import Message
from tui_client.session import Session
from tui_client.store import Store
from tui_client.text.safe import clean_line, clean_name

SIGNS = {"here": "●", "away": "◐", "gone": "○"}
PLAIN = Style()
BOLD = Style(bold=True)

TALL = 30
"""Rows from which on there is an empty one above each heading."""

PREVIEWS = 28
"""Columns from which on there is a line of the newest message under each conversation."""

PREVIEW = 200
"""Characters of a message that are looked at for that."""

MOST = 99
"""Unread messages that are counted in a row."""


class Person(NamedTuple):
    """A contact with whom there is no conversation yet."""

    store: Store
    name: str


class Asked(NamedTuple):
    """An invitation into a group."""

    store: Store
    group: str


def count(number: int) -> str:
    """Return a number of unread messages as it is shown."""
    return str(number) if number <= MOST else f"{MOST}+"


class Roster(Listing):
    """All conversations of all accounts.

    ``offline``: also contacts who aren't there. ``previews``: with the newest message of each,
    where there is room for all of them.
    """

    HELP = """Everything you can go to: groups, your contacts by circle, who else has written.

@2 mentions you · 14 unread · ✎ a draft waits · ● here ◐ away ○ offline.
What mentions you and what is unread stands first. Enter or a click opens, a right click tells
more; what you type goes to the message you are writing."""
    DEFAULT_CSS = """
    Roster { width: 22; height: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sessions: Sequence[Session] = ()
        self.current: Conversation | None = None
        self.offline = False
        self.previews = True
        self._pending = False

    @property
    def pad(self) -> int:
        """Return how many blanks stand at both sides of a row, where there is room."""
        return 1 if self.size.width >= ROOMY else 0

    def on_resize(self) -> None:
        """Make the rows anew: what has room is another."""
        super().on_resize()
        self.renew()

    def renew(self) -> None:
        """Make the rows anew, once for all that has changed just now."""
        if not self._pending:
            self._pending = True
            self.set_timer(0.04, self._renew)

    def _renew(self) -> None:
        self._pending = False
        rows = list(self._rows())
        rows = rows[1:] if rows and not rows[0].left else rows
        self.show_rows(self._previewed(rows) if self.previewing else rows)

    @property
    def previewing(self) -> bool:
        """Return whether the newest messages are shown, where all find room."""
        return self.previews and self.size.width >= PREVIEWS

    def _previewed(self, rows: list[Row]) -> list[Row]:
        both: list[Row] = []
        for row in rows:
            both.append(row)
            talk = row.target
            if isinstance(talk, Conversation) and talk.last is not None:
                shown = (("  ", PLAIN), (_preview(talk, talk.last), self.palette.dim))
                both.append(Row(shown, (), talk, row.current, tail=True))
        return both if len(both) <= self.size.height else rows

    def restyled(self) -> None:
        """Make the rows anew."""
        self.renew()

    @property
    def conversations(self) -> list[Conversation]:
        """Return those that are shown, from top to bottom."""
        return [
            row.target for row in self.rows if isinstance(row.target, Conversation) and not row.tail
        ]

    def _rows(self) -> Iterator[Row]:
        for session in self.sessions:
            store = session.store
            if len(self.sessions) > 1:
                yield self._account(store)
            yield from self._invitations(store)
            yield from self._groups(store)
            yield from self._contacts(store)
            yield from self._others(store)

    def _account(self, store: Store) -> Row:
        online = store.connection == "online"
        sign = ("● ", self.palette.success) if online else ("○ ", self.palette.error)
        return Row((sign, (clean_name(store.account), BOLD)), target=None)

    def _heading(self, text: str, right: str = "") -> Iterator[Row]:
        if self.size.height >= TALL:
            yield Row(())
        parts: tuple[Part, ...] = ((right, self.palette.dim),) if right else ()
        yield Row(((text, self.palette.dim + BOLD),), parts)

    def _invitations(self, store: Store) -> Iterator[Row]:
        if store.invitations:
            yield from self._heading("Invitations")
        for each in store.invitations:
            parts = (("✉ ", self.palette.accent), (f"#{clean_name(each.group)}", BOLD))
            yield Row(parts, target=Asked(store, each.group))

    def _groups(self, store: Store) -> Iterator[Row]:
        found = [each for each in store if each.group and each is not None]
        yield from self._heading("Groups")
        if not found:
            yield Row((("none yet: Alt+G", self.palette.dim),))
        for each in _sorted(found):
            yield self._row(each, (), f"#{clean_name(each.name)}")

    def _contacts(self, store: Store) -> Iterator[Row]:
        for circle, inside in store.contacts.circles.items():
            there = sum(each.here for each in inside)
            yield from self._heading(clean_name(circle), f"{there}/{len(inside)}")
            shown = folded = 0
            for each in sorted(inside, key=lambda each: _contact_order(store, each)):
                talk = store.find(each.name, False)
                wanted = talk is not None and (talk.unread or talk is self.current)
                if each.here or self.offline or wanted:
                    yield self._contact(store, each, talk)
                    shown += 1
                else:
                    folded += 1
            if folded and shown:  # the heading says it where nobody is there
                yield Row(((f"+{folded} offline", self.palette.dim),))

    def _contact(self, store: Store, contact: Contact, talk: Conversation | None) -> Row:
        sign = self._sign(contact)
        name = clean_name(contact.alias or contact.name)
        if talk is not None:
            return self._row(talk, (sign,), name, faint=contact.standing != "here")
        style = PLAIN if contact.standing == "here" else self.palette.dim
        return Row((sign, (name, style)), target=Person(store, contact.name))

    def _sign(self, contact: Contact) -> Part:
        styles = {
            "here": self.palette.success,
            "away": self.palette.accent,
            "gone": self.palette.dim,
        }
        standing = contact.standing
        return f"{SIGNS[standing]} ", styles[standing] + Style(bold=False)

    def _others(self, store: Store) -> Iterator[Row]:
        others = [
            each for each in store if not each.group and store.contacts.named(each.name) is None
        ]
        networks = sorted({each.origin for each in others}, key=lambda name: (name != "", name))
        for network in networks:
            yield from self._heading(f"{clean_name(network)} (bridge)" if network else "Direct")
            for each in _sorted(each for each in others if each.origin == network):
                yield self._row(each, (), clean_name(each.name))

    def _row(
        self, talk: Conversation, before: tuple[Part, ...], name: str, *, faint: bool = False
    ) -> Row:
        palette = self.palette
        style = PLAIN
        if talk.unread and not talk.muted:
            style = BOLD
        elif faint or talk.muted or (talk.group and not talk.inside):
            style = palette.dim
        right: list[Part] = []
        if talk.draft and talk is not self.current:
            right.append(("✎", palette.dim))
        if talk.mentions:
            right.append((f" @{count(talk.mentions)}", palette.accent))
        if talk.unread > talk.mentions:
            right.append((f" {count(talk.unread)}", palette.dim if talk.muted else BOLD))
        return Row((*before, (name, style)), tuple(right), talk, talk is self.current)


def _sorted(talks: Iterable[Conversation]) -> list[Conversation]:
    return sorted(
        talks,
        key=lambda each: (
            not each.mentions,
            not each.unread or each.muted,
            each.group and not each.inside,
            each.name.casefold(),
        ),
    )


def _preview(talk: Conversation, message: Message) -> str:
    """Return the newest message as a line, after who said it where that isn't plain."""
    text = clean_line(message.text[:PREVIEW])
    if message.redacted:
        text = "deleted"
    author = "you" if message.mine else clean_name(message.author)
    if message.kind == "action":
        return f"{author} {text}"
    return f"{author}: {text}" if talk.group or message.mine else text


def _contact_order(store: Store, contact: Contact) -> tuple[bool, bool, int, str]:
    talk = store.find(contact.name, False)
    return (
        not (talk and talk.mentions),
        not (talk and talk.unread),
        ("here", "away", "gone").index(contact.standing),
        (contact.alias or contact.name).casefold(),
    )
