"""Karma: people give it to each other."""

from words.bot import Bot, Event, Message, cooldown, every, example
from words.events import Joined

bot = Bot("karma")


@bot.command
@cooldown(3, per="10s", by="user")
@example("!karma bob", "bob now has 1")
async def karma(message: Message, who: str, by: int = 1) -> None:
    """Give someone karma."""
    total = await bot.store.increment(f"karma/{who}", by)
    await message.reply(f"{who} now has {total}")


@bot.on.joined
async def hello(event: Event[Joined]) -> None:
    await event.group.say(f"hi {event.who}")


@every("1h")
async def tick() -> None:
    await bot.group("ops").say("still here")


bot.run()
