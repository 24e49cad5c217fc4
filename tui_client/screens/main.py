"""The main screen: who one can talk to, what is said, who is there, where one writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from tui_client import keymap
from tui_client.changes import (
    Alerted,
    Change,
    ConnectionChanged,
    ContactsChanged,
    ConversationChanged,
    ConversationsChanged,
    Inserted,
    MembersChanged,
    Removed,
    Told,
    TypingChanged,
    Updated,
)
from tui_client.conversation import Conversation
from tui_client.desk import Desk
from tui_client.panes.lines import Line, StatusLine, TopicBar
from tui_client.panes.listing import Listing
from tui_client.panes.members import MembersPane, Who
from tui_client.panes.roster import Asked, Person, Roster
from tui_client.panes.sides import ENOUGH, Pane, Sides
from tui_client.screens.requests import Requests
from tui_client.session import Session
from tui_client.store import Store
from tui_client.widgets.message_view import MessageView
from tui_client.widgets.writing import Writing

if TYPE_CHECKING:
    from tui_client.app import WordsChat

RENEW_AFTER, RENEW_EVERY = 0.05, 0.25
"""Seconds in which what changes around the conversation is drawn once: at first, and then for as
long as it goes on, since nobody reads counters faster."""

NOTHING_YET = """\
Nothing is open yet.

Alt+G          groups at this hub
/join NAME     a group, made where there is none
/query PERSON  somebody
F1             help with everything"""

TYPING_LOOK = 1.0
"""Seconds after which it is looked whether somebody still writes."""


class MainScreen(Screen[None]):
    """See the module. ``session`` is the first account, ``current`` what it looked at last."""

    CSS_PATH = "main.tcss"
    AUTO_FOCUS = "#composer"
    HELP = """Type to write: Enter sends, Alt+Enter begins a new line, Tab completes, / begins a
command (/help lists them). Up and Down find what you typed before.

The line at the bottom shows who is writing and what is unread elsewhere: Alt+A goes there.

To copy with the mouse, drag over the messages; Shift+drag is the terminal's own selection."""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(each.keys, each.action, each.help, id=each.id, show=False, priority=True)
            for each in keymap.ACTIONS
        ),
        *(Binding(f"alt+{n}", f"go_to({(n - 1) % 10})", show=False) for n in range(10)),
        Binding("escape", "leave", "Back to writing", show=False),
    ]
    app: WordsChat

    def __init__(self, session: Session, current: Conversation | None = None) -> None:
        super().__init__()
        self.sides = Sides(id="sides")
        self.desk = Desk(self)
        self.requests = Requests(self)
        self._first = (session, current)
        self._before: Conversation | None = None
        self._watched: dict[Store, Callable[[], None]] = {}
        self._session: Session = session
        self._renewing: Timer | None = None
        self._renewed = 0.0

    def compose(self) -> ComposeResult:
        """Lay out the panes."""
        with Horizontal(id="panes"):
            yield Roster(id="roster")
            with Vertical(id="centre"):
                yield self.sides
                yield Static(NOTHING_YET, id="empty", markup=False)
            yield MembersPane(id="members")
        yield StatusLine(id="status")
        yield Writing(id="writing", many=self.app.settings.number("paste"))

    def on_mount(self) -> None:
        """Begin with what was looked at last."""
        self.roster = self.query_one(Roster)
        self.members = self.query_one(MembersPane)
        self.status = self.query_one(StatusLine)
        self.writing = self.query_one(Writing)
        self.roster.sessions = self.status.sessions = self.app.sessions
        self.use_settings()
        self.add(*self._first)
        self.writing.composer.focus()  # AUTO_FOCUS does it only while the terminal has the focus

    def on_unmount(self) -> None:
        """Watch no more."""
        for ends in self._watched.values():
            ends()

    # Accounts and settings

    @property
    def current(self) -> Conversation | None:
        """Return the conversation that is looked at, and written in."""
        return self.sides.pane.conversation

    @property
    def view(self) -> MessageView:
        """Return the view of that conversation."""
        return self.sides.pane.view

    @property
    def session(self) -> Session:
        """Return the account that is looked at."""
        return self.session_of(self.current)

    def session_of(self, conversation: Conversation | None) -> Session:
        """Return the account that a conversation is of, the one that is looked at without one."""
        if conversation is not None:
            for each in self.app.sessions:
                if each.store is conversation.store:
                    return each
        return self._session

    def add(self, session: Session, current: Conversation | None) -> None:
        """Show another account's conversations too, and one of them."""
        self._session = session
        self.follow(session)
        if current is None:
            current = next((each for each in session.store if each.group and each.inside), None)
        self.show(current)
        self.renew()

    def follow(self, session: Session) -> None:
        """Show an account's conversations beside the others'."""
        self._watched[session.store] = session.store.observe(self._changed)
        self.renew_soon()

    def removed(self, session: Session) -> None:
        """An account is signed off: show another, or the sign-on screen."""
        ends = self._watched.pop(session.store, None)
        if ends is not None:
            ends()
        if not self.app.sessions:
            from tui_client.screens.sign_on import SignOn

            self.app.switch_screen(SignOn(session.account))
            return
        beside = self.sides.other.conversation
        if beside is not None and beside.store is session.store:
            self._look(self.sides.other, None)
        if self.current is not None and self.current.store is session.store:
            self._session = self.app.sessions[0]
            self.sides.pane.show(None)
            self._before = None
            self.show(next(iter(self._session.store), None))
        self.renew()

    def use_settings(self) -> None:
        """Take what was set, now or since."""
        settings = self.app.settings
        self.set_class(not settings.flag("roster"), "-no-roster")
        self.set_class(not settings.flag("members"), "-no-members")
        self.roster.offline = settings.flag("offline")
        self.roster.previews = settings.flag("previews")
        for pane in (self.sides.pane, self.sides.other):
            pane.view.whole = not settings.flag("condense")
        self.writing.many = settings.number("paste")
        self.roster.renew()

    # What is looked at

    def show(self, conversation: Conversation | None) -> None:
        """Look at a conversation, None: at nothing, or at the one beside."""
        old, beside = self.current, self.sides.other
        if conversation is old and conversation is not None:
            self.close_drawers()
            return
        if old is not None:
            self.session.link.typing(old, "done")
            self._before = old
        if beside.conversation is not None and conversation in (None, beside.conversation):
            self.sides.turn()
            if conversation is None:
                self._look(self.sides.other, None)
        else:
            self._look(self.sides.pane, conversation)
        self._attend()

    def _look(self, pane: Pane, conversation: Conversation | None) -> None:
        """Show a conversation in a pane, None: nothing."""
        if pane.conversation is not None:
            pane.conversation.marker = 0
        if conversation is not None:
            fresh = conversation.unread or conversation.uncounted
            conversation.marker = conversation.read if fresh else 0
            # A function: another conversation may be opened before this one begins.
            opening = partial(self._open, conversation)
            self.run_worker(opening, group=f"open {id(pane)}", exclusive=True)  # type: ignore[arg-type]
        pane.show(conversation)
        self.sides.fit()

    def _attend(self) -> None:
        """Have everything around be about what is looked at."""
        conversation = self.roster.current = self.status.current = self.current
        self._session = self.session
        if conversation is not None:
            self.session.memory.current = conversation
        seen = [each.conversation for each in self.sides]
        group = next((each for each in seen if each is not None and each.group), None)
        self.set_class(conversation is None, "-empty")
        self.set_class(group is None, "-direct")
        self.set_class(len(seen) > 1, "-two")
        self.members.show(group)
        self.writing.use(self.session.store, conversation)
        self.close_drawers()
        self._moved()
        self.renew()

    def _drop_gone(self) -> None:
        """Look no longer at what isn't there any more."""
        beside = self.sides.other
        if _gone(self.current):
            self.show(beside.conversation or next(iter(self.hot()), None))
        if _gone(self.sides.other.conversation):
            self._look(self.sides.other, None)
            self._attend()

    async def _open(self, conversation: Conversation) -> None:
        await self.session_of(conversation).link.open(conversation)
        self.read()

    def read(self) -> None:
        """Mark what is in sight as read: only where somebody may be looking."""
        if not self.app.app_focus or self.app.screen is not self:
            return
        for pane in self.sides:
            talk = pane.conversation
            if talk is None or not talk.timeline.loaded or not talk.timeline.at_end:
                continue
            if pane.view.following:
                self.session_of(talk).link.mark_read(talk)

    def renew_soon(self) -> None:
        """Draw what surrounds the conversation anew: once for all that happens meanwhile."""
        if self._renewing is None:
            wait = max(RENEW_AFTER, self._renewed + RENEW_EVERY - time.monotonic())
            self._renewing = self.set_timer(wait, self.renew)

    def renew(self) -> None:
        """Draw what surrounds the conversation anew."""
        if self._renewing is not None:
            self._renewing.stop()
            self._renewing = None
        self._renewed = time.monotonic()
        self.roster.renew()
        if self.roster.previewing:
            for session in self.app.sessions:
                session.link.peek()
        for pane in self.sides:
            pane.topic.renew()
        self.status.hot = self.hot()
        self.status.renew()
        waiting = sum(each.unread for each in self.all() if not each.muted)
        name = self.current.title if self.current is not None else "Words"
        self.app.show_title(f"({waiting}) {name} — Words" if waiting else f"{name} — Words")

    def all(self) -> list[Conversation]:
        """Return the conversations of all accounts."""
        return [each for session in self.app.sessions for each in session.store]

    def hot(self) -> list[Conversation]:
        """Return what is unread elsewhere, the most urgent first."""
        found = [
            each
            for each in self.all()
            if each is not self.current and (each.mentions or (each.unread and not each.muted))
        ]
        return sorted(found, key=lambda each: (not each.mentions, each.group, each.last_time))

    # Changes of the state

    def _changed(self, change: Change) -> None:
        match change:
            case Inserted(conversation) if self.sides.pane_of(conversation):
                if not self.app.app_focus and not conversation.marker and conversation.unread:
                    conversation.marker = conversation.read
                self.read()
            case Inserted() | Removed() | Updated():
                return
            case ConversationChanged(conversation):
                if self.sides.pane_of(conversation):
                    self.read()
                self.renew_soon()
            case MembersChanged(conversation):
                if conversation is self.members.conversation:
                    self.members.renew()
                if pane := self.sides.pane_of(conversation):
                    pane.topic.renew()
            case TypingChanged(conversation):
                if conversation is self.current:
                    self._show_typing()
            case ConversationsChanged():
                self._drop_gone()
                self.renew_soon()
            case ConnectionChanged() | ContactsChanged():
                self.renew_soon()
            case Alerted(conversation, message):
                pane = self.sides.pane_of(conversation)
                seen = pane is not None and pane.view.following and self.app.app_focus
                self.app.alert(conversation, message, seen=seen)
            case Told(text, level):
                severity = {"info": "information", "warning": "warning", "error": "error"}[level]
                self.notify(text, severity=severity, markup=False)  # type: ignore[arg-type]

    def _show_typing(self) -> None:
        self.status.renew()
        if self.current is not None and self.current.typists:
            self.set_timer(TYPING_LOOK, self._show_typing)

    def app_focused(self) -> None:
        """The terminal has the focus again."""
        self.read()

    # What is chosen

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        match event.target:
            case Conversation() as conversation:
                self.show(conversation)
                if event.button == 3:
                    self.action_info()
            case Person(store, name):
                self.show(store.conversation(name, False))
            case Asked(store, group):
                self.run_worker(self._join(store, group))
            case Who(conversation, name):
                self.desk.open("person", name)
                return
        self.writing.composer.focus()

    async def _join(self, store: Store, group: str) -> None:
        link = next(each.link for each in self.app.sessions if each.store is store)
        conversation = await link.join(group)
        if conversation is not None:
            self.show(conversation)

    @on(Line.Chosen)
    def _line_chosen(self, event: Line.Chosen) -> None:
        if isinstance(event.target, Conversation):
            self.show(event.target)
        elif isinstance(event.line, TopicBar):
            self.show(event.line.conversation)
            self.action_info()

    @on(MessageView.Asked)
    def _asked(self, event: MessageView.Asked) -> None:
        if event.what not in ("older", "newer", "near"):
            self.show(event.view.conversation)
        self.requests.take(event)

    @on(Pane.Pressed)
    def _pressed(self, event: Pane.Pressed) -> None:
        if event.pane is not self.sides.pane:
            self.show(event.pane.conversation)

    def on_resize(self) -> None:
        """Two conversations side by side come and go with the room for them."""
        self.renew_soon()
        if self.sides.fit():
            self._attend()
            if len(list(self.sides)) == 1:
                self.notify(f"Too narrow for two side by side: that takes {ENOUGH} columns")

    @on(MessageView.Moved)
    def _moved(self) -> None:
        self.status.scrolled, self.status.missed = not self.view.following, self.view.missed
        self.status.renew()
        self.read()

    @on(Writing.Written)
    def _written(self, event: Writing.Written) -> None:
        desk = Desk(self, event.conversation)
        self.run_worker(desk.written(event), group="written")

    @on(Writing.Typing)
    def _typing(self, event: Writing.Typing) -> None:
        if self.current is not None:
            writes = event.text.strip() and not event.text.startswith("/")
            self.session.link.typing(self.current, "active" if writes else "done")

    @on(Writing.Left)
    def _left(self) -> None:
        self.action_leave()

    def on_key(self, event: events.Key) -> None:
        """What is typed elsewhere, and is no key there, goes to the composer."""
        if (
            isinstance(self.focused, Listing | MessageView | None)
            and event.is_printable
            and event.character
            and event.key not in self.active_bindings  # those come after this
        ):
            event.stop()
            self.writing.composer.focus()
            self.writing.composer.insert_text(event.character)

    # Actions: moving about

    def in_order(self, go: Callable[[], object]) -> None:
        """Go elsewhere once what was typed before this key has arrived where it was meant for.

        Our keys are seen before those that wait for the field with the focus.
        """
        (self.focused or self).call_later(go)

    def action_leave(self) -> None:
        """Back to the newest message and the composer."""
        self.close_drawers()
        self.view.to_end()
        self.writing.composer.focus()

    def close_drawers(self) -> None:
        """Close what lies over the conversation."""
        self.remove_class("-roster-drawer", "-members-drawer")

    def action_next_unread(self) -> None:
        """Go to what is most urgent."""
        self.in_order(self._next_unread)

    def _next_unread(self) -> None:
        hot = self.hot()
        if hot:
            self.show(hot[0])

    def action_go(self, step: int) -> None:
        """Go to the next conversation, or the one before."""
        self.in_order(partial(self._go, step))

    def _go(self, step: int) -> None:
        talks = self.roster.conversations
        if talks:
            at = talks.index(self.current) + step if self.current in talks else 0
            self.show(talks[at % len(talks)])

    def action_go_to(self, number: int) -> None:
        """Go to a conversation by its place."""
        self.in_order(partial(self._go_to, number))

    def _go_to(self, number: int) -> None:
        talks = self.roster.conversations
        if number < len(talks):
            self.show(talks[number])

    def action_back(self) -> None:
        """Go back to the conversation before."""
        self.in_order(self._back)

    def _back(self) -> None:
        if self._before is not None and self._before in self.all():
            self.show(self._before)

    def action_side(self) -> None:
        """Show two conversations side by side, or one again."""
        self.in_order(self._side)

    def _side(self) -> None:
        width = self.app.size.width
        if width < ENOUGH:
            self.notify(f"Two side by side take {ENOUGH} columns; here are {width}")
            return
        if self.sides.two:
            self._look(self.sides.other, None)
        else:
            here = [self._before, *self.hot(), *self.roster.conversations]
            all_ = self.all()
            others = [each for each in here if each in all_ and each is not self.current]
            if self.current is None or not others:
                self.notify("There is no other conversation yet: Ctrl+K, or /join GROUP")
                return
            self.sides.place()
            self._look(self.sides.other, others[0])
            self._before = self.current
            self.sides.turn()
        self._attend()

    def action_other(self) -> None:
        """Go to the other one of two side by side."""
        self.in_order(self._other)

    def _other(self) -> None:
        if self.sides.two:
            self.show(self.sides.other.conversation)
            self.writing.composer.focus()
        else:
            self._side()

    def action_read_all(self) -> None:
        """Mark everything as read."""
        for session in self.app.sessions:
            for each in session.store:
                session.link.mark_read(each)

    def action_first_unread(self) -> None:
        """Show the first message that was new."""
        self.requests.first_unread()

    def action_mention(self, step: int) -> None:
        """Show the next mention, or the one before."""
        self.requests.mention(step)

    def action_page(self, step: int) -> None:
        """Scroll by a page."""
        self.view.scroll_pages(step)

    def action_scroll_start(self) -> None:
        """Show the oldest message that is here."""
        self.view.to_start()

    def action_scroll_end(self) -> None:
        """Show the newest message."""
        self.view.to_end()

    def action_focus_message(self) -> None:
        """Choose a message."""
        self.view.focus()

    # Actions: panes and other screens

    def action_toggle_roster(self) -> None:
        """Show the conversations, or no longer."""
        if self.has_class("-tiny"):
            self.toggle_class("-roster-drawer")
            (self.roster if self.has_class("-roster-drawer") else self.writing.composer).focus()
        else:
            self._toggle("roster")

    def action_toggle_members(self) -> None:
        """Show the members, or no longer."""
        if any(self.has_class(each) for each in ("-tiny", "-small", "-two")) and not self.has_class(
            "-huge"
        ):
            self.toggle_class("-members-drawer")
            (self.members if self.has_class("-members-drawer") else self.writing.composer).focus()
        else:
            self._toggle("members")

    def action_toggle_condensed(self) -> None:
        """Show who comes and goes, or condense it."""
        self._toggle("condense")

    def _toggle(self, key: str) -> None:
        settings = self.app.settings
        try:
            settings.set(key, not settings.flag(key))
        except OSError as error:
            self.notify(f"This isn't kept: {error}", severity="warning", markup=False)

    def action_settings(self) -> None:
        """Open the settings."""
        self.desk.open("settings")

    def action_accounts(self) -> None:
        """Open the accounts."""
        self.desk.open("accounts")

    def action_switch(self) -> None:
        """Go to a conversation by name."""
        self.desk.open("switch")

    def action_palette(self) -> None:
        """Open the palette."""
        self.desk.open("palette")

    def action_search(self) -> None:
        """Search."""
        self.desk.open("search")

    def action_browse(self) -> None:
        """Look at the hub's groups."""
        self.desk.open("groups")

    def action_mentions(self) -> None:
        """Open the mentions."""
        self.desk.open("mentions")

    def action_info(self) -> None:
        """Tell about the conversation."""
        if self.current is not None:
            self.desk.open("group" if self.current.group else "person", self.current.name)

    def action_help(self) -> None:
        """Show help."""
        self.app.action_help()

    def action_copy_or_quit(self) -> None:
        """Copy what is selected, or quit at the second time."""
        self.app.action_copy_or_quit()

    def action_quit(self) -> None:
        """Quit."""
        self.app.exit()


def _gone(conversation: Conversation | None) -> bool:
    return conversation is not None and conversation.key not in conversation.store.conversations
