"""A bot: what it does, and the ways to run and to try it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.bot import guide
from words.bot.behaviour import Behaviour

if TYPE_CHECKING:
    from words.bot.fake import Fake


class Bot(Behaviour):
    """A program that takes part in the chat under the name of an identity; see `Behaviour`."""

    def run(self) -> None:
        """Run until interrupted; nothing happens where the file was loaded by ``words``."""
        from words.bot.running import run

        run(self)

    def fake(self, *, groups: tuple[str, ...] = ("lobby",), owners: tuple[str, ...] = ()) -> Fake:
        """Return a hub that isn't one, with this bot in it: for tests."""
        from words.bot.fake import Fake

        return Fake(self, groups=groups, owners=owners)

    async def try_examples(self) -> None:
        """Try each `example` with a bot that knows nothing; raises AssertionError."""
        for command in guide.all_commands(self):
            for said, answer in command.marks.examples:
                async with self.fake() as fake:
                    told = await fake.say(said)
                    assert told == answer, f"{said!r} is answered by {told!r}, not {answer!r}"
