"""Large results in pages, so that no message is large: the stock pager, both ways.

The receiver passes a collector; the sender calls its `gotPage(page)` one-way for each page, then
`endedPaging()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from words.spread.errors import ConnectionLost, TooLarge
from words.spread.flavors import Referenceable
from words.spread.references import RemoteReference

PAGE: Final = 8192
"""Bytes of a page. Source: stock StringPager."""
MOST: Final = 64 * 1024 * 1024
"""Bytes of all pages together that a collector takes unless told otherwise. Ours."""


async def send_pages(collector: RemoteReference, data: bytes | Iterable[Any]) -> None:
    """Sends bytes in pages of PAGE, or each item of an iterable as a page.

    Waits between pages while too much is unsent. Raises ConnectionLost.
    """
    pages: Iterable[Any] = data
    if isinstance(data, bytes):
        pages = (data[i : i + PAGE] for i in range(0, len(data), PAGE))
    connection = collector.broker.caller
    if connection is None:
        raise ConnectionLost("the connection has ended")
    for page in pages:
        await connection.drain()
        collector.tell("gotPage", page)
    collector.tell("endedPaging")


class Collector(Referenceable):
    """Collects pages; `done` is a future of the list of them. Over `most` bytes it fails."""

    def __init__(self, most: int = MOST) -> None:
        self.pages: list[Any] = []
        self.done: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._left = most

    def remote_gotPage(self, page: Any) -> None:
        """One more page; what is not bytes counts as 64."""
        if self.done.done():
            return
        self._left -= len(page) if isinstance(page, (bytes, str)) else 64
        if self._left < 0:
            self.pages = []
            self.done.set_exception(TooLarge("too many pages"))
        else:
            self.pages.append(page)

    def remote_endedPaging(self) -> None:
        """That was all."""
        if not self.done.done():
            self.done.set_result(self.pages)

    def unreferenced(self, broker: object) -> None:
        """The sender has let go of it: nothing more comes."""
        if not self.done.done():
            self.done.set_exception(ConnectionLost("the pages ended before their end"))


async def get_all_pages(
    target: RemoteReference, method: str, /, *args: Any, most: int = MOST, **kw: Any
) -> list[Any]:
    """Calls `method(collector, *args, **kw)` and waits for all pages.

    Raises TooLarge over `most` bytes, and whatever the call itself raises.
    """
    collector = Collector(most)
    await target.call(method, collector, *args, **kw)
    return await collector.done
