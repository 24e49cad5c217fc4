"""A new bot: a program that does something, its test, its settings, its systemd unit."""

from __future__ import annotations

import sys
from pathlib import Path

from words.errors import BadInput, ConfigError

PROGRAM = '''"""{name}: a bot."""

from words.bot import Bot, Message, example

bot = Bot("{name}")


@bot.command
@example("!count", "1 so far")
async def count(message: Message) -> None:
    """Count how often this was asked."""
    total = await bot.store.increment("count")
    await message.reply(f"{{total}} so far")


bot.run()
'''

TEST = '''"""Tests of {name}; they need no hub: pytest {name}_test.py"""

import asyncio
from pathlib import Path

from words.bot.loading import Source

bot = Source(Path(__file__).with_name("{name}.py")).load()


def test_examples() -> None:
    asyncio.run(bot.try_examples())


def test_it_counts_on_after_an_end() -> None:
    async def story() -> None:
        async with bot.fake() as hub:
            assert await hub.say("!count") == "1 so far"
            await hub.restart()
            assert await hub.say("!count") == "2 so far"

    asyncio.run(story())
'''

SETTINGS = """# Who {name} is: words user add {name}; words user app-password add {name} bot
hub = "pb://127.0.0.1:8787"
login = "{name}/bot"
password = ""           # the app password; or WORDS_BOT_PASSWORD
groups = ["lobby"]      # where it is
owners = []             # who is told of errors
data = "{name}.db"      # what it keeps
"""

UNIT = """[Unit]
Description=The chat bot {name}
After=network-online.target
Wants=network-online.target

[Service]
WorkingDirectory={folder}
ExecStart={python} -m words bot run {name}.py
Restart=on-failure
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths={folder}

[Install]
WantedBy=multi-user.target
"""


def write(name: str, folder: Path) -> list[Path]:
    """Write the files of a bot, of which none may be there; raises `BadInput`, `ConfigError`."""
    if not name.isidentifier() or not name.isascii():
        raise BadInput("name", "must be letters, digits and underscores: it is a file's name, too")
    texts = {
        f"{name}.py": PROGRAM,
        f"{name}_test.py": TEST,
        f"{name}.toml": SETTINGS,
        f"{name}.service": UNIT,
    }
    made = [folder.resolve() / file for file in texts]
    if there := [path for path in made if path.exists()]:
        raise ConfigError(*(f"{path}: is there already" for path in there))
    folder.mkdir(parents=True, exist_ok=True)
    words = {"name": name, "folder": str(folder.resolve()), "python": sys.executable}
    for path, text in zip(made, texts.values(), strict=True):
        path.write_text(text.format(**words), "utf-8")
    (folder / f"{name}.toml").chmod(0o600)
    return made
