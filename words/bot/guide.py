"""What a bot says of itself: its commands, made of their signatures and docstrings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from words.bot.handlers import Command, Handler
from words.bot.things import Message

if TYPE_CHECKING:
    from words.bot.behaviour import Behaviour

MOST_LISTED = 50
"""Commands named in one answer."""


async def tell(bot: Behaviour, message: Message) -> None:
    """Answer ``help`` and ``help COMMAND``."""
    prefix = bot.settings.prefix if message.in_group else ""
    if message.arguments:
        command, rest = find(bot, message.arguments)
        if command is None or rest:
            await message.reply(f'I know no command "{message.arguments[:50]}".')
            return
        await message.reply("\n".join(_told(command, message)))
        return
    names = [command.name for command in dict.fromkeys(bot.commands.values())]
    listed = ", ".join(prefix + name for name in sorted(names)[:MOST_LISTED])
    await message.reply(f'I know {listed}. "help COMMAND" says more.')


async def unknown(bot: Behaviour, message: Message) -> None:
    """Answer what means nothing, of somebody who means the bot."""
    await message.reply('I don\'t understand that; "help" says what I know.')


def find(bot: Behaviour, text: str) -> tuple[Command | None, str]:
    """Return the command that a line names, and what is left of the line."""
    word, _, rest = text.strip().removeprefix(bot.settings.prefix).partition(" ")
    command = bot.commands.get(word.lower())
    return command.find(rest) if command is not None else (None, rest)


def all_commands(bot: Behaviour) -> list[Command]:
    """Return every command, those below others too."""
    found: dict[Command, None] = {}
    waiting = list(bot.commands.values())
    while waiting:
        command = waiting.pop()
        found[command] = None
        waiting += [each for each in command.commands.values() if each not in found]
    return sorted(found, key=lambda command: command.name)


def _told(command: Command, message: Message) -> list[str]:
    lines = [f"{command.told(message)} - {' '.join(command.help.split()) or 'no description'}"]
    lines += [f"{said} -> {answer}" for said, answer in command.marks.examples]
    return lines


HELP = Handler(tell, bots=False)
"""Stands for what is answered here."""
