"""The sign-on screen: saved accounts, a form, how far it has got, and what went wrong where."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual import on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui_client.accounts import Account, full_address
from tui_client.panes.controls import Push, Tick
from tui_client.panes.listing import Listing, Row
from tui_client.text.safe import clean_line
from tui_client.trouble import Field, SignOnFailed
from words.spread.address import parse

if TYPE_CHECKING:
    from tui_client.app import WordsChat
    from tui_client.session import Session
    from words.client import Step

FIELDS: tuple[Field, ...] = ("identity", "password", "server")

STEPS = ("connect", "TLS", "hub", "passport", "chat")
"""What is shown of signing on, in order."""

REACHED: dict[Step, str] = {
    "connecting": "connect",
    "connected": "hub",
    "greeted": "passport",
    "let in": "chat",
}
"""At which of these it is, by what the client library tells."""


class SavedAccounts(Listing):
    """The accounts that were used before."""

    HELP = "Accounts that you used before. Enter signs on, Delete forgets one."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("delete", "forget", "Forget")]

    def fill(self, accounts: list[Account]) -> None:
        """Show these."""
        self.show_rows([self._row(account) for account in accounts])
        self.display = bool(accounts)

    def _row(self, account: Account) -> Row:
        star = ("★ " if account.auto else "  ", self.palette.accent)
        name = (account.label, Style(bold=True))
        return Row((star, name), ((_ago(account.last), self.palette.dim),), account)

    def restyled(self) -> None:
        """Make the rows anew."""
        self.fill([row.target for row in self.rows])

    def action_forget(self) -> None:
        """Forget the account under the cursor."""
        screen = self.screen
        if isinstance(self.target, Account) and isinstance(screen, SignOn):
            screen.forget(self.target)


class SignOn(Screen[None]):
    """See the module. ``account``: the one to begin with, at once where ``now``."""

    CSS_PATH = "sign_on.tcss"
    AUTO_FOCUS = None
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]  # noqa: RUF012 - as the base has it
    HELP = """Sign on to a hub.

Identity is your name there; leave it empty to come as a guest. Server is an address such as
pbs://chat.example.org (TLS) or pb://localhost. The password isn't saved; if you stay signed on,
what is derived of it is kept in your system's keyring."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel", id="sign-on.cancel"),
        # Before the field sees them: what was typed ahead of them and after them goes where it
        # belongs, the password above all.
        Binding("enter", "enter", "Next field", show=False, priority=True),
        Binding("tab", "app.focus_next", "Next field", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "Field before", show=False, priority=True),
        Binding("down", "app.focus_next", "Next field", show=False),
        Binding("up", "app.focus_previous", "Field before", show=False),
    ]
    app: WordsChat

    def __init__(self, account: Account | None = None, *, now: bool = False) -> None:
        super().__init__()
        self._account = account
        self._now = now
        self._trying: asyncio.Task[None] | None = None
        self._fingerprint = ""

    def compose(self) -> ComposeResult:
        """Make the form."""
        with Vertical(id="box"):
            yield Static("W o r d s", id="title")
            yield SavedAccounts(id="saved")
            yield from self._field(
                "identity", "Identity", "your name, empty for a guest", first=True
            )
            yield from self._field("password", "Password", "", password=True)
            yield from self._field("server", "Server", "pbs://chat.example.org")
            with Horizontal(id="ticks"):
                yield Tick("stay signed on", True, id="keep")
                yield Tick("sign on at start", id="auto")
            with Horizontal(id="do"):
                yield Push("Sign on", id="go")
                yield Push("Trust this certificate", id="trust")
            yield Static(id="steps")
        yield Static("F1 help   Tab next field   Ctrl+Q quit", id="foot")

    def _field(
        self, name: Field, label: str, hint: str, *, password: bool = False, first: bool = False
    ) -> ComposeResult:
        with Horizontal(classes="field", id="first" if first else None):
            yield Static(label, classes="label")
            yield Input(placeholder=hint, password=password, compact=True, id=name)
        yield Static(id=f"{name}-error", classes="error", markup=False)

    def on_mount(self) -> None:
        """Fill in what is known."""
        accounts = self.app.accounts
        self.query_one(SavedAccounts).fill(accounts.all)
        first = self._account or (accounts.all[0] if accounts.all else None)
        if first is not None:
            self._fill(first)
        self._input("password" if first and first.name else "identity").focus()
        if accounts.problem:
            self._fail("server", accounts.problem)
        if self._now:
            self._go()

    def _fill(self, account: Account) -> None:
        self._account = account
        self._input("identity").value = account.name
        self._input("server").value = account.server
        self._input("password").value = ""
        self.query_one("#keep", Tick).value = account.keep
        self.query_one("#auto", Tick).value = account.auto
        self._fingerprint = ""
        self._clear()

    def _input(self, name: Field) -> Input:
        return self.query_one(f"#{name}", Input)

    def forget(self, account: Account) -> None:
        """Forget an account, and what is kept for it."""
        from words.client.signon import place

        try:
            self.app.accounts.remove(account)
        except OSError as error:
            self._fail("server", str(error))
        self.run_worker(self.app.keyring.remove(place(account.name, account.server)))
        self.query_one(SavedAccounts).fill(self.app.accounts.all)

    # What the user does

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        self._fill(event.target)
        self._go()

    async def action_enter(self) -> None:
        """Go to the next field that lacks something, or sign on."""
        field = self.focused
        if not isinstance(field, Input):
            raise SkipAction
        caught_up = asyncio.Event()
        if field.call_later(caught_up.set):  # after the letters that it hasn't taken yet
            await caught_up.wait()
        names = [*FIELDS]
        for name in names[names.index(field.id or "server") + 1 :]:  # type: ignore[arg-type]
            wanted = name == "server" or (not self._kept() and self._input("identity").value)
            if wanted and not self._input(name).value:
                self.set_focus(self._input(name))
                return
        self._go()

    @on(Push.Pushed, "#go")
    def _pushed(self) -> None:
        if self._trying is not None:
            self.action_cancel()
        else:
            self._go()

    @on(Push.Pushed, "#trust")
    def _trust(self) -> None:
        self._go(self._fingerprint)

    def _kept(self) -> bool:
        return self._account is not None and self._account.keep and bool(self._account.last)

    def action_cancel(self) -> None:
        """Stop signing on; where one is signed on elsewhere, go back there."""
        if self._trying is not None:
            self._trying.cancel()
        elif self.app.sessions:
            self.dismiss()

    # Signing on

    def _go(self, fingerprint: str = "") -> None:
        if self._trying is not None:
            return
        self._clear()
        server = full_address(self._input("server").value)
        try:
            parse(server)
        except ValueError:
            self._fail("server", "An address is like pbs://chat.example.org or pb://localhost:8787")
            return
        self._input("server").value = server
        name = self._input("identity").value.strip()
        known = self.app.accounts.named(Account(name, server).label)
        account = Account(
            name,
            server,
            self.query_one("#auto", Tick).value,
            self.query_one("#keep", Tick).value,
            fingerprint or (known.fingerprint if known and known.server == server else ""),
            known.last if known else 0,
        )
        if any(each.account.label == account.label for each in self.app.sessions):
            self._fail("identity", f"{account.label} is signed on already")
            return
        self._trying = asyncio.create_task(self._sign_on(account))
        self._trying.add_done_callback(self._tried)
        self.query_one("#go", Push).label = "Cancel"
        self.query_one("#go", Push).refresh(layout=True)

    def _tried(self, task: asyncio.Task[None]) -> None:
        self._trying = None
        if not self.is_attached:
            return
        self.query_one("#go", Push).label = "Sign on"
        self.query_one("#go", Push).refresh(layout=True)
        if task.cancelled():
            self._show_steps(None)
            self._input("password" if self._input("identity").value else "identity").focus()
        elif (error := task.exception()) is not None:
            self._fail("server", f"This went wrong here: {error}")
            self.log.error(error)

    async def _sign_on(self, account: Account) -> None:
        from tui_client.session import Session
        from words.client.signon import place

        password = self._input("password").value
        keys: str | None = None
        if account.name and not password:
            self._say("Looking into the keyring…")
            keys = await self.app.keyring.get(place(account.name, account.server))
            if keys is None:
                self._fail("password", self._why_password())
                return
        session = Session(
            account,
            password,
            folder=self.app.state,
            settings=self.app.settings,
            keyring=self.app.keyring,
            keys=keys,
        )
        try:
            current = await session.sign_on(lambda step: self._step(session, step))
        except SignOnFailed as failed:
            await session.link.close()
            self._fail(failed.field, str(failed), failed.fingerprint)
            return
        except asyncio.CancelledError:
            await session.link.close()
            raise
        try:
            self.app.accounts.put(account)
        except OSError as error:
            self.app.notify(f"The account couldn't be saved: {error}", severity="warning")
        self._trying = None
        self.app.signed_on(session, current)

    def _why_password(self) -> str:
        if self.app.keyring.works is False:
            return "There is no keyring here that answers, so the password is asked each time"
        return "Type the password"

    def _step(self, session: Session, step: Step) -> None:
        self._show_steps(REACHED[step], session.account.server, session.store.secure)

    def _show_steps(self, at: str | None, server: str = "", secure: str = "") -> None:
        if at is None:
            self._say("")
            return
        shown = [step for step in STEPS if step != "TLS" or server.startswith("pbs:")]
        parts: list[Content | tuple[str, str]] = []
        for step in shown:
            done = STEPS.index(step) < STEPS.index(at)
            text = secure if step == "TLS" and done and secure else step
            if done:
                parts.append((f"✔ {text}  ", "$text-success"))
            elif step == at:
                parts.append((f"● {text}…  ", "bold $foreground"))
            else:
                parts.append((f"○ {text}  ", "dim"))
        self.query_one("#steps", Static).update(Content.assemble(*parts))

    def _say(self, text: str) -> None:
        self.query_one("#steps", Static).update(Content(text))

    def _clear(self) -> None:
        for name in FIELDS:
            self.query_one(f"#{name}-error").remove_class("-shown")
        self.query_one("#trust").remove_class("-shown")

    def _fail(self, field: Field, text: str, fingerprint: str = "") -> None:
        self._show_steps(None)
        if fingerprint:
            groups = [fingerprint[at : at + 8] for at in range(0, 64, 8)]
            text += "\nTo compare with what its owner says, SHA-256:\n"
            text += " ".join(groups[:4]) + "\n" + " ".join(groups[4:])
            self._fingerprint = fingerprint
            self.query_one("#trust").add_class("-shown")
        shown = self.query_one(f"#{field}-error", Static)
        shown.update(Content("\n".join(clean_line(line) for line in text.split("\n"))))
        shown.add_class("-shown")
        self._input(field).focus()


def _ago(moment: int) -> str:
    """Return how long ago something was, in a word or two."""
    if not moment:
        return "never used"
    seconds = max(0, int(time.time()) - moment // 1000)
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        number = seconds // size
        if number:
            return f"{number} {name}{'s' if number > 1 else ''} ago"
    return "just now"
