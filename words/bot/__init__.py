"""Chat bots: programs that are participants, and do each thing exactly once.

    from words.bot import Bot, Message

    bot = Bot("karma")

    @bot.command
    async def karma(message: Message, who: str, by: int = 1) -> None:
        "Give someone karma."
        total = await bot.store.increment(f"karma/{who}", by)
        await message.reply(f"{who} now has {total}")

    bot.run()

The guide is docs/bots.md.
"""

from words.bot.arguments import Rest
from words.bot.bot import Bot
from words.bot.errors import CommandError, NoAnswer
from words.bot.marks import cooldown, every, example, needs
from words.bot.things import Event, Group, Message, Participant, Sent

__all__ = [
    "Bot",
    "CommandError",
    "Event",
    "Group",
    "Message",
    "NoAnswer",
    "Participant",
    "Rest",
    "Sent",
    "cooldown",
    "every",
    "example",
    "needs",
]
