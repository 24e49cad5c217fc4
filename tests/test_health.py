"""What the health page complains of, one state after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from words import health
from words.chat.turn import Turn


class Stub:
    """A turn as it may be."""

    def __init__(self, **state: bool) -> None:
        self.halted = self.held = self.hangs = False
        self.accepting = True
        vars(self).update(state)

    async def call(self, fn: Callable[[], Any]) -> Any:
        if self.hangs:
            raise TimeoutError
        return fn()


async def _complaints(stopping: bool = False, **state: bool) -> list[str]:
    return await health.complaints(cast(Turn, Stub(**state)), stopping=stopping)


async def test_all_is_well() -> None:
    assert await _complaints() == []


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"halted": True}, "halted"),
        ({"held": True}, "storage can't be written"),
        ({"hangs": True}, "no turn has passed"),
        ({"accepting": False}, "below storage.reserve"),
        ({"stopping": True}, "stopping"),
    ],
)
async def test_what_is_wrong(state: dict[str, bool], word: str) -> None:
    (told,) = await _complaints(**state)
    assert word in told


async def test_a_hub_that_waits_for_its_disk_is_not_asked_for_a_turn() -> None:
    assert len(await _complaints(held=True, hangs=True, accepting=False)) == 2
