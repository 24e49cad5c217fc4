"""Reminder: tells people later what they want to be told, however often it was away meanwhile."""

from datetime import datetime, timedelta

from words.bot import Bot, CommandError, Message, Rest, example

bot = Bot("reminder")

LONGEST = timedelta(days=366)


@bot.timer
async def ring(place: str, group: bool, who: str, text: str) -> None:
    """Say it, where it was asked for."""
    if group:
        await bot.group(place).say(f"{who}: {text}")
    else:
        await bot.participant(who).say(text)
    left = await bot.store.get(f"waiting/{who}", [])
    await bot.store.put(f"waiting/{who}", [each for each in left if each[1] != text] or None)


@bot.command
@example("!remind 20m tea is ready", "I will, in 0:20:00.")
async def remind(message: Message, after: timedelta, text: Rest) -> None:
    """Remind you of something, after a time such as 90s, 20m or 1h30m."""
    if after > LONGEST:
        raise CommandError("I can't promise to be there in more than a year.")
    await put(message, await ring.after(after, *_arguments(message), text), text)
    await message.reply(f"I will, in {after}.")


@bot.command
async def remind_at(message: Message, when: datetime, text: Rest) -> None:
    """Remind you at a time such as 20:15 or 2026-01-31T20:15."""
    await put(message, await ring.at(when, *_arguments(message), text), text)
    await message.reply(f"I will, on {when:%Y-%m-%d at %H:%M}.")


@bot.command
async def forget(message: Message) -> None:
    """Forget all that you wanted to be reminded of."""
    waiting = await bot.store.get(f"waiting/{message.who}", [])
    if not waiting:
        raise CommandError("There is nothing.")
    answer = await message.ask(f"Really all {len(waiting)}? (yes or no)")
    if answer.text.lower() != "yes":
        raise CommandError("Then not.")
    for timer, _ in await bot.store.get(f"waiting/{message.who}", []):
        await ring.cancel(timer)
    await bot.store.delete(f"waiting/{message.who}")
    await answer.reply("Forgotten.")


async def put(message: Message, timer: str, text: str) -> None:
    """Note what waits for somebody."""
    key = f"waiting/{message.who}"
    await bot.store.put(key, [*await bot.store.get(key, []), [timer, text]])


def _arguments(message: Message) -> tuple[str, bool, str]:
    return str(message.place), message.in_group, str(message.who)


bot.run()
