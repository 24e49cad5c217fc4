"""One account that is signed on: its state, its network, and what is kept of it; no Textual."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from tui_client.accounts import Account
from tui_client.changes import Change, ConversationChanged, ConversationsChanged
from tui_client.conversation import Conversation
from tui_client.link import Link
from tui_client.memory import Memory
from tui_client.schema import Settings
from tui_client.store import Store
from tui_client.tls import Trust
from words.client import Guest, Keyring, Login, MemoryKeys, Step
from words.client.signon import Who, place

SAVE_AFTER = 1.0
"""Seconds that a draft may be younger than its file."""


class Session:
    """See the module. ``password`` is needed where no keys of an earlier sign-on are kept."""

    def __init__(
        self,
        account: Account,
        password: str,
        *,
        folder: Path,
        settings: Settings,
        keyring: Keyring,
        keys: str | None = None,
    ) -> None:
        self.account = account
        self.store = store = Store(account.label)
        self.memory = Memory(folder, account.label)
        self._keyring = keyring
        self._password = password
        self._settings = settings
        self._saving: asyncio.TimerHandle | None = None
        self._keeping: set[asyncio.Task[bool]] = set()
        who: Who = Guest()
        if account.name:
            kept = MemoryKeys(self._keep if account.keep else None)
            if keys:
                kept.fill(place(account.name, account.server), keys)
            who = Login(account.name, password, kept)
        self.link = Link(
            store, account.server, who, trust=Trust(account.fingerprint), saved=not password
        )
        self.link.unsent_changed = self.save
        self.use_settings()

    def use_settings(self) -> None:
        """Take what was set, now or since."""
        words = self._settings.text("keywords").split(",")
        self.store.keywords = [word.strip() for word in words if word.strip()]
        alerts = self._settings.text("alerts")
        self.store.rule = alerts if alerts in ("all", "mentions", "none") else "mentions"  # type: ignore[assignment]
        self.link.tells_typing = self._settings.flag("typing")
        self.link.tells_read = self._settings.flag("receipts")

    async def sign_on(self, on_step: Callable[[Step], None]) -> Conversation | None:
        """Sign on, put back what was kept; return what was looked at last.

        Raises `SignOnFailed`.
        """
        await self.link.sign_on(on_step)
        self.account.last = int(time.time() * 1000)
        current = self.memory.restore(self.store, self.link)
        self.store.observe(self._changed)
        return self.store.find(*current) if current is not None else None

    async def close(self) -> None:
        """Sign off; everything that was typed is kept."""
        self.save()
        await self.link.close()
        self.save()

    def save(self) -> None:
        """Keep what there is to keep, now."""
        if self._saving is not None:
            self._saving.cancel()
            self._saving = None
        self.memory.save(self.store)

    def _changed(self, change: Change) -> None:
        kept = isinstance(change, ConversationChanged | ConversationsChanged)
        if kept and self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_AFTER, self.save)

    def _keep(self, name: str, secret: str) -> None:
        task = asyncio.create_task(self._keyring.put(name, secret))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)
