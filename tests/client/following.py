"""Taking items from a client's stream in tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from words.client import Client, Heard, Item
from words.events import Said

SECONDS = 15.0


async def until(client: Client, wanted: Callable[[Item], bool]) -> list[Item]:
    """Return the items up to the first that is wanted; raises TimeoutError."""
    seen: list[Item] = []
    try:
        async with asyncio.timeout(SECONDS):
            while (item := await client.stream.next()) is not None:
                seen.append(item)
                if wanted(item):
                    return seen
    except TimeoutError:
        raise TimeoutError(f"never came; seen: {seen}") from None
    raise EOFError(f"the stream ended; seen: {seen}")


def said(text: str) -> Callable[[Item], bool]:
    """Return what knows an item that says this."""

    def is_it(item: Item) -> bool:
        return isinstance(item, Heard) and isinstance(item.event, Said) and item.event.text == text

    return is_it


def texts(items: list[Item]) -> list[str]:
    """Return what was said in these."""
    return [
        item.event.text
        for item in items
        if isinstance(item, Heard) and isinstance(item.event, Said)
    ]


def happens(kind: type, name: str = "") -> Callable[[Item], bool]:
    """Return what knows an event of this kind, of the actor of this name if one is given."""

    def is_it(item: Item) -> bool:
        if not isinstance(item, Heard) or not isinstance(item.event, kind):
            return False
        return name in ("", item.event.actor.name)

    return is_it
