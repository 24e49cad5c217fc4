"""Where derived keys are kept: in memory, and in the system's keyring where there is one.

A keyring may be missing, locked, or waiting for somebody to click on a window that nobody sees.
So it is asked in a daemon thread of its own and for a limited time, and once it didn't answer it
isn't asked again: a program must neither hang nor fail to end because of it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

log = logging.getLogger(__name__)

T = TypeVar("T")

SERVICE = "words"
"""Under which keyrings list what is ours."""

ANSWERS = 5.0
"""Seconds that a keyring may take: to ask somebody for its own password takes longer, and then
we ask for ours."""


class MemoryKeys:
    """Keys as long as the program runs; ``on_put`` is called with what is to be kept longer."""

    def __init__(self, on_put: Callable[[str, str], None] | None = None) -> None:
        self._kept: dict[str, str] = {}
        self._on_put = on_put

    def get(self, name: str) -> str | None:
        """Return what is kept under a name."""
        return self._kept.get(name)

    def fill(self, name: str, secret: str) -> None:
        """Keep what comes from where it is kept already."""
        self._kept[name] = secret

    def put(self, name: str, secret: str) -> None:
        """Keep something under a name."""
        self._kept[name] = secret
        if self._on_put is not None:
            self._on_put(name, secret)


class Keyring:
    """The system's keyring. ``works`` is None until it was asked, then whether it answers."""

    def __init__(self, service: str = SERVICE, seconds: float = ANSWERS) -> None:
        self.works: bool | None = None
        self._service = service
        self._seconds = seconds

    async def get(self, name: str) -> str | None:
        """Return a secret, None where there is none or no keyring that answers."""
        return await self._ask(lambda ring: ring.get_password(self._service, name))

    async def put(self, name: str, secret: str) -> bool:
        """Keep a secret; tell whether it is kept."""

        def put(ring: KeyringBackend) -> bool:
            ring.set_password(self._service, name, secret)
            return True

        return bool(await self._ask(put))

    async def remove(self, name: str) -> None:
        """Forget a secret, if it is there."""

        def remove(ring: KeyringBackend) -> None:
            if ring.get_password(self._service, name) is not None:
                ring.delete_password(self._service, name)

        await self._ask(remove)

    async def _ask(self, question: Callable[[KeyringBackend], T]) -> T | None:
        if self.works is False:
            return None
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def asking() -> None:
            try:
                found = question(_ring())
            except Exception as error:  # backends raise what they like
                _later(loop, answer, None, error)
            else:
                _later(loop, answer, found, None)

        threading.Thread(target=asking, name="keyring", daemon=True).start()
        try:
            async with asyncio.timeout(self._seconds):
                found = await answer
        except TimeoutError:
            log.warning("the keyring doesn't answer")
            self.works = False
            return None
        except Exception as error:
            log.info("no keyring: %s", error)
            self.works = False
            return None
        self.works = True
        return found


def _ring() -> KeyringBackend:
    import keyring  # takes 0.1 s, and more with some backends

    return keyring.get_keyring()


def _later(
    loop: asyncio.AbstractEventLoop,
    answer: asyncio.Future[T],
    found: T | None,
    error: Exception | None,
) -> None:
    def tell() -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found)  # type: ignore[arg-type]

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(tell)
