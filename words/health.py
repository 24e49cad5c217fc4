"""Whether the hub works, and why not: for the health page."""

from __future__ import annotations

import asyncio

from words.chat.turn import Turn

TURN_SECONDS = 5.0
"""How long a turn may take to come and pass; one of a loaded hub takes some hundredths."""


async def complaints(turn: Turn, *, stopping: bool) -> list[str]:
    """Return what is wrong, in words for an operator; nothing if all is well."""
    found = []
    if stopping:
        found.append("the hub is stopping")
    if turn.halted:
        found.append("the hub has halted: its log says why")
    elif turn.held:
        found.append("the storage can't be written: nothing is taken or said until it can")
    elif not await _passes(turn):
        found.append(f"no turn has passed in {TURN_SECONDS:g} seconds")
    if not turn.accepting:
        found.append("the disk is below storage.reserve: nothing new is stored")
    return found


async def _passes(turn: Turn) -> bool:
    try:
        await asyncio.wait_for(turn.call(_nothing), TURN_SECONDS)
    except TimeoutError:
        return False
    return True


def _nothing() -> None:
    pass
