"""`bot.store`: keys and values that change in the same transaction as what is said of them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from words.bot.run import current
from words.errors import BadInput, TooLong

PREFIX = "store/"
MOST_KEY = 512  # characters
MOST_VALUE = 1 << 20  # bytes as JSON

T = TypeVar("T")


class Store:
    """Values that JSON can hold, by key; for use in handlers."""

    async def get(self, key: str, default: Any = None) -> Any:
        """Return a value, ``default`` where there is none."""
        run = current()
        await run.step()
        text = run.value(_name(key))
        return msgspec.json.decode(text) if text else default

    async def get_as(self, key: str, kind: type[T]) -> T | None:
        """Return a value as of this type (a dataclass, a msgspec Struct, list[int]), or None."""
        found = await self.get(key)
        return None if found is None else msgspec.convert(found, kind)

    async def put(self, key: str, value: Any) -> None:
        """Keep a value; None deletes. Raises `BadInput`, `TooLong`."""
        run = current()
        await run.step()
        run.keep(_name(key), "" if value is None else encoded(value))

    async def delete(self, key: str) -> None:
        """Keep nothing under this key any more."""
        await self.put(key, None)

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a number, from 0 on; return it."""
        total: int = await self.get(key, 0) + by
        await self.put(key, total)
        return total

    async def items(self, prefix: str = "") -> list[tuple[str, Any]]:
        """Return all keys that begin so, in order, with their values."""
        run = current()
        await run.step()
        found = run.kept(PREFIX + prefix)
        return [(name[len(PREFIX) :], msgspec.json.decode(text)) for name, text in found.items()]


def encoded(value: Any) -> str:
    """Return a value as JSON; raises `BadInput`, `TooLong`."""
    try:
        text = msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadInput("value", str(error)) from None
    if len(text) > MOST_VALUE:
        raise TooLong("value", MOST_VALUE)
    return text.decode()


def _name(key: str) -> str:
    if len(key) > MOST_KEY:
        raise TooLong("key", MOST_KEY)
    try:
        key.encode()
    except UnicodeEncodeError:
        raise BadInput("key", "has no UTF-8") from None
    return PREFIX + key
