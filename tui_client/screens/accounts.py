"""Which accounts are signed on: sign on with another, or off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from tui_client.screens.info import show
from tui_client.screens.panel import Act, Fact, Panel
from tui_client.screens.sign_on import SignOn
from tui_client.session import Session

if TYPE_CHECKING:
    from tui_client.screens.main import MainScreen


def open_accounts(screen: MainScreen, text: str) -> None:
    """Show the accounts."""
    facts = [Fact(each.store.connection, _said(each)) for each in screen.app.sessions]
    acts = [Act("Sign on with another account", lambda: _another(screen))]
    acts += [
        Act(f"Sign off {each.account.label}", _off(screen, each)) for each in screen.app.sessions
    ]
    show(screen, Panel("Accounts", facts, acts))


def _said(session: Session) -> str:
    store = session.store
    said = f"{store.account}, at {store.network or session.account.server}"
    said += f" ({store.secure})" if store.secure else " (no TLS)"
    return f"{said}\n{store.trouble}" if store.trouble else said


def _another(screen: MainScreen) -> None:
    screen.app.push_screen(SignOn())


def _off(screen: MainScreen, session: Session) -> Callable[[], Awaitable[None]]:
    async def off() -> None:
        await screen.app.sign_off(session)
        screen.removed(session)

    return off
