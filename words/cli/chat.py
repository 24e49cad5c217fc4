"""``words chat``: the terminal client, and with ``--local`` a hub on the same loop.

A hub commits on the loop itself, so beside one the client waits as well when the disk does: it says
so when it notices. That mode is for trying Words out, and for a chat among those on one machine.
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tui_client.app import WordsChat
    from words.reactor import Reactor

MISSING = "words: the terminal client needs more: pip install 'words-chat[tui]'"

LOOK = 0.1
"""Seconds between two looks at whether the loop is late."""

LATE = 0.5
"""Seconds of standing still that a person notices."""

SAY_AGAIN = 30.0
"""Seconds before that is said again."""


@click.command("chat")
@click.argument("hub", required=False)
@click.option("--account", metavar="NAME", help="Sign on as this saved account.")
@click.option("--theme", type=click.Choice(["dark", "light", "terminal"]), help="The colours.")
@click.option("--local", is_flag=True, help="Run a hub too, in this process.")
@click.option(  # as words.cli.options has it, which costs a tenth of a second
    "--config",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The configuration of the local hub; without it ./config.toml, if there is one.",
)
def chat(
    hub: str | None, account: str | None, theme: str | None, local: bool, file: Path | None
) -> None:
    """Chat in the terminal.

    HUB is an address: chat.example.org (with TLS), pb://localhost:8787 (without). Without one the
    saved accounts are shown.
    """
    try:
        app = _app(hub, account, theme or "")
        _require_terminal()
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("textual", "rich", "platformdirs"):
            raise
        click.echo(MISSING, err=True)
        sys.exit(1)
    _log(app)
    if local:
        sys.exit(_beside_a_hub(app, file))
    app.run()
    sys.exit(app.return_code or 0)


def _require_terminal() -> None:
    """Refuse to draw where nobody looks; Textual draws on stderr."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("words chat needs a terminal")


def _app(hub: str | None, account: str | None, theme: str) -> WordsChat:
    from tui_client import garbage

    garbage.begin()
    from tui_client.accounts import Account, Accounts, full_address
    from tui_client.app import WordsChat
    from tui_client.files import config_folder

    start = None
    if account is not None:
        saved = Accounts(config_folder() / "accounts.toml")
        start = saved.named(account)
        if start is None and hub is None:
            known = ", ".join(each.label for each in saved.all) or "none"
            raise click.UsageError(f"There is no saved account {account}; there are: {known}")
    app = WordsChat(theme=theme, start=start, now=start is not None)
    if hub is not None:
        address = full_address(hub)
        app.start = app.accounts.at(address) or Account(account or "", address)
    garbage.settle()
    return app


def _log(app: WordsChat) -> None:
    """Keep what is logged from the screen."""
    from words import logs

    with suppress(OSError):
        app.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        logs.configure("warning", "console", file=app.state / "chat.log")


def _beside_a_hub(app: WordsChat, file: Path | None) -> int:
    """Run a hub and the client on one loop; return the status."""
    from words import hub as hubs
    from words import process, reactor
    from words.config import Config, load

    log_file = str(app.state / "hub.log")

    def read() -> Config:
        config = load(file)
        return config if config.hub.log.file else load(file, {"hub.log.file": log_file})

    config = read()
    with process.prepared(config) as sockets:

        async def both(running: Reactor) -> int:
            said: list[str] = []
            ready = asyncio.Event()

            def say(line: str) -> None:
                said.append(line)
                if line.startswith("Ready:"):
                    ready.set()

            serving = running.spawn(hubs.serve(running, config, read, say, sockets), name="hub")
            waiting = running.spawn(ready.wait(), name="until the hub is ready")
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                return await serving
            app.use_local_hub(_own_address(said))
            running.spawn(_watch(app), name="watch of the loop")
            chatting = running.spawn(app.run_async(), name="client")
            stopping = running.spawn(running.stopping.wait(), name="until it is stopped")
            await asyncio.wait({chatting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not chatting.done():
                app.exit()
                await chatting
            running.stop("the client was closed")
            with suppress(asyncio.CancelledError):
                await serving
            return app.return_code or 0

        return reactor.run(both, loop=config.hub.loop)


def _own_address(said: list[str]) -> str:
    """Return where the hub listens for PB, by what it has said; "" where it doesn't."""
    for line in said:
        if line.startswith("PB"):
            port = line.rstrip().rsplit(":", 1)[-1].split()[0]
            if port.isdecimal():
                return f"pb://127.0.0.1:{port}"
    return ""


async def _watch(app: WordsChat) -> None:
    """Say when hub and client stood still together: the disk, most likely."""
    told = float("-inf")
    while True:
        before, busy = time.monotonic(), time.process_time()
        await asyncio.sleep(LOOK)
        late = time.monotonic() - before - LOOK
        worked = time.process_time() - busy
        if late > LATE and worked < late / 2 and before - told > SAY_AGAIN:
            told = before
            app.notify(
                f"All stood still for {late:.1f} s: the hub in this process waits for the disk",
                severity="warning",
            )
